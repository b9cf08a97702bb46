"""Where what a project is made of lies in its copy. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from longshore.model.record import record
from longshore.model.stack import Stack

__all__ = ["Layout", "layout_of", "paths_named"]

OF_THE_SYSTEM = (
    "/dev",
    "/proc",
    "/sys",
    "/run",
    "/var/run",
    "/etc",
    "/usr",
    "/lib",
    "/lib64",
    "/bin",
    "/sbin",
    "/boot",
)
"""What a stack mounts of these is the machine's and not its own: it is seen from the copy as well."""


@record
class Layout:
    """`tree` is the folder of the copy that holds everything, `base` the folder that it stands for: what lies in `base`
    lies in `tree` under the same relative path. `copied` are the paths that are copied, none inside of another."""

    base: str
    tree: str
    copied: tuple[str, ...]

    def place(self, path: str) -> str:
        """Where a path lies in the copy; the path itself where it is not copied."""
        if not any(_within(path, one) for one in self.copied):
            return path
        return os.path.normpath(os.path.join(self.tree, os.path.relpath(path, self.base)))  # noqa: PTH118

    def holds(self, path: str) -> bool:
        """Whether it is a path inside of the copy."""
        return _within(path, self.tree)


def layout_of(stack: Stack, tree: str, exists: Iterable[str]) -> Layout:
    """The project's folder and what its files name beside it, of the paths that are there (`exists`). Relative paths
    of the files hold in the copy as they are."""
    named = [stack.working_dir, *sorted(path for path in exists if not _of_the_system(path))]
    kept: list[str] = []
    for path in named:
        if not any(_within(path, one) for one in kept):
            kept = [one for one in kept if not _within(one, path)] + [path]
    base = os.path.commonpath([stack.working_dir, *(os.path.dirname(path) for path in kept[1:])])  # noqa: PTH120
    return Layout(base, tree, tuple(kept))


def paths_named(stack: Stack) -> Iterator[str]:
    """Absolute paths that the files name and that services may write to, or images are built from."""
    yield from (path for path in (*stack.files, *stack.env_files) if path != "-")
    for one in (*stack.secrets.values(), *stack.configs.values()):
        if one.file:
            yield one.file
    for volume in stack.volumes.values():
        if volume.bound_to:
            yield volume.bound_to
    for service in (*stack.services.values(), *stack.disabled.values()):
        yield from (mount.source for mount in service.mounts if mount.type == "bind")
        if service.build:
            contexts = (service.build.context, *service.build.additional_contexts.values())
            yield from (path for path in contexts if path.startswith("/"))


def _of_the_system(path: str) -> bool:
    return path == "/" or any(_within(path, one) for one in OF_THE_SYSTEM)


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
