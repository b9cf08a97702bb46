"""Each kind of event, and the row that people see after it."""

from __future__ import annotations

from typing import Any

import pytest

from longshore.report.line import paint
from longshore.report.progress import Progress, Row
from longshore.report.rows import notes_of, progress_lines, row_note
from longshore.report.terminal import Screen
from longshore.state.events import (
    BuildFinished,
    BuildOutput,
    BuildStep,
    ContainerDied,
    ContainerHealth,
    ContainerRestarting,
    ContainerStarted,
    ContainerStarting,
    ContainerStopped,
    Event,
    ImageFetching,
    ImageReady,
    Note,
    OperationFailed,
    OperationFinished,
    OperationSkipped,
    OperationStarted,
    OperationWaiting,
)
from longshore.state.observed import Container, Published

NAMES = ("db", "web")


def progress(*events: Event, **fields: Any) -> Progress:
    made = Progress({f"demo-{name}-1": name for name in NAMES}, NAMES, frozenset({"db"}), **fields)
    for event in events:
        made.take(event)
    return made


def told(kind: type[Event], name: str = "db", time: float = 10.0, **facts: Any) -> Event:
    return kind(name, f"demo-{name}-1", time, **facts)


def operation(kind: type[Event], what: str, name: str = "db", time: float = 5.0, **facts: Any) -> Event:
    return kind(name, "", time, id=1, operation=what, target=f"{name}-1", **facts)


def row(*events: Event, name: str = "db", **fields: Any) -> Row:
    return progress(*events, **fields).rows[name]


@pytest.mark.parametrize(
    ("what", "during", "after"),
    [
        ("build", "building", "built"), ("pull", "fetching", "fetched"), ("create", "creating", "created"),
        ("start", "starting", "starting"), ("restart", "restarting", "restarting"), ("stop", "stopping", "stopped"),
        ("kill", "stopping", "stopped"), ("remove", "stopping", "removed"), ("pause", "", "paused"),
        ("unpause", "starting", "running"), ("replace", "", ""),
    ],
)  # fmt: skip
def test_operations(what: str, during: str, after: str) -> None:
    began = operation(OperationStarted, what)
    assert row(began).state == during
    ended = row(began, operation(OperationFinished, what, time=7.0))
    assert ended.state == after
    timed = after not in ("starting", "restarting", "paused", "")
    assert (ended.began, ended.ended) == ((5.0, 7.0) if timed else (5.0 if during else 0.0, 0.0))
    assert ended.active is (after in ("starting", "restarting"))


def test_a_wait_says_for_whom_and_how_long() -> None:
    waiting = operation(OperationWaiting, "start", "web", 3.0, needs="db", everyone=("db", "cache"))
    again = operation(OperationWaiting, "start", "web", 4.0, needs="cache", everyone=("db", "cache"))
    one = row(waiting, again, name="web")
    assert (one.state, one.waiting_for, one.waiting_since) == ("waiting", ["db", "cache"], 3.0)
    assert row_note(one) == "for db, cache"
    ready = told(ContainerHealth, "db", 6.0, status="healthy")
    after = row(waiting, ready, operation(OperationStarted, "start", "web", 6.5), name="web")
    assert (after.state, after.waited, after.waited_for, after.waiting_for) == ("starting", 3.5, "db", [])
    assert row(operation(OperationWaiting, "wait", "web", needs="db"), name="web").state == ""


def test_skipped_and_failed() -> None:
    failed = row(operation(OperationStarted, "start"), operation(OperationFailed, "start", time=8.0, error="no disk"))
    assert (failed.state, failed.error, failed.ended, row_note(failed)) == ("failed", "no disk", 8.0, "no disk")
    skipped = row(operation(OperationWaiting, "start", needs="x"), operation(OperationSkipped, "start", because="x"))
    assert (skipped.state, skipped.waiting_for, row_note(skipped)) == ("skipped", [], "needs x")
    assert row_note(Row("a", "a", "skipped")) == ""
    both = row(operation(OperationFailed, "start", error="bad"), operation(OperationSkipped, "start", because="y"))
    assert both.state == "failed"


def test_a_new_start_forgets_what_was_wrong() -> None:
    before = (told(ContainerStarted, health="starting"), told(ContainerDied, exit_code=3))
    assert row(*before).exit_code == 3
    one = row(operation(OperationStarted, "start"), *before, operation(OperationStarted, "restart", time=20.0))
    assert (one.state, one.error, one.exit_code, one.started) == ("restarting", "", 0, 20.0)


