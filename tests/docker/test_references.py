"""What a service says of other services, by their containers; the labels of what this engine makes."""

from __future__ import annotations

import json
from typing import Any

import pytest

from longshore.docker.container.references import Resolved, resolve
from longshore.docker.project import labels
from longshore.docker.project.observe import network, volume
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.model.service import Dependency, Hook, Service
from longshore.model.stack import Network, Stack, Volume

STACK = Stack("shop", "/shop", files=("/shop/compose.yaml", "/shop/more.yaml"))


class Listing:
    """An engine's list of containers, and what it was asked for."""

    def __init__(self, **found: list[dict[str, Any]]) -> None:
        self.found, self.asked = found, list[list[str]]()

    async def get(self, path: str, **words: Any) -> Any:
        assert (path, words["all"]) == ("/containers/json", True)
        self.asked.append(words["filters"]["label"])
        (name,) = (mark.partition("=")[2] for mark in words["filters"]["label"] if mark.startswith(labels.SERVICE))
        return self.found.get(name, [])


def one(identity: str, name: str, number: str = "1") -> dict[str, Any]:
    return {"Id": identity, "Names": [f"/{name}"], "Labels": {labels.NUMBER: number} if number else {}}


DB = {"db": [one("two", "shop-db-2", "2"), one("ten", "shop-db-10", "10"), one("first", "0123456789ab_shop-db-1")]}


async def asked(service: Service, **found: list[dict[str, Any]]) -> Resolved:
    return await resolve(Listing(**found), STACK, service)  # type: ignore[arg-type]


async def test_who_refers_to_nobody_asks_nothing() -> None:
    engine = Listing()
    service = Service("web", network_mode="host", ipc="container:x", volumes_from=("container:y:ro",))
    found = await resolve(engine, STACK, service)  # type: ignore[arg-type]
    assert (found.modes, found.volumes_from, found.raw) == ({}, ("y:ro",), {"volumes_from": ["y:ro"]})
    assert (found.links, engine.asked) == ((), [])


async def test_the_container_with_the_lowest_number_is_meant() -> None:
    service = Service("web", network_mode="service:db", pid="service:db", volumes_from=("db:ro",))
    found = await asked(service, **DB)
    assert found.modes == {"network_mode": "container:first", "pid": "container:first"}
    assert found.volumes_from == ("first",)
    assert found.raw == {**found.modes, "volumes_from": ["first"]}
    unnumbered = await asked(service, db=[one("x", "x", "1"), one("none", "y", "")])
    assert unnumbered.volumes_from == ("none",)


async def test_links_name_each_container_by_its_alias_and_its_names() -> None:
    found = await asked(Service("web", links=("db:data",), external_links=("far", "away:near")), **DB)
    assert found.links[:3] == ("shop-db-1:data", "shop-db-1:db-1", "shop-db-1:shop-db-1")
    assert found.links[3:] == (
        "shop-db-2:data", "shop-db-2:db-1", "shop-db-2:shop-db-1", "shop-db-10:data", "shop-db-10:db-1",
        "shop-db-10:shop-db-1", "far:far", "away:near",
    )  # fmt: skip
    assert (await asked(Service("web", links=("db",)), **DB)).links[0] == "shop-db-1:db"
    assert found.raw == {}


async def test_only_the_projects_own_services_are_asked_for() -> None:
    engine = Listing(**DB)
    await resolve(engine, STACK, Service("web", ipc="service:db"))  # type: ignore[arg-type]
    assert engine.asked == [[
        f"{labels.PROJECT}=shop", labels.CONFIG_HASH, f"{labels.SERVICE}=db", f"{labels.ONEOFF}=False",
    ]]  # fmt: skip


async def test_a_service_without_a_container_is_named_with_a_way() -> None:
    with pytest.raises(ShoreError) as raised:
        await asked(Service("web", pid="service:db"))
    assert raised.value.what == "services.web.pid: the service db has no container"
    assert raised.value.hint == "start it too: shore up db web"


WEB = Service(
    "web", labels={"mine": "1", labels.PROJECT: "lies"}, config_hash="h",
    depends_on={"db": Dependency("db", "service_healthy", restart=True)},
)  # fmt: skip


