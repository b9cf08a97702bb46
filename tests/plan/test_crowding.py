"""Ports that a container of `run` cannot have, because the project itself holds them."""

from __future__ import annotations

import pytest

from longshore.model.record import replace
from longshore.model.service import Port
from longshore.plan.crowding import crowded_ports, held_ports
from longshore.state.observed import Published
from tests.plan.make import observed, running, service, stack

WEB = service("web", ports=(Port(80, "8080", "127.0.0.1"),))


@pytest.mark.parametrize(
    ("held", "refused"),
    [
        (Published("127.0.0.1", 8080, 80), True),
        (Published("0.0.0.0", 8080, 80), True),
        (Published("127.0.0.2", 8080, 80), False),
        (Published("127.0.0.1", 8081, 80), False),
        (Published("127.0.0.1", 8080, 80, "udp"), False),
    ],
)
def test_what_the_project_holds(held: Published, refused: bool) -> None:
    errors = list(held_ports(WEB, observed(running(WEB, ports=(held,)))))
    assert bool(errors) is refused


def test_what_is_said_and_who_holds_nothing() -> None:
    holder = running(WEB, ports=(Published("127.0.0.1", 8080, 80),))
    (error,) = held_ports(WEB, observed(holder))
    assert error.what == "web: port 8080 is taken by demo-web-1, of this project"
    assert error.hint == "stop it (shore stop web), or publish another port: -p HOST:80"
    (error,) = held_ports(WEB, observed(replace(holder, oneoff=True)))
    assert error.hint == "publish another port: -p HOST:80"
    assert not list(held_ports(WEB, observed(replace(holder, state="exited"))))
    assert not list(held_ports(replace(WEB, network_mode="host"), observed(holder)))


@pytest.mark.parametrize(
    ("published", "count", "crowded"),
    [
        ("8080", 2, True),
        ("8080", 1, False),
        ("8080-8081", 2, False),
        ("8080-8081", 3, True),
        ("", 3, False),
        ("0", 3, False),
    ],
)
def test_fewer_ports_than_containers(published: str, count: int, crowded: bool) -> None:
    web = service("web", ports=(Port(80, published),))
    errors = list(crowded_ports(stack(web), ["web"], {"web": count}))
    assert bool(errors) is crowded
    if crowded:
        assert f"a range (8080-{8080 + count - 1}:80)" in errors[0].hint
