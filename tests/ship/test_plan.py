"""What a release does: its steps with their causes, as --dry-run prints them."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.model.errors import ShoreError
from longshore.ship.facts import Ship
from longshore.ship.pins import Node, pin
from longshore.ship.plan import Existing, Plan, Present, make_plan, missing, refuse_interruptions
from longshore.ship.release import (
    FAILED,
    GOING,
    LIVE,
    Release,
    as_bytes,
    broken_off,
    from_bytes,
    kept_names,
    last_live,
    to_go_back,
)
from longshore.ship.settings import Settings
from tests.ship.make import shipped, stack_of

FILE = """
services:
  web:
    image: shop/web
    environment: {{MODE: {mode}, API_TOKEN: {token}}}
    healthcheck: {{test: [CMD, probe], interval: 1s, timeout: 1s, retries: 2}}
    depends_on: {{migrate: {{condition: service_completed_successfully}}}}
    scale: {scale}
  migrate: {{image: shop/web, depends_on: [db]}}
  db: {{image: 'postgres:16', labels: {{size: "{size}"}}}}
"""


def _ship(folder: Path, mode: str = "a", token: str = "blue-whale", scale: int = 1, size: str = "1") -> Ship:
    return shipped(folder, FILE.format(mode=mode, token=token, scale=scale, size=size))


def _after(ship: Ship) -> Present:
    """The Swarm when the release is whole."""
    plan = make_plan(ship, Present(), everywhere=True)
    services = {one.name: Existing(one.name, one.spec) for one in plan.wanted}
    stored = frozenset(one.name for one in ship.stored)
    return Present(services, frozenset(ship.networks), stored, stored)


def _lines(plan: Plan) -> list[str]:
    return [" ".join(line.split()) for line in str(plan).splitlines()]


def test_a_first_release(tmp_path: Path) -> None:
    lines = _lines(make_plan(_ship(tmp_path, scale=3), Present(), everywhere=True))
    assert lines[0] == "create network demo_default (is not there)"
    assert [line.split()[0:2] for line in lines[1:3]] == [["create", "secret"], ["create", "config"]]
    assert [line.split("@")[0] for line in lines[3:6]] == [
        f"pull everywhere {name}" for name in ("db", "migrate", "web")
    ]
    assert lines[6:] == [
        "create service db (is not there)",
        "run job migrate (has not run)",
        "create service web (is not there; 3 replicas)",
    ]


def test_a_release_that_was_broken_off_and_is_what_runs(tmp_path: Path) -> None:
    plan = make_plan(_ship(tmp_path), Present(), everywhere=True)
    going = Release(2, GOING, plan.wanted)
    assert broken_off([Release(1, LIVE), going], plan.wanted) is going
    assert broken_off([going, Release(3, LIVE, plan.wanted)], plan.wanted) is None
    assert broken_off([going], make_plan(_ship(tmp_path, mode="b"), Present(), everywhere=True).wanted) is None
    assert broken_off([], plan.wanted) is None


def test_nothing_to_do(tmp_path: Path) -> None:
    ship = _ship(tmp_path)
    assert not make_plan(ship, _after(ship), everywhere=True)


def test_an_update_says_what_changed_and_how_long_it_takes(tmp_path: Path) -> None:
    before = _after(_ship(tmp_path))
    lines = _lines(make_plan(_ship(tmp_path, mode="b", token="red-whale"), before, everywhere=True))
    assert lines[0].startswith("create secret demo_env.API_TOKEN_")
    assert lines[1:] == [
        "run job migrate (before what needs it)",
        "update service web (environment MODE, secret API_TOKEN changed; start-first, at least 5 s)",
    ]
    assert "whale" not in "".join(lines)


def test_going_back_runs_no_job(tmp_path: Path) -> None:
    before = _after(_ship(tmp_path))
    assert [step.kind for step in make_plan(_ship(tmp_path, mode="b"), before, everywhere=False, jobs=False).steps] == [
        "update service"
    ]


def test_an_interruption_is_refused_unless_it_is_allowed(tmp_path: Path) -> None:
    plan = make_plan(_ship(tmp_path, size="2"), _after(_ship(tmp_path)), everywhere=True)
    with pytest.raises(ShoreError, match="db would stop for a while: two PostgreSQL servers") as caught:
        refuse_interruptions(plan, frozenset())
    assert "--allow-interruption db" in caught.value.hint
    refuse_interruptions(plan, frozenset({"db"}))


def test_a_job_whose_last_run_failed_runs_again(tmp_path: Path) -> None:
    ship = _ship(tmp_path)
    after = _after(ship)
    services = {**after.services, "demo_migrate": Existing("x", after.services["demo_migrate"].spec, done=False)}
    plan = make_plan(ship, Present(services, after.networks, after.secrets, after.configs), everywhere=True)
    assert _lines(plan) == ["run job migrate (its last run failed)"]


# releases


def _release(number: int, state: str = LIVE) -> Release:
    return Release(number, state)


def test_a_release_comes_back_from_its_object(tmp_path: Path) -> None:
    ship = _ship(tmp_path)
    plan = make_plan(ship, Present(), everywhere=False)
    release = Release(3, GOING, plan.wanted, ship.networks, "abc", "me", "now", "why")
    content = as_bytes(release, ship)
    assert b"blue-whale" not in content
    back = from_bytes(content, LIVE)
    assert (back.number, back.state, back.commit, back.why) == (3, LIVE, "abc", "why")
    again = make_plan(Ship("demo", back.services, back.networks, ()), _after(ship), everywhere=False, jobs=False)
    assert not again, str(again)


def test_which_release_is_gone_back_to() -> None:
    releases = [_release(1), _release(2, FAILED), _release(3), _release(4, GOING), _release(5)]
    assert to_go_back(releases).number == 3
    assert to_go_back(releases, 1).number == 1
    assert last_live(releases) == releases[4]
    with pytest.raises(ShoreError, match="no release 2 to go back to"):
        to_go_back(releases, 2)
    with pytest.raises(ShoreError, match="no release before this one"):
        to_go_back([_release(1)])


def test_old_releases_go_with_what_only_they_need() -> None:
    assert kept_names([_release(1), _release(2), _release(3, FAILED), _release(4)], 2)[0] == {2, 3, 4}


# where data stays

DATA = """
services:
  a: {image: x, volumes: ['one:/1', 'two:/2']}
  b: {image: x, volumes: ['two:/2', 'three:/3']}
