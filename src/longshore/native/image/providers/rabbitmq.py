"""Provider `rabbitmq`, from Debian's own packages, with the layout and the entry point of the official image."""

from __future__ import annotations

from pathlib import Path

from longshore.native.image.catalog.provider import Provider
from longshore.native.image.catalog.versions import choose_version
from longshore.native.image.debian import rootfs
from longshore.native.image.debian.additions import data_directory, script
from longshore.native.image.debian.ground import Ground, provider_layer, starts_as
from longshore.native.image.model import Image, ImageConfig, Recipe, Server

RECIPE = 1
VERSIONS = {"3.8": "bullseye", "3.10": "bookworm", "4.0": "trixie"}
MANAGEMENT = "management"
USER = "rabbitmq"
UID = 999
HOME = "/opt/rabbitmq"
DATA = "/var/lib/rabbitmq"
PLUGINS = {"": ("rabbitmq_prometheus",), MANAGEMENT: ("rabbitmq_management", "rabbitmq_prometheus")}
"""What is enabled in the plain image, and in the -management variants."""
PORTS = ("4369", "5671", "5672", "15691", "15692", "25672")
MANAGEMENT_PORTS = ("15671", "15672")
DEFAULTS = """\
# guest may log in from other hosts too, as in the official image
loopback_users.guest = false
log.console = true
"""


async def make(ground: Ground, recipe: Recipe) -> Image:
    """The image of RabbitMQ above `ground`, with its management where the recipe says so."""
    name = f"{recipe.kind}{recipe.extra}"

    def finish(root: Path) -> None:
        _finish(root, PLUGINS[recipe.extra])

    layer, version = await provider_layer(ground, name, RECIPE, ("rabbitmq-server",), finish)
    ports = PORTS + (MANAGEMENT_PORTS if recipe.extra else ())
    config = ImageConfig(
        env={
            "PATH": f"{HOME}/sbin:{ground.path}",
            "HOME": DATA,
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "RABBITMQ_DATA_DIR": DATA,
            "RABBITMQ_HOME": HOME,
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_VERSION": version,
        },
        entrypoint=("docker-entrypoint.sh",),
        cmd=("rabbitmq-server",),
        starts_as=starts_as(USER),
        exposed=tuple(f"{port}/tcp" for port in ports),
        volumes=(DATA,),
    )
    return Image("", "", (str(layer),), config, runs=f"rabbitmq {version}")


def _finish(root: Path, plugins: tuple[str, ...]) -> None:
    rootfs.add_user(root, USER, UID, UID, home=DATA, shell="/bin/sh")
    for path in (DATA, f"{DATA}/mnesia", "/etc/rabbitmq", "/etc/rabbitmq/conf.d", "/var/log/rabbitmq"):
        data_directory(root, path, UID, UID, 0o777)
    (root / "etc/rabbitmq/conf.d/10-defaults.conf").write_text(DEFAULTS)
    enabled = root / "etc/rabbitmq/enabled_plugins"
    enabled.write_text(f"[{','.join(plugins)}].\n")
    rootfs.own(enabled, UID, UID)
    _programs(root)
    script(root, "/usr/local/bin/docker-entrypoint.sh", "rabbitmq-entrypoint.sh")


def _programs(root: Path) -> None:
    """At /opt/rabbitmq, as the official image has them. Debian's own in /usr/sbin change the user by su, which needs
    more rights than an ordinary user's service has."""
    installed = next((root / "usr/lib/rabbitmq/lib").glob("rabbitmq_server-*"))
    (root / "opt").mkdir(exist_ok=True)
    (root / HOME.lstrip("/")).symlink_to(f"/{installed.relative_to(root)}")
    (root / "plugins").symlink_to(f"{HOME}/plugins")
    for program in (installed / "sbin").iterdir():
        wrapper = root / "usr/sbin" / program.name
        if wrapper.is_symlink() or wrapper.exists():
            wrapper.unlink()
            wrapper.symlink_to(f"{HOME}/sbin/{program.name}")


def server(version: str) -> Server:
    """Its usual test passes before it takes connections: the node answers a ping a second before its broker has
    started. Docker first asks after the interval, which hides it."""
    return Server("rabbitmq", version.split(".")[0], DATA, offers=5672)


PROVIDER = Provider(
    names=("rabbitmq",),
    recipe=RECIPE,
    versions=VERSIONS,
    choose=lambda tag: choose_version("rabbitmq", tag, VERSIONS),
    make=make,
    source="Debian's packages",
    extras=(MANAGEMENT,),
    server=server,
    port=5672,
    notes=(
        "It is healthy by `rabbitmq-diagnostics ping` when it takes connections on 5672, though the node answers a "
        "ping earlier; from the check's `interval` on a passing test counts as it is.",
    ),
)
