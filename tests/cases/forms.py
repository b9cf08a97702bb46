"""The forms in which a case is played: the real Docker Compose; `shore` on Docker, natively as root and as a user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from tests.cases.play import Form
from tests.docker import dockerd
from tests.installed import Installed, install
from tests.shore import SHORE, shared_cache
from tests.users import User, throwaway_user

__all__ = ["IMAGES", "of_compose", "reach", "short_folder", "why_no_docker", "why_no_root"]

IMAGES = (
    "debian:bookworm-slim", "python:3.11-slim", "redis:7-alpine", "postgres:15-alpine", "nginx:alpine", "node:20-slim",
)  # fmt: skip
"""What cases may stand on: images that Docker has stand-ins of and that the native engine knows."""

HOMES = {"state": "XDG_STATE_HOME", "data": "XDG_DATA_HOME", "run": "XDG_RUNTIME_DIR"}


def why_no_root() -> str:
    return "" if os.geteuid() == 0 else "this is not root"


def why_no_docker() -> str:
    return dockerd.why_not()


@contextmanager
def reach(
    name: str, account: str = "", *, installed: Installed | None = None, images: Sequence[str] = IMAGES
) -> Iterator[Form]:
    """One of the three forms of `shore`, with its images at hand. `account`: an ordinary user to take; "" takes that of
    `installed`, or makes one."""
    if name == "user":
        with nullcontext(installed) if installed else _installed(account) as one, _user(one, images) as form:
            yield form
    elif name == "root":
        with short_folder() as base:
            form = Form("root", (SHORE, "--engine", "native"), base, {**_homes(base), "XDG_CACHE_HOME": shared_cache()})
            _warm(form, images)
            yield form
    else:
        with dockerd.running() as host, short_folder() as base:
            dockerd.stand_ins(host, *images)
            yield Form("docker", (SHORE, "--engine", "docker"), base, {"DOCKER_HOST": host, **_homes(base)})


def of_compose(base: Path, host: str) -> Form:
    """The original: Docker Compose as a plugin of the docker command."""
    return Form("compose", (dockerd.CLI, "compose"), base, {"DOCKER_HOST": host})


@contextmanager
def short_folder() -> Iterator[Path]:
    """A folder whose name leaves room for sockets below it."""
    with tempfile.TemporaryDirectory(prefix="lc", ignore_cleanup_errors=True) as base:
        yield Path(base)


@contextmanager
def _installed(account: str) -> Iterator[Installed]:
    if account:
        entry = pwd.getpwnam(account)
        yield install(User(account, entry.pw_uid, Path(entry.pw_dir)))
        return
    with throwaway_user() as user:
        yield install(user)


@contextmanager
def _user(installed: Installed, images: Sequence[str]) -> Iterator[Form]:
    base = Path(tempfile.mkdtemp(prefix="c", dir=installed.user.home))
    homes = {**_homes(base), "XDG_CACHE_HOME": installed.cache}
    form = Form("user", (installed.shore, "--engine", "native"), base, homes, installed.user)
    try:
        _warm(form, images)
        yield form
    finally:
        shutil.rmtree(base, ignore_errors=True)


def _homes(base: Path) -> dict[str, str]:
    for name in HOMES:
        (base / name).mkdir(mode=0o700, parents=True, exist_ok=True)
    return {variable: str(base / name) for name, variable in HOMES.items()}


def _warm(form: Form, images: Sequence[str]) -> None:
    """Have every image in the cache before anything is timed."""
    folder = form.base / "warm"
    folder.mkdir()
    services = "".join(f"  s{number}: {{image: '{image}'}}\n" for number, image in enumerate(images))
    (folder / "compose.yaml").write_text(f"services:\n{services}")
    form.prepare()
    subprocess.run(form.argv("X pull -q"), cwd=folder, env=form.environment, check=True, stdin=subprocess.DEVNULL)
