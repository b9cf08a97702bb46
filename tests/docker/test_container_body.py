"""Every attribute of a service as the Engine API gets it, tested as data."""

from __future__ import annotations

from typing import Any

import pytest

from longshore.docker.api.versions import ApiVersion
from longshore.docker.container.body import Context, container_body
from longshore.docker.container.mounts import Inherited
from longshore.model.healthcheck import HealthCheck
from longshore.model.service import (
    Deploy,
    Device,
    FileUse,
    Logging,
    Mount,
    NetworkUse,
    Port,
    Resources,
    RestartPolicy,
    Service,
    Ulimit,
)  # fmt: skip
from longshore.model.stack import FileObject, Network, Stack, Volume

OLD, NEW = ApiVersion(1, 41), ApiVersion(1, 51)

STACK = Stack(
    name="shop",
    working_dir="/shop",
    networks={key: Network(key, f"shop_{key}") for key in ("default", "back", "front")},
    volumes={"data": Volume("data", "shop_data")},
    secrets={
        "key": FileObject("key", "shop_key", file="/shop/key.txt"),
        "token": FileObject("token", "shop_token", environment="T"),
    },
    configs={"conf": FileObject("conf", "shop_conf", file="/shop/app.conf")},
)


def body(service: Service, context: Context | None = None) -> dict[str, Any]:
    return container_body(STACK, service, context or Context("img", version=OLD))


def service(**fields: Any) -> Service:
    fields.setdefault("networks", {"default": NetworkUse("default")})
    return Service("web", image="img", **fields)


def test_a_plain_service_says_nothing_that_the_image_should_say() -> None:
    assert body(service()) == {
        "Image": "img",
        "AttachStdout": True,
        "AttachStderr": True,
        "HostConfig": {"NetworkMode": "shop_default"},
        "NetworkingConfig": {"EndpointsConfig": {"shop_default": {"Aliases": ["shop-web-1", "web"]}}},
    }


CONFIG: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "command": ({"command": ("a", "b")}, {"Cmd": ["a", "b"]}),
    "command emptied": ({"command": ()}, {"Cmd": []}),
    "entrypoint": ({"entrypoint": ("e",)}, {"Entrypoint": ["e"]}),
    "entrypoint emptied": ({"entrypoint": ()}, {"Entrypoint": []}),
    "environment": ({"environment": {"A": "1", "B": None, "C": ""}}, {"Env": ["A=1", "B", "C="]}),
    "user": ({"user": "1:2"}, {"User": "1:2"}),
    "working_dir": ({"working_dir": "/w"}, {"WorkingDir": "/w"}),
    "hostname": ({"hostname": "h", "domainname": "d"}, {"Hostname": "h", "Domainname": "d"}),
    "tty": ({"tty": True, "stdin_open": True}, {"Tty": True, "OpenStdin": True}),
    "stop_signal": ({"stop_signal": "SIGINT"}, {"StopSignal": "SIGINT"}),
    "stop_grace_period": ({"stop_grace_period": 90.0}, {"StopTimeout": 90}),
    "expose": ({"expose": ("80", "53/udp")}, {"ExposedPorts": {"80/tcp": {}, "53/udp": {}}}),
    "mac_address": ({"mac_address": "02:42:ac:11:00:01"}, {"MacAddress": "02:42:ac:11:00:01"}),
    "healthcheck": (
        {"healthcheck": HealthCheck(("CMD", "t"), 1.5, 2.0, 3, 4.0, 0.5)},
        {"Healthcheck": {"Test": ["CMD", "t"], "Interval": 1_500_000_000, "Timeout": 2_000_000_000, "Retries": 3,
                         "StartPeriod": 4_000_000_000}},
    ),
    "healthcheck timing only": ({"healthcheck": HealthCheck(interval=1.0)}, {"Healthcheck": {"Interval": 10**9}}),
    "healthcheck disabled": ({"healthcheck": HealthCheck(disable=True)}, {"Healthcheck": {"Test": ["NONE"]}}),
}  # fmt: skip


