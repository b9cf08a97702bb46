"""Questions of one chat are answered one after the other, those of different chats at the same time."""

import asyncio
import logging
import time
from contextlib import suppress

from aiogram import Bot
from aiogram.exceptions import TelegramAPIError
from aiogram.utils.chat_action import ChatActionSender

from assistant.bot.delivery import GrowingMessage
from assistant.conversation import Conversation
from assistant.history import Question

log = logging.getLogger("assistant.bot")

AT_ONCE = 16
"""Answers on their way: the language model is not asked more than this at a time."""


class Answering:
    def __init__(self, bot: Bot, conversation: Conversation) -> None:
        self.bot = bot
        self.conversation = conversation
        self._waiting: dict[int, asyncio.Queue[Question]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(AT_ONCE)

    def take(self, question: Question) -> None:
        """Answer it when those before it are. It is in the history already."""
        assert question.chat_id is not None
        queue = self._waiting.get(question.chat_id)
        if queue is None:
            queue = self._waiting[question.chat_id] = asyncio.Queue()
            worker = asyncio.create_task(self._work(question.chat_id, queue))
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)
        queue.put_nowait(question)

    async def _work(self, chat_id: int, queue: asyncio.Queue[Question]) -> None:
        """Until nobody in the chat waits any more; no await between the last look and the leave."""
        while not queue.empty():
            question = queue.get_nowait()
            try:
                async with self._slots:
                    await self._answer(chat_id, question)
            except TelegramAPIError as error:
                log.warning("chat %d did not get its answer (it is kept): %s", chat_id, error)
            except Exception:
                log.exception("chat %d: no answer", chat_id)
        del self._waiting[chat_id]

    async def _answer(self, chat_id: int, question: Question) -> None:
        began = time.monotonic()
        reply = self.conversation.reply(question)
        if self.conversation.model is None:
            await GrowingMessage(self.bot, chat_id).follow(reply)
        else:
            async with ChatActionSender.typing(chat_id, self.bot, interval=4.5):
                await GrowingMessage(self.bot, chat_id).follow(reply)
        status = reply.kept.answer.status if reply.kept else "unknown"
        log.info("dialogue %d: answered (%s) in %.2f s", question.session_id, status, time.monotonic() - began)

    async def close(self, patience: float) -> None:
        """Answers that are on their way may arrive for so long; the others stay questions for the next start."""
        for queue in self._waiting.values():
            while not queue.empty():
                queue.get_nowait()
        await self.conversation.close(patience)
        if self._workers:
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.gather(*self._workers, return_exceptions=True), 3)
