"""The builds of a project as they are handed to `docker buildx bake`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from longshore.flow.home import Where, load_options
from longshore.model.record import replace

if TYPE_CHECKING:
    from longshore.compose.write.bake import BakeOptions

__all__ = ["bake_file"]


def bake_file(where: Where, names: Sequence[str], options: BakeOptions, *, needed: bool = False) -> str:
    """The file for the services of that name (all without one), with `needed` also for those that they depend on; ""
    where none is built."""
    from longshore.compose.load import load_project
    from longshore.compose.write.bake import bake_text, build_dependencies

    chosen = load_project(load_options(where, names))
    everything = replace(where, profiles=("*",))
    whole = load_project(load_options(everything, heard=lambda *_: None))
    group = build_dependencies(whole, chosen.services if needed or not names else names)
    return bake_text(whole, group, build_dependencies(whole, chosen.services), options)
