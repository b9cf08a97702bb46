"""A process that is made ready before its start is asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from longshore.engine.uninterrupted import whole
from longshore.native.agent.container.launch import Basis, Ready

__all__ = ["Ahead"]


class Ahead:
    """At most one, of one container. `over` gives back what was taken for a process that is not wanted any more."""

    def __init__(self, over: Callable[[], None]) -> None:
        self._over = over
        self._ready: Ready | None = None
        self._making = False

    @property
    def there(self) -> bool:
        """Whether a process is ready for its start, or being made so."""
        return self._making or self._ready is not None

    async def make(self, making: Callable[[], Awaitable[Ready]]) -> None:
        """Raises ShoreError when it cannot be made."""
        self._making = True
        await whole(self._make(making))

    async def _make(self, making: Callable[[], Awaitable[Ready]]) -> None:
        try:
            self._ready = await making()
        except BaseException:
            self._over()
            raise
        finally:
            self._making = False

    async def take(self, basis: Basis | None) -> Ready | None:
        """The process, now the caller's, when it lives and is what would be made now (`basis`; None: nothing is)."""
        if self._ready and (basis is None or not self._ready.fits(basis)):
            await self.drop()
        ready, self._ready = self._ready, None
        return ready

    async def drop(self) -> None:
        """End it: nobody is going to start it."""
        ready, self._ready = self._ready, None
        if ready:
            try:
                await whole(ready.give_up())
            finally:
                self._over()
