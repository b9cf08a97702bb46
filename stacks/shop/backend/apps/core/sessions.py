"""Sessions in Redis that survive an outage of it."""

from typing import Any

from django.contrib.sessions.backends.cache import SessionStore as CacheStore


class SessionStore(CacheStore):
    """Django's own takes a cache that does not answer for a session that is gone: it then takes the visitor's cookie
    away, and everyone is signed out because Redis was restarted. Here the error is an error (503)."""

    def load(self) -> dict[str, Any]:
        data: dict[str, Any] | None = self._cache.get(self.cache_key)
        if data is None:
            self._session_key = None
            return {}
        return data

    async def aload(self) -> dict[str, Any]:
        raise NotImplementedError("this project is served by WSGI")