def made(service: Service = WEB, stack: Stack = STACK, **more: Any) -> dict[str, str]:
    given: dict[str, Any] = {"image_id": "sha256:1", "config_hash": "h", **more}
    return labels.container_labels(stack, service, 2, **given)


def test_a_containers_labels_are_composes() -> None:
    found = made()
    prefix = "com.docker.compose."
    assert {key.removeprefix(prefix): value for key, value in found.items() if key.startswith(prefix)} == {
        "project": "shop", "service": "web", "version": labels.COMPOSE_VERSION, "oneoff": "False",
        "container-number": "2", "config-hash": "h", "image": "sha256:1", "depends_on": "db:service_healthy:true",
        "project.working_dir": "/shop", "project.config_files": "/shop/compose.yaml,/shop/more.yaml",
    }  # fmt: skip
    assert found["mine"] == "1"
    assert labels.OWN_HASH not in found
    assert labels.PRE_STOP not in found
    files = made(stack=replace(STACK, env_files=("/a.env", "/b.env")))
    assert files["com.docker.compose.project.environment_file"] == "/a.env,/b.env"


def test_its_own_hash_and_its_hooks_are_kept_where_they_matter() -> None:
    assert made(config_hash="resolved")[labels.OWN_HASH] == "h"
    hook = Hook(("sh", "-c", "x"), user="me", privileged=True, working_dir="/w", environment={"A": "1"})
    assert json.loads(made(replace(WEB, pre_stop=(hook,)))[labels.PRE_STOP]) == [
        {"command": ["sh", "-c", "x"], "user": "me", "privileged": True, "working_dir": "/w", "environment": {"A": "1"}}
    ]


def test_whom_it_replaces() -> None:
    assert labels.REPLACE not in made()
    assert made(replaces="old")[labels.REPLACE] == "web-2"
    assert made(replace(WEB, container_name="named"), replaces="old")[labels.REPLACE] == "named"


def test_a_one_off_container_has_no_number() -> None:
    found = labels.oneoff_labels(STACK, WEB, "abc", image_id="i", config_hash="h")
    assert (found[labels.ONEOFF], found["com.docker.compose.slug"]) == ("True", "abc")
    assert labels.NUMBER not in found


def test_volumes_have_no_hash_and_those_of_no_project_say_so() -> None:
    data = Volume("data", "shop_data", labels={"a": "b"})
    found = labels.volume_labels(STACK, data)
    assert (found[labels.VOLUME], found[labels.PROJECT], found["a"]) == ("data", "shop", "b")
    assert labels.CONFIG_HASH not in found
    assert labels.volume_labels(Stack("", ""), data) == {"a": "b", labels.OWN_VOLUME: ""}


def test_networks_and_what_is_asked_for() -> None:
    found = labels.network_labels(STACK, Network("back", "shop_back", config_hash="n", labels={"l": "1"}))
    assert (found[labels.NETWORK], found[labels.PROJECT]) == ("back", "shop")
    assert (found[labels.CONFIG_HASH], found["l"]) == ("n", "1")
    assert labels.of_project("shop") == [f"{labels.PROJECT}=shop", labels.CONFIG_HASH]
    assert labels.of_project() == [labels.PROJECT, labels.CONFIG_HASH]


def test_networks_and_volumes_as_the_engine_shows_them() -> None:
    marks = {labels.NETWORK: "back", labels.VOLUME: "data", labels.PROJECT: "shop", labels.CONFIG_HASH: "h"}
    seen = network({"Name": "n", "Id": "i", "Labels": marks})
    assert (seen.name, seen.key, seen.config_hash, seen.id, seen.labels) == ("n", "back", "h", "i", marks)
    assert network({"Name": "n", "Id": "i", "Labels": None}).labels == {}
    there = volume({"Name": "v", "Driver": "local", "Options": {"o": "bind"}, "Labels": marks, "Mountpoint": "/v"})
    assert (there.name, there.key, there.project, there.config_hash) == ("v", "data", "shop", "h")
    assert (there.driver, there.options, there.path) == ("local", {"o": "bind"}, "/v")
    bare = volume({"Name": "v", "Options": None, "Labels": None})
    assert (bare.driver, bare.options, bare.labels, bare.project, bare.path) == ("", {}, {}, "", "")
