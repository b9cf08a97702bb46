"""From a question to its answer: asks the language model, passes on what it says, and keeps it, however it ends."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from assistant.history import Answer, History, Question, Status
from assistant.language_model import LanguageModel, LanguageModelError
from assistant.prompts import Prompts
from assistant.settings import Settings

log = logging.getLogger("assistant.conversation")


@dataclass(frozen=True)
class Kept:
    """The answer as it stands in the history."""

    id: int
    answer: Answer


class Reply:
    """An answer on its way: a task of its own, so that whoever listens may go while it is still kept.

    `async for text in reply` gives the pieces; after them `reply.kept` is there. `stop()` ends it early.
    """

    def __init__(self, conversation: "Conversation", question: Question) -> None:
        self._conversation = conversation
        self._question = question
        self._pieces: asyncio.Queue[str | None] = asyncio.Queue()
        self._said: list[str] = []
        self._first_word: float | None = None
        self._tokens: int | None = None
        self._began = time.monotonic()
        self.kept: Kept | None = None
        self._task = asyncio.create_task(self._answer())
        conversation.replies.add(self._task)
        self._task.add_done_callback(conversation.replies.discard)

    def __aiter__(self) -> AsyncIterator[str]:
        return self.pieces()

    async def pieces(self, quiet_seconds: float | None = None) -> AsyncIterator[str]:
        """With `quiet_seconds` there is an empty piece whenever nothing was said for so long."""
        while True:
            try:
                async with asyncio.timeout(quiet_seconds):
                    piece = await self._pieces.get()
            except TimeoutError:
                yield ""
                continue
            if piece is None:
                break
            yield piece
        await self._task  # what went wrong in keeping it is the listener's to know

    def stop(self) -> None:
        """Whoever asked is done waiting. What was said until now is kept."""
        self._task.cancel()

    async def _answer(self) -> None:
        try:
            status = await self._speak()
        except asyncio.CancelledError:
            status = "stopped"
        except Exception:
            log.exception("dialogue %d: no answer", self._question.session_id)
            status = "failed"
        try:
            await self._keep(status)
        finally:
            self._pieces.put_nowait(None)

    async def _speak(self) -> Status:
        made = self._conversation
        if made.model is None:
            self._say(made.prompts["offline"])
            return "offline"
        turns = await asyncio.to_thread(made.history.context, self._question, made.history_limit)
        try:
            async for piece in made.model.answer(made.prompts["system"], turns):
                self._say(piece.text)
                self._tokens = piece.tokens if piece.tokens is not None else self._tokens
        except LanguageModelError as error:
            log.warning("the language model failed in dialogue %d: %s", self._question.session_id, error)
            self._say(("\n\n" if self._said else "") + made.prompts["failed"])
            return "failed"
        if not self._said:
            log.warning("the language model said nothing in dialogue %d", self._question.session_id)
            self._say(made.prompts["failed"])
            return "failed"
        return "complete"

    def _say(self, text: str) -> None:
        if text:
            self._first_word = self._first_word or time.monotonic()
            self._said.append(text)
            self._pieces.put_nowait(text)

    async def _keep(self, status: Status) -> None:
        if not self._said:
            return  # stopped before its first word: the question stays without an answer
        made = self._conversation
        first = round((self._first_word - self._began) * 1000) if self._first_word else None
        took = round((time.monotonic() - self._began) * 1000)
        model = made.model.model if made.model else None
        answer = Answer("".join(self._said), status, model, first, took, self._tokens)
        writing = asyncio.create_task(asyncio.to_thread(made.history.answer, self._question, answer))
        self.kept = Kept(await asyncio.shield(writing), answer)


class Conversation:
    def __init__(self, settings: Settings, history: History) -> None:
        self.history = history
        self.history_limit = settings.history_limit
        self.prompts = Prompts(settings.prompts)
        self.model = LanguageModel(settings) if settings.llm_base_url else None
        self.replies: set[asyncio.Task[None]] = set()

    def reply(self, question: Question) -> Reply:
        return Reply(self, question)

    async def close(self, patience: float = 0) -> None:
        """Lets answers that are on their way finish for `patience` seconds, then stops them; all are kept."""
        if self.replies:
            _, late = await asyncio.wait(self.replies, timeout=patience)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        if self.model:
            await self.model.close()