def test_images() -> None:
    fetching = told(ImageFetching, what="db:1", done=1 << 20, total=4 << 20)
    one = row(fetching)
    assert (one.state, one.began, row_note(one)) == ("fetching", 10.0, "db:1 1.0 MB of 4.0 MB, 25 %")
    assert row_note(row(told(ImageFetching, what="db:1", done=2048, total=0))) == "db:1 2.0 kB"
    assert row_note(row(told(ImageFetching, what="db:1", done=0, total=0))) == "db:1"
    ready = row(fetching, told(ImageReady, runs="postgres 16"))
    assert (ready.runs, ready.step, ready.done, ready.total) == ("postgres 16", "", 0, 0)
    assert row(told(ImageReady, runs="a"), told(ImageReady)).runs == "a"
    inside = row(operation(OperationStarted, "build"), told(ImageFetching, what="base"))
    assert (inside.state, inside.began) == ("building", 5.0)


def test_builds() -> None:
    step = told(BuildStep, number=2, total=7, instruction="RUN make")
    seen = progress(told(BuildOutput, line="old"), step, told(BuildOutput, line="made"))
    assert (seen.rows["db"].state, seen.rows["db"].step) == ("building", "2/7 RUN make")
    assert seen.output == {"db": ["made"]}
    for facts, said in (
        ({"cached": True, "seconds": 1.0}, "cached"),
        ({"seconds": 2.14}, "2.1 s"),
        ({"seconds": 2.0, "changed": "app.py changed"}, "app.py changed (2.0 s)"),
    ):
        assert progress(step, told(BuildFinished, **facts)).builds == {"db": said}
    assert row(step, told(BuildFinished, seconds=1.0)).step == ""
    assert [paint(line, False) for line in notes_of(progress(told(BuildFinished, cached=True), told(Note, text="n"),
                                                              told(Note, text="n")))] == [
        "  built db: cached", "  note: n",
    ]  # fmt: skip
    assert notes_of(progress()) == []


def test_the_image_that_was_made_last_is_remembered() -> None:
    seen = progress(operation(OperationFinished, "build", time=9.0), operation(OperationFinished, "pull", "web", 8.0))
    assert seen.last_image == ("build db", 9.0)
    assert progress(operation(OperationFinished, "pull", "web", 9.0)).last_image == ("pull web", 9.0)


def test_resources_are_told_in_words() -> None:
    made = [
        OperationFinished("", "", 1.0, id=1, operation=what, target="demo_x")
        for what in ("create network", "create volume", "remove network")
    ]
    assert progress(*made).resources == [
        "network demo_x: created", "volume demo_x: created", "network demo_x: removed",
    ]  # fmt: skip


def test_lives_of_containers() -> None:
    assert row(told(ContainerStarting)).state == "starting"
    assert row(told(ContainerStarted)).state == "starting", "it has a health check"
    plain = row(told(ContainerStarted, "web"), name="web")
    assert (plain.state, plain.ended) == ("running", 0.0)
    assert row(told(ContainerStarted, "web", health="starting"), name="web").state == "starting"
    assert row(told(ContainerStarted, health="healthy")).state == "healthy"
    assert row(told(ContainerStarted, health="unhealthy")).state == "unhealthy"
    begun = operation(OperationStarted, "start", time=5.0)
    assert row(begun, told(ContainerStarted, health="healthy", time=4.0)).state == "starting", "of an earlier life"
    assert row(begun, told(ContainerStarted, health="healthy", time=5.0)).state == "healthy"
    for over in ("stop", "remove"):
        late = row(operation(OperationStarted, over), operation(OperationFinished, over), told(ContainerStarted))
        assert late.state in ("stopped", "removed")


def test_ends_of_containers() -> None:
    begun = operation(OperationStarted, "start")
    done = row(begun, told(ContainerDied, exit_code=0, time=9.0))
    assert (done.state, done.ended, done.error) == ("completed", 9.0, "")
    failed = row(begun, told(ContainerDied, exit_code=2, time=9.0))
    assert (failed.state, failed.error, failed.exit_code) == ("failed", "exited with code 2", 2)
    past = row(begun, told(ContainerDied, exit_code=2, past=True))
    assert (past.state, past.exit_code) == ("starting", 0)
    assert row(told(ContainerDied, exit_code=2)).state == ""
    assert row(begun, told(ContainerStopped, exit_code=143)).state == "starting"
    assert row(told(ContainerStopped, exit_code=143)).state == "stopped"
    again = row(begun, told(ContainerRestarting, cause="exited with code 1", time=11.0))
    assert (again.state, again.began, row_note(again)) == ("restarting", 11.0, "exited with code 1")


