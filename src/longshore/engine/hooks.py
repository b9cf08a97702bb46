"""What every engine says of a hook that failed."""

from __future__ import annotations

from longshore.model.errors import ShoreError
from longshore.model.service import Hook

__all__ = ["hook_failed"]

_LAST = 10


def hook_failed(service: str, kind: str, hook: Hook, code: int, output: str) -> ShoreError:
    """`kind` is "post_start" or "pre_stop"; `code` is the hook's exit code, -1 when it ran out of time."""
    return ShoreError(
        f"{service}: {kind} hook {' '.join(hook.command)!r} exited with code {code}",
        hint="the lines above are its last output" if output else "",
        details=tuple(output.splitlines()[-_LAST:]),
    )
