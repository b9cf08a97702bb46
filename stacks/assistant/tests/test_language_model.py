"""The client of the language model, over a real socket; and what becomes of answers that do not come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from assistant.conversation import Conversation, Reply
from assistant.history import History, Turn
from assistant.language_model import LanguageModel, LanguageModelError
from assistant.settings import Settings
from tests.servers import Model

Make = Callable[..., Settings]


def ask(settings: Settings, *turns: Turn) -> tuple[list[str], int | None]:
    async def run() -> tuple[list[str], int | None]:
        model = LanguageModel(settings)
        pieces, tokens = [], None
        try:
            async for piece in model.answer("Be brief.", turns or [Turn("user", "Hello")]):
                pieces += [piece.text] if piece.text else []
                tokens = piece.tokens if piece.tokens is not None else tokens
        finally:
            await model.close()
        return pieces, tokens

    return asyncio.run(run())


def test_pieces_as_they_come_and_what_was_asked(model: Model, make_settings: Make) -> None:
    settings = make_settings(llm_base_url=model.address + "/", llm_model="tiny", llm_api_key="key-of-the-tests")
    turns = [Turn("user", "One"), Turn("assistant", "1"), Turn("user", "Два")]
    assert ask(settings, *turns) == (["Hello", ", ", "person", "."], 4)
    asked = model.script.asked[0]
    assert asked["model"] == "tiny"
    assert asked["messages"] == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "One"},
        {"role": "assistant", "content": "1"},
        {"role": "user", "content": "Два"},
    ]
    assert model.script.headers[0]["Authorization"] == "Bearer key-of-the-tests"


def test_no_key_no_header(model: Model, make_settings: Make) -> None:
    ask(make_settings(llm_base_url=model.address))
    assert "Authorization" not in model.script.headers[0]


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        ({"status": 401}, "401"),
        ({"status": 429}, "429"),
        ({"cut": True}, "cut off"),
        ({"error": "overloaded"}, "overloaded"),
        ({"before": 1.0}, "nothing came for 0.3 s"),
    ],
)
def test_what_goes_wrong_is_named(model: Model, make_settings: Make, trouble: dict[str, Any], said: str) -> None:
    for name, value in trouble.items():
        setattr(model.script, name, value)
    with pytest.raises(LanguageModelError, match=said):
        ask(make_settings(llm_base_url=model.address, llm_silence_seconds=0.3))


def test_nobody_there(make_settings: Make) -> None:
    with pytest.raises(LanguageModelError, match="Connect"):
        ask(make_settings(llm_base_url="http://127.0.0.1:9/v1"))


# --- conversations ----------------------------------------------------------------------------------------------------


def converse(settings: Settings, history: History, listen: Callable[[Reply], Any]) -> Reply:
    async def run() -> Reply:
        conversation = Conversation(settings, history)
        question = history.ask_by_web(None, "Hello")
        assert question
        reply = conversation.reply(question)
        await listen(reply)
        await conversation.close(5)
        return reply

    return asyncio.run(run())


async def to_the_end(reply: Reply) -> None:
    async for _ in reply:
        pass


def test_a_whole_answer_is_kept_with_what_it_took(model: Model, make_settings: Make, history: History, rows: Any) -> None:
    converse(make_settings(llm_base_url=model.address, llm_model="tiny"), history, to_the_end)
    kept = rows("SELECT content, status, model, tokens FROM chat_messages WHERE role = 'assistant'")
    assert kept == [("Hello, person.", "complete", "tiny", 4)]
    assert rows("SELECT first_word_ms <= duration_ms FROM chat_messages WHERE role = 'assistant'") == [(1,)]


def test_offline_says_so(settings: Settings, history: History, rows: Any) -> None:
    reply = converse(settings, history, to_the_end)
    assert reply.kept
    assert reply.kept.answer.text.startswith("I am offline: no language model is connected")
    assert rows("SELECT status, model FROM chat_messages WHERE role = 'assistant'") == [("offline", None)]


def test_a_failure_in_the_middle_keeps_what_was_said(model: Model, make_settings: Make, history: History) -> None:
    model.script.cut = True
    reply = converse(make_settings(llm_base_url=model.address), history, to_the_end)
    assert reply.kept
    assert reply.kept.answer.status == "failed"
    assert reply.kept.answer.text.startswith("Hello, person.\n\nThe language model does not answer")


def test_an_answer_of_nothing_is_a_failure(model: Model, make_settings: Make, history: History) -> None:
    model.script.pieces = ()
    reply = converse(make_settings(llm_base_url=model.address), history, to_the_end)
    assert reply.kept
    assert reply.kept.answer.status == "failed"


def test_who_is_done_waiting_stops_it_and_what_was_said_is_kept(
    model: Model, make_settings: Make, history: History, rows: Any
) -> None:
    model.script.pieces, model.script.pause = tuple("word " for _ in range(200)), 0.02

    async def listen(reply: Reply) -> None:
        async for _ in reply:
            reply.stop()
            break

    converse(make_settings(llm_base_url=model.address), history, listen)
    ((content, status),) = rows("SELECT content, status FROM chat_messages WHERE role = 'assistant'")
    assert status == "stopped"
    assert 0 < len(content) < 500


def test_stopped_before_its_first_word_leaves_the_question_open(
    model: Model, make_settings: Make, history: History, rows: Any
) -> None:
    model.script.before = 1.0

    async def listen(reply: Reply) -> None:
        await asyncio.sleep(0.2)
        reply.stop()

    converse(make_settings(llm_base_url=model.address), history, listen)
    assert rows("SELECT role FROM chat_messages") == [("user",)]


def test_a_prompt_counts_from_the_next_message_on(model: Model, make_settings: Make, history: History, tmp_path: Any) -> None:
    import shutil

    from tests.servers import HOME

    prompts = tmp_path / "prompts"
    shutil.copytree(HOME / "prompts", prompts)

    async def run() -> list[str]:
        conversation = Conversation(make_settings(llm_base_url=model.address, prompts=prompts), history)
        for text in ("Speak like a sailor.", "", None):
            if text is None:
                (prompts / "system.md").unlink()
            else:
                (prompts / "system.md").write_text(text)
            question = history.ask_by_web(None, "Hello")
            assert question
            await to_the_end(conversation.reply(question))
        await conversation.close()
        return [asked["messages"][0]["content"] for asked in model.script.asked]

    assert asyncio.run(run()) == ["Speak like a sailor."] * 3
