"""The bot as it is: a process of its own that talks to a stand-in of Telegram."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from assistant.bot.delivery import LONGEST, split
from assistant.history import History, Person
from tests.servers import Bot, Model, Telegram, bot_environment, telegram_stand_in, until

OFFLINE = "I am offline: no language model is connected to me"


@pytest.fixture
def make_bot(path: Path, telegram: Telegram) -> Iterator[Callable[..., Bot]]:
    """Bots on this test's database."""
    made: list[Bot] = []

    def make(**more: str) -> Bot:
        made.append(Bot(bot_environment(path.parent, telegram.address, **more), path.parent))
        return made[-1]

    yield make
    for bot in made:
        if bot.process is not None:
            bot.stop(signal.SIGKILL)


@pytest.fixture
def bot(make_bot: Callable[..., Bot]) -> Bot:
    return make_bot().start()


def test_it_greets_answers_honestly_and_begins_anew(bot: Bot, telegram: Telegram, rows: Any) -> None:
    telegram.write(7, "/start")
    assert telegram.answer(7).startswith("Hello!")
    telegram.write(7, "What is the capital of France?")
    assert telegram.answer(7, 2).startswith(OFFLINE)
    telegram.write(7, "/new")
    assert telegram.answer(7, 3).startswith("A new dialogue")
    telegram.write(7, "And of Spain?")
    telegram.answer(7, 4)
    until(lambda: len(rows("SELECT id FROM chat_messages")) == 4)
    assert rows("SELECT role, status FROM chat_messages ORDER BY id") == [("user", "complete"), ("assistant", "offline")] * 2
    assert rows("SELECT name FROM users") == [("Person 7",)]
    assert rows("SELECT title, closed_at IS NULL FROM chat_sessions ORDER BY id") == [
        ("What is the capital of France?", 0), ("And of Spain?", 1),
    ]  # fmt: skip
    assert telegram.ok("GET", "/people/7/messages")["commands"][0]["command"] == "new"
    assert bot.stop() == 0
    assert not (bot.folder / "bot.alive").exists()
    assert "Traceback" not in bot.output


def test_an_answer_grows_while_it_is_thought_of(make_bot: Callable[..., Bot], telegram: Telegram, model: Model) -> None:
    model.script.pieces, model.script.pause = tuple(f"word{n} " for n in range(30)), 0.1
    make_bot(LLM_BASE_URL=model.address).start()
    telegram.write(7, "Speak")
    seen = until(lambda: (a := telegram.answers(7)) and a[0].endswith(" …") and a[0])
    assert seen.startswith("word0 word1")
    whole = telegram.answer(7)
    assert whole == " ".join(f"word{n}" for n in range(30))
    assert telegram.said(7)[-1]["edits"] >= 1
    assert telegram.calls("sendMessage") == 1
    assert telegram.calls("sendChatAction") >= 1


def test_a_long_answer_goes_on_in_another_message(make_bot: Callable[..., Bot], telegram: Telegram, model: Model) -> None:
    model.script.pieces = tuple(f"{n:04} is a number. " for n in range(500))
    make_bot(LLM_BASE_URL=model.address).start()
    telegram.write(7, "Count")
    telegram.answer(7, 3)
    until(lambda: "0499" in telegram.answers(7)[2])
    said = telegram.answers(7)
    assert all(len(text) <= LONGEST for text in said)
    assert " ".join(said).split() == "".join(model.script.pieces).split()


def test_telegram_asks_to_wait_and_is_away_for_a_moment(bot: Bot, telegram: Telegram) -> None:
    telegram.trouble(status=429, retry_after=1, times=1, method="sendMessage")
    telegram.trouble(status=502, times=2, method="getUpdates")
    telegram.trouble(status=500, times=1, method="sendMessage")
    telegram.write(7, "Hello")
    assert telegram.answer(7, seconds=20).startswith(OFFLINE)
    assert len(telegram.answers(7)) == 1


