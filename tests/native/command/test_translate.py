"""Stack + service + image to a container's spec: Docker's rules."""

from __future__ import annotations

from typing import Any

import pytest

from longshore.model.healthcheck import HealthCheck
from longshore.model.record import replace
from longshore.model.service import FileUse, Logging, Mount, NetworkUse, Port, Service
from longshore.model.stack import FileObject, Network, Stack, Volume
from longshore.native.command.translate import PATH, translate
from longshore.native.image.model import Image, ImageConfig
from longshore.native.shared.spec import LogSpec, MountSpec

STACK = Stack(
    "shop",
    "/src",
    networks={"back": Network("back", "shop_back"), "front": Network("front", "shop_front")},
    volumes={"data": Volume("data", "shop_data")},
    secrets={"token": FileObject("token", "token", content="x")},
)


def spec(config: ImageConfig = ImageConfig(), **fields: Any) -> Any:  # noqa: B008
    return translate(STACK, Service("web", **fields), Image("web", "sha256:1", ("/layer",), config))


@pytest.mark.parametrize(
    ("entrypoint", "command", "expected"),
    [
        (None, None, ("/entry", "run")),
        (None, ("other",), ("/entry", "other")),
        (None, (), ("/entry",)),
        (("sh",), None, ("sh",)),  # a file's entrypoint drops the image's command
        (("sh",), ("-c", "x"), ("sh", "-c", "x")),
        ((), ("x",), ("x",)),
    ],
)
def test_entrypoint_and_command_combine_as_docker_does(
    entrypoint: tuple[str, ...] | None, command: tuple[str, ...] | None, expected: tuple[str, ...]
) -> None:
    config = ImageConfig(entrypoint=("/entry",), cmd=("run",))
    assert spec(config, entrypoint=entrypoint, command=command).argv == expected


def test_the_files_environment_beats_the_images_and_null_removes() -> None:
    config = ImageConfig(env={"A": "image", "B": "image", "C": "image"})
    made = spec(config, environment={"B": "file", "C": None, "D": ""})
    given = {"HOSTNAME": made.hostname, "PATH": PATH, "A": "image", "B": "file", "D": ""}
    assert dict(made.environment) == given


def test_a_terminal_has_a_type() -> None:
    assert spec(tty=True).environment["TERM"] == "xterm"
    assert spec(tty=True, environment={"TERM": "vt100"}).environment["TERM"] == "vt100"


def test_the_files_health_check_is_completed_by_the_images() -> None:
    config = ImageConfig(healthcheck=HealthCheck(("CMD", "true"), interval=5.0, retries=9))
    made = spec(config, healthcheck=HealthCheck(interval=1.0))
    assert made.health == HealthCheck(("CMD", "true"), interval=1.0, retries=9)
    assert spec(config).health == config.healthcheck
    assert not spec(config, healthcheck=HealthCheck(disable=True)).health.active


def test_mounts_come_outer_first_and_the_file_beats_the_image() -> None:
    config = ImageConfig(volumes=("/data", "/var/lib/x/"))
    made = spec(
        config,
        mounts=(Mount("bind", "/data/inner", "/host"), Mount("volume", "/data", "data", read_only=True)),
        tmpfs=("/run:size=1m,ro",),
    )
    assert made.mounts == (
        MountSpec("volume", "/data", "shop_data", read_only=True),
        MountSpec("bind", "/data/inner", "/host"),
        MountSpec("tmpfs", "/run", read_only=True, options=("size=1m", "ro")),
        MountSpec("volume", "/var/lib/x"),
    )


def test_a_volume_that_stands_for_a_folder_is_mounted_from_there() -> None:
    options = {"type": "none", "o": "bind", "device": "/srv/data"}
    stack = replace(STACK, volumes={"data": Volume("data", "shop_data", driver_opts=options)})
    service = Service("web", mounts=(Mount("volume", "/data", "data", read_only=True),))
    made = translate(stack, service, Image("web", "1", (), ImageConfig()))
    assert made.mounts == (MountSpec("bind", "/data", "/srv/data", read_only=True, create_host_path=False),)


def test_volumes_from_brings_the_other_services_mounts() -> None:
    other = Service("db", mounts=(Mount("volume", "/data", "data"),))
    stack = Stack("shop", "/src", services={"db": other}, volumes=STACK.volumes)
    made = translate(stack, Service("web", volumes_from=("db:ro",)), Image("web", "1", (), ImageConfig()))
    assert made.mounts == (MountSpec("volume", "/data", "shop_data", read_only=True),)


def test_networks_in_the_order_in_which_they_get_the_default_route() -> None:
    uses = {"back": NetworkUse("back"), "front": NetworkUse("front", ("www",), "10.0.0.9", priority=10)}
    made = spec(networks=uses)
    assert [(use.network, use.aliases, use.address) for use in made.networks] == [
        ("shop_front", ("www",), "10.0.0.9"),
        ("shop_back", (), ""),
    ]
    assert spec(networks=uses, network_mode="host").networks == ()


def test_secrets_default_to_mode_0444_and_name_no_content() -> None:
    (file,) = spec(secrets=(FileUse("token", "/run/secrets/token", uid="5"),)).files
    assert (file.key, file.target, file.uid, file.mode) == ("secret:token", "/run/secrets/token", 5, 0o444)


