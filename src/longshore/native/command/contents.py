"""Images of the cache as others look into them."""

from __future__ import annotations

from pathlib import Path

from longshore.engine.capabilities import Contents, Layer
from longshore.model.errors import ShoreError
from longshore.native.image.store.contents import tree_size
from longshore.native.image.store.images import ImageStore

__all__ = ["contents"]


def contents(images: ImageStore, reference: str, base: str) -> Contents:
    """Of the image of that name. Raises ShoreError where it is not in the cache."""
    image = images.find(reference)
    if image is None:
        raise ShoreError(f"the image {reference} is not in the cache", hint="build it: shore build")
    below = images.find(base) if base else None
    known = frozenset(below.layers if below else ())
    texts = tuple(f"ENV {name}={value}" for name, value in image.config.env.items())
    layers = tuple(Layer(Path(path).parent.name, path) for path in image.layers if path not in known)
    return Contents(texts, layers, sum(tree_size(Path(path)) for path in image.layers))
