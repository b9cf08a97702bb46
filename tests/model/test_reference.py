"""References as Docker reads them."""

from __future__ import annotations

import pytest

from longshore.model.reference import Reference, image_name, parse_reference
from longshore.model.service import Build, Service


@pytest.mark.parametrize(
    ("text", "registry", "path", "tag", "digest"),
    [
        ("python", "docker.io", "library/python", "", ""),
        ("library/python:3.11", "docker.io", "library/python", "3.11", ""),
        ("docker.io/python:3.11", "docker.io", "library/python", "3.11", ""),
        ("docker.io/library/python:3.11-slim", "docker.io", "library/python", "3.11-slim", ""),
        ("index.docker.io/me/app", "docker.io", "me/app", "", ""),
        ("localhost/app", "localhost", "app", "", ""),
        ("localhost:5000/app", "localhost:5000", "app", "", ""),
        ("host:5000/a/b:1", "host:5000", "a/b", "1", ""),
        ("me/app", "docker.io", "me/app", "", ""),
        ("Big/app", "Big", "app", "", ""),
        ("big.test/app", "big.test", "app", "", ""),
        ("host:5000/app", "host:5000", "app", "", ""),
        ("ghcr.io/o/app:v1@sha256:aa", "ghcr.io", "o/app", "v1", "sha256:aa"),
        ("postgres@sha256:aa", "docker.io", "library/postgres", "", "sha256:aa"),
    ],
)
def test_parts(text: str, registry: str, path: str, tag: str, digest: str) -> None:
    assert parse_reference(text) == Reference(registry, path, tag, digest)


@pytest.mark.parametrize(
    ("text", "name", "last", "version"),
    [
        ("docker.io/library/python", "python", "python", "latest"),
        ("valkey/valkey:8", "valkey/valkey", "valkey", "8"),
        ("quay.io/org/redis:7", "quay.io/org/redis", "redis", "7"),
        ("redis@sha256:aa", "redis", "redis", ""),
        ("library/a/b", "library/a/b", "b", "latest"),
    ],
)
def test_names(text: str, name: str, last: str, version: str) -> None:
    found = parse_reference(text)
    assert (found.name, found.last, found.version) == (name, last, version)


def test_the_image_of_a_service() -> None:
    assert image_name("shop", Service("web", image="me/web:1", build=Build("."))) == "me/web:1"
    assert image_name("shop", Service("web", build=Build("."))) == "shop-web"
