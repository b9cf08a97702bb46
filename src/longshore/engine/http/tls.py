"""TLS for an asyncio that was loaded without it: `up` mostly needs none, and is ready sooner so (cli/prestart.py)."""

from __future__ import annotations

import importlib
import sys

__all__ = ["give_asyncio_tls"]


def give_asyncio_tls() -> None:
    """Let asyncio speak TLS, whatever it was loaded with."""
    from asyncio import base_events, sslproto

    if getattr(base_events, "ssl", None) is not None:
        return
    import ssl

    importlib.reload(sslproto)
    for name, module in list(sys.modules.items()):
        if name.startswith("asyncio.") and getattr(module, "ssl", module) is None:
            module.ssl = ssl  # type: ignore[attr-defined]
