"""An engine with the stand-in images and a registry to push them to, for what compares pulls with Docker's."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.docker import dockerd
from tests.localregistry import LocalRegistry, local_registry, why_no_registry

__all__ = ["beside_registry", "why_not"]


def why_not() -> str:
    """Why there can be none here, "" where there can."""
    return why_no_registry() or dockerd.why_not()


@contextlib.contextmanager
def beside_registry(prefix: str, *images: str) -> Iterator[tuple[dockerd.Docker, Path, LocalRegistry]]:
    """The engine, with `images`, a folder that is gone afterwards (its name begins with `prefix`), and the registry."""
    with contextlib.ExitStack() as held:
        docker = dockerd.Docker(held.enter_context(dockerd.running()))
        if images:
            dockerd.stand_ins(docker.host, *images)
        folder = Path(held.enter_context(tempfile.TemporaryDirectory(prefix=prefix, dir="/var/tmp")))
        yield docker, folder, held.enter_context(local_registry(folder / "registry"))