volumes: {one: {}, two: {}, three: {}}
"""


def _node(name: str, **labels: str) -> Node:
    return Node(f"id-{name}", name, {f"longshore.volume.demo_{key}": value for key, value in labels.items()})


def test_volumes_of_one_service_stay_together(tmp_path: Path) -> None:
    stack = stack_of(tmp_path, DATA)
    pins = pin(stack, Settings(), [_node("n1"), _node("n2", three="here")], "id-n1", frozenset())
    assert pins.constraints["one"] == "node.labels.longshore.volume.demo_one==here"
    assert pins.labels == {"id-n2": {f"longshore.volume.demo_{key}": "here" for key in ("one", "two")}}


def test_first_placement_is_by_the_manager_or_the_file(tmp_path: Path) -> None:
    stack, nodes = stack_of(tmp_path, DATA), [_node("n1"), _node("n2")]
    assert pin(stack, Settings(), nodes, "id-n1", frozenset()).labels.keys() == {"id-n1"}
    assert pin(stack, Settings(node={"one": "n2"}), nodes, "id-n1", frozenset()).labels.keys() == {"id-n2"}
    with pytest.raises(ShoreError, match="there is no node n3"):
        pin(stack, Settings(node={"one": "n3"}), nodes, "id-n1", frozenset())


def test_a_node_that_is_gone_is_said_and_no_empty_volume_made(tmp_path: Path) -> None:
    stack = stack_of(tmp_path, DATA)
    with pytest.raises(ShoreError, match=r"volumes\.one: the node that has it is not in the Swarm any more"):
        pin(stack, Settings(), [_node("n1")], "id-n1", frozenset({"longshore.volume.demo_one"}))


def test_volumes_of_several_nodes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ShoreError, match="one on n1, two on n2"):
        pin(
            stack_of(tmp_path, DATA),
            Settings(),
            [_node("n1", one="here"), _node("n2", two="here")],
            "id-n1",
            frozenset(),
        )


def test_what_is_not_there_that_the_file_says_is(tmp_path: Path) -> None:
    stack = stack_of(
        tmp_path,
        """
services:
  web: {image: web, networks: [far, own], secrets: [theirs], configs: [ours]}
networks: {own: , far: {external: true, name: shared}, unused: {external: true}}
secrets: {theirs: {external: true}}
configs: {ours: {external: true}}
""",
    )
    there = Present(configs=frozenset({"ours"}), networks=frozenset({"own"}))
    assert [(one.what, one.hint, str(one.place).rpartition("/")[2]) for one in missing(stack, there)] == [
        ("networks.far: the Swarm has no network shared",
         "make it: docker network create --driver overlay shared; or take external: true out", "compose.yaml:4:24"),
        ("secrets.theirs: the Swarm has no secret theirs",
         "make it: docker secret create theirs FILE; or take external: true out", "compose.yaml:5:19"),
    ]  # fmt: skip
    assert not [*missing(stack, Present({}, frozenset({"shared"}), frozenset({"theirs"}), frozenset({"ours"})))]
