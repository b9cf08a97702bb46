"""What an engine may have beside the protocol that every engine speaks. It declares what it has; who needs one of these
asks here, and nobody looks at what kind of object an engine is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING, Literal, Protocol, cast

from longshore.engine.base import BuildOptions, Engine
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.state.caches import Kept
from longshore.state.events import Emit
from longshore.state.observed import Container

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "Archives", "Attaches", "Caches", "Capability", "Commits", "Committing", "Contents", "Exports", "Layer", "Loads",
    "Mends", "Opens", "Prepares", "Publishes", "archiving", "attaching", "caching", "check_handed_on", "committing",
    "exporting", "loading", "mending", "opening", "preparing", "publishing",
]  # fmt: skip

Capability = Literal[
    "archives",
    "attach",
    "cache",
    "commit",
    "contents",
    "export",
    "hands on",
    "load",
    "mend",
    "prepare",
    "push",
    "visit",
]
"""hands on: builds are another program's, which may be a chosen one and attest what it made. visit: a command may be
run among the files of a container that does not run."""


class Archives(Protocol):
    """archives: files of a container, also of one that does not run, as tar archives."""

    async def kind(self, container: Container, path: str) -> str:
        """What is at an absolute path: "folder", "file" (or anything else), or "" for nothing."""
        ...

    async def led_to(self, container: Container, path: str) -> str:
        """Where the link at an absolute path leads; the path itself where there is none."""
        ...

    async def pack(self, container: Container, path: str, file: IO[bytes], *, follow: bool) -> None:
        """Write the archive of what is at the path, under its last name ("." where it ends so)."""
        ...

    async def unpack(self, container: Container, folder: str, file: IO[bytes], *, top: str, owners: bool) -> None:
        """Unpack an archive, read from its beginning, into a folder. `top`: its one entry, which is no folder and may
        not come over one; `owners`: those of the archive are kept. Raises ShoreError where that cannot be."""
        ...


class Attaches(Protocol):
    """attach: this process's own streams can be joined to those of a container's main process."""

    async def attach(self, container: Container, *, stdin: bool, detach_keys: str) -> None:
        """Until it ends, or the keys are typed (on a terminal; "" for the engine's own)."""
        ...


class Caches(Protocol):
    """cache: the engine keeps what it made and fetched in a cache of its own."""

    async def cached(self) -> tuple[Kept, ...]:
        """What is there, the biggest first. Slow: everything is counted."""
        ...

    async def prune(self, *, before: float, most: int | None) -> tuple[Kept, ...]:
        """Remove what nothing needs and was last of use before that time, and with `most` (bytes) the oldest until no
        more than that is left; what has gone. Raises ShoreError while an image is being made."""
        ...

    async def verify_cache(self) -> tuple[Kept, ...]:
        """Set aside what is not whole any more: it is made or fetched anew when it is wanted; what that was. Slow."""
        ...


@record
class Committing:
    """What `commit` makes of a container: an image of that `reference` ("" for none), with an author and a message;
    `changes` are instructions of a Dockerfile, carried out on top; `pause` holds the container meanwhile."""

    reference: str = ""
    author: str = ""
    message: str = ""
    changes: tuple[str, ...] = ()
    pause: bool = True


class Commits(Protocol):
    """commit: an image can be made of a container."""

    async def commit(self, container: Container, asked: Committing) -> str:
        """The image's id."""
        ...


class Exports(Protocol):
    """export: a container's whole file system can be had as one archive."""

    async def export(self, container: Container, file: IO[bytes]) -> None:
        """Write it, without what is mounted in the container, which need not run."""
        ...


@record
class Layer:
    """A layer of an image: `path` is a folder that holds its files, or a tar archive of them."""

    id: str
    path: str


@record(hidden=("texts",))
class Contents:
    """What an image is made of. `texts` are what it says of itself (its environment, how it was made), `layers` those
    that it has beside the image that it is built on, the lowest first; `size` in bytes, with its base, 0 where that is
    not known."""

    texts: tuple[str, ...]
    layers: tuple[Layer, ...]
    size: int = 0


class Opens(Protocol):
    """contents: images can be looked into."""

    async def contents(self, stack: Stack, service: Service, base: str, folder: str) -> Contents:
        """Of the image of a service, which is built on the image `base` ("": on none that is known). What has to be
        unpacked goes into `folder`. Raises ShoreError where the image is not here."""
        ...


class Loads(Protocol):
    """load: images can be written into archives, and read from them, without a registry."""

    async def load_images(self, source: Path | IO[bytes]) -> tuple[str, ...]:
        """Take in what `docker save` wrote, or an OCI image layout (a folder too); the images' names."""
        ...

    async def save_images(self, references: Sequence[str], target: Path) -> None:
        """Write images as both at once, into an archive or, where `target` is one, a folder."""
        ...


class Mends(Protocol):
    """mend: what the engine keeps of images lies in the open, where a part of it may be removed by hand."""

    async def set_damaged_aside(
        self, stack: Stack, services: Iterable[str], *, thorough: bool = False
    ) -> tuple[str, ...]:
        """The images of these services that are not whole any more, as a quick look or a thorough one shows; they are
        not there then, and can be made or fetched anew."""
        ...


class Prepares(Protocol):
    """prepare: a start can be shortened while a service waits for its dependencies."""

    async def prepare(self, stack: Stack, container: Container) -> None:
        """Make everything of a container that is about to be started but its program. Nobody sees it, it lasts no
        longer than this command, and `start` does the same again where something has changed since."""
        ...


class Publishes(Protocol):
    """push: images can be sent to a registry."""

    async def push(self, stack: Stack, service: Service, emit: Emit) -> None: ...


def archiving(engine: Engine) -> Archives | None:
    """The engine as one that gives and takes archives; None for one that has to run commands for that."""
    return cast(Archives, engine) if "archives" in engine.capabilities else None


def attaching(engine: Engine) -> Attaches | None:
    """The engine as one that joins streams; None for one that keeps them to itself."""
    return cast(Attaches, engine) if "attach" in engine.capabilities else None


def caching(engine: Engine) -> Caches:
    """The engine as one with a cache. Raises ShoreError for one that leaves that to others."""
    if "cache" not in engine.capabilities:
        raise ShoreError(f"{engine.name} keeps its images itself", hint="see docker system df and docker system prune")
    return cast(Caches, engine)


def check_handed_on(engine: Engine, options: BuildOptions) -> None:
    """Raises ShoreError where the options ask for what only an engine that hands builds on can do."""
    asked = {"--builder": options.builder, "--provenance": options.provenance, "--sbom": options.sbom}
    for flag, value in asked.items():
        if value not in ("", "false") and "hands on" not in engine.capabilities:
            why = "it builds itself" if flag == "--builder" else "it attests nothing of what it builds"
            raise ShoreError(f"{flag} is not for {engine.name}: {why}", hint="leave it out, or use --engine docker")


def committing(engine: Engine) -> Commits:
    """The engine as one that makes images of containers. Raises ShoreError for one that cannot."""
    if "commit" not in engine.capabilities:
        what = f"commit is not for {engine.name}: its images are made of Dockerfiles, step by step"
        raise ShoreError(what, hint="write down what was changed in a Dockerfile, or use --engine docker")
    return cast(Commits, engine)


def exporting(engine: Engine) -> Exports:
    """The engine as one that exports containers. Raises ShoreError for one that cannot."""
    if "export" not in engine.capabilities:
        raise ShoreError(f"export is not for {engine.name}", hint="copy what is needed with shore cp")
    return cast(Exports, engine)


def loading(engine: Engine) -> Loads:
    """The engine as one that reads and writes archives of images. Raises ShoreError for one that does not."""
    if "load" not in engine.capabilities:
        raise ShoreError(f"{engine.name} has a command of its own for that", hint="use docker load and docker save")
    return cast(Loads, engine)


def mending(engine: Engine) -> Mends | None:
    """The engine as one that mends its images; None for one that need not."""
    return cast(Mends, engine) if "mend" in engine.capabilities else None


def opening(engine: Engine) -> Opens | None:
    """The engine as one that lets images be looked into; None for one that does not."""
    return cast(Opens, engine) if "contents" in engine.capabilities else None


def preparing(engine: Engine) -> Prepares | None:
    """The engine as one that prepares; None when it has no need to."""
    return cast(Prepares, engine) if "prepare" in engine.capabilities else None


def publishing(engine: Engine) -> Publishes:
    """The engine as one that publishes images. Raises ShoreError for one that cannot."""
    if "push" not in engine.capabilities:
        raise ShoreError(f"{engine.name} publishes no images", hint="use --engine docker")
    return cast(Publishes, engine)
