"""`shore ship ci` and `shore ship overlay`: files around a release, which are the user's from then on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longshore.cli.arguments import Args
from longshore.cli.writing import write_files

if TYPE_CHECKING:
    from longshore.flow.home import Where

__all__ = ["write_overlay", "write_workflow"]

WORKFLOW = ".github/workflows/ship.yml"


async def write_workflow(args: Args, place: Where, words: list[str]) -> int:
    from longshore import __version__
    from longshore.flow.home import load_stack
    from longshore.model.errors import UsageError
    from longshore.ship.ci import workflow

    if words:
        raise UsageError("shore ship ci: nothing follows", hint=f"it writes {WORKFLOW}")
    stack = load_stack(place)
    registry = args.registry or str(_asked(stack.longshore).get("registry") or "none")
    text = workflow(stack.name, __version__, registry, fresh="verify" in stack.longshore)
    write_files(args, {Path(stack.working_dir, WORKFLOW): text}, keep=True)
    return 0


async def write_overlay(args: Args, place: Where, words: list[str]) -> int:
    from longshore.flow.home import load_stack
    from longshore.model.errors import UsageError
    from longshore.ship.monitoring import monitoring

    if words != ["monitoring"]:
        raise UsageError("shore ship overlay: there is one, monitoring", hint="shore ship overlay monitoring")
    stack = load_stack(place)
    hosts = _asked(stack.longshore).get("hosts")
    texts = monitoring(stack, tuple(map(str, hosts)) if isinstance(hosts, Mapping) else ())
    write_files(args, {Path(stack.working_dir, name): text for name, text in texts.items()}, keep=True)
    return 0


def _asked(longshore: Mapping[str, Any]) -> Mapping[str, Any]:
    found = longshore.get("ship")
    return found if isinstance(found, Mapping) else {}