def test_health() -> None:
    begun = operation(OperationStarted, "start", time=10.0)
    asking = {"status": "starting", "output": "refused", "exit_code": 1}
    assert row(begun, told(ContainerHealth, time=12.9, **asking)).heard == ""
    late = row(begun, told(ContainerHealth, time=13.0, **asking))
    assert late.heard
    assert row_note(late).startswith("health check: ")
    missing = {"status": "starting", "output": "sh: curl: not found", "exit_code": 127}
    assert row(begun, told(ContainerHealth, time=10.1, **missing)).heard
    probing = row(begun, told(ContainerHealth, time=10.1, status="starting", probe="tcp :80"))
    assert row_note(probing) == "probing tcp :80"
    assert row(begun, told(ContainerHealth, time=13.0, **asking), told(ContainerHealth, status="healthy")).heard == ""
    assert row(begun, told(ContainerHealth, status="unhealthy", time=14.0)).state == "unhealthy"
    stopping = row(operation(OperationStarted, "stop"), told(ContainerHealth, status="healthy"))
    assert stopping.state == "stopping"


def test_what_is_not_known_is_left_out() -> None:
    seen = progress(ContainerStarted("old", "demo-old-1", 1.0))
    assert list(seen.rows) == ["db", "web"]
    assert progress().take(ContainerStarted("old", "demo-old-1", 1.0)) is None
    assert list(progress(operation(OperationStarted, "pull", "cache")).rows) == ["db", "web", "cache"]


def test_who_is_waited_for() -> None:
    needs = {"web": ("db",)}
    one = progress(needs=needs)
    assert one.unmet(one.rows["web"]) == ["db"]
    assert progress(needs=needs, ready=frozenset({"db"})).unmet(one.rows["web"]) == []
    healthy = progress(told(ContainerStarted, health="healthy"), needs=needs)
    assert healthy.unmet(healthy.rows["web"]) == []
    assert healthy.finished("db")
    assert not healthy.finished("web")
    assert not healthy.finished("none")
    assert not progress(told(ContainerStarted, "web"), needs=needs).finished("web"), "it only runs"
    assert progress(operation(OperationStarted, "start")).active
    assert not healthy.active


def test_what_is_really_there_in_the_end() -> None:
    there = Container("1", "demo-db-1", "db", state="running", health="healthy", runs="postgres",
                      ports=(Published("", 81, 80),))  # fmt: skip
    one = progress(operation(OperationStarted, "start"))
    one.settle([there, Container("2", "demo-old-1", "old", state="running")], 9.0)
    assert (one.rows["db"].state, one.rows["db"].ended, one.rows["db"].runs) == ("healthy", 9.0, "postgres")
    assert row_note(one.rows["db"]) == "0.0.0.0:81"
    for state, health, became in (
        ("running", "", "running"), ("running", "starting", "starting"), ("exited", "", "starting"),
        ("running", "unhealthy", "starting"),
    ):  # fmt: skip
        one = progress(operation(OperationStarted, "start"))
        one.settle([Container("1", "demo-db-1", "db", state=state, health=health)], 9.0)  # type: ignore[arg-type]
        assert one.rows["db"].state == became
    failed = progress(operation(OperationFailed, "start", error="x"))
    failed.settle([there], 9.0)
    assert failed.rows["db"].state == "failed"


def drawn(one: Progress, now: float = 20.0, width: int = 100, **more: Any) -> list[str]:
    return [paint(line, False) for line in progress_lines(one, Screen(width=width), now, **more)]


def test_rows_are_aligned_and_say_how_long() -> None:
    one = progress(operation(OperationStarted, "start"), told(ImageReady, "web", runs="nginx"), needs={"web": ("db",)})
    assert drawn(one) == [
        "  ⠋ db            starting  15.0s", "  · web   nginx   waiting           for db",
    ]  # fmt: skip
    assert drawn(one, active=True) == ["  ⠋ db   starting  15.0s"]
    assert drawn(one, final=True) == ["  ⠋ db   starting  15.0s"]
    assert drawn(one, now=1.0, final=True) == ["  ⠋ db   starting  0.00s"]
    assert drawn(progress(), final=True) == []
    assert drawn(one, spin=11)[0].startswith("  ⠙ db")
    for width, shown in ((71, False), (72, True), (0, True)):
        assert ("nginx" in drawn(one, width=width)[1]) is shown


def test_a_wait_that_is_nearly_over_names_who_is_left() -> None:
    waiting = operation(OperationWaiting, "start", "web", needs="db", everyone=("db", "cache"))
    assert drawn(progress(waiting, told(ContainerHealth, status="healthy")))[1].endswith("for cache")
    both = progress(operation(OperationWaiting, "start", "web", needs="db"), told(ContainerHealth, status="healthy"))
    assert drawn(both)[1].endswith("for db"), "it was the last: until it starts"


def test_how_long_something_waited_stays_beside_its_address() -> None:
    one = Row("a", "a", "running", waited=0.005, waited_for="db", ports=["1.2.3.4:5", "6.7.8.9:10"])
    assert row_note(one) == "waited 0.01s for db   1.2.3.4:5, 6.7.8.9:10"
    one.waited = 0.004
    assert row_note(one) == "1.2.3.4:5, 6.7.8.9:10"
    one.state = "stopped"
    assert row_note(one) == ""
