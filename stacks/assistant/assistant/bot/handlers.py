"""What the bot does about a message."""

import asyncio
import logging

from aiogram import F, Router
from aiogram.enums import ChatType
from aiogram.filters import Command, CommandStart
from aiogram.types import Message
from sqlalchemy.exc import DBAPIError

from assistant.bot.answering import Answering
from assistant.bot.delivery import persistently
from assistant.history import History, Person, Question
from assistant.prompts import Prompts

log = logging.getLogger("assistant.bot")

RETRY_SECONDS = 2

router = Router(name="private chats")
router.message.filter(F.chat.type == ChatType.PRIVATE, F.from_user.is_bot.is_(False))


@router.message(CommandStart())
@router.message(Command("help"))
async def greet(message: Message, prompts: Prompts) -> None:
    await persistently(lambda: message.answer(prompts["start"]))


@router.message(Command("new"))
async def begin_anew(message: Message, prompts: Prompts, history: History) -> None:
    await asyncio.to_thread(history.close_chat, message.chat.id)
    await persistently(lambda: message.answer(prompts["new"]))


@router.message(F.text)
async def ask(message: Message, history: History, answering: Answering) -> None:
    """The question is kept before this returns, and only then does Telegram hear that it has arrived."""
    question = await keep(message, history)
    if question is not None:
        answering.take(question)


@router.message()
async def anything_else(message: Message, prompts: Prompts) -> None:
    await persistently(lambda: message.answer(prompts["unreadable"]))


async def keep(message: Message, history: History) -> Question | None:
    """Tries until it is written: while the disk is full, say, messages wait at Telegram's."""
    assert message.from_user is not None
    assert message.text is not None
    person = Person(message.from_user.id, message.from_user.full_name, message.from_user.username)
    while True:
        try:
            return await asyncio.to_thread(history.ask_by_telegram, message.chat.id, person, message.text, message.message_id)
        except DBAPIError as error:
            log.error("a message cannot be kept yet: %s", error.orig)
            await asyncio.sleep(RETRY_SECONDS)
