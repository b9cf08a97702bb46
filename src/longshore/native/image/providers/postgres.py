"""Provider `postgres`: the asked major version and no other, with the official image's contract.

The first start of an empty volume is made fast by a cluster that is initialised once, when the image is made: it is
used only where initdb would make the same (default arguments and locale); the superuser's name and password are set
in it before the server is seen."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.native.image.build.sandbox import Bind, Sandbox, run_in
from longshore.native.image.catalog import recipes
from longshore.native.image.catalog.carried import POSTGRES, POSTGRES_PINNED
from longshore.native.image.catalog.lookup import Recipe
from longshore.native.image.debian import rootfs
from longshore.native.image.model import Image, ImageConfig, Server
from longshore.native.image.providers import pinnedpostgres
from longshore.native.image.providers.ground import (
    Ground,
    data_directory,
    image_user,
    initial_scripts,
    provider_layer,
    script,
)
from longshore.native.image.store.cache import Cache, key_of

__all__ = ["make"]

UID = 999
LANG = "en_US.utf8"
DATA = "/var/lib/postgresql/data"
TEMPLATE = "/usr/share/longshore/postgres-template"
PROGRAMS = "/usr/lib/postgresql/{major}/bin"


async def make(ground: Ground, recipe: Recipe) -> Image:
    """The image of the recipe's major version of PostgreSQL above `ground`."""
    major = recipe.version
    layer, version = await _server(ground, major)
    data = DATA if int(major) < 18 else f"/var/lib/postgresql/{major}/docker"
    volume = DATA if int(major) < 18 else "/var/lib/postgresql"
    env = {
        "PATH": f"{ground.path}:{PROGRAMS.format(major=major)}",
        "LANG": LANG,
        "PG_MAJOR": major,
        "PG_VERSION": version,
        "PGDATA": data,
    }
    ground.progress(f"postgres {version}: preparing a database", 0, 0)
    template = await _template(ground.cache, (*ground.below, str(layer)), env)
    config = ImageConfig(
        env=env,
        entrypoint=("docker-entrypoint.sh",),
        cmd=("postgres",),
        user=image_user("postgres"),
        exposed=("5432/tcp",),
        volumes=(volume,),
        stop_signal="SIGINT",
    )
    server = Server("postgres", major, volume)
    return Image("", "", (str(layer), str(template)), config, runs=f"postgres {version}", server=server)


async def _server(ground: Ground, major: str) -> tuple[Path, str]:
    """The layer with the server, and its version."""
    if major in POSTGRES:
        packages = (f"postgresql-{major}", "locales", "xz-utils", "zstd")

        def finish(root: Path) -> None:
            _finish(root, major, f"usr/share/postgresql/{major}")

        return await provider_layer(ground, "postgres", recipes.POSTGRES, packages, finish)
    pinned = await pinnedpostgres.fetch_parts(ground.cache, major, ground.progress, offline=ground.offline)

    def unpack(root: Path) -> None:
        pinnedpostgres.unpack(pinned, root / PROGRAMS.format(major=major).lstrip("/").removesuffix("/bin"), major)
        _finish(root, major, f"usr/lib/postgresql/{major}/share/postgresql")

    packages = ("locales", "xz-utils", "zstd", *(() if pinned.clients else ("postgresql-client-15",)))
    name = f"postgres-{pinned.version}"
    layer, _ = await provider_layer(ground, name, recipes.POSTGRES, packages, unpack)
    return layer, pinned.version


def _finish(root: Path, major: str, share: str) -> None:
    rootfs.add_user(root, "postgres", UID, UID, home="/var/lib/postgresql", shell="/bin/bash")
    data_directory(root, "/var/lib/postgresql", UID, UID)
    if int(major) < 18:
        data_directory(root, DATA, UID, UID, 0o1777)
    data_directory(root, "/run/postgresql", UID, UID, 0o3777)
    initial_scripts(root)
    script(root, "/usr/local/bin/docker-entrypoint.sh", "postgres-entrypoint.sh")
    _sample(root / share / "postgresql.conf.sample", sockets=major in POSTGRES_PINNED)
    _locale(root)
    for wrapper in ("psql", "pg_isready", "pg_dump"):  # Debian's are Perl wrappers around several clusters
        path = root / "usr/bin" / wrapper
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(f"{PROGRAMS.format(major=major)}/{wrapper}")


def _sample(path: Path, *, sockets: bool) -> None:
    """Listen everywhere, as the official image does; and on the socket where clients of both kinds look."""
    text = re.sub(r"(?m)^#?listen_addresses = \S+", "listen_addresses = '*'", path.read_text())
    if sockets:
        directories = "unix_socket_directories = '/var/run/postgresql, /tmp'"
        text = re.sub(r"(?m)^#?unix_socket_directories = \S+", directories, text)
    path.write_text(text)


def _locale(root: Path) -> None:
    """en_US.UTF-8, the locale of the official image, compiled from the tree's own sources."""
    (root / "usr/lib/locale").mkdir(parents=True, exist_ok=True)
    command = ["localedef", f"--prefix={root}", "-i", "en_US", "-c", "-f", "UTF-8", "en_US.UTF-8"]
    env = {**os.environ, "I18NPATH": str(root / "usr/share/i18n")}
    result = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if result.returncode:
        raise ShoreError("cannot compile the locale en_US.UTF-8", details=tuple(result.stderr.splitlines()[-5:]))


async def _template(cache: Cache, layers: tuple[str, ...], env: dict[str, str]) -> Path:
    """A layer with a freshly initialised cluster at TEMPLATE."""
    key = key_of("postgres-template", recipes.POSTGRES, layers[-1])
    if cache.has_layer(key):
        return cache.layer_root(key)
    async with cache.lock(key):
        if not cache.has_layer(key):
            with cache.staging() as staged:
                await _initdb(staged, layers, env)
                cache.publish_layer(key, staged / "layer", {"kind": "postgres-template"})
    return cache.layer_root(key)


async def _initdb(staged: Path, layers: tuple[str, ...], env: dict[str, str]) -> None:
    upper = staged / "layer" / "root"
    data_directory(upper, TEMPLATE, UID, UID, 0o700)
    command = ("initdb", "--username=postgres", "--no-sync", "-D", TEMPLATE)
    sandbox = Sandbox(
        command, layers, str(upper), str(staged / "work"), env=env, user=(UID, UID, ()), network="none",
        binds=(Bind("/tmp", mode=0o1777),),
    )  # fmt: skip
    outcome = await run_in(sandbox, staged / "sandbox")
    if outcome.code:
        details = (outcome.trouble,) if outcome.trouble else outcome.lines[-6:]
        raise ShoreError("initdb failed while the postgres image was prepared", details=details)