@pytest.mark.parametrize("name", CONFIG)
def test_configuration(name: str) -> None:
    fields, expected = CONFIG[name]
    found = body(service(**fields))
    assert {key: found.get(key) for key in expected} == expected


HOST: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "ports": (
        {"ports": (Port(80, "8080"), Port(80, "9090", "127.0.0.1"), Port(53, protocol="udp"))},
        {"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8080"}, {"HostIp": "127.0.0.1", "HostPort": "9090"}],
                          "53/udp": [{"HostIp": "", "HostPort": ""}]}},
    ),
    "port range": ({"ports": (Port(80, "8000-8010"),)},
                   {"PortBindings": {"80/tcp": [{"HostIp": "", "HostPort": "8000-8010"}]}}),
    "restart": ({"restart": RestartPolicy("on-failure", 5)},
                {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 5}}),
    "capabilities": ({"cap_add": ("NET_ADMIN",), "cap_drop": ("ALL",)}, {"CapAdd": ["NET_ADMIN"], "CapDrop": ["ALL"]}),
    "security_opt": ({"security_opt": ("no-new-privileges:true",)}, {"SecurityOpt": ["no-new-privileges:true"]}),
    "systempaths": ({"security_opt": ("systempaths=unconfined",)},
                    {"MaskedPaths": [], "ReadonlyPaths": [], "SecurityOpt": None}),
    "privileged": ({"privileged": True, "read_only": True}, {"Privileged": True, "ReadonlyRootfs": True}),
    "init": ({"init": True}, {"Init": True}),
    "init off": ({"init": False}, {"Init": False}),
    "tmpfs": ({"tmpfs": ("/a", "/b:size=1m,mode=1777")}, {"Tmpfs": {"/a": "", "/b": "size=1m,mode=1777"}}),
    "shm_size": ({"shm_size": 64}, {"ShmSize": 64}),
    "sysctls": ({"sysctls": {"net.core.somaxconn": "1024"}}, {"Sysctls": {"net.core.somaxconn": "1024"}}),
    "group_add": ({"group_add": ("audio",)}, {"GroupAdd": ["audio"]}),
    "dns": ({"dns": ("1.1.1.1",), "dns_search": ("a.test",), "dns_opt": ("ndots:1",)},
            {"Dns": ["1.1.1.1"], "DnsSearch": ["a.test"], "DnsOptions": ["ndots:1"]}),
    "extra_hosts": ({"extra_hosts": ("a=1.2.3.4", "b=::1", "h=host-gateway")},
                    {"ExtraHosts": ["a:1.2.3.4", "b:::1", "h:host-gateway"]}),
    "namespaces": ({"pid": "host", "ipc": "shareable", "uts": "host", "cgroup": "private", "userns_mode": "host"},
                   {"PidMode": "host", "IpcMode": "shareable", "UTSMode": "host", "CgroupnsMode": "private",
                    "UsernsMode": "host"}),
    "runtime": ({"runtime": "runsc", "isolation": "default"}, {"Runtime": "runsc", "Isolation": "default"}),
    "storage_opt": ({"storage_opt": {"size": "1g"}}, {"StorageOpt": {"size": "1g"}}),
    "logging": ({"logging": Logging("json-file", {"max-size": "1m"})},
                {"LogConfig": {"Type": "json-file", "Config": {"max-size": "1m"}}}),
    "oom": ({"oom_score_adj": -5, "oom_kill_disable": True}, {"OomScoreAdj": -5, "OomKillDisable": True}),
    "resources": ({"resources": Resources(1024, 512, 2048, 1.5, 99, 256, "0,1"), "cgroup_parent": "/x"},
                  {"Memory": 1024, "MemoryReservation": 512, "MemorySwap": 2048, "NanoCpus": 1_500_000_000,
                   "PidsLimit": 99,
                   "CpuShares": 256, "CpusetCpus": "0,1", "CgroupParent": "/x"}),
    "ulimits": ({"ulimits": {"nofile": Ulimit(1, 2), "core": Ulimit(0, 0)}},
                {"Ulimits": [{"Name": "core", "Soft": 0, "Hard": 0}, {"Name": "nofile", "Soft": 1, "Hard": 2}]}),
    "devices": ({"devices": (Device("/dev/fuse"), Device("vendor.test/gpu=0"))},
                {"Devices": [{"PathOnHost": "/dev/fuse", "PathInContainer": "/dev/fuse", "CgroupPermissions": "rwm"}],
                 "DeviceRequests": [{"Driver": "cdi", "DeviceIDs": ["vendor.test/gpu=0"]}]}),
    "gpu reservation": (
        {"deploy": Deploy(resources={"reservations": {"devices": [{"capabilities": ["gpu"], "count": "all"}]}})},
        {"DeviceRequests": [{"Count": -1, "Capabilities": [["gpu"]]}]},
    ),
    "no device is reserved": ({"deploy": Deploy(resources={"limits": {}})}, {"DeviceRequests": None}),
    "nothing of devices is reserved": (
        {"deploy": Deploy(resources={"reservations": {"memory": "1m"}})}, {"DeviceRequests": None, "Devices": None},
    ),
    "gpus": (
        {"raw": {"gpus": [{"count": 2, "driver": "nvidia", "options": {"a": "b"}},
                          {"device_ids": ["0"], "capabilities": ["compute"]}]}},
        {"DeviceRequests": [{"Driver": "nvidia", "Count": 2, "Capabilities": [["gpu"]], "Options": {"a": "b"}},
                            {"DeviceIDs": ["0"], "Capabilities": [["compute", "gpu"]]}]},
    ),
    "a device elsewhere": (
        {"devices": (Device("/dev/sda", "/dev/x", "r"), Device("/dev/a=b", "/dev/c"))},
        {"Devices": [{"PathOnHost": "/dev/sda", "PathInContainer": "/dev/x", "CgroupPermissions": "r"},
                     {"PathOnHost": "/dev/a=b", "PathInContainer": "/dev/c", "CgroupPermissions": "rwm"}],
         "DeviceRequests": None},
    ),
    "rare limits": (
        {"raw": {"mem_swappiness": 0, "cpu_quota": 50000, "blkio_config": {"weight": 300, "device_read_bps": [
            {"path": "/dev/sda", "rate": "1m"}]}}},
        {"MemorySwappiness": 0, "CpuQuota": 50000, "BlkioWeight": 300,
         "BlkioDeviceReadBps": [{"Path": "/dev/sda", "Rate": 1048576}]},
    ),
    "rare limits as the loader gives them": (
        {"raw": {"mem_swappiness": "10", "blkio_config": {
            "weight_device": [{"Path": "/dev/sda", "Weight": 200}],
            "device_write_iops": [{"Path": "/dev/sda", "Rate": "50"}]}}},
        {"MemorySwappiness": 10, "BlkioWeightDevice": [{"Path": "/dev/sda", "Weight": 200}],
         "BlkioDeviceWriteIOps": [{"Path": "/dev/sda", "Rate": 50}]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOST)
def test_host_configuration(name: str) -> None:
    fields, expected = HOST[name]
    found = body(service(**fields))["HostConfig"]
    assert {key: found.get(key) for key in expected} == expected


MOUNTS: dict[str, tuple[Mount, str | dict[str, Any]]] = {
    "named volume": (Mount("volume", "/d", "data"), "shop_data:/d:rw"),
    "named, read-only": (Mount("volume", "/d", "data", read_only=True), "shop_data:/d:ro"),
    "bind": (Mount("bind", "/d", "/src", selinux="Z"), "/src:/d:rw,Z"),
    "bind that must exist": (
        Mount("bind", "/d", "/src", create_host_path=False), {"Type": "bind", "Source": "/src", "Target": "/d"},
    ),
    "propagation": (
        Mount("bind", "/d", "/src", propagation="rslave", read_only=True),
        {"Type": "bind", "Source": "/src", "Target": "/d", "ReadOnly": True,
         "BindOptions": {"Propagation": "rslave", "CreateMountpoint": True}},
    ),
    "not recursive": (
        Mount("bind", "/d", "/src", recursive="disabled"),
        {"Type": "bind", "Source": "/src", "Target": "/d",
         "BindOptions": {"CreateMountpoint": True, "NonRecursive": True}},
    ),
    "nocopy": (
        Mount("volume", "/d", "data", nocopy=True),
        {"Type": "volume", "Source": "shop_data", "Target": "/d", "VolumeOptions": {"NoCopy": True}},
    ),
    "subpath": (
        Mount("volume", "/d", "data", subpath="a/b"),
        {"Type": "volume", "Source": "shop_data", "Target": "/d", "VolumeOptions": {"Subpath": "a/b"}},
    ),
    "anonymous": (Mount("volume", "/d"), {"Type": "volume", "Target": "/d"}),
    "labelled": (
        Mount("volume", "/d", "data", labels={"a": "b"}),
        {"Type": "volume", "Source": "shop_data", "Target": "/d", "VolumeOptions": {"Labels": {"a": "b"}}},
    ),
    "a folder called as a volume is": (Mount("bind", "/d", "data"), "data:/d:rw"),
    "of the file of another project": (Mount("volume", "/d", "other"), "other:/d:rw"),
    "consistency": (
        Mount("bind", "/d", "/src", create_host_path=False, consistency="cached", recursive="readonly"),
        {"Type": "bind", "Source": "/src", "Target": "/d", "Consistency": "cached",
         "BindOptions": {"ReadOnlyForceRecursive": True}},
    ),
    "a tmpfs as it comes": (Mount("tmpfs", "/d"), {"Type": "tmpfs", "Target": "/d"}),
    "a tmpfs of nothing": (
        Mount("tmpfs", "/d", tmpfs_size=0, tmpfs_mode=0),
        {"Type": "tmpfs", "Target": "/d", "TmpfsOptions": {"SizeBytes": 0, "Mode": 0}},
    ),
    "a whole image": (Mount("image", "/d", "other:1"), {"Type": "image", "Source": "other:1", "Target": "/d"}),
    "tmpfs": (
        Mount("tmpfs", "/d", tmpfs_size=1024, tmpfs_mode=0o700),
        {"Type": "tmpfs", "Target": "/d", "TmpfsOptions": {"SizeBytes": 1024, "Mode": 0o700}},
    ),
    "image": (
        Mount("image", "/d", "other:1", subpath="x"),
        {"Type": "image", "Source": "other:1", "Target": "/d", "ImageOptions": {"Subpath": "x"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MOUNTS)
def test_mounts(name: str) -> None:
    mount, expected = MOUNTS[name]
    host = body(service(mounts=(mount,)))["HostConfig"]
    key = "Binds" if isinstance(expected, str) else "Mounts"
    assert host[key] == [expected]
    assert ("Mounts" if key == "Binds" else "Binds") not in host


def test_the_replaced_containers_anonymous_volume_comes_over_but_never_over_a_named_one() -> None:
    kept = (Inherited("anon1", "/a"), Inherited("anon2", "/d"))
    mounts = (Mount("volume", "/a"), Mount("volume", "/d", "data"))
    host = body(service(mounts=mounts), Context("img", version=OLD, inherited=kept))["HostConfig"]
    assert host["Binds"] == ["shop_data:/d:rw"]
    assert host["Mounts"] == [{"Type": "volume", "Source": "anon1", "Target": "/a"}]
    read_only = Context("img", version=OLD, inherited=(Inherited("anon", "/e", True),))
    assert body(service(mounts=(Mount("tmpfs", "/f"),)), read_only)["HostConfig"]["Mounts"] == [
        {"Type": "tmpfs", "Target": "/f"},
        {"Type": "volume", "Source": "anon", "Target": "/e", "ReadOnly": True},
    ]


def test_the_files_own_mounts_win_over_secrets() -> None:
    uses = (FileUse("key", "/a"), FileUse("key", "/b"), FileUse("key", "/c"))
    own = (Mount("bind", "/a", "/x"), Mount("tmpfs", "/b"))
    host = body(service(mounts=own, secrets=uses))["HostConfig"]
    assert host["Binds"] == ["/x:/a:rw"]
    assert [(one["Type"], one["Target"]) for one in host["Mounts"]] == [("tmpfs", "/b"), ("bind", "/c")]


def test_what_a_command_asks_of_its_container() -> None:
    asked = service(pid="host", ipc="host")
    found = body(asked, Context("img", version=OLD, attach_stdin=True, auto_remove=True, links=("a:b",)))
    assert (found["AttachStdin"], "StdinOnce" in found, found["HostConfig"]["AutoRemove"]) == (True, False, True)
    assert (found["HostConfig"]["PidMode"], found["HostConfig"]["Links"]) == ("host", ["a:b"])


def test_secrets_and_configs_from_files_are_bound_read_only_unless_they_have_an_owner() -> None:
    uses = {
        "secrets": (FileUse("key", "/run/secrets/key"), FileUse("token", "/run/secrets/token")),
        "configs": (FileUse("conf", "/etc/a.conf"), FileUse("conf", "/etc/b.conf", mode=0o400)),
    }
    mounts = body(service(**uses))["HostConfig"]["Mounts"]
    assert mounts == [
        {"Type": "bind", "Source": "/shop/key.txt", "Target": "/run/secrets/key", "ReadOnly": True},
        {"Type": "bind", "Source": "/shop/app.conf", "Target": "/etc/a.conf", "ReadOnly": True},
    ]


NETWORKS = {
    "back": NetworkUse("back", aliases=("db",), ipv4_address="10.0.0.5"),
    "front": NetworkUse("front", priority=10, mac_address="02:00:00:00:00:01", driver_opts={"k": "v"}),
}


def test_an_older_engine_gets_the_main_network_at_creation() -> None:
    found = body(service(networks=NETWORKS))
    assert found["HostConfig"]["NetworkMode"] == "shop_front"
    assert list(found["NetworkingConfig"]["EndpointsConfig"]) == ["shop_front"]
    assert found["MacAddress"] == "02:00:00:00:00:01"


def test_a_newer_engine_gets_all_networks_at_creation() -> None:
    found = body(service(networks=NETWORKS), Context("img", version=NEW))
    endpoints = found["NetworkingConfig"]["EndpointsConfig"]
    assert "MacAddress" not in found
    assert endpoints == {
        "shop_front": {
            "Aliases": ["shop-web-1", "web"], "MacAddress": "02:00:00:00:00:01", "DriverOpts": {"k": "v"},
        },
        "shop_back": {"Aliases": ["shop-web-1", "web", "db"], "IPAMConfig": {"IPv4Address": "10.0.0.5"}},
    }  # fmt: skip


@pytest.mark.parametrize(("fields", "mode"), [({"network_mode": "host"}, "host"), ({"networks": {}}, "none")])
def test_network_modes_have_no_endpoints(fields: dict[str, Any], mode: str) -> None:
    found = body(service(**fields))
    assert found["HostConfig"]["NetworkMode"] == mode
    assert "NetworkingConfig" not in found


def test_references_to_other_services_arrive_resolved() -> None:
    context = Context(
        "img", version=OLD, modes={"network_mode": "container:abc", "pid": "container:def"}, volumes_from=("ghi",)
    )
    asked = service(network_mode="service:db", pid="service:db", volumes_from=("db",))
    host = body(asked, context)["HostConfig"]
    assert (host["NetworkMode"], host["PidMode"], host["VolumesFrom"]) == ("container:abc", "container:def", ["ghi"])


def test_a_one_off_container_is_not_known_by_the_services_name() -> None:
    context = Context("img", version=OLD, aliases=False, attach_stdin=True)
    found = body(service(stdin_open=True), context)
    assert found["NetworkingConfig"]["EndpointsConfig"]["shop_default"]["Aliases"] == ["shop-web-1"]
    assert found["StdinOnce"] is True


def test_a_seccomp_profile_is_sent_by_content() -> None:
    context = Context("img", version=OLD, seccomp={"./p.json": '{ "defaultAction": "SCMP_ACT_ALLOW" }'})
    host = body(service(security_opt=("seccomp=./p.json", "apparmor=unconfined")), context)["HostConfig"]
    assert host["SecurityOpt"] == ['seccomp={"defaultAction":"SCMP_ACT_ALLOW"}', "apparmor=unconfined"]


def test_only_a_newer_engine_hears_of_start_interval_and_annotations() -> None:
    asked = service(healthcheck=HealthCheck(("CMD", "t"), start_interval=0.5), annotations={"a": "b"})
    assert "StartInterval" not in body(asked)["Healthcheck"]
    assert "Annotations" not in body(asked)["HostConfig"]
    new = body(asked, Context("img", version=NEW))
    assert new["Healthcheck"]["StartInterval"] == 500_000_000
    assert new["HostConfig"]["Annotations"] == {"a": "b"}


def test_the_users_proxies_are_passed_unless_the_file_says_otherwise() -> None:
    context = Context("img", version=OLD, proxies={"HTTP_PROXY": "http://p", "NO_PROXY": "x"})
    assert body(service(environment={"NO_PROXY": "y"}), context)["Env"] == ["HTTP_PROXY=http://p", "NO_PROXY=y"]


def test_a_tmpfs_has_the_mode_of_the_file_else_the_one_that_the_engine_needs_told() -> None:
    wanted = service(
        tmpfs=("/run", "/tmp:size=1m", "/own:mode=700"),
        mounts=(Mount("tmpfs", "/a"), Mount("tmpfs", "/b", tmpfs_mode=0o700)),
    )
    plain = body(wanted)["HostConfig"]
    assert plain["Tmpfs"] == {"/run": "", "/tmp": "size=1m", "/own": "mode=700"}
    assert plain["Mounts"][0] == {"Type": "tmpfs", "Target": "/a"}
    told = body(wanted, Context("img", version=OLD, tmpfs_mode=0o1777))["HostConfig"]
    assert told["Tmpfs"] == {"/run": "mode=1777", "/tmp": "size=1m,mode=1777", "/own": "mode=700"}
    assert [one["TmpfsOptions"]["Mode"] for one in told["Mounts"]] == [0o1777, 0o700]


def test_what_the_engine_opens_in_a_read_only_container_is_shut() -> None:
    context = Context("img", version=OLD, opened=("/run", "/tmp", "/var/tmp"))
    wanted = service(read_only=True, tmpfs=("/tmp", "/var/run/postgresql"), mounts=(Mount("tmpfs", "/data"),))
    assert body(wanted, context)["HostConfig"]["Tmpfs"] == {
        "/tmp": "", "/var/run/postgresql": "", "/run": "ro,notmpcopyup", "/var/tmp": "ro",
    }  # fmt: skip
    bound = service(read_only=True, mounts=(Mount("volume", "/run", "kept"), Mount("tmpfs", "/tmp/below")))
    assert body(bound, context)["HostConfig"]["Tmpfs"] == {"/tmp": "ro,notmpcopyup", "/var/tmp": "ro"}
