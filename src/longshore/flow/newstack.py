"""A stack of one's own, begun as a copy of one of those that come with the product."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import longshore
from longshore.model.errors import ShoreError
from longshore.model.record import record

__all__ = ["BEGINNINGS", "Beginning", "begin", "find_beginning", "stacks_folder"]


@record
class Beginning:
    """A stack to begin with: its folder's `name`, a `line` about it, the project's name and that of its images in its
    files, and the words that bring it up."""

    name: str
    line: str
    project: str
    images: str
    up: str = "shore up -d --wait"


BEGINNINGS = (
    Beginning("shop", "a shop: Django REST, Next.js, nginx, PostgreSQL, Redis", "shop", "shop"),
    Beginning("gallery", "a photo gallery: React and Vite, FastAPI, PostgreSQL, nginx", "gallery", "max-gallery",
              "shore -f docker-compose.dev.yml up -d --wait"),
    Beginning("accounts", "accounts and profiles: two FastAPI services on MongoDB, Celery, Redis, Flower, React",
              "accounts", "accounts"),
    Beginning("backend", "an API alone: Django REST, PostgreSQL, Redis", "backend", "backend"),
    Beginning("assistant", "a bot with a dashboard: aiogram, FastAPI, SQLite, Next.js", "systech-aidd", "systech-aidd"),
)  # fmt: skip
"""Every one that comes with the product."""

NAME = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
"""What can name a project and its images."""
LEFT_OUT = frozenset({"node_modules", "__pycache__", ".next", "out", "dist", ".venv", "venv", "var", ".env"})
"""What work in a stack makes; a copy begins without it."""
EMPTIED = frozenset({"data", "logs", "backups"})
"""Folders at a stack's top that hold what it has made; a copy has them empty."""
SECRETS = "new-env.sh"
"""The program in a stack that prints its settings with fresh secrets."""


def stacks_folder() -> Path:
    """Where they lie: in the package as it is installed, else beside the sources."""
    package = Path(longshore.__file__).parent
    inside = package / "stacks"
    return inside if inside.is_dir() else package.parents[1] / "stacks"


def find_beginning(name: str) -> Beginning:
    """The one of that name. ShoreError names what there is."""
    from longshore.model.nearest import nearest

    found = next((one for one in BEGINNINGS if one.name == name), None)
    if found is None:
        close = nearest(name, [one.name for one in BEGINNINGS])
        names = ", ".join(one.name for one in BEGINNINGS)
        raise ShoreError(f"there is no stack {name}", hint=f"did you mean {close}?" if close else f"there are {names}")
    return found


def begin(one: Beginning, folder: Path) -> None:
    """Copy it to `folder`, whose last name is the project's from then on, with fresh secrets in `.env`. ShoreError
    where the folder holds something, or its name cannot be a project's."""
    name = folder.name
    if not NAME.fullmatch(name):
        hint = "small letters, digits, and single - or _ between them: my-photos"
        raise ShoreError(f"{name!r} cannot name a project and its images", hint=hint)
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise ShoreError(f"{folder} is there already", hint="name another folder, or empty it")
    source = stacks_folder() / one.name
    if not source.is_dir():
        raise ShoreError(f"the stack {one.name} did not come with this installation", hint="install longshore anew")
    for path in _files(source):
        target = folder / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        _copy(path, target, one, name)
    _write_secrets(folder)


def _files(source: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(source):
        here = Path(place)
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        emptied = here != source and here.relative_to(source).parts[0] in EMPTIED
        for name in sorted(files):
            made = name in LEFT_OUT or name.endswith((".pyc", ".tsbuildinfo"))
            if not made and (not emptied or name == ".gitkeep"):
                yield here / name


def _copy(path: Path, target: Path, one: Beginning, name: str) -> None:
    """A Compose file with the new names, every other file as it is; who may run it may run the copy."""
    if re.fullmatch(r"docker-compose.*\.yml", path.name):
        target.write_text(_renamed(path.read_text(), one, name))
    else:
        shutil.copyfile(path, target)
    target.chmod(0o755 if path.stat().st_mode & 0o100 else 0o644)


def _renamed(text: str, one: Beginning, name: str) -> str:
    text = re.sub(rf"(?m)^(\s*)name: {one.project}\b", rf"\g<1>name: {name}", text)
    return re.sub(rf"(?m)^(\s+image: (?:\$\{{REGISTRY:-)?){one.images}(?=[/:}}])", rf"\g<1>{name}", text)


def _write_secrets(folder: Path) -> None:
    done = subprocess.run(["sh", SECRETS], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ShoreError(f"{folder}/{SECRETS} failed: {done.stderr.strip()}", hint=f"sh {SECRETS} > .env")
    env = folder / ".env"
    env.touch(mode=0o600)
    env.write_text(done.stdout)
