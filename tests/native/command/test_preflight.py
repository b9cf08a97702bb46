"""What is checked before anything starts, and what survey says."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from longshore.model.errors import Place, ShoreError, ShoreErrors
from longshore.model.service import Build, Mount, NetworkUse, Port, Service
from longshore.model.stack import FileObject, Network, Stack, Volume
from longshore.native.command.machine import HINTS, Machine, blocked_by
from longshore.native.command.portholder import Holder, find_holder
from longshore.native.command.preflight import preflight
from longshore.native.command.survey import survey
from longshore.native.image.model import Image, ImageConfig, Server
from longshore.native.shared.volumes import VolumeMeta, Volumes
from longshore.state.observed import Container, Observed, Published

ROOT = Machine(root=True, control_groups=2)
USER = Machine(root=False, control_groups=0)


def check(
    tmp_path: Path, *services: Service, image: Image | None = None, observed: Observed | None = None, **more: Any
) -> None:
    auto = more.pop("ports_auto", False)
    stack = Stack("shop", "/src", services={service.name: service for service in services}, **more)
    volumes = Volumes(tmp_path / "volumes")
    preflight(stack, [*stack.services], observed or Observed("shop"), volumes, lambda *_: image, ports_auto=auto)


def test_a_taken_port_names_its_holder(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
        port = Port(80, str(number), "127.0.0.1", place=Place("compose.yaml", 31))
        with pytest.raises(ShoreError) as caught:
            check(tmp_path, Service("web", ports=(port,)))
        error = caught.value
        assert f"web: port {number} is taken by " in error.what
        assert f"(pid {os.getpid()}, " in error.what
        assert f"kill {os.getpid()}" in error.hint
        assert "shore up --ports auto" in error.hint
        assert str(error).startswith("compose.yaml:31: ")
        check(tmp_path, Service("web", ports=(port,)), ports_auto=True)
        ours = Container("x", "shop-web-1", "web", ports=(Published("127.0.0.1", number, 80),))
        check(tmp_path, Service("web", ports=(port,)), observed=Observed("shop", (ours,)))


def test_a_range_needs_one_free_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
        check(tmp_path, Service("web", ports=(Port(80, f"{number}-{number + 20}", "127.0.0.1"),)))


def test_all_problems_are_said_at_once(tmp_path: Path) -> None:
    external = {"data": Volume("data", "elsewhere", external=True)}
    missing = Mount("bind", "/x", str(tmp_path / "missing"), create_host_path=False)
    db = Service("db", mounts=(Mount("volume", "/data", "data"),))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        taken = Port(80, str(listener.getsockname()[1]), "127.0.0.1")
        with pytest.raises(ShoreErrors) as caught:
            check(tmp_path, Service("web", ports=(taken,), mounts=(missing,)), db, volumes=external)
    text = [error.what for error in caught.value.errors]
    assert len(text) == 3
    assert "volume elsewhere is external" in text[0]
    assert "does not exist" in text[1]


def test_the_folder_of_a_bound_volume_must_be_there(tmp_path: Path) -> None:
    service = Service("web", mounts=(Mount("volume", "/data", "data"),))
    options = {"type": "none", "o": "bind", "device": str(tmp_path / "gone")}
    volume = Volume("data", "shop_data", driver_opts=options)
    with pytest.raises(ShoreError, match=f"volumes.data: {tmp_path}/gone does not exist"):
        check(tmp_path, service, volumes={"data": volume})
    (tmp_path / "gone").mkdir()
    check(tmp_path, service, volumes={"data": volume})


def test_two_services_cannot_publish_one_port(tmp_path: Path) -> None:
    with pytest.raises(ShoreError, match="published by a too"):
        check(tmp_path, Service("a", ports=(Port(80, "18999"),)), Service("b", ports=(Port(81, "18999"),)))


def test_another_major_version_is_refused_with_a_way_out(tmp_path: Path) -> None:
    volumes = Volumes(tmp_path / "volumes")
    volumes.create(VolumeMeta("shop_data", server="postgres", major="15"))
    service = Service("db", mounts=(Mount("volume", "/var/lib/postgresql/data", "data"),))
    declared = {"data": Volume("data", "shop_data")}

    def image(major: str) -> Image:
        server = Server("postgres", major, "/var/lib/postgresql/data")
        return Image("postgres", "1", (), ImageConfig(), server=server)

    check(tmp_path, service, image=image("15"), volumes=declared)
    with pytest.raises(ShoreError, match="holds data of postgres 15, not of postgres 16") as caught:
        check(tmp_path, service, image=image("16"), volumes=declared)
    assert "postgres:15" in caught.value.hint
    assert "down -v" in caught.value.hint


def test_ports_below_1024_are_refused_before_start_to_an_ordinary_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longshore.native.command.preflight.is_root", lambda: False)
    monkeypatch.setattr("longshore.native.command.preflight.lowest_unprivileged", lambda: 1024)
    with pytest.raises(ShoreError, match="port 80 is for root only") as caught:
        check(tmp_path, Service("web", ports=(Port(80, "80"),)))
    assert "sysctl net.ipv4.ip_unprivileged_port_start=80" in caught.value.hint
    assert "--ports auto" in caught.value.hint
    check(tmp_path, Service("web", ports=(Port(80, "80"),)), ports_auto=True)


def test_one_server_at_a_time_on_a_volume(tmp_path: Path) -> None:
    volumes = Volumes(tmp_path / "volumes")
    volumes.create(VolumeMeta("shop_data"))
    held = volumes.claim("shop_data")
    with pytest.raises(ShoreError, match="in use by another server"):
        volumes.claim("shop_data")
    os.close(held)
    os.close(volumes.claim("shop_data"))


def test_holders_in_words() -> None:
    text = str(Holder(19552, "node", "next dev", 7300, "/old-dashboard"))
    assert text == 'node (pid 19552, "next dev", started 2 h ago, in /old-dashboard)'
    assert str(Holder()) == "a process of another user"
    assert str(Holder(7, "python3", project="shop")) == "project shop of shore (agent pid 7)"
    assert find_holder(1, "tcp", Path("/nonexistent")) is None


class Images:
    """Stands for the store: nothing to say of any image."""

    def survey(self, reference: str) -> Any:
        from longshore.native.image.catalog.provider import ImageSurvey

        return ImageSurvey("exact", "x", f"{reference} runs")

    def find(self, reference: str) -> None:
        return None


def lines(machine: Machine, service: Service, **more: Any) -> list[tuple[str, str]]:
    stack = Stack("shop", "/src", services={service.name: service}, **more)
    found = survey(stack, Images(), machine)  # type: ignore[arg-type]
    return [(line.level, line.text) for line in found.lines if line.subject != "image"]


def service_of(raw: dict[str, Any], **fields: Any) -> Service:
    return Service("web", image="x", raw=raw, **fields)


def test_an_image_that_another_service_builds_is_known_also_where_the_file_gives_it_no_name() -> None:
    services = {
        "web": Service("web", build=Build("/src", dockerfile_inline="FROM scratch\n")),
        "worker": Service("worker", image="shop-web"),
    }
    found = survey(Stack("shop", "/src", services=services), Images(), ROOT)  # type: ignore[arg-type]
    assert [(line.level, line.text) for line in found.lines if line.service == "worker"] == [
        ("exact", "the image that web builds")
    ]


def test_limits_are_exact_where_control_groups_keep_them() -> None:
    raw = {"deploy": {"resources": {"limits": {"memory": "64m", "cpus": 0.5, "pids": 9}}}}
    assert lines(ROOT, service_of(raw)) == []
    said = lines(USER, service_of(raw))
    assert [level for level, _ in said] == ["deviates"] * 3
    assert all("no control groups are writable here" in text for _, text in said)


def test_what_only_swarm_reads_is_no_deviation() -> None:
    raw = {
        "deploy": {"placement": {"constraints": ["node.role == manager"]}, "update_config": {"order": "start-first"}}
    }
    assert lines(ROOT, service_of(raw)) == []


def test_devices_privileges_and_namespaces_are_named() -> None:
    raw = {"privileged": True, "devices": [{"source": "/dev/kvm", "target": "/dev/kvm"}], "ipc": "host"}
    said = lines(ROOT, service_of(raw, ipc="host"))
    assert [level for level, _ in said] == ["deviates"] * 3
    assert any("devices" in text for _, text in said)


def test_capabilities_depend_on_who_runs() -> None:
    raw = {"cap_add": ["NET_ADMIN"]}
    assert lines(ROOT, service_of(raw, cap_add=("NET_ADMIN",))) == []
    assert [level for level, _ in lines(USER, service_of(raw, cap_add=("NET_ADMIN",)))] == ["deviates"]


def test_external_networks_and_secrets() -> None:
    service = service_of({}, networks={"proxy": NetworkUse("proxy")})
    said = lines(ROOT, service, networks={"proxy": Network("proxy", "traefik_default", external=True)})
    assert said == [("deviates", "network traefik_default is this project's own here: other projects are not on it")]
    from longshore.model.service import FileUse

    service = service_of({}, secrets=(FileUse("token", "/run/secrets/token"),))
    said = lines(ROOT, service, secrets={"token": FileObject("token", "token", external=True)})
    assert [level for level, _ in said] == ["refused"]


@pytest.mark.parametrize("step", list(HINTS))
def test_the_machine_names_the_step_that_fails(step: str) -> None:
    error = blocked_by(Machine(False, 0, failed=step, error="Operation not permitted"))
    assert error is not None
    assert f"cannot {step}: Operation not permitted" in error.what
    assert "--engine docker" in error.hint
    assert blocked_by(ROOT) is None
