"""Provider `mongo`: no build of MongoDB can be had from the registries that this engine uses, so FerretDB serves: it
speaks MongoDB's protocol and keeps its data in SQLite. The shell is MongoDB's own, from npm. Said, and never exact."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from longshore.model.errors import ShoreError
from longshore.native.image.catalog.provider import ELSEWHERE, ImageSurvey, Provider, refused
from longshore.native.image.catalog.reference import Tag
from longshore.native.image.debian import rootfs
from longshore.native.image.debian.additions import copy_accounts, data_directory, script
from longshore.native.image.debian.ground import Ground, starts_as
from longshore.native.image.debian.releases import release_for
from longshore.native.image.fetch import ferretdb
from longshore.native.image.model import Client, Image, ImageConfig, Recipe, Server
from longshore.native.image.store.cache import key_of, layer_keys
from longshore.state.folders import CACHE, folder

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

RECIPE = 3
ASKED = ("5", "6", "7", "8")
"""Majors of MongoDB whose drivers and shell get on with FerretDB."""
SHORT = "ferretdb " + ".".join(ferretdb.VERSION.removeprefix("v").split(".")[:2])
NODE = "22"
"""mongosh needs one that can require() modules of the newer kind: 20.19, 22.12 or later."""
USER = "mongodb"
UID = 999
DATA = "/data/db"
SHELL = "/opt/mongosh"
LACKS = "no transactions, replica sets, change streams, TTL and text indexes"
PING = (
    "\x33\0\0\0\x01\0\0\0\0\0\0\0\xdd\x07\0\0\0\0\0\0\0"
    "\x1e\0\0\0\x10ping\0\x01\0\0\0\x02$db\0\x06\0\0\0admin\0\0"
)  # fmt: skip
"""An OP_MSG with {ping: 1, $db: "admin"}, which is answered without signing in."""
CLIENT = Client(
    programs=("mongosh",),
    port=27017,
    options={"--host": "host", "--port": "port"},
    words=("--quiet", "--eval", "db.admincommand('ping')"),
    unless=("MONGOSH_GLOBAL_CONFIG_FILE_FOR_TESTING",),
    ask=PING,
    healthy="{ ok: 1 }",
)


def choose(tag: Tag) -> ImageSurvey:
    """FerretDB for every major that is asked; it is built here, so there must be a Go or an earlier build."""
    asked = ".".join(str(number) for number in tag.version) or "latest"
    if tag.version and str(tag.version[0]) not in ASKED:
        return refused(
            f"mongo {asked} cannot be had here, and nothing stands in for it", f"ask for mongo:6, or {ELSEWHERE}"
        )
    if ferretdb.find_go() is None and not _is_built():
        return refused(
            f"mongo {asked}: FerretDB would stand in for it, and is built by Go, which is not on this machine",
            f"install Go 1.24 or newer, or {ELSEWHERE}",
        )
    recipe = Recipe("mongo", str(tag.version[0]) if tag.version else ASKED[-1], release_for(tag.release), tag.variant)
    text = f"{SHORT} in place of mongo {asked}: {LACKS}"
    return ImageSurvey("deviates", SHORT, text, f"for MongoDB itself {ELSEWHERE}", recipe)


def _is_built() -> bool:
    return (Path(folder(os.environ, CACHE)) / "downloads" / _file()).is_file()


def _file() -> str:
    edits = key_of(ferretdb.SUM, ferretdb.EDITS, dict(ferretdb.ADDED))
    return f"built/ferretdb-{edits[:16]}-{os.uname().machine}"


async def make(ground: Ground, recipe: Recipe) -> Image:
    from longshore.native.image.providers.node import node_layer

    node, _ = await node_layer(ground, NODE)
    binary = await _server(ground)
    below = (*ground.below, str(node))
    lock = files().joinpath("mongosh-package-lock.json").read_bytes()
    key = key_of("mongo", RECIPE, _file(), lock.decode(), layer_keys(below))
    cache = ground.cache
    if not cache.has_layer(key):
        async with cache.lock(key):
            if not cache.has_layer(key):
                with cache.staging() as staged:
                    root = staged / "layer" / "root"
                    root.mkdir(parents=True)
                    copy_accounts(root, below)
                    ground.progress("mongosh: installing", 0, 0)
                    await asyncio.to_thread(_finish, root, binary)
                    await _shell(ground, node, root)
                    cache.publish_layer(key, staged / "layer", {"kind": "mongo", "version": ferretdb.VERSION})
    config = ImageConfig(
        env={"PATH": ground.path, "MONGO_MAJOR": recipe.version, "HOME": DATA, "DO_NOT_TRACK": "1"},
        entrypoint=("docker-entrypoint.sh",),
        cmd=("mongod",),
        starts_as=starts_as(USER),
        exposed=("27017/tcp",),
        volumes=("/data/configdb", DATA),
    )
    return Image("", "", (str(node), str(cache.layer_root(key))), config, runs=SHORT)


async def _server(ground: Ground) -> Path:
    """The program, built once and kept beside what is downloaded."""
    cache, target = ground.cache, ground.cache.downloads / _file()
    async with cache.lock("ferretdb"):
        if target.is_file():
            return target
        if ground.offline:
            raise ShoreError(
                "FerretDB is not in the cache, and --offline forbids to download what it is built from",
                hint="run once without --offline, with the network",
            )
        go = ferretdb.find_go()
        if go is None:
            raise ShoreError("FerretDB is built by Go, which is not on this machine", hint="install Go 1.24 or newer")
        ground.progress(f"{SHORT}: building, about a minute", 0, 0)
        with cache.staging() as staged:
            try:
                await asyncio.to_thread(ferretdb.build, go, staged, staged / "ferretdb")
            except ferretdb.BuildFailed as error:
                hint = "check the network and `go env GOPROXY`; FerretDB needs Go 1.24 or newer"
                raise ShoreError(f"FerretDB cannot be built: {error}", details=error.lines, hint=hint) from error
            return cache.publish_file(staged / "ferretdb", target)


def _finish(root: Path, binary: Path) -> None:
    rootfs.add_user(root, USER, UID, UID, home=DATA)
    for path in (DATA, "/data/configdb"):
        data_directory(root, path, UID, UID, 0o1777)
    (root / "docker-entrypoint-initdb.d").mkdir()
    script(root, "/usr/local/bin/docker-entrypoint.sh", "mongo-entrypoint.sh")
    script(root, "/usr/local/bin/mongod", "mongo-mongod.sh")
    program = root / "usr/local/bin/ferretdb"
    program.write_bytes(binary.read_bytes())
    program.chmod(0o755)
    (root / "usr/local/bin/mongosh").symlink_to(f"{SHELL}/node_modules/.bin/mongosh")


async def _shell(ground: Ground, node: Path, root: Path) -> None:
    """MongoDB's shell by npm, of our own Node, as the lock file that we carry says: every package by its hash."""
    from longshore.native.image import process

    shell = root / SHELL.lstrip("/")
    shell.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        (shell / name).write_bytes(files().joinpath(f"mongosh-{name}").read_bytes())
    local = node / "usr/local"
    npm = [str(local / "bin/node"), str(local / "lib/node_modules/npm/bin/npm-cli.js")]
    words = ["ci", "--ignore-scripts", "--omit=optional", "--no-audit", "--no-fund", "--silent"]
    env = {**os.environ, "PATH": f"{local / 'bin'}:{os.environ.get('PATH', '')}", "NO_UPDATE_NOTIFIER": "1"}
    done = await process.run([*npm, *words], cwd=shell, env=env)
    if done.code:
        hint = "check the network and the settings of npm"
        raise ShoreError("npm cannot install mongosh", details=done.lines[-6:], hint=hint)
    rootfs.own_all(shell)


def files() -> Traversable:
    import importlib.resources

    return importlib.resources.files("longshore.native.image.providers.files")


PROVIDER = Provider(
    names=("mongo",),
    recipe=RECIPE,
    versions=dict.fromkeys(ASKED, ""),
    choose=choose,
    make=make,
    source="FerretDB from its Go module, built here; npm `mongosh`",
    server=lambda major: Server("ferretdb", "1", DATA, CLIENT),
    port=27017,
    notes=(
        "FerretDB 1.24 serves in place of MongoDB, and `ps` says so. It lacks transactions, replica sets, change "
        "streams, TTL and text indexes, `$lookup` and conditions in `$pull`. It is built on this machine by Go 1.24 or "
        "newer, from a module that is pinned by hash, with writes one at a time, so that none is lost.",
        "Roles are taken and not kept: with MONGO_INITDB_ROOT_USERNAME, a user may use the database that it was made "
        "in and no other; one made in `admin` all.",
    ),
)
