"""Times, sizes, addresses, templates, tables and last lines as they are written."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from longshore.dockerfile.lint.finding import Finding
from longshore.model.record import replace
from longshore.plan.operation import Operation, Plan
from longshore.report.buildcheck import check_text
from longshore.report.closing import addresses, closing, header, ready_line, where
from longshore.report.containers import container_facts, ps_table, status_text
from longshore.report.dryrun import plan_text
from longshore.report.gotemplate import filled, is_template
from longshore.report.line import Span, columns, cut, pad, paint, width
from longshore.report.live import Foot
from longshore.report.progress import Progress, Row
from longshore.report.reporter import HEARING, PlainReporter
from longshore.report.terminal import Screen, look, size_of
from longshore.report.timeline import Lap, critical_path
from longshore.report.times import address, age, prose, size, ticks
from longshore.state.events import (
    BuildOutput,
    BuildStep,
    ContainerHealth,
    ContainerStarted,
    ImageFetching,
    OperationFinished,
    OperationStarted,
)
from longshore.state.observed import Container, Published


@pytest.mark.parametrize(
    ("seconds", "column", "sentence", "old"),
    [
        (0.0, "0.00s", "0.00 s", "0s"), (9.99, "9.99s", "9.99 s", "9s"), (10.0, "10.0s", "10.0 s", "10s"),
        (99.9, "99.9s", "99.9 s", "99s"), (100.0, "1m40s", "1 min 40 s", "100s"), (125.0, "2m05s", "2 min 5 s", "2m"),
        (120.0, "2m00s", "2 min 0 s", "2m"), (119.0, "1m59s", "1 min 59 s", "119s"),
        (7199.0, "119m59s", "119 min 59 s", "119m"), (7200.0, "120m00s", "120 min 0 s", "2h"),
        (172799.0, "2879m59s", "2879 min 59 s", "47h"), (172800.0, "2880m00s", "2880 min 0 s", "2d"),
    ],
)  # fmt: skip
def test_durations(seconds: float, column: str, sentence: str, old: str) -> None:
    assert (ticks(seconds), prose(seconds), age(seconds)) == (column, sentence, old)
    assert age(-1) == "0s"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 kB"), (1 << 20, "1.0 MB"), ((1 << 20) - 1, "1024.0 kB"),
     (3 << 29, "1.5 GB"), ((1 << 30) - 1, "1024.0 MB")],
)  # fmt: skip
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text


def test_addresses_of_ports() -> None:
    assert address(Published("127.0.0.1", 81, 80)) == "127.0.0.1:81→80"
    assert address(Published("::1", 81, 80, "udp"), "->") == "[::1]:81->80/udp"
    assert address(Published("", 81, 80)) == "0.0.0.0:81→80"
    assert where(Published("0.0.0.0", 81, 80)) == "http://127.0.0.1:81"
    assert where(Published("fe80::1", 81, 80)) == "http://[fe80::1]:81"
    assert where(Published("10.0.0.1", 81, 53)) == "10.0.0.1:81"
    assert where(Published("10.0.0.1", 81, 80, "udp")) == "10.0.0.1:81"
    for port in (22, 25, 53, 389, 587, 1025, 1433, 1521, 1883, 3306, 4222, 5432, 5672, 6379, 9042, 9092, 11211, 27017):
        assert not where(Published("", port, port)).startswith("http"), port


def shown(lines: Any) -> list[str]:
    return [paint(line, False) for line in lines]


def test_the_last_lines() -> None:
    db = Container("1", "demo-db-1", "db", ports=(Published("", 5432, 5432), Published("", 0, 99)))
    web = Container("2", "demo-web-1", "web", ports=(Published("", 81, 80), Published("", 81, 80)))
    assert addresses([db, web]) == [("web", "http://127.0.0.1:81"), ("db", "127.0.0.1:5432")]
    assert shown(closing([db, web], "stop: x")) == [
        "  web   http://127.0.0.1:81      stop: x", "  db    127.0.0.1:5432",
    ]  # fmt: skip
    assert shown(closing([], "stop: x")) == ["  stop: x"]
    assert closing([], "") == []
    assert shown([header("native", "demo", 1, "asked for"), header("docker", "demo", 2, "")]) == [
        "native · demo · 1 service   (asked for)", "docker · demo · 2 services",
    ]  # fmt: skip


def ended(*rows: Row, **fields: Any) -> Progress:
    return Progress({}, rows={row.label: row for row in rows}, **fields)


def lap(name: str, began: float, ready: float, state: Any = "healthy") -> Row:
    return Row(name, name, state, began=began, started=began, ended=ready)


def test_the_line_when_all_is_ready() -> None:
    needs = {"web": ("db",)}
    both = ended(lap("db", 1.0, 3.0), lap("web", 3.0, 4.0))
    assert shown([ready_line(both, needs, 0.5, 4.5)]) == ["ready in 4.00 s · critical path db 2.50 → web 1.00"]
    assert shown([ready_line(ended(lap("db", 1.0, 3.0)), needs, 1.0, 3.0)]) == ["ready in 2.00 s"]
    late = ended(lap("db", 1.0, 3.0), lap("web", 3.0, 0.0, "starting"))
    assert shown([ready_line(late, needs, 1.0, 5.0)]) == ["started in 4.00 s · still starting: web"]
    assert shown([ready_line(ended(Row("a", "a", "created")), {}, 1.0, 5.0)]) == ["made in 4.00 s"]
    built = ended(lap("db", 2.0, 3.0), last_image=("build db", 2.0))
    assert shown([ready_line(built, {}, 1.0, 3.0)]) == ["ready in 2.00 s · critical path build db 1.00 → db 1.00"]
    quick = ended(lap("db", 2.0, 3.0), last_image=("build db", 1.09))
    assert shown([ready_line(quick, {}, 1.0, 3.0)]) == ["ready in 2.00 s"]


def test_replicas_are_ready_with_the_last() -> None:
    one, two = lap("web-1", 1.0, 2.0), lap("web-2", 1.5, 3.0)
    one.service = two.service = "web"
    line = shown([ready_line(ended(one, two, lap("x", 3.0, 4.0)), {"x": ("web",)}, 0.0, 4.0)])
    assert line == ["ready in 4.00 s · critical path web 3.00 → x 1.00"]


def test_the_chain_that_made_it_long() -> None:
    laps = {"a": Lap("a", 0.0, 2.0), "b": Lap("b", 0.0, 1.0), "c": Lap("c", 2.0, 3.0)}
    assert critical_path(laps, {"c": ("a", "b")}, 0.0) == [("a", 2.0), ("c", 1.0)]
    assert critical_path(laps, {"c": ("b", "none")}, 0.5) == [("b", 0.5), ("c", 2.0)]
    assert critical_path({}, {}, 0.0) == []
    later = {"a": Lap("a", 0.0, 2.5), "c": Lap("c", 2.0, 3.0)}
    assert critical_path(later, {"c": ("a",)}, 0.0) == [("c", 3.0)], "it was not waited for"
    near = {"a": Lap("a", 0.0, 2.001), "c": Lap("c", 2.0, 3.0)}
    assert [name for name, _ in critical_path(near, {"c": ("a",)}, 0.0)] == ["a", "c"]


def test_templates() -> None:
    rows = [{"Name": "db", "Ports": ["a", 1], "N": 3}, {"Name": "web-long", "Ports": {}, "N": 4}]
    assert is_template("{{.Name}}")
    assert not is_template("table")
    assert filled("{{.Name}}\\t{{ .N }}\\n", rows) == ["db\t3\n", "web-long\t4\n"]
    assert filled("table {{.Name}}\\t{{upper .Name}}\\t{{.N}}", rows) == [
        "NAME       NAME       N", "db         DB         3", "web-long   WEB-LONG   4",
    ]  # fmt: skip
    assert filled("{{.Ports}} {{json .Name}}", rows) == ['["a",1] "db"', '{} "web-long"']
    assert json.loads(filled("{{json .}}", rows)[0]) == rows[0]
    assert filled("table {{.CreatedAt}}\\tx", [])[0] == "CREATED AT   x"
    assert filled('{{.Label "a"}}|{{ .Label "none" }}', [{"Labels": "b=2,a=x=y"}]) == ["x=y|"]
    for wrong, said in (
        ("{{.None}}", "{{.None}}"),
        ('{{.Name "a"}}', '{{.Name "a"}}'),
        ("{{range .Name}}", "{{range .Name}}"),
        ("a {{x", "{{x"),
    ):
        with pytest.raises(ValueError, match=r"\{\{") as caught:
            filled(wrong, rows)
        assert str(caught.value) == said


def test_lines_are_cut_to_the_terminal() -> None:
    line = (Span("abc"), Span("déf"), Span("日本"))
    assert width("日本") == 4
    assert width("e\u0301") == 1
    assert [paint(cut(line, limit), False) for limit in (0, 10, 9, 7, 4, 3)] == [
        "abcdéf日本", "abcdéf日本", "abcdéf日…", "abcdéf…", "abc…", "ab…",
    ]  # fmt: skip
    assert pad("日", 4) == "日  "
    assert pad("long", 2) == "long"
    assert paint((Span("a", "healthy"), Span("", "failed"), Span("b", "35"), Span("c", "hint")), True) == (
        "\x1b[32ma\x1b[0m\x1b[35mb\x1b[0mc"
    )
    assert shown(columns([(Span("a"), Span("b")), (Span("日本"), Span("c "))], gap=2)) == ["a     b", "日本  c"]


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environ", "ansi", "live", "colour"),
    [
        ({}, "auto", True, True), ({"NO_COLOR": "1"}, "auto", True, False), ({"TERM": "dumb"}, "auto", False, False),
        ({}, "never", False, False), ({"NO_COLOR": "1"}, "always", True, True),
        ({"COMPOSE_ANSI": "never"}, "auto", False, False), ({"COMPOSE_ANSI": "never"}, "always", True, True),
    ],
)  # fmt: skip
def test_what_a_terminal_can_show(environ: dict[str, str], ansi: str, live: bool, colour: bool) -> None:
    columns = 0 if "TERM" in environ else 61
    assert look(Terminal(), ansi, {**environ, "COLUMNS": "61"}) == Screen(live, colour, True, columns)
    assert look(io.StringIO(), ansi, environ).live is False
    assert look(io.StringIO(), "always", {}).colour is True
    plain = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    assert look(plain, "auto", {}).unicode is False


def test_the_size_of_a_terminal() -> None:
    assert size_of(io.StringIO(), {}) == (80, 24)
    assert size_of(io.StringIO(), {"COLUMNS": "9", "LINES": "x"}, (1, 2)) == (9, 2)
    assert size_of(io.StringIO(), {"COLUMNS": "0", "LINES": "7"}, (1, 2)) == (1, 7)


def test_a_foot_is_drawn_over_itself() -> None:
    out = io.StringIO()
    foot = Foot(out, colour=False)
    foot.draw([(Span("one"),), (Span("two"),)])
    first = out.getvalue()
    foot.draw([(Span("one"),), (Span("two"),)])
    assert out.getvalue() == first == "\x1b[?2026hone\x1b[K\ntwo\x1b[K\n\x1b[?2026l"
    foot.above("said\n")
    assert out.getvalue().endswith("\x1b[2A\r\x1b[Jsaid\none\x1b[K\ntwo\x1b[K\n\x1b[?2026l")
    foot.leave()
    foot.draw([(Span("new"),)])
    assert out.getvalue().endswith("\x1b[?2026hnew\x1b[K\n\x1b[?2026l")


def said(*events: Any, checked: bool = False) -> list[str]:
    out = io.StringIO()
    known = frozenset({"db"} if checked else ())
    reporter = PlainReporter(Progress({"demo-db-1": "db"}, ("db",), known), Screen(), out)
    for event in events:
        reporter.take(event)
    reporter.close()
    reporter.close()
    return out.getvalue().splitlines()


def operation(kind: Any, what: str, time: float) -> Any:
    return kind("db", "", time, id=1, operation=what, target="db-1")


def test_lines_where_nothing_can_be_drawn_again() -> None:
    began = operation(OperationStarted, "start", 10.0)
    ready = ContainerHealth("db", "demo-db-1", 12.0, status="healthy")
    started = ContainerStarted("db", "demo-db-1", 10.5, runs="postgres 16", ports=(Published("", 81, 80),))
    assert said(began, started, ready, ready, checked=True) == ["db: starting", "db: healthy after 2.00 s  0.0.0.0:81"]
    assert said(began, started) == ["db: starting", "db: running  postgres 16  0.0.0.0:81"]
    assert said(started, ready) == [], "it ran before this command"
    build = [
        operation(OperationStarted, "build", 1.0),
        BuildStep("db", "", 1.0, number=1, total=2, instruction="FROM x", cached=True),
        BuildStep("db", "", 1.0, number=2, total=2, instruction="RUN y"), BuildOutput("db", "", 1.0, line="made"),
        operation(OperationFinished, "build", 3.0),
    ]  # fmt: skip
    assert said(*build) == [
        "db: step 1/2 FROM x (cached)", "db: step 2/2 RUN y", "db | made", "db: built after 2.00 s",
    ]  # fmt: skip
    assert said(ImageFetching("db", "", 1.0, what="x:1"))[0] == "db: fetching  x:1"


def test_a_failing_check_is_told_from_time_to_time() -> None:
    def asked(time: float, output: str) -> ContainerHealth:
        return ContainerHealth("db", "demo-db-1", time, status="starting", output=output, exit_code=1)

    began = operation(OperationStarted, "start", 10.0)
    lines = said(began, asked(14.0, "a"), asked(15.0, "b"), asked(14.0 + HEARING, "c"), asked(40.0, "c"), checked=True)
    assert [line[-1] for line in lines if line.startswith("db: health check: ")] == ["a", "c"]


def test_containers_in_a_table() -> None:
    web = Container("1", "demo-web-1", "web", 1, state="running", health="starting", image="web:1", started=90.0)
    two = replace(
        web, name="demo-web-2", number=2, state="exited", exit_code=3, health="", ports=(Published("", 1, 2),)
    )
    once = replace(web, name="demo-web-run-1", oneoff=True, state="paused", image="", health="", started=0.0)
    alone = Container("2", "demo-db-1", "db", state="created")
    assert shown(ps_table([web, two, once, alone], 100.0)) == [
        "SERVICE          STATE        HEALTH     RUNS    UP    PORTS",
        "web-1            running      starting   web:1   10s   –",
        "web-2            exited (3)   –          web:1   –     –",
        "demo-web-run-1   paused       –          –       –     –",
        "db               created      –          –       –     –",
    ]
    assert "–" not in "".join(shown(ps_table([alone], 1.0, unicode=False)))
    open_ = replace(web, ports=(Published("", 81, 80), Published("", 0, 9), Published("::", 81, 80)))
    assert shown(ps_table([open_], 100.0))[1].endswith("10s   0.0.0.0:81→80, [::]:81→80"), "of what is published"
    colours = [paint(line, True) for line in ps_table([two, replace(two, exit_code=0)], 1.0)]
    assert "\x1b[31mexited (3)" in colours[1]
    assert "\x1b[34mexited (0)" in colours[2]


def test_facts_are_those_of_docker_compose() -> None:
    one = Container("0123456789abcdef", "demo-db-1", "db", state="exited", exit_code=3, created=0.0, finished=40.0,
                    ports=(Published("", 81, 80),), labels={"a": "1", "b": "2"}, volumes=("x", "y"),
                    networks={"n": "", "m": ""}, command="a" * 21)  # fmt: skip
    facts = container_facts(one, "demo", 100.0)
    for name, value in (
        ("ID", "0123456789ab"), ("Command", f'"{"a" * 19}…"'), ("CreatedAt", ""), ("ExitCode", 3), ("Ports", ""),
        ("Publishers", []), ("RunningFor", ""), ("Labels", "a=1,b=2"), ("LocalVolumes", "2"), ("Mounts", "x,y"),
        ("Networks", "n,m"),
    ):  # fmt: skip
        assert facts[name] == value
    live = container_facts(replace(one, state="running", created=86400.0, command="a" * 20), "demo", 86460.0, full=True)
    assert (live["ExitCode"], live["ID"], live["Command"]) == (0, one.id, f'"{"a" * 20}"')
    assert (live["CreatedAt"], live["RunningFor"]) == ("1970-01-02 00:00:00 +0000 UTC", "About a minute ago")
    assert live["Ports"] == "0.0.0.0:81->80/tcp, [::]:81->80/tcp"
    assert container_facts(replace(one, state="dead"), "demo", 0.0)["ExitCode"] == 3
    six = replace(one, state="running", ports=(Published("::", 81, 80, "udp"), Published("", 0, 9)))
    assert container_facts(six, "demo", 0.0)["Ports"] == "9/tcp, [::]:81->80/udp"
    assert status_text(replace(one, state="paused", started=97.0), 100.0) == "Up 3 seconds (Paused)"
    assert status_text(replace(one, state="dead"), 100.0) == "Dead"


def test_two_plans_as_one() -> None:
    first = Plan((Operation(1, "pull", "web:1", service="web", cause="no image"),))
    create = Operation(1, "create", "web-1", service="web", cause="no container")
    second = Plan((create, Operation(2, "start", "web-1", service="web", cause="", after=(1,))))
    lines = plan_text(first, second).splitlines()
    assert [line.split()[0:2] for line in lines] == [["1", "pull"], ["2", "create"], ["3", "start"]]
    assert lines[2].endswith("after 2")
    assert plan_text(Plan(), second).splitlines()[0].startswith("1  create")
    assert plan_text(Plan(), Plan()) == "nothing to do"


@pytest.mark.parametrize(
    ("line", "end", "shows"),
    [(1, 1, [1, 2, 3]), (4, 4, [2, 3, 4, 5, 6]), (8, 8, [6, 7, 8]), (3, 4, [2, 3, 4, 5])],
)
def test_a_finding_with_its_place(line: int, end: int, shows: list[int]) -> None:
    text = "\n".join(f"line {number}" for number in range(1, 9))
    finding = Finding("Rule", "what", line, end)
    said = check_text("Dockerfile", text, [finding])
    assert said.startswith("Check complete, 1 warning has been found!\n\nWARNING: ")
    rows = [row for row in said.splitlines() if " | " in row]
    assert [int(row.split("|")[0]) for row in rows] == shows
    assert [int(row.split("|")[0]) for row in rows if ">>>" in row] == list(range(line, end + 1))
    assert check_text("Dockerfile", text, [finding, finding]).startswith("Check complete, 2 warnings have")
    assert check_text("Dockerfile", text, []) == "Check complete, no warnings found.\n"


async def test_nothing_is_silent_for_long_while_an_image_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio
    import time

    from longshore.report import reporter as module

    monkeypatch.setattr(module, "SILENT", 0.06)
    out = io.StringIO()
    reporter = PlainReporter(Progress({"demo-db-1": "db"}, ("db", "web")), Screen(), out)
    reporter.take(OperationStarted("db", "", time.time(), id=1, operation="build", target="db:1"))
    reporter.take(ImageFetching("db", "", time.time(), what="debian bookworm", done=1 << 20, total=4 << 20))
    await asyncio.sleep(0.3)
    lines = out.getvalue().splitlines()
    assert 2 <= len(lines) <= 5, lines
    assert lines[0].startswith("db: building  debian bookworm 1.0 MB of 4.0 MB, 25 %, 0.")
    assert lines[0].endswith(" s so far")
    reporter.take(OperationFinished("db", "", time.time(), id=1, operation="build", target="db:1"))
    await asyncio.sleep(0.2)
    assert out.getvalue().splitlines()[len(lines) :] == [out.getvalue().splitlines()[-1]]
    assert "built after" in out.getvalue().splitlines()[-1]
    reporter.take(OperationStarted("web", "", time.time(), id=2, operation="pull", target="web:1"))
    reporter.close()
    said = out.getvalue()
    await asyncio.sleep(0.2)
    assert out.getvalue() == said


async def test_what_speaks_needs_no_reminder(monkeypatch: pytest.MonkeyPatch) -> None:
    import asyncio
    import time

    from longshore.report import reporter as module

    monkeypatch.setattr(module, "SILENT", 0.5)
    out = io.StringIO()
    reporter = PlainReporter(Progress({}, ("db",)), Screen(), out)
    reporter.take(OperationStarted("db", "", time.time(), id=1, operation="build", target="db:1"))
    for number in range(20):
        reporter.take(BuildOutput("db", "", time.time(), line=f"line {number}"))
        await asyncio.sleep(0.04)
    reporter.close()
    assert "so far" not in out.getvalue()
