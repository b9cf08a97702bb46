"""Versions of how the ground that providers stand on is made. Whoever changes it so that it makes another tree from the
same parts raises its number here: layers and images that the older recipe made are then made anew. A provider's own
number stands in its module."""

from __future__ import annotations

__all__ = ["ALPINE", "DEBIAN", "FULLIMAGE", "GROUND", "PROVIDER"]

ALPINE = 2
DEBIAN = 5
FULLIMAGE = 1
PROVIDER = 1
GROUND = (ALPINE, DEBIAN, FULLIMAGE, PROVIDER)
