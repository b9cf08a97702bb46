"""References with the digest that their registry has for them now."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from longshore.engine.registry.client import Client
from longshore.model.errors import ShoreError
from longshore.model.reference import Reference, parse_reference

__all__ = ["pinned"]


async def pinned(images: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Every image of that name with its registry, tag and digest; one that has a digest already is asked of nobody, and
    loses its tag. ShoreError names the first that its registry does not give."""
    client = Client.of(environ)
    try:
        names = list(dict.fromkeys(images))
        return dict(zip(names, await asyncio.gather(*(_pinned(client, name) for name in names)), strict=True))
    finally:
        await client.close()


async def _pinned(client: Client, name: str) -> str:
    reference = parse_reference(name)
    if reference.digest:
        return f"{_whole(reference)}@{reference.digest}"
    try:
        digest = (await client.head(reference)).digest or (await client.find(reference)).digest
    except ShoreError as error:
        raise ShoreError(f"the digest of {name} is not known: {error.what}", hint=error.hint) from None
    return f"{_whole(reference)}:{reference.version}@{digest}"


def _whole(reference: Reference) -> str:
    return f"{reference.registry}/{reference.path}"
