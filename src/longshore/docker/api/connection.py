"""Where the engine answers: DOCKER_HOST, the chosen Docker context, else the first well-known socket that is there."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from longshore.model.errors import ShoreError
from longshore.model.record import record

__all__ = ["Endpoint", "Tls", "reachable", "resolve"]

KNOCK_SECONDS = 1.0


@record
class Tls:
    """Files for a TLS connection, as `docker` keeps them; a missing one is "". `verify` False accepts any server."""

    ca: str = ""
    cert: str = ""
    key: str = ""
    verify: bool = True


@record
class Endpoint:
    """An engine's address. `source` says in words where the address comes from."""

    kind: Literal["unix", "tcp"]
    path: str = ""
    host: str = ""
    port: int = 0
    tls: Tls | None = None
    source: str = ""

    @property
    def url(self) -> str:
        """What DOCKER_HOST would hold."""
        return f"unix://{self.path}" if self.kind == "unix" else f"tcp://{self.host}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether the engine shares this machine's files and ports."""
        return self.kind == "unix"


def resolve(environ: Mapping[str, str]) -> Endpoint:
    """The engine that `docker` itself would talk to; where it has no opinion, rootless Docker's or Podman's socket.
    Raises for an address that cannot be used."""
    given = environ.get("DOCKER_HOST", "")
    if given:
        return _parse(given, "DOCKER_HOST", _tls_from(environ))
    context = environ.get("DOCKER_CONTEXT", "") or _current_context(environ)
    if context and context != "default":
        return _from_context(environ, context)
    for path in _well_known(environ):
        if Path(path).exists():
            return Endpoint("unix", path, source="the default socket")
    return Endpoint("unix", "/var/run/docker.sock", source="the default socket")


def reachable(environ: Mapping[str, str]) -> bool:
    """Whether something accepts connections there, within a second. Starts nothing, raises nothing."""
    try:
        endpoint = resolve(environ)
        if endpoint.kind == "unix":
            with socket.socket(socket.AF_UNIX) as knock:
                knock.settimeout(KNOCK_SECONDS)
                knock.connect(endpoint.path)
        else:
            socket.create_connection((endpoint.host, endpoint.port), KNOCK_SECONDS).close()
    except (OSError, ShoreError):
        return False
    return True


def _parse(address: str, source: str, tls: Tls | None) -> Endpoint:
    parts = urlsplit(address)
    if parts.scheme == "unix":
        return Endpoint("unix", parts.path or parts.netloc, source=source)
    if parts.scheme in ("tcp", "http", "https") and parts.hostname:
        secure = tls or (Tls(verify=False) if parts.scheme == "https" else None)
        default = 2376 if secure else 2375
        return Endpoint("tcp", host=parts.hostname, port=parts.port or default, tls=secure, source=source)
    hint = "use a unix:// or tcp:// address"
    if parts.scheme == "ssh":
        forward = f"ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock {parts.netloc}"
        hint = f"forward the socket: {forward}, then DOCKER_HOST=unix:///tmp/docker.sock"
    raise ShoreError(f"{source}: cannot use the engine address {address!r}", hint=hint)


def _tls_from(environ: Mapping[str, str]) -> Tls | None:
    """DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, as `docker` reads them."""
    if not environ.get("DOCKER_TLS_VERIFY") and not environ.get("DOCKER_TLS"):
        return None
    folder = Path(environ.get("DOCKER_CERT_PATH", "") or _config_folder(environ))
    return _tls_in(folder, verify=bool(environ.get("DOCKER_TLS_VERIFY")))


def _tls_in(folder: Path, *, verify: bool) -> Tls:
    ca, cert, key = (
        str(path) if path.exists() else "" for path in (folder / f"{n}.pem" for n in ("ca", "cert", "key"))
    )
    return Tls(ca, cert, key, verify)


def _config_folder(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("DOCKER_CONFIG", "") or Path(environ.get("HOME", "~")).expanduser() / ".docker")


def _current_context(environ: Mapping[str, str]) -> str:
    try:
        config = json.loads((_config_folder(environ) / "config.json").read_text())
    except (OSError, ValueError):
        return ""
    return str(config.get("currentContext", "")) if isinstance(config, dict) else ""


def _from_context(environ: Mapping[str, str], name: str) -> Endpoint:
    """A context's files lie in folders named by the SHA-256 of its name."""
    digest = sha256(name.encode()).hexdigest()
    contexts = _config_folder(environ) / "contexts"
    try:
        meta = json.loads((contexts / "meta" / digest / "meta.json").read_text())
        docker = meta["Endpoints"]["docker"]
    except (OSError, ValueError, KeyError) as error:
        raise ShoreError(
            f"docker context {name!r} is not found", hint="docker context ls shows those there are"
        ) from error
    folder = contexts / "tls" / digest / "docker"
    tls = _tls_in(folder, verify=not docker.get("SkipTLSVerify")) if folder.is_dir() else None
    return _parse(str(docker.get("Host", "")), f"docker context {name}", tls)


def _well_known(environ: Mapping[str, str]) -> tuple[str, ...]:
    runtime = environ.get("XDG_RUNTIME_DIR", "") or f"/run/user/{os.getuid() if hasattr(os, 'getuid') else 0}"
    return (
        "/var/run/docker.sock", f"{runtime}/docker.sock", f"{environ.get('HOME', '')}/.docker/run/docker.sock",
        f"{runtime}/podman/podman.sock", "/run/podman/podman.sock",
    )  # fmt: skip
