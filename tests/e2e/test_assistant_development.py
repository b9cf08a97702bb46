"""System E's development form on the native engine: the story, two writers, reload on three sides, its own tests."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.assistant_stack import IMAGES, Assistant, Client, started, until  # noqa: F401 (for the fixtures of engines)
from tests.e2e.who import who

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1500)]

OFFLINE = "I am offline: no language model is connected"
PEOPLE, EACH = 20, 25
COUNT = """
import sqlite3
c = sqlite3.connect('file:data/assistant.db?mode=ro', uri=True)
rows = c.execute("SELECT s.source, count(*), count(DISTINCT m.id) FROM chat_messages m "
    "JOIN chat_sessions s ON s.id = m.session_id WHERE s.title LIKE 'row %' GROUP BY 1 ORDER BY 1").fetchall()
print(rows, c.execute('PRAGMA integrity_check').fetchone()[0])
"""


@pytest.fixture(scope="module", params=who("me"))
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """The development form, up and healthy, in a copy whose source may be changed."""
    with started(request.param, request, tmp_path_factory.mktemp("assistant"), "development") as running:
        yield running


@pytest.mark.shows("E1")
def test_everything_is_healthy_and_nobody_is_root(stack: Assistant) -> None:
    rows = stack.rows()
    assert {name: row["Health"] for name, row in rows.items() if name != "prepare"} == dict.fromkeys(
        ("api", "bot", "frontend", "telegram"), "healthy"
    )
    assert (rows["prepare"]["State"], rows["prepare"]["ExitCode"]) == ("exited", 0)
    assert [stack.inside(name, "id", "-u").out.strip() for name in ("bot", "api", "frontend")] == ["1000"] * 3
    log = stack.run("logs", "--no-color", "bot", "api").text
    assert log.count("applied 798d96052738, 0f7d5dc69d1f, optimize_001") == 1, "migrations run once"
    assert "nothing to do" in log


@pytest.mark.shows("E1")
def test_who_talks_to_the_bot_is_in_the_dashboard(stack: Assistant) -> None:
    stack.write(7, "What is the capital of France?")
    assert until(lambda: stack.answers(7))[0].startswith(OFFLINE)
    found = until(lambda: [d for d in stack.front.dialogues("capital") if d["messages"] == 2])[0]
    assert (found["name"], found["source"], found["last_role"]) == ("Person 7", "telegram", "assistant")
    assert stack.front.ok("GET", "/api/status")["bot"]["connected"] is True
    assert stack.front.ok("GET", "/api/statistics?days=7")["totals"]["offline"] >= 1
    assert "answered (offline)" in (stack.shore.folder / "logs/bot.log").read_text()


def test_the_chat_on_the_web_streams_through_the_pages_own_address(stack: Assistant) -> None:
    said = stack.front.say("And of Spain?")
    assert [name for name, _ in said] == ["begin", "piece", "end"]
    assert said[1][1]["text"].startswith(OFFLINE)
    messages = stack.front.ok("GET", f"/api/dialogues/{said[0][1]['dialogue']}")["messages"]
    assert [m["status"] for m in messages] == ["complete", "offline"]


@pytest.mark.shows("E2")
def test_bot_and_api_write_a_thousand_rows_each_at_once(stack: Assistant) -> None:
    """Five hundred questions here and there; each is a row, and so is its answer."""
    api = stack.address("api", 8000)

    def on_the_web() -> None:
        for n in range(EACH):
            Client(api).say(f"row {n}")

    threads = [threading.Thread(target=on_the_web) for _ in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for n in range(EACH):
        for person in range(100, 100 + PEOPLE):
            stack.write(person, f"row {n}")
    for thread in threads:
        thread.join()
    until(lambda: all(len(stack.answers(person)) == EACH for person in range(100, 100 + PEOPLE)), 240, 0.5)
    rows = PEOPLE * EACH * 2
    expected = f"[('telegram', {rows}, {rows}), ('web', {rows}, {rows})] ok"
    until(lambda: stack.inside("api", "python", "-c", COUNT).out.strip() == expected, 60, 0.5)


@pytest.mark.shows("E3")
def test_the_api_reloads(stack: Assistant) -> None:
    wrong = lambda: Client(stack.address("api", 8000)).ask("GET", "/api/dialogues/none")[2]  # noqa: E731
    assert b'"there is no such dialogue"' in wrong()
    stack.edit("assistant/api/dialogues.py", '"there is no such dialogue"', '"nobody said that"')
    until(lambda: b'"nobody said that"' in wrong(), 60, 0.05)


@pytest.mark.shows("E3")
def test_the_bot_reloads_and_prompts_need_not_even_that(stack: Assistant) -> None:
    stack.write(8, "/start")
    assert until(lambda: stack.answers(8))[0].startswith("Hello!")
    (stack.shore.folder / "prompts/start.md").write_text("Good evening!\n")
    stack.write(8, "/help")
    assert until(lambda: len(stack.answers(8)) == 2 and stack.answers(8)[1]) == "Good evening!"
    stack.edit("assistant/bot/handlers.py", 'prompts["start"]))', 'prompts["start"] + " Sir."))')

    def is_new() -> bool:
        stack.write(8, "/help")
        return until(lambda: stack.answers(8)[2:])[-1] == "Good evening! Sir."

    until(is_new, 120, 0.5)


@pytest.mark.shows("E3")
def test_the_front_end_reloads(stack: Assistant) -> None:
    page = lambda: Client(stack.address("frontend", 3000)).ask("GET", "/")[2]  # noqa: E731
    assert b"Questions a day" in page()
    stack.edit("frontend/src/components/overview.tsx", "Questions a day", "Questions per day")
    until(lambda: b"Questions per day" in page(), 60, 0.2)


def test_the_stacks_own_tests_run_in_it(stack: Assistant) -> None:
    done = stack.run("run", "--rm", "-T", "api", "pytest", "-q", "tests/test_migrations.py", "tests/test_statistics.py",
                     "tests/test_language_model.py", timeout=400)  # fmt: skip
    assert done.code == 0, done.text[-3000:]
    assert " passed" in done.out
    done = stack.run("run", "--rm", "-T", "--no-deps", "frontend", "pnpm", "test", timeout=400)
    assert done.code == 0, done.text[-3000:]
    assert "passed" in done.text


@pytest.mark.shows("E2")
def test_dialogues_survive_down_and_up(stack: Assistant) -> None:
    Client(stack.address("api", 8000)).say("A grey heron")
    assert stack.run("down").code == 0
    stack.up("api")  # the dashboard would compile its pages again, which takes the longest and shows nothing more
    assert [d["title"] for d in Client(stack.address("api", 8000)).dialogues("heron")] == ["A grey heron"]


# --- the document's own troubles --------------------------------------------------------------------------------------


@pytest.mark.shows("E4", "E6")
def test_two_files_with_one_revision_are_named_before_anything_starts(stack: Assistant) -> None:
    assert stack.run("down").code == 0
    versions = stack.shore.folder / "migrations/versions"
    doubled = versions / "798d96052738_create_messages_table.py"
    text = (versions / "optimize_001_chat_indexes.py").read_text()
    text = text.replace('revision = "optimize_001"', 'revision = "798d96052738"', 1)
    doubled.write_text(text.replace('down_revision = "0f7d5dc69d1f"', 'down_revision = "optimize_001"'))
    stack.edit("docker-compose.yml", "name: systech-aidd\n", 'version: "3.8"\nname: systech-aidd\n')
    refused = stack.run("up", "-d", "--ports", "auto")
    assert refused.code == 1
    assert "798d96052738_create_chat_tables.py" in refused.err
    assert "798d96052738_create_messages_table.py" in refused.err
    assert "circle" in refused.err
    assert "version is obsolete" in refused.err
    assert all(row["State"] != "running" for row in stack.rows().values())
    doubled.unlink()
    if stack.shore.prefix:
        return  # a container's own check is the same for everybody
    # Where nobody has looked before the start, the service itself says so.
    shadow = "import sys; sys.argv=['x']; from assistant import migrate as m; from pathlib import Path; " \
        "print(m.problems([m.Revision('a.py','x',()), m.Revision('b.py','x',())]))"  # fmt: skip
    said = stack.run("run", "--rm", "-T", "--no-deps", "api", "python", "-c", shadow).out
    assert "one revision id in several files: x in a.py, b.py" in said


@pytest.mark.shows("E5")
def test_who_holds_the_port_is_said_before_anything_starts(stack: Assistant) -> None:
    assert stack.run("down").code == 0
    program = "import socket,sys; s=socket.create_server(('127.0.0.1',3000)); print(flush=True); sys.stdin.read()"
    held = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert held.stdout is not None
        is_ours = held.stdout.readline() != ""  # else somebody on this machine has it already: taken it is
        refused = stack.run("up", "-d")
        assert refused.code == 1
        assert "port 3000 is taken" in refused.err
        if is_ours and not stack.shore.prefix:  # whose a process of root is, an ordinary user may not see
            assert f"pid {held.pid}" in refused.err
        assert all(row["State"] != "running" for row in stack.rows().values())
    finally:
        held.communicate("")


def test_the_stacks_files_are_not_what_ran(stack: Assistant) -> None:
    """The last one of this file: what the services wrote belongs to whom it should."""
    database = Path(stack.shore.folder / "data/assistant.db")
    expected = stack.shore.folder.stat().st_uid if stack.shore.prefix else 1000
    assert database.stat().st_uid == expected