def test_capabilities_are_docker_s_less_mknod() -> None:
    assert "MKNOD" not in spec().capabilities
    assert "CHOWN" in spec().capabilities
    assert spec(cap_drop=("ALL",), cap_add=("NET_BIND_SERVICE",)).capabilities == ("NET_BIND_SERVICE",)
    assert "SYS_ADMIN" in spec(cap_add=("CAP_SYS_ADMIN",)).capabilities


def test_a_container_made_again_has_another_id() -> None:
    image = Image("web", "1", (), ImageConfig())
    first = translate(STACK, Service("web"), image, generation="a")
    second = translate(STACK, Service("web"), image, generation="b")
    assert first.name == second.name == "shop-web-1"
    assert first.id != second.id
    assert first.hostname == first.id
    assert len(first.id) == 12


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10m", 10 << 20), ("1.5k", 1536), ("2GB", 2 << 30), ("77", 77), ("", LogSpec().size), ("big", LogSpec().size)],
)
def test_how_big_a_log_may_grow(text: str, expected: int) -> None:
    assert spec(logging=Logging(options={"max-size": text})).log.size == expected


def test_log_options() -> None:
    options = {"max-size": "1m", "max-file": "7"}
    assert spec(logging=Logging("json-file", options)).log == LogSpec(1 << 20, 7)
    assert spec(logging=Logging(options={"max-size": "what"})).log == LogSpec()
    assert not spec(logging=Logging("none")).log.keep


def test_what_a_plain_service_is_given() -> None:
    made = spec()
    assert (made.working_dir, made.user, made.stop_signal, made.shm_size, made.hostname) == (
        "/", "", "SIGTERM", 64 << 20, made.id,
    )  # fmt: skip
    assert (made.serves, made.seccomp, made.init, made.ids, made.network_mode, made.log) == (
        False, True, False, "one", "", LogSpec(),
    )  # fmt: skip


def test_the_file_goes_before_the_image_and_the_image_before_what_is_usual() -> None:
    config = ImageConfig(working_dir="/app", user="app", stop_signal="SIGINT")
    made = spec(config)
    assert (made.working_dir, made.user, made.stop_signal) == ("/app", "app", "SIGINT")
    made = spec(config, working_dir="/w", user="1:2", stop_signal="SIGQUIT", shm_size=1024)
    assert (made.working_dir, made.user, made.stop_signal, made.shm_size) == ("/w", "1:2", "SIGQUIT", 1024)


@pytest.mark.parametrize(
    ("config", "fields", "serves"),
    [
        (ImageConfig(), {}, False),
        (ImageConfig(exposed=("80/tcp",)), {}, True),
        (ImageConfig(), {"expose": ("80",)}, True),
        (ImageConfig(), {"ports": (Port(80),)}, True),
    ],
)
def test_who_is_expected_to_listen(config: ImageConfig, fields: dict[str, Any], serves: bool) -> None:
    assert spec(config, **fields).serves is serves


@pytest.mark.parametrize("option", ["seccomp:unconfined", "seccomp=unconfined"])
def test_system_calls_are_kept_from_it_unless_it_says_otherwise(option: str) -> None:
    assert not spec(security_opt=("label:x", option)).seccomp
    assert spec(security_opt=("apparmor=unconfined",)).seccomp


def test_a_mount_as_it_is_written() -> None:
    mounts = (
        Mount("bind", "/b/./c/", "/host", create_host_path=False),
        Mount("tmpfs", "/d", tmpfs_size=5, tmpfs_mode=0o700),
        Mount("volume", "/e", "data", nocopy=True, subpath="s"),
        Mount("volume", "/f", "unknown"),
    )
    assert spec(mounts=mounts).mounts == (
        MountSpec("bind", "/b/c", "/host", create_host_path=False),
        MountSpec("tmpfs", "/d", size=5, mode=0o700),
        MountSpec("volume", "/e", "shop_data", copy=False, subpath="s"),
        MountSpec("volume", "/f", "unknown"),
    )


def test_the_owner_and_mode_of_a_secret() -> None:
    uses = (FileUse("token", "/a", "app", "7", 0), FileUse("token", "/b", gid="staff", mode=0o440))
    found = [(file.uid, file.gid, file.mode) for file in spec(secrets=uses).files]
    assert found == [(0, 7, 0), (0, 0, 0o440)]


def test_bridge_is_the_usual_way_and_links_are_names() -> None:
    uses = {"back": NetworkUse("back", ipv4_address="10.0.0.9")}
    made = spec(networks=uses, network_mode="bridge", links=("db:database", "cache"))
    assert (made.network_mode, [use.network for use in made.networks]) == ("", ["shop_back"])
    assert dict(made.links) == {"database": "db", "cache": "cache"}


@pytest.mark.parametrize(("text", "files"), [("0", 1), ("1", 1), ("3", 3), ("many", LogSpec().files)])
def test_how_many_logs_are_kept(text: str, files: int) -> None:
    assert spec(logging=Logging(options={"max-file": text})).log.files == files
    assert not spec(logging=Logging("none")).log.keep
