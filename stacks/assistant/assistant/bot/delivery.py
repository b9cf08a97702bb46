"""An answer in Telegram while it is still being thought of: a message that grows by being edited.

Telegram allows about one edit a second in a chat and 4096 characters in a message. What comes faster is gathered, what
is longer goes on in another message. An answer that is complete at once is sent once.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterable, Awaitable, Callable
from typing import TypeVar

from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest, TelegramNetworkError, TelegramRetryAfter, TelegramServerError
from aiogram.types import Message

log = logging.getLogger("assistant.bot")

LONGEST = 4096
FIRST_SECONDS = 0.6
"""How long the first words are gathered before they are shown."""
EDIT_SECONDS = 1.2
MORE = " …"
TRIES = 5

T = TypeVar("T")


def split(text: str, longest: int = LONGEST) -> tuple[str, str]:
    """The part that fits into one message and the rest; between paragraphs, lines or words where there are such."""
    if len(text) <= longest:
        return text, ""
    for mark in ("\n\n", "\n", " "):
        cut = text.rfind(mark, longest // 2, longest)
        if cut > 0:
            return text[:cut], text[cut:].lstrip()
    return text[:longest], text[longest:]


async def persistently(call: Callable[[], Awaitable[T]]) -> T:
    """Does as Telegram says when it asks to wait, and tries again when it is away for a moment."""
    for attempt in range(1, TRIES + 1):
        try:
            return await call()
        except TelegramRetryAfter as error:
            if attempt == TRIES:
                raise
            await asyncio.sleep(error.retry_after)
        except (TelegramNetworkError, TelegramServerError):
            if attempt == TRIES:
                raise
            await asyncio.sleep(0.5 * 2**attempt)
    raise AssertionError("unreachable")


class GrowingMessage:
    """One chat's view of an answer."""

    def __init__(self, bot: Bot, chat_id: int) -> None:
        self.bot = bot
        self.chat_id = chat_id
        self._message: Message | None = None
        self._shown = ""
        self._rest = ""
        self._due = time.monotonic() + FIRST_SECONDS

    async def follow(self, pieces: AsyncIterable[str]) -> None:
        async for piece in pieces:
            self._rest += piece
            while len(self._rest) > LONGEST:
                whole, self._rest = split(self._rest)
                await self._show(whole)
                self._message, self._shown = None, ""
            if time.monotonic() >= self._due and self._rest.strip():
                await self._glimpse()
        if self._rest.strip():
            await self._show(self._rest.strip())

    async def _glimpse(self) -> None:
        """What there is so far, if Telegram likes it now; the end is shown in any case."""
        try:
            await self._put(split(self._rest.strip(), LONGEST - len(MORE))[0] + MORE)
        except TelegramRetryAfter as error:
            self._due = time.monotonic() + error.retry_after
            return
        except (TelegramNetworkError, TelegramServerError) as error:
            log.info("an edit was skipped: %s", error)
        self._due = time.monotonic() + EDIT_SECONDS

    async def _show(self, text: str) -> None:
        await persistently(lambda: self._put(text))

    async def _put(self, text: str) -> None:
        if self._message is None:
            self._message = await self.bot.send_message(self.chat_id, text)
        elif text != self._shown:
            try:
                await self.bot.edit_message_text(text, chat_id=self.chat_id, message_id=self._message.message_id)
            except TelegramBadRequest as error:
                if "message is not modified" not in error.message:
                    raise
        self._shown = text
