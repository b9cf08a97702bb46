"""What is said is kept, once, also when two processes write at the same time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.db import Database
from assistant.history import Answer, History, Person, Turn, title_of
from tests.servers import HOME

ADA = Person(7, "Ada Lovelace", "ada")
Rows = Callable[[str], list[Any]]

WRITER = """
import sys
from pathlib import Path
from assistant.db import Database
from assistant.history import History, Person
history = History(Database(Path(sys.argv[1])))
for n in range(1000):
    if sys.argv[2] == "bot":
        assert history.ask_by_telegram(n % 20, Person(n % 20, "Person"), f"message {n}", n) is not None
    else:
        assert history.ask_by_web(None, f"message {n}") is not None
"""


def test_two_processes_write_a_thousand_rows_each(path: Path, rows: Rows) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, who], cwd=HOME) for who in ("bot", "api")]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    assert rows("SELECT count(*), count(DISTINCT id) FROM chat_messages") == [(2000, 2000)]
    assert rows("SELECT source, count(*) FROM chat_sessions GROUP BY 1 ORDER BY 1") == [("telegram", 20), ("web", 1000)]
    assert rows("PRAGMA integrity_check") == [("ok",)]
    assert rows("PRAGMA journal_mode") == [("wal",)]


def test_a_message_that_is_delivered_again_is_kept_once(history: History, rows: Rows) -> None:
    assert history.ask_by_telegram(7, ADA, "Hello", 1) is not None
    assert history.ask_by_telegram(7, ADA, "Hello", 1) is None
    history.close_chat(7)
    assert history.ask_by_telegram(7, ADA, "Hello", 1) is None
    assert history.ask_by_telegram(8, Person(8, "Bob"), "Hello", 1) is not None
    assert rows("SELECT count(*) FROM chat_messages") == [(2,)]


def test_a_dialogue_goes_on_until_a_new_one_is_begun(history: History) -> None:
    first = history.ask_by_telegram(7, ADA, "One", 1)
    second = history.ask_by_telegram(7, ADA, "Two", 2)
    assert first
    assert second
    assert first.key == second.key
    assert history.close_chat(7)
    assert not history.close_chat(7)
    third = history.ask_by_telegram(7, ADA, "Three", 3)
    assert third
    assert third.key != first.key
    assert history.context(third, 20) == [Turn("user", "Three")]


def test_people_have_todays_name(history: History, rows: Rows) -> None:
    history.ask_by_telegram(7, ADA, "One", 1)
    history.ask_by_telegram(7, Person(7, "Ada King", None), "Two", 2)
    assert rows("SELECT telegram_id, name, username FROM users") == [(7, "Ada King", None)]
    assert [d["name"] for d in history.dialogues()] == ["Ada King"]


def test_the_context_has_what_was_really_said_and_no_more_than_asked(history: History) -> None:
    question = history.ask_by_web(None, "One")
    assert question
    history.answer(question, Answer("I am offline", "offline"))
    history.answer(question, Answer("It failed", "failed"))
    history.answer(question, Answer("Part of", "stopped"))
    last = history.ask_by_web(question.key, "Two")
    assert last
    history.ask_by_web(question.key, "Not yet")
    whole = [Turn("user", "One"), Turn("assistant", "Part of"), Turn("user", "Two")]
    assert history.context(last, 20) == whole
    assert history.context(last, 2) == whole[1:]


def test_the_web_does_not_go_on_with_a_dialogue_of_telegrams(history: History) -> None:
    question = history.ask_by_telegram(7, ADA, "One", 1)
    assert question
    assert history.ask_by_web(question.key, "Two") is None
    assert history.ask_by_web("0" * 32, "Two") is None


def test_unanswered_are_the_last_words_of_people_on_telegram(history: History) -> None:
    answered = history.ask_by_telegram(1, Person(1, "A"), "One", 1)
    assert answered
    history.answer(answered, Answer("Yes", "complete"))
    waiting = history.ask_by_telegram(2, Person(2, "B"), "Two", 2)
    history.ask_by_web(None, "Three")
    assert history.unanswered(0) == [waiting]
    assert history.unanswered(2**60) == []


def test_dialogues_are_found_by_words_by_people_and_page_by_page(history: History) -> None:
    for n in range(5):
        history.ask_by_telegram(n, Person(n, f"Person {n}"), f"about 10{n}% of things_{n}", n)
    history.ask_by_web(None, "About the harbour\nand more")
    assert [d["title"] for d in history.dialogues(words="harbour")] == ["About the harbour and more"]
    assert [d["name"] for d in history.dialogues(words="person 3")] == ["Person 3"]
    assert len(history.dialogues(words="about")) == 6
    assert [d["name"] for d in history.dialogues(words="102%")] == ["Person 2"]
    assert history.dialogues(words="about %%") == []
    assert len(history.dialogues(source="telegram")) == 5
    seen, before = [], None
    while page := history.dialogues(before=before, limit=4):
        seen += [d["title"] for d in page]
        before = (page[-1]["updated_at"], page[-1]["id"])
    assert len(seen) == len(set(seen)) == 6
    first = history.dialogues()[0]
    assert (first["source"], first["messages"], first["last_role"]) == ("web", 1, "user")


def test_messages_come_in_order_and_page_by_page(history: History) -> None:
    question = history.ask_by_web(None, "0")
    assert question
    for n in range(1, 6):
        history.ask_by_web(question.key, str(n))
    last = history.messages(question.session_id, limit=4)
    assert [m["content"] for m in last] == ["2", "3", "4", "5"]
    assert [m["content"] for m in history.messages(question.session_id, before=last[0]["id"])] == ["0", "1"]


def test_titles() -> None:
    assert title_of("  One\n two ") == "One two"
    assert title_of("x" * 100) == "x" * 79 + "…"


def test_readers_go_on_while_somebody_writes(database: Database, history: History) -> None:
    with database.writing():
        assert history.dialogues() == []
