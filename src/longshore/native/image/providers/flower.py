"""Provider `mher/flower`: Flower from its wheel, with the wheels that it needs, each by its hash, on Python 3.11."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.native.image.catalog.provider import ImageSurvey, Provider
from longshore.native.image.catalog.reference import Tag
from longshore.native.image.catalog.versions import choose_version
from longshore.native.image.debian import rootfs
from longshore.native.image.debian.additions import copy_accounts, data_directory, program
from longshore.native.image.debian.ground import Ground
from longshore.native.image.model import Image, ImageConfig, Recipe
from longshore.native.image.store.cache import key_of, layer_keys

RECIPE = 2
NAME = "mher/flower"
VERSIONS = {"2.0": "bookworm"}
PYTHON = "3.11"
UID = 1000
DATA = "/data"
CELERY = """\
#!/usr/local/bin/python3
import sys
from celery.__main__ import main
sys.exit(main())
"""


def choose(tag: Tag) -> ImageSurvey:
    """The image stands on Alpine, whatever its tag says: busybox's programs are there."""
    chosen = choose_version("flower", tag, VERSIONS)
    recipe = chosen.recipe and replace(chosen.recipe, kind=NAME, variant="alpine")
    return replace(chosen, recipe=recipe)


async def make(ground: Ground, recipe: Recipe) -> Image:
    from longshore.native.image.interpreters.layer import python_layer
    from longshore.native.image.providers.python import RECIPE as PYTHON_RECIPE

    python, _ = await python_layer(ground, PYTHON_RECIPE, PYTHON, None)
    below = (*ground.below, str(python))
    cache, wanted = ground.cache, requirements()
    key = key_of("flower", RECIPE, wanted, os.uname().machine, layer_keys(below))
    if not cache.has_layer(key):
        async with cache.lock(key):
            if not cache.has_layer(key):
                with cache.staging() as staged:
                    root = staged / "layer" / "root"
                    await _install(ground, wanted, staged, root)
                    await asyncio.to_thread(_finish, root, below)
                    cache.publish_layer(key, staged / "layer", {"kind": "flower", "version": recipe.version})
    config = ImageConfig(
        env={
            "PATH": ground.path,
            "PYTHONUNBUFFERED": "1",
            "PYTHONHASHSEED": "random",
            "PYTHONDONTWRITEBYTECODE": "1",
            "FLOWER_DATA_DIR": DATA,
        },
        cmd=("celery", "flower"),
        working_dir=DATA,
        user="flower",
        exposed=("5555/tcp",),
        volumes=(DATA,),
    )
    return Image("", "", (str(python), str(cache.layer_root(key))), config, runs=f"flower {recipe.version}")


async def _install(ground: Ground, wanted: str, staged: Path, root: Path) -> None:
    from longshore.native.image import process
    from longshore.native.image.fetch.pinned import pip_command

    if ground.offline:
        raise ShoreError(
            "flower is not in the cache, and --offline forbids a download",
            hint="run once without --offline, with the network",
        )
    ground.progress("flower: installing", 0, 0)
    (staged / "requirements.txt").write_text(wanted)
    machine = os.uname().machine
    platforms = [f"--platform=manylinux{version}_{machine}" for version in ("_2_28", "_2_17", "2014", "_2_5", "1")]
    target = root / f"usr/local/lib/python{PYTHON}/site-packages"
    words = [
        "install", "--quiet", "--no-input", "--no-deps", "--no-compile", "--require-hashes", "--only-binary=:all:",
        f"--python-version={PYTHON}", "--implementation=cp", *platforms, "--target", str(target),
        "-r", str(staged / "requirements.txt"),
    ]  # fmt: skip
    env = {**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1", "TMPDIR": str(staged)}
    done = await process.run([*await pip_command(ground.cache, staged), *words], cwd=staged, env=env)
    if done.code:
        hint = "check the network and the settings of pip"
        raise ShoreError("flower cannot be installed", details=done.lines[-6:], hint=hint)


def _finish(root: Path, below: tuple[str, ...]) -> None:
    copy_accounts(root, below)
    rootfs.add_user(root, "flower", UID, UID, home="/home/flower")
    data_directory(root, DATA, UID, UID)
    program(root, "/usr/local/bin/celery", CELERY)
    rootfs.own_all(root / "usr/local")


def requirements() -> str:
    import importlib.resources

    files = importlib.resources.files("longshore.native.image.providers.files")
    return files.joinpath("flower-requirements.txt").read_text()


PROVIDER = Provider(
    names=(NAME,),
    recipe=RECIPE,
    versions=VERSIONS,
    choose=choose,
    make=make,
    source="PyPI `flower` and what it needs, on Debian's Python 3.11",
    port=5555,
)
