"""Mails leave by the broker; what it cannot take waits in the account's document until it can."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread

from app.store import Store
from backend.shared.mail import Mail, Post

__all__ = ["Mailing"]

log = logging.getLogger("accounts.mailing")
AGAIN_SECONDS = 5
AT_ONCE = 100


class Mailing:
    def __init__(self, store: Store, post: Post) -> None:
        self.store, self.post = store, post

    async def send(self, account_id: str, mail: Mail) -> None:
        """Written down first, so that neither a crash nor a broker that is away loses it; handed over twice it is sent
        once, by its id."""
        await self.store.keep_mail(account_id, mail)
        await self._hand_over(account_id, mail)

    async def _hand_over(self, account_id: str, mail: Mail) -> bool:
        if not await to_thread.run_sync(self.post.hand_over, mail):
            return False
        await self.store.drop_mail(account_id, mail)
        return True

    async def hand_over_kept(self) -> int:
        """Those that were left; how many went."""
        went = 0
        for account_id, mail in await self.store.kept_mails(AT_ONCE):
            if not await self._hand_over(account_id, mail):
                break
            went += 1
        return went

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Tries again what was left, every few seconds."""
        task = asyncio.create_task(self._again())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _again(self) -> None:
        while True:
            await asyncio.sleep(AGAIN_SECONDS)
            try:
                if went := await self.hand_over_kept():
                    log.info("%d mails that had waited are handed over", went)
            except Exception as error:  # the database is away too: at the next turn
                log.warning("mails wait: %s", type(error).__name__)
