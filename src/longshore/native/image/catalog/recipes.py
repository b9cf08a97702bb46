"""Versions of how images are made. Whoever changes a maker so that it makes another tree from the same parts raises its
number here: layers and images that the older recipe made are then made anew."""

from __future__ import annotations

__all__ = [
    "ALL",
    "ALPINE",
    "DEBIAN",
    "FULLIMAGE",
    "MARIADB",
    "MEMCACHED",
    "NGINX",
    "NODE",
    "POSTGRES",
    "PROVIDER",
    "PYTHON",
    "RABBITMQ",
    "REDIS",
]

ALPINE = 2
DEBIAN = 5
FULLIMAGE = 1
MARIADB = 2
MEMCACHED = 1
NGINX = 1
NODE = 1
POSTGRES = 7
PROVIDER = 1
PYTHON = 6
RABBITMQ = 1
REDIS = 1
ALL = (DEBIAN, PYTHON, PROVIDER, POSTGRES, REDIS, NGINX, NODE, ALPINE, FULLIMAGE, MEMCACHED, RABBITMQ, MARIADB)
