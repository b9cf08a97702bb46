"""Archives of a container's files by commands run in it, for an engine that has no other way: its `tar` makes and
unpacks them."""

from __future__ import annotations

import posixpath
import shlex
import tempfile
from typing import IO

from longshore.engine.base import Engine, ExecRequest
from longshore.flow.streams import standard_streams
from longshore.model.errors import ShoreError
from longshore.state.observed import Container

__all__ = ["ThroughExec"]

NO_FOLDER, IN_THE_WAY = 44, 45
KERNELS = ("/proc/", "/sys/")
"""What is below has no content that an archive could hold: nothing is there, as with Docker."""


class ThroughExec:
    """The protocol of engine/capabilities.py, over the `execute` of `engine`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def kind(self, container: Container, path: str) -> str:
        if posixpath.normpath(path).startswith(KERNELS):
            return ""
        at = shlex.quote(path)
        return await self._said(
            container, f"if [ -d {at} ]; then echo folder; elif [ -e {at} ] || [ -L {at} ]; then echo file; fi"
        )

    async def led_to(self, container: Container, path: str) -> str:
        at = shlex.quote(path)
        found = await self._said(container, f"if [ -L {at} ]; then readlink -f {at} || readlink {at}; fi")
        return posixpath.join(posixpath.dirname(path), found) if found else path

    async def _said(self, container: Container, script: str) -> str:
        with tempfile.TemporaryFile() as out:
            _check(container, await self._code(container, script, stdout=out))
            out.seek(0)
            return out.read().decode().strip()

    async def pack(self, container: Container, path: str, file: IO[bytes], *, follow: bool) -> None:
        link = "h" if follow else ""
        folder, _, name = path.rstrip("/").rpartition("/")
        if path.endswith("/."):
            folder, name = path[:-2], "."
        script = f"tar -c{link}f - -C {shlex.quote(folder or '/')} -- {shlex.quote(name or '.')}"
        _check(container, await self._code(container, script, stdout=file))

    async def unpack(self, container: Container, folder: str, file: IO[bytes], *, top: str, owners: bool) -> None:
        del owners  # they are in the archive
        at = shlex.quote(folder)
        checks = f"[ -d {at} ] || exit {NO_FOLDER}"
        if top:
            checks += f"; [ ! -d {at}/{shlex.quote(top)} ] || exit {IN_THE_WAY}"
        code = await self._code(container, f"{checks}; exec tar -xf - -C {at}", stdin=file)
        if code == NO_FOLDER:
            raise ShoreError(f"{container.service}: there is no folder {folder}", hint="make it first")
        if code == IN_THE_WAY:
            what = f"{container.service}: {folder}/{top} is a folder"
            raise ShoreError(what, hint="remove it, or name another place")
        _check(container, code)

    async def _code(
        self, container: Container, script: str, *, stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None
    ) -> int:
        with standard_streams(stdin, stdout):
            visit = container.state != "running"
            request = ExecRequest(("sh", "-c", script), user="0", working_dir="/", visit=visit)
            return await self._engine.execute(container, request)


def _check(container: Container, code: int) -> None:
    if code:
        what = f"{container.service}: not copied: exit code {code}"
        raise ShoreError(what, hint="does the service have sh and tar?")
