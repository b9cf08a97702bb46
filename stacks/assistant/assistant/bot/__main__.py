"""`python -m assistant.bot`: asks Telegram for messages until it is told to stop."""

import asyncio
import logging
import sys

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import TelegramNetworkError, TelegramServerError, TelegramUnauthorizedError
from aiogram.types import BotCommand, User
from aiogram.utils.backoff import Backoff, BackoffConfig
from aiogram.utils.token import TokenValidationError

from assistant import logs
from assistant.bot.answering import Answering
from assistant.bot.handlers import router
from assistant.bot.heartbeat import Heartbeat
from assistant.conversation import Conversation
from assistant.db import Database
from assistant.heartbeat import FRESH_SECONDS
from assistant.history import History, now_ms
from assistant.settings import Settings, from_environment

log = logging.getLogger("assistant.bot")

POLL_SECONDS = FRESH_SECONDS // 3
REQUEST_SECONDS = 15
RETRIES = BackoffConfig(min_delay=0.5, max_delay=15, factor=1.5, jitter=0.1)
ANSWER_PATIENCE = 6
"""How long answers may still arrive after a signal to stop; Docker kills ten seconds after it."""
RESUMED_MS = 15 * 60 * 1000
"""Questions that are older than this when the bot starts stay without an answer."""
COMMANDS = [
    BotCommand(command="new", description="Begin a new dialogue"),
    BotCommand(command="help", description="What this bot does"),
]


def make_bot(settings: Settings, heartbeat: Heartbeat) -> Bot:
    """TokenValidationError for what cannot be a token."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(settings.telegram_api_url), timeout=REQUEST_SECONDS)
    session.middleware(heartbeat)
    return Bot(settings.bot_token.get_secret_value(), session=session)


async def introduce(bot: Bot) -> User:
    """Who the bot is, as soon as Telegram answers."""
    backoff = Backoff(RETRIES)
    while True:
        try:
            return await bot.me()
        except (TelegramNetworkError, TelegramServerError) as error:
            log.warning("Telegram does not answer yet: %s", error)
            await backoff.asleep()


async def serve(settings: Settings, bot: Bot, heartbeat: Heartbeat) -> None:
    me = await introduce(bot)
    database = Database(settings.database)
    conversation = Conversation(settings, History(database))
    answering = Answering(bot, conversation)
    dispatcher = Dispatcher(history=conversation.history, prompts=conversation.prompts, answering=answering)
    dispatcher.include_router(router)
    await bot.delete_webhook()
    await bot.set_my_commands(COMMANDS)
    log.info("@%s is here; language model: %s", me.username, conversation.model.model if conversation.model else "offline")
    for question in await asyncio.to_thread(conversation.history.unanswered, now_ms() - RESUMED_MS):
        answering.take(question)
    try:
        # One after the other: each is kept before the next, and all before Telegram hears that they have arrived.
        await dispatcher.start_polling(
            bot, polling_timeout=POLL_SECONDS, handle_as_tasks=False, backoff_config=RETRIES, close_bot_session=False
        )
    finally:
        await answering.close(ANSWER_PATIENCE)
        database.close()
        heartbeat.stop()
        log.info("the bot has stopped")


async def run(settings: Settings) -> int:
    heartbeat = Heartbeat(settings.database.parent)
    try:
        bot = make_bot(settings, heartbeat)
    except TokenValidationError:
        print("BOT_TOKEN: is no bot's token; BotFather gives one, like 123456:ABC…", file=sys.stderr)
        return 1
    try:
        await serve(settings, bot, heartbeat)
    except TelegramUnauthorizedError:
        print(f"BOT_TOKEN: {settings.telegram_api_url} does not know it", file=sys.stderr)
        return 1
    finally:
        await bot.session.close()
    return 0


def main() -> int:
    settings = from_environment()
    logs.configure(settings, "bot")
    try:
        return asyncio.run(run(settings))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
