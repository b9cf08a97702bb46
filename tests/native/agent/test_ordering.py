"""From a container's record to the order that its first process gets."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.native.agent.container.ordering import Surroundings, alone, hosts_file, make_order, shows_image
from longshore.native.image.model import Server
from longshore.native.inside.order import Interface, Order, PlacedFile, PlacedMount
from longshore.native.shared.records import NetworkRecord, Record
from longshore.native.shared.spec import ContainerSpec, FileSpec, MountSpec, NetworkSpec
from longshore.native.shared.volumes import VolumeMeta, Volumes

BACK = NetworkRecord("shop_back", "back", "10.1.0.0/16", "10.1.0.1", internal=True)
FRONT = NetworkRecord("shop_front", "front", "10.2.0.0/24", "10.2.0.1")
OTHER = NetworkRecord("shop_other", "other", "10.3.0.0/24", "10.3.0.1")
HOST = "# the host's\nnameserver 9.9.9.9\nsearch lan\noptions edns0 trust-ad\nnameserver\n"


def spec(**fields: Any) -> ContainerSpec:
    return ContainerSpec("id", "shop-web-1", "shop", "web", ("run",), ("/layer",), hostname="box", **fields)


def around(tmp_path: Path, **fields: Any) -> Surroundings:
    networks = {one.name: one for one in (BACK, FRONT, OTHER)}
    given: dict[str, Any] = {"files": {}, "nested": False, "limits_kept": True, "host_resolv": HOST, **fields}
    return Surroundings(tmp_path / "own", networks, Volumes(tmp_path / "volumes"), **given)


def order(
    tmp_path: Path, record: Record | None = None, surroundings: dict[str, Any] | None = None, **fields: Any
) -> Order:
    return make_order(record or Record(spec(**fields)), around(tmp_path, **(surroundings or {})))


def test_the_first_network_with_a_way_out_gives_the_route(tmp_path: Path) -> None:
    uses = (NetworkSpec("shop_back"), NetworkSpec("shop_front"), NetworkSpec("shop_other", interface="lan"))
    addresses = {"shop_back": "10.1.0.5", "shop_front": "10.2.0.5", "shop_other": "10.3.0.5"}
    found = order(tmp_path, Record(spec(networks=uses, hosts=("me:host-gateway",)), addresses=addresses))
    assert found.interfaces == (
        Interface("eth0", "10.1.0.5", 16), Interface("eth1", "10.2.0.5", 24, "10.2.0.1"),
        Interface("lan", "10.3.0.5", 24),
    )  # fmt: skip
    hosts = found.etc["/etc/hosts"].splitlines()
    assert hosts[-4:] == ["10.2.0.1\tme", "10.1.0.5\tbox", "10.2.0.5\tbox", "10.3.0.5\tbox"]
    assert found.etc["/etc/hostname"] == "box\n"


@pytest.mark.parametrize(
    ("mode", "own", "served"),
    [("", True, True), ("none", True, False), ("host", False, False), ("container:x", False, False)],
)
def test_whose_network_and_name_server(tmp_path: Path, mode: str, own: bool, served: bool) -> None:
    found = order(tmp_path, network_mode=mode)
    assert (found.own_network, found.name_server) == (own, served)
    assert (found.etc["/etc/resolv.conf"] == HOST) is not served


def test_the_hosts_own_names_on_the_hosts_network(tmp_path: Path) -> None:
    found = order(
        tmp_path, None, {"host_hosts": "::1 host\n"}, network_mode="host", hosts=("a=1.2.3.4", "b:host-gateway")
    )
    assert found.etc["/etc/hosts"] == "::1 host\n1.2.3.4\ta\n127.0.0.1\tb\n"


def test_who_makes_it_decides_what_is_pretended_and_asked(tmp_path: Path) -> None:
    def told(**fields: Any) -> tuple[bool, bool, str, str, bool, bool]:
        one = order(tmp_path, None, fields)
        return one.nested, one.pretends, one.asks, one.becomes, one.fallback_limits, one.by_user

    assert told() == (False, False, "", "", False, False)
    assert told(nested=True) == (True, True, "users", "", False, True)
    assert told(nested=True, becomes="1000") == (True, True, "", "1000", False, True)
    assert told(mapped=True, limits_kept=False) == (False, False, "", "", True, True)
    assert order(tmp_path).etc_from == ""
    assert order(tmp_path, None, {"names_from": Path("/other")}).etc_from == "/other"


def test_names_without_an_address_and_with_a_domain() -> None:
    lines = hosts_file(spec(domainname="test", hosts=("gate:host-gateway",)), [], "").splitlines()
    assert lines[0] == "127.0.0.1\tlocalhost"
    assert lines[-2:] == ["127.0.0.1\tgate", "127.0.1.1\tbox.test box"]


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({}, ["search lan", "options ndots:0"]),
        ({"dns_search": ("a", "b")}, ["search a b", "options ndots:0"]),
        ({"dns_search": (".",)}, ["options ndots:0"]),
        ({"dns_options": ("ndots:2", "rotate")}, ["search lan", "options ndots:2 rotate"]),
        ({"dns_options": ("rotate",)}, ["search lan", "options rotate ndots:0"]),
    ],
)
def test_what_names_are_looked_up_by(tmp_path: Path, fields: dict[str, Any], lines: list[str]) -> None:
    text = order(tmp_path, None, {"search": ("lan",)}, **fields).etc["/etc/resolv.conf"]
    assert text.splitlines()[0].startswith("nameserver ")
    assert text.splitlines()[1:] == lines
    assert text.endswith("\n")


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({"dns": ("1.1.1.1", "8.8.8.8")},
         ["nameserver 1.1.1.1", "nameserver 8.8.8.8", "search lan", "options edns0 trust-ad"]),
        ({"dns_search": ("x",)}, ["nameserver 9.9.9.9", "search x", "options edns0 trust-ad"]),
        ({"dns_options": ("rotate",)}, ["nameserver 9.9.9.9", "search lan", "options rotate"]),
    ],
)  # fmt: skip
def test_the_hosts_servers_but_for_what_the_service_says(
    tmp_path: Path, fields: dict[str, Any], lines: list[str]
) -> None:
    found = order(tmp_path, None, {"search": ("lan",)}, network_mode="host", **fields)
    assert found.etc["/etc/resolv.conf"].splitlines() == lines


def placed(tmp_path: Path, entry: MountSpec, nested: bool = False, **fields: Any) -> PlacedMount:
    record = Record(spec(mounts=(entry,), **fields), anonymous={"/d": "anon"})
    (found,) = order(tmp_path, record, {"nested": nested}).mounts
    return found


def test_a_tmpfs_says_what_the_kernel_is_told(tmp_path: Path) -> None:
    assert placed(tmp_path, MountSpec("tmpfs", "/t")) == PlacedMount("tmpfs", "/t", executable=False)
    full = MountSpec(
        "tmpfs", "/t", read_only=True, size=4096, mode=0o750, options=("exec", "uid=5", "ro", "nr_inodes=9", "huge")
    )
    assert placed(tmp_path, full) == PlacedMount(
        "tmpfs", "/t", read_only=True, data="mode=750,size=4096,uid=5,nr_inodes=9,huge", executable=True
    )
    assert placed(tmp_path, full, nested=True).data == "mode=750,size=4096,nr_inodes=9,huge"


def test_a_bind_makes_a_missing_source_where_it_may(tmp_path: Path) -> None:
    one = MountSpec("bind", "/d", "/src", read_only=True)
    assert placed(tmp_path, one) == PlacedMount("bind", "/d", "/src", read_only=True, make=True)
    assert not placed(tmp_path, replace(one, create_host_path=False)).make


def test_a_volume_lies_over_the_image_where_it_is_this_containers_alone(tmp_path: Path) -> None:
    data = tmp_path / "volumes"
    assert placed(tmp_path, MountSpec("volume", "/d")) == PlacedMount("bind", "/d", str(data / "anon/_data"), over=True)
    assert not placed(tmp_path, MountSpec("volume", "/d", "shop_data")).over
    assert not placed(tmp_path, MountSpec("volume", "/d", copy=False)).over
    assert not placed(tmp_path, MountSpec("volume", "/d"), server=Server("postgres", "16", "/d")).over
    assert (shows_image(MountSpec("tmpfs", "/d")), alone(MountSpec("volume", "/d"), spec())) == (False, True)


def test_a_folder_in_a_volume_must_be_there(tmp_path: Path) -> None:
    Volumes(tmp_path / "volumes").create(VolumeMeta("shop_data"))
    entry = MountSpec("volume", "/d", "shop_data", subpath="deep")
    with pytest.raises(ShoreError, match="web: volume shop_data has no deep"):
        placed(tmp_path, entry)
    (tmp_path / "volumes/shop_data/_data/deep").mkdir()
    found = placed(tmp_path, entry)
    assert (found.source, found.over) == (str(tmp_path / "volumes/shop_data/_data/deep"), False)


def test_secrets_by_their_content_or_from_where_they_are(tmp_path: Path) -> None:
    known = FileSpec("secret:a", "/run/secrets/a", 5, 6, 0o400, source="/host/a")
    far = FileSpec("secret:b", "/run/secrets/b", source="/host/b")
    found = order(tmp_path, None, {"files": {"secret:a": b"x"}}, files=(known, far)).files
    assert found == (
        PlacedFile("/run/secrets/a", base64.b64encode(b"x").decode(), 5, 6, 0o400),
        PlacedFile("/run/secrets/b", "", source="/host/b"),
    )
    with pytest.raises(ShoreError, match="web: the content of config:c is not known"):
        order(tmp_path, files=(known, FileSpec("config:c", "/c")))
