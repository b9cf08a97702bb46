"""Configurations of real images as ours. Pure."""

from __future__ import annotations

import json
from typing import Any

import pytest

from longshore.engine.registry.manifests import Platform
from longshore.model.errors import ShoreError
from longshore.model.healthcheck import HealthCheck
from longshore.native.image.model import ImageConfig
from longshore.native.image.oci.config import parse_configuration
from longshore.native.image.oci.pull import check_platform, stacked
from longshore.native.image.oci.servers import server_of


def _body(config: Any, **more: Any) -> bytes:
    whole = {"os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": ["sha256:1"]}, "config": config, **more}
    return json.dumps(whole).encode()


def test_all_that_an_image_says() -> None:
    check = {"Test": ["CMD-SHELL", "true"], "Interval": 5_000_000_000, "Timeout": 0, "Retries": 2}
    found = parse_configuration(
        _body({
            "Env": ["PATH=/bin", "EMPTY=", "A=b=c"], "Entrypoint": ["/entry"], "Cmd": ["run"], "User": "app:more",
            "WorkingDir": "/srv", "ExposedPorts": {"80/tcp": {}}, "Volumes": {"/data": {}}, "Labels": {"a": "b"},
            "StopSignal": "SIGQUIT", "Healthcheck": check, "Shell": ["/bin/bash", "-c"], "OnBuild": ["RUN x"],
        }),
        "app",
    )  # fmt: skip
    assert found.config == ImageConfig(
        env={"PATH": "/bin", "EMPTY": "", "A": "b=c"}, entrypoint=("/entry",), cmd=("run",), user="app:more",
        working_dir="/srv", exposed=("80/tcp",), volumes=("/data",), labels={"a": "b"}, stop_signal="SIGQUIT",
        healthcheck=HealthCheck(("CMD-SHELL", "true"), interval=5.0, retries=2), shell=("/bin/bash", "-c"),
        onbuild=("RUN x",),
    )  # fmt: skip


@pytest.mark.parametrize("config", [None, {}, {"Env": None, "Cmd": None, "Labels": None, "Healthcheck": None}])
def test_nothing_said_is_nothing(config: Any) -> None:
    assert parse_configuration(_body(config), "app").config == ImageConfig()


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b"null", _body({"Env": "A=b"}), _body({"Labels": []}), _body({"Retries": 1, "Healthcheck": 3}),
     _body({}, rootfs={}), b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_configuration(body: bytes) -> None:
    with pytest.raises(ShoreError, match="app: its configuration is not an image's"):
        parse_configuration(body, "app")


def test_another_machine_s_image_is_refused() -> None:
    found = parse_configuration(_body({}, architecture="s390x"), "app")
    assert found.platform == Platform("linux", "s390x")
    with pytest.raises(ShoreError, match="app is made for linux/s390x"):
        check_platform(found, "app")


def test_a_layer_that_stands_twice_is_laid_once() -> None:
    assert stacked(["a", "e", "b", "e", "c"]) == ("a", "b", "e", "c")
    assert stacked([]) == ()


@pytest.mark.parametrize(
    ("env", "server"),
    [
        ({"PG_MAJOR": "16", "PGDATA": "/data"}, ("postgres", "16", "/data")),
        ({"MARIADB_VERSION": "1:10.11.6+maria~ubu2204"}, ("mariadb", "10.11", "/var/lib/mysql")),
        ({"MYSQL_MAJOR": "8.4"}, ("mysql", "8.4", "/var/lib/mysql")),
        ({"MONGO_MAJOR": "7.0"}, ("mongodb", "7.0", "/data/db")),
        ({"REDIS_VERSION": "7.2.4"}, ("redis", "7", "/data")),
        ({"PG_MAJOR": "none"}, None),
        ({}, None),
    ],
)
def test_servers_by_their_makers_words(env: dict[str, str], server: tuple[str, str, str] | None) -> None:
    found = server_of(ImageConfig(env=env), ())
    assert (found and (found.kind, found.major, found.data)) == server
    assert found is None or found.source == "registry"
