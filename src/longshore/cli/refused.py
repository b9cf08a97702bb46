"""Commands of Docker Compose that there are not here, each with its reason."""

from __future__ import annotations

__all__ = ["REFUSED", "refuse"]

REFUSED = {
    "publish": "a stack is handed on with its sources (git): no Compose file is kept in a registry, nor run from one",
    "bridge": "what it makes runs on Kubernetes, which is no engine here; what transforms are images of Docker",
    "alpha generate": "a Compose file cannot be made from containers: nobody knows what was chosen in them",
    "alpha publish": "as publish: no Compose file is kept in a registry",
}  # fmt: skip
"""Why, by the command's words. A word stands for all that follows it."""


def refuse(command: str) -> Exception:
    """The error for one of them."""
    from longshore.model.errors import NotHereError

    return NotHereError(f"shore {command} is not there: {REFUSED[command]}", hint=f"docker compose {command} has it")
