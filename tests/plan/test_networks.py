"""A network whose definition changed is made anew, with its cause; what runs on it is stopped for that."""

from __future__ import annotations

from typing import Any

from longshore.model.errors import Place
from longshore.model.record import replace
from longshore.model.service import Service
from longshore.model.stack import Network, Stack
from longshore.plan.networks import held_networks
from longshore.state.fingerprint import FINGERPRINT_LABEL, fingerprint
from longshore.state.observed import Container, Observed, ObservedNetwork
from tests.plan import make
from tests.plan.make import observed, running, service
from tests.plan.test_reconcile import expect, plan

DB, WEB = service("db"), service("web", make.healthy("db"))


def network(**raw: Any) -> Network:
    whole = {"name": "demo_default", **raw}
    places = {"internal": Place("compose.yaml", 9)}
    return Network("default", "demo_default", raw=whole, config_hash=f"hash of {whole}", places=places)


OLD, NEW = network(driver="bridge"), network(driver="bridge", internal=True)


def stack(*services: Service, now: Network = NEW) -> Stack:
    return replace(make.stack(*services), networks={"default": now})


def there(*containers: Container, before: Network = OLD, labelled: bool = True) -> Observed:
    labels = {FINGERPRINT_LABEL: fingerprint(before)} if labelled else {}
    found = ObservedNetwork("demo_default", "default", before.config_hash, labels)
    return replace(observed(*containers), networks=(found,))


def test_what_runs_on_it_is_stopped_and_started_again() -> None:
    assert plan(stack(DB, WEB), there(running(DB), running(WEB))) == expect("""
        1 stop db-1 network demo_default is made anew
        2 stop web-1 network demo_default is made anew
        3 remove network demo_default internal added (compose.yaml:9); after 1, 2
        4 create network demo_default after 3
        5 start db-1 stopped for its network; after 4
        6 start web-1 stopped for its network; after 4, 5, db healthy""")
    assert plan(stack(DB, WEB, now=OLD), there(running(DB), running(WEB))) == "db, web: up to date"


def test_what_is_recreated_anyhow_is_made_on_the_new_network() -> None:
    changed = service("db", raw={"image": "db:1", "user": "x"})
    assert plan(stack(changed), there(running(DB))) == expect("""
        1 stop db-1 network demo_default is made anew
        2 remove network demo_default internal added (compose.yaml:9); after 1
        3 create network demo_default after 2
        4 create db-1 user added; after 3
        5 replace db-1 after 1, 4
        6 start db-1 after 5""")


def test_a_stopped_container_only_waits_for_the_network() -> None:
    assert plan(stack(DB), there(running(DB, state="exited"))) == expect("""
        1 remove network demo_default internal added (compose.yaml:9)
        2 create network demo_default after 1
        3 start db-1 not running; after 2""")


def test_what_was_not_asked_for_runs_on_afterwards_too() -> None:
    orphan, guest = service("old"), service("guest", network_mode="service:web")
    guest = replace(guest, networks={})
    seen = there(running(DB), running(WEB), running(orphan), running(guest, networks={}))
    assert plan(stack(DB, WEB, guest), seen, services=("db",), ignore_orphans=True) == expect("""
        1 stop db-1 network demo_default is made anew
        2 stop web-1 network demo_default is made anew
        3 stop old-1 network demo_default is made anew
        4 stop guest-1 network demo_default is made anew
        5 remove network demo_default internal added (compose.yaml:9); after 1, 2, 3, 4
        6 create network demo_default after 5
        7 start db-1 stopped for its network; after 6
        8 start web-1 stopped for its network; after 6, 7
        9 start guest-1 stopped for its network; after 6, 8
        10 start old-1 stopped for its network; after 6""")


def test_one_that_does_not_say_what_it_was_made_from() -> None:
    text = plan(stack(DB), there(running(DB), labelled=False))
    assert "remove network demo_default configuration changed; after 1" in text, "Docker Compose made it"
    unknown = replace(there(running(DB)), networks=(ObservedNetwork("demo_default", "default"),))
    assert plan(stack(DB), unknown) == "db: up to date"


def test_a_network_of_others_and_one_that_nobody_uses_stay() -> None:
    assert plan(stack(DB, now=replace(NEW, external=True)), there(running(DB))) == "db: up to date"
    assert plan(stack(replace(DB, networks={})), there(running(replace(DB, networks={})))) == "db: up to date"


def test_somebody_at_work_on_it_is_not_interrupted() -> None:
    seen = there(running(DB), running(DB, 2, oneoff=True))
    (error,) = held_networks(stack(DB), ["db"], seen)
    assert str(error).startswith("networks.default: internal added (compose.yaml:9), and demo-db-2 runs on the network")
    assert not list(held_networks(stack(DB, now=OLD), ["db"], seen))
