"""Secrets and configs as every engine treats them: what comes from a file is mounted, read-only and as it is, so that a
change shows at once; what comes from the Compose file or a variable, or has an owner or mode of its own, is copied in.
As with Docker Compose, a change of what is copied recreates nothing."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal

from longshore.model.errors import Place, ShoreError
from longshore.model.record import record
from longshore.model.service import FileUse, Service
from longshore.model.stack import FileObject, Stack

__all__ = ["FileInside", "check_copied", "content", "files_inside", "opened", "problems"]


@record
class FileInside:
    """A secret or config in one service's container."""

    kind: Literal["secret", "config"]
    use: FileUse
    object: FileObject

    @property
    def is_mounted(self) -> bool:
        """Whether its file itself is seen inside."""
        return bool(self.object.file) and not (self.use.uid or self.use.gid or self.use.mode is not None)

    @property
    def what(self) -> str:
        """Where the Compose file has it: "secrets.token"."""
        return f"{self.kind}s.{self.object.key}"

    @property
    def key(self) -> str:
        """Its name among all secrets and configs: "secret:token"."""
        return f"{self.kind}:{self.use.source}"


def files_inside(stack: Stack, service: Service) -> tuple[FileInside, ...]:
    """Those of a service that the stack defines, secrets first."""
    secrets = (FileInside("secret", u, stack.secrets[u.source]) for u in service.secrets if u.source in stack.secrets)
    configs = (FileInside("config", u, stack.configs[u.source]) for u in service.configs if u.source in stack.configs)
    return (*secrets, *configs)


def content(stack: Stack, found: FileInside) -> bytes:
    """What it holds. Raises ShoreError when that cannot be had."""
    with opened(stack, found) as (file, _):
        return file.read()


@contextmanager
def opened(stack: Stack, found: FileInside) -> Iterator[tuple[IO[bytes], int]]:
    """What it holds, to be read piece by piece, and its length in bytes. Raises ShoreError when it cannot be had."""
    thing = found.object
    if not thing.file:
        text = _text(stack, found)
        yield io.BytesIO(text), len(text)
        return
    try:
        file = open(thing.file, "rb")  # noqa: SIM115 - what fails in the body of the caller is no fault of this
    except OSError as error:
        raise _unreadable(found.what, thing.file, error.strerror, thing.place) from error
    with file:
        yield file, os.fstat(file.fileno()).st_size


def _text(stack: Stack, found: FileInside) -> bytes:
    """What is in the Compose file itself or in a variable."""
    thing, what = found.object, found.what
    if thing.content is not None:
        return thing.content.encode()
    if not thing.environment:
        hint = "give it by file, environment or content"
        raise ShoreError(f"{what} is external; there is no store of {found.kind}s here", hint=hint, place=thing.place)
    if thing.environment not in stack.environment:
        raise ShoreError(
            f"{what}: the variable {thing.environment} is not set",
            hint="set it in the environment or in .env",
            place=thing.place,
        )
    return stack.environment[thing.environment].encode()


def check_copied(service: Service, found: FileInside) -> None:
    """Raises ShoreError where nothing can be copied in: as with Docker the root must be open to writing for that."""
    if service.read_only:
        raise ShoreError(
            f"services.{service.name}.{found.kind}s: {found.use.source} cannot be copied: the root is read_only",
            hint="give it by `file:` and without uid, gid and mode, so that it is mounted",
            place=service.place(f"{found.kind}s"),
        )


def problems(stack: Stack, service: Service, *, local: bool = True) -> Iterator[ShoreError]:
    """One error for each whose content cannot be had, before anything starts. `local`: the engine sees our files."""
    for found in files_inside(stack, service):
        try:
            if not found.is_mounted:
                check_copied(service, found)
                with opened(stack, found):
                    pass
            elif local and not Path(found.object.file).exists():
                yield _unreadable(found.what, found.object.file, "there is no such file", found.object.place)
        except ShoreError as error:
            yield error


def _unreadable(what: str, path: str, why: str | None, place: Place | None) -> ShoreError:
    return ShoreError(f"{what}: cannot read {path}: {why}", hint="make the file, or correct its path", place=place)