def test_many_people_at_once_in_the_order_of_each(bot: Bot, telegram: Telegram, rows: Any) -> None:
    for n in range(10):
        for person in range(1, 11):
            telegram.write(person, f"{n}")
    until(lambda: all(len(telegram.answers(person)) == 10 for person in range(1, 11)), 30)
    assert rows("SELECT count(*) FROM chat_messages") == [(200,)]
    for (session,) in rows("SELECT id FROM chat_sessions"):
        said = [
            row[0] for row in rows(f"SELECT content FROM chat_messages WHERE session_id={session} AND role='user' ORDER BY id")
        ]
        assert said == [str(n) for n in range(10)]


def test_told_to_stop_in_the_middle_it_lets_the_answer_arrive(
    make_bot: Callable[..., Bot], telegram: Telegram, model: Model, rows: Any
) -> None:
    model.script.pieces, model.script.pause = tuple("word " for _ in range(20)), 0.1
    bot = make_bot(LLM_BASE_URL=model.address).start()
    telegram.write(7, "Speak")
    until(lambda: telegram.answers(7))
    assert bot.stop() == 0
    assert telegram.answers(7) == ["word " * 19 + "word"]
    assert rows("SELECT status FROM chat_messages WHERE role='assistant'") == [("complete",)]


def test_killed_in_the_middle_it_answers_at_its_next_start(
    make_bot: Callable[..., Bot], telegram: Telegram, model: Model, rows: Any
) -> None:
    model.script.before = 30
    bot = make_bot(LLM_BASE_URL=model.address).start()
    telegram.write(7, "Are you there?")
    until(lambda: rows("SELECT id FROM chat_messages"))
    bot.stop(signal.SIGKILL)
    model.script.before = 0
    bot.start()
    assert telegram.answer(7) == "Hello, person."
    time.sleep(0.3)
    assert rows("SELECT role FROM chat_messages ORDER BY id") == [("user",), ("assistant",)]


def test_an_old_question_stays_without_an_answer(
    make_bot: Callable[..., Bot], telegram: Telegram, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("assistant.history.now_ms", lambda: int(time.time() * 1000) - 3_600_000)
        history.ask_by_telegram(7, Person(7, "Ada"), "An hour ago", 1)
    telegram.write(7, "/start")
    make_bot().start()
    assert telegram.answer(7).startswith("Hello!")
    assert len(telegram.answers(7)) == 1


def test_it_waits_for_telegram_to_be_there(path: Path, make_bot: Callable[..., Bot]) -> None:
    with telegram_stand_in() as gone:
        address = gone.address
    bot = make_bot(TELEGRAM_API_URL=address).start(wait=False)
    until(lambda: "Telegram does not answer yet" in bot.output)
    with telegram_stand_in(int(address.rpartition(":")[2])) as there:
        there.write(7, "/start")
        assert there.answer(7).startswith("Hello!")
        assert bot.stop() == 0


@pytest.mark.parametrize(("token", "said"), [("", "BOT_TOKEN: is no bot's token"), ("123:abc", "BOT_TOKEN: http://127.0.0.1:")])
def test_a_token_that_is_wrong_is_said_so(make_bot: Callable[..., Bot], telegram: Telegram, token: str, said: str) -> None:
    telegram.trouble(status=401, times=1, method="getMe")
    bot = make_bot(BOT_TOKEN=token).start(wait=False)
    assert bot.process is not None
    assert bot.process.wait(20) == 1
    assert said in bot.output
    assert "Traceback" not in bot.output


def test_the_token_is_in_no_log(make_bot: Callable[..., Bot], telegram: Telegram) -> None:
    bot = make_bot(LOG_LEVEL="DEBUG", DEBUG="true").start()
    telegram.trouble(status=500, times=2, method="getUpdates")
    telegram.write(7, "Hello")
    telegram.answer(7)
    bot.stop()
    assert "token-of-the-tests" not in bot.output
    assert "token-of-the-tests" not in (bot.folder / "logs" / "bot.log").read_text()
    assert "answered (offline)" in (bot.folder / "logs" / "bot.log").read_text()


def test_where_a_long_text_is_cut() -> None:
    assert split("short") == ("short", "")
    assert split("aaaa bbbb", 6) == ("aaaa", "bbbb")
    assert split("a\n\nbbb ccc", 8) == ("a\n\nbbb", "ccc")
    assert split("aaaa\n\nbb cc", 9) == ("aaaa", "bb cc")
    assert split("x" * 10, 4) == ("xxxx", "x" * 6)
