"""Notes in a file that Telegram has answered."""

import logging
from pathlib import Path
from typing import Any

from aiogram import Bot
from aiogram.client.session.middlewares.base import BaseRequestMiddleware, NextRequestMiddlewareType
from aiogram.methods import TelegramMethod
from aiogram.methods.base import Response, TelegramType

from assistant.heartbeat import NAME

log = logging.getLogger("assistant.bot")


class Heartbeat(BaseRequestMiddleware):
    """Writes the file after each answer, whatever was asked."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    async def __call__(
        self, make_request: NextRequestMiddlewareType[TelegramType], bot: Bot, method: TelegramMethod[TelegramType]
    ) -> Response[TelegramType] | Any:
        answer = await make_request(bot, method)
        try:
            self.path.write_text("alive")
        except OSError as error:
            log.warning("%s: %s", self.path, error.strerror)
        return answer

    def stop(self) -> None:
        """The bot has ended as it should: nobody is to wait until the file is old."""
        self.path.unlink(missing_ok=True)
