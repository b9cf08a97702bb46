"""Proxy variables that the user's docker configuration gives to every container. Reads one small file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

__all__ = ["proxies"]

_NAMES = {"httpProxy": "HTTP_PROXY", "httpsProxy": "HTTPS_PROXY", "noProxy": "NO_PROXY", "ftpProxy": "FTP_PROXY",
          "allProxy": "ALL_PROXY"}  # fmt: skip


def proxies(environ: Mapping[str, str], host: str) -> dict[str, str]:
    """`proxies` of config.json for this engine, else its default ones; upper and lower case, as `docker` sets them."""
    folder = Path(environ.get("DOCKER_CONFIG", "") or Path(environ.get("HOME", "~")).expanduser() / ".docker")
    try:
        config = json.loads((folder / "config.json").read_text()).get("proxies") or {}
    except (OSError, ValueError, AttributeError):
        return {}
    found = config.get(host) or config.get("default") or {}
    pairs = [(name, found[key]) for key, name in _NAMES.items() if found.get(key)]
    return {form: value for name, value in pairs for form in (name, name.lower())}
