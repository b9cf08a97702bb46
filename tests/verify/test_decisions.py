"""Which criteria a stack has, and the pure parts of how they are judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.flow.home import Where, load_stack
from longshore.model.healthcheck import HealthCheck
from longshore.model.record import replace
from longshore.model.stack import Stack
from longshore.plan.operation import Operation, Plan
from longshore.state.events import ContainerDied, ContainerHealth, ContainerStarted, Event
from longshore.verify.check import Subject, skipped
from longshore.verify.exchange import Exchange
from longshore.verify.families import checks_of
from longshore.verify.families.reachable import health_path, inner_links, links_of
from longshore.verify.families.starts import changes_in, waits_for
from longshore.verify.hosts import hosts_named, neighbours
from longshore.verify.inside import got_there, listening, resolved
from longshore.verify.live import Live
from longshore.verify.protocols import PROTOCOLS
from longshore.verify.prove import Asked, subject_of
from longshore.verify.result import Family
from longshore.verify.startup import starts_of, timeline
from longshore.verify.trivial import never_fails

FILE = """\
services:
  web:
    build: .
    ports: ["8000:8000", "53:53/udp"]
    environment:
      DATABASE_URL: postgresql://u:p@db:5432/x
      CACHE_HOST: cache
      CORS_ORIGINS: http://proxy
    command: ["serve", "--queue", "redis://cache:6379"]
    depends_on: {job: {condition: service_completed_successfully}}
    healthcheck: {test: curl -f http://localhost:8000/health}
    networks: [front, back]
  proxy: {image: nginx, ports: ["80:80"], networks: [front], depends_on: [web]}
  job: {image: python, networks: [back], depends_on: {db: {condition: service_healthy}}}
  db: {image: postgres:16, networks: [back], ports: ["127.0.0.1:5432:5432"], healthcheck: {test: pg_isready}}
  cache: {image: redis:7, networks: [back], restart: always}
networks: {front: {}, back: {internal: true}}
"""


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    (tmp_path / "compose.yaml").write_text(FILE)
    return load_stack(Where(files=(str(tmp_path / "compose.yaml"),), environ={"PATH": "/bin"}))


def ids(stack: Stack, family: Family, *services: str) -> set[str]:
    subject = Subject(stack, services or tuple(stack.services), frozenset({"job"}))
    prefix = f"{family.value}."
    return {check.criterion.id.removeprefix(prefix) for check in checks_of(subject, [family])}


def test_who_names_whom(stack: Stack) -> None:
    assert hosts_named(stack, stack.services["web"]) == ("db", "cache")
    assert neighbours(stack, stack.services["proxy"]) == ({"web"}, {"job", "db", "cache"})


@pytest.mark.parametrize(
    ("text", "hosts"),
    [
        ("jdbc:postgresql://db:5432/x", ("db",)),
        ("postgresql+asyncpg://u:p@db/x", ("db",)),
        ("cache:6379,db:1", ("db", "cache")),
        ("see cache", ()),
        ("http://localhost:8000", ()),
    ],
)
def test_ways_to_name_a_service(text: str, hosts: tuple[str, ...], stack: Stack) -> None:
    assert hosts_named(stack, replace(stack.services["proxy"], environment={"TARGET": text})) == hosts


def test_a_check_of_the_dockerfile_is_one_too(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services: {web: {build: .}}")
    (tmp_path / "Dockerfile").write_text("FROM python:3.11-slim\nHEALTHCHECK --interval=5s CMD true\n")
    where = Where(files=(str(tmp_path / "compose.yaml"),), environ={"PATH": "/bin"})
    subject = subject_of(where, load_stack(where), Asked())
    assert subject.stack.services["web"].healthcheck == HealthCheck(("CMD-SHELL", "true"))
    assert "starts.check.web" in {check.criterion.id for check in checks_of(subject)}


def test_what_is_waited_for(stack: Stack) -> None:
    assert waits_for(stack, stack.services["web"]) == {"db": "healthy", "cache": "started", "job": "completed"}
    proxy = stack.services["proxy"]
    assert waits_for(stack, proxy) == {"web": "healthy"}, "a check that is there is there to be waited for"
    meant = replace(stack, extensions={"x-longshore": {"doctor": {"compose.starts-too-early": "it looks again"}}})
    assert waits_for(meant, proxy) == {"web": "started"}
    assert waits_for(stack, replace(proxy, depends_on={}, links=("web",))) == {"web": "started"}


def test_criteria_of_a_start(stack: Stack) -> None:
    assert ids(stack, Family.STARTS) == {
        *(f"ready.{name}" for name in stack.services), "order.web", "order.proxy", "order.job",
        *(f"once.{name}" for name in ("web", "proxy", "db", "cache")), "check.web", "check.db", "again",
    }  # fmt: skip
    assert ids(stack, Family.STARTS, "cache") == {"ready.cache", "once.cache", "again"}


def test_what_ends_and_does_its_work_again_is_no_change() -> None:
    start, wait = Operation(1, "start", "prepare-1", "not running", "prepare"), Operation(2, "wait", "web", "", "web")
    other = Operation(3, "start", "web-1", "not running", "web")
    assert changes_in(Plan((start, wait)), frozenset({"prepare"})) == ()
    assert changes_in(Plan((start, wait, other)), frozenset({"prepare"})) == (other,)
    assert changes_in(Plan((start,)), frozenset()) == (start,)


def test_criteria_of_being_reached(stack: Stack) -> None:
    assert ids(stack, Family.REACHABLE) == {"web.8000", "web.health", "web.links", "proxy.80", "proxy.links", "db.5432"}


def test_criteria_of_isolation(stack: Stack) -> None:
    assert ids(stack, Family.ISOLATED) == {
        "finds.web", "finds.proxy", "finds.db", "finds.cache", "apart.proxy", "apart.db", "apart.cache", "database.db",
        *(f"unpublished.{name}" for name in ("web", "proxy", "db", "cache")), "internal.db", "internal.cache",
    }  # fmt: skip


def test_criteria_of_recovery(stack: Stack) -> None:
    assert ids(stack, Family.RECOVERS) == {
        *(f"{what}.{name}" for what in ("stops", "killed") for name in ("web", "proxy", "db", "cache")),
        "dependents.cache",
    }  # fmt: skip


def test_every_criterion_says_all_that_a_reader_needs(stack: Stack) -> None:
    subject = Subject(stack, tuple(stack.services), frozenset({"job"}))
    for check in checks_of(subject):
        criterion = check.criterion
        assert criterion.id.startswith(f"{criterion.family.value}.")
        assert criterion.sentence
        assert criterion.method
        assert criterion.advice


@pytest.mark.parametrize(
    ("test", "passes_always"),
    [
        (("CMD", "true"), True),
        (("CMD", "/bin/true"), True),
        (("CMD-SHELL", "exit 0"), True),
        (("CMD-SHELL", "curl -f http://localhost || true"), True),
        (("CMD-SHELL", "curl http://localhost; exit 0"), True),
        (("CMD", "sh", "-c", "echo fine"), True),
        (("CMD-SHELL", "curl -f http://localhost || exit 1"), False),
        (("CMD-SHELL", "test -n \"$(find /tmp/alive -newermt '-30 seconds')\""), False),
        (("CMD", "redis-cli", "ping"), False),
        (("NONE",), False),
    ],
)
def test_checks_that_cannot_fail(test: tuple[str, ...], passes_always: bool) -> None:
    assert bool(never_fails(test)) is passes_always


def test_the_health_endpoint_is_what_the_check_asks_for() -> None:
    check = HealthCheck(("CMD-SHELL", "curl -f http://localhost:8000/health || exit 1"))
    assert health_path(check, 8000) == "/health"
    assert health_path(check, 80) == ""
    assert health_path(HealthCheck(("CMD", "wget", "--spider", "http://127.0.0.1")), 80) == "/"
    assert health_path(None, 80) == ""


def test_links_of_a_page() -> None:
    html = b"""<a href="/a?b=1">x</a><a href="#top">x</a><a href="https://elsewhere/x">x</a>
    <script src="main.js"></script><link rel="preconnect" href="/no"><img src="data:image/png;base64,x">
    <a href="/logout">x</a><a href="/a?b=1">x</a>"""
    page = Exchange("GET", "http://localhost:8000/shop/", 200, {"content-type": "text/html"}, html, 0.1)
    assert links_of(page) == ["/a?b=1", "/shop/main.js"]


def test_what_a_page_names_as_only_services_know_it() -> None:
    html = b'<script src="http://backend:8000/a.js"></script><a href="https://backend.example/">x</a><a href="/b">x</a>'
    page = Exchange("GET", "http://localhost:8000/", 200, {"content-type": "text/html"}, html, 0.1)
    assert inner_links(page, {"backend", "db"}) == ["http://backend:8000/a.js"]


def test_what_listens() -> None:
    table = (
        "  sl  local_address rem_address   st\n"
        "   0: 00000000:1F40 00000000:0000 0A 0\n   1: 0100007F:1F41 00000000:0000 0A 0\n"
        "   2: 00000000000000000000000000000000:0050 0:0 0A 0\n   3: 0A00000A:1F42 0B00000A:0001 01 0\n"
    )
    assert listening(table) == {8000, 80}


def test_answers_from_inside() -> None:
    assert resolved("db found\ncache unknown\n") == {"db": True, "cache": False}
    assert resolved("no-program\n") is None
    assert got_there("reached") is True
    assert got_there("ConnectionRefusedError: [Errno 111] Connection refused") is True
    assert got_there("OSError: [Errno 101] Network is unreachable") is False
    assert got_there("no-program") is None


def events(*found: Event) -> tuple[Event, ...]:
    return found


def test_the_times_of_a_start() -> None:
    seen = starts_of(
        events(
            ContainerStarted("db", "db-1", 10.0),
            ContainerHealth("db", "db-1", 11.0, status="healthy"),
            ContainerStarted("web", "web-1", 11.2),
            ContainerDied("web", "web-1", 11.5, exit_code=1, restarting=True),
            ContainerStarted("web", "web-1", 11.9),
            ContainerStarted("job", "job-1", 11.0),
            ContainerDied("job", "job-1", 11.1),
        )
    )
    assert (seen["db"].ready, seen["db"].deaths) == (11.0, ())
    assert (seen["web"].began, seen["web"].deaths) == (11.2, (11.5,))
    assert seen["job"].ready == 11.1
    text = timeline(
        events(ContainerStarted("db", "db-1", 10.0), ContainerHealth("db", "db-1", 11.0, status="healthy")), 9.0
    )
    assert text == "db  started   1.00 s  healthy   2.00 s"


@pytest.mark.parametrize(
    ("server", "answer", "words"),
    [
        ("PostgreSQL", b"N", "answers, without TLS"),
        ("PostgreSQL", b"HTTP/1.1 400", ""),
        ("Redis", b"-NOAUTH Authentication required.\r\n", "answers -NOAUTH Authentication required."),
        ("MySQL", b"J\0\0\0\x0a8.0.36\0xyz", "greets as 8.0.36"),
        ("MongoDB", b"\x10\0\0\0\0\0\0\0\0\0\0\0\xdd\x07\0\0", "answers hello"),
        ("MongoDB", b"HTTP/1.0 200 OK\r\n\r\n", ""),
        ("memcached", b"VERSION 1.6\r\n", "version 1.6"),
    ],
)
def test_first_words_of_servers(server: str, answer: bytes, words: str) -> None:
    assert PROTOCOLS[server].knows(answer) == words


ASKED = """\
services:
  web:
    image: nginx:1.27
    x-longshore:
      verify:
        slow: GET /slow
        criteria:
          - {id: joins, that: One can join, http: POST /join, keep: {token: token}}
          - {id: sees, that: Who has joined sees it, http: "GET /{token}"}
          - {id: runs, that: It runs, run: "true"}
"""


async def test_who_is_asked_and_publishes_no_port_is_named_once(tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(ASKED)
    where = Where(files=(str(tmp_path / "compose.yaml"),), environ={"PATH": "/bin"})
    checks = {check.criterion.id: check for check in checks_of(subject_of(where, load_stack(where), Asked()))}
    assert "reachable.web.published" in checks
    for ident in ("yours.web.joins", "yours.web.sees", "recovers.request.web"):
        assert "reachable.web.published" in checks[ident].causes
    assert checks["yours.web.runs"].causes == ()
    live = Live(where, load_stack(where), "native")
    seen = await checks["yours.web.sees"].run(live)
    assert seen == skipped("it needs token, which yours.web.joins has not given")
