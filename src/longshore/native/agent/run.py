"""The agent's start: user namespace, zygote, modules, event loop. The order is binding: each step needs the one
before."""

from __future__ import annotations

import gc
import resource

from longshore.native.agent.handshake import Talk
from longshore.native.inside.zygote import fork_zygote
from longshore.native.kernel.privileges import is_root
from longshore.native.kernel.syscalls import close_from
from longshore.native.kernel.userns import enter_mapped_namespace, enter_user_namespace

__all__ = ["run"]


def run(name: str, *, mapped: bool = False) -> None:
    """Be the agent of project `name`, as an ordinary user with one id or `mapped`, with many; whatever keeps us from it
    is told to the command that made this process."""
    close_from(3)
    nested, talk = not is_root(), Talk()
    try:
        if nested and mapped:
            enter_mapped_namespace()
        elif nested:
            enter_user_namespace()
        zygote = fork_zygote()
        # What only the agent needs is loaded now, so that the zygote and every pid 1 are without it.
        import asyncio

        from longshore.native.agent.live import live
        from longshore.native.shared.zygote import Zygote

        gc.enable()
        _more_descriptors()
        asyncio.run(live(name, talk, Zygote(*zygote), nested=nested, mapped=mapped))
    except BaseException as error:
        talk.say(str(getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"))
        raise


def _more_descriptors() -> None:
    """Each service needs about a dozen; the zygote was made before, so services keep the usual limit."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
