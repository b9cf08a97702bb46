"""Provider `mariadb`, from Debian's own packages: the asked release series and no other, with the official image's
contract."""

from __future__ import annotations

from pathlib import Path

from longshore.native.image.catalog.provider import ELSEWHERE, Provider, Refusal
from longshore.native.image.catalog.versions import choose_version
from longshore.native.image.debian import rootfs
from longshore.native.image.debian.additions import data_directory, initial_scripts, script
from longshore.native.image.debian.ground import Ground, provider_layer, starts_as
from longshore.native.image.model import Image, ImageConfig, Recipe, Server

RECIPE = 2
VERSIONS = {"10.5": "bullseye", "10.11": "bookworm", "11.8": "trixie"}
USER = "mysql"
UID = 999
DATA = "/var/lib/mysql"
PACKAGES = ("mariadb-server-core", "mariadb-client", "xz-utils", "zstd")
SETTINGS = """\
[mariadbd]
character-set-server = utf8mb4
# as in the official image: names in the grant tables are addresses
host-cache-size = 0
skip-name-resolve
"""
COLLATION = "collation-server = utf8mb4_general_ci\n"
"""Before 11 the server's own collation of utf8mb4 is not the one that its packages set."""


async def make(ground: Ground, recipe: Recipe) -> Image:
    """The image of the recipe's series of MariaDB ("10.11") above `ground`."""
    series = recipe.version

    def finish(root: Path) -> None:
        _finish(root, SETTINGS + (COLLATION if series.startswith("10.") else ""))

    layer, version = await provider_layer(ground, recipe.kind, RECIPE, PACKAGES, finish)
    config = ImageConfig(
        env={"PATH": ground.path, "LANG": "C.UTF-8", "MARIADB_VERSION": version},
        entrypoint=("docker-entrypoint.sh",),
        cmd=("mariadbd",),
        starts_as=starts_as(USER),
        exposed=("3306/tcp",),
        volumes=(DATA,),
    )
    return Image("", "", (str(layer),), config, runs=f"mariadb {version}")


def _finish(root: Path, settings: str) -> None:
    rootfs.add_user(root, USER, UID, UID, home=DATA, shell="/bin/sh")
    data_directory(root, DATA, UID, UID, 0o1777)
    data_directory(root, "/run/mysqld", UID, UID, 0o1777)
    initial_scripts(root)
    _common_settings(root / "etc/mysql/mariadb.cnf")
    (root / "etc/mysql/my.cnf").symlink_to("/etc/mysql/mariadb.cnf")
    (root / "etc/mysql/conf.d").mkdir(exist_ok=True)
    (root / "etc/mysql/mariadb.conf.d/05-image.cnf").write_text(settings)
    script(root, "/usr/local/bin/docker-entrypoint.sh", "mariadb-entrypoint.sh")
    script(root, "/usr/local/bin/healthcheck.sh", "mariadb-healthcheck.sh")


def _common_settings(path: Path) -> None:
    """The socket is where the programs look by themselves: a line that says so would go before MYSQL_UNIX_PORT, by
    which the entry point leads the initial scripts to a server that nobody else sees."""
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("socket")))


PROVIDER = Provider(
    names=("mariadb",),
    recipe=RECIPE,
    versions=VERSIONS,
    choose=lambda tag: choose_version("mariadb", tag, VERSIONS, near=False),
    make=make,
    source="Debian's packages",
    server=lambda series: Server("mariadb", series, DATA),
    port=3306,
    needs=("MARIADB_ROOT_PASSWORD",),
    notes=(
        "A new database is hidden until it is whole, as with postgres.",
        "`healthcheck.sh` knows `--connect`, `--innodb_initialized`, `--innodb_buffer_pool_loaded` and "
        "`--galera_online`; `MARIADB_AUTO_UPGRADE` and the variables for replication do nothing.",
    ),
)
MYSQL = Refusal(
    names=("mysql",),
    todo="mariadb:11 would run natively, if MariaDB serves your application: change the image to that; "
    f"else {ELSEWHERE}",
)
