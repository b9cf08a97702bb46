"""A client of any service that speaks OpenAI's chat completions: the answer piece by piece, as it is thought of."""

import json
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import aiohttp

from assistant.history import Turn
from assistant.settings import Settings

log = logging.getLogger("assistant.language_model")

CONNECT_SECONDS = 5
LONGEST_LINE = 1 << 20


class LanguageModelError(Exception):
    """It did not answer, or not to the end. The text is for the log."""


@dataclass(frozen=True)
class Piece:
    """A part of the answer, or (in the last one) what the whole of it took."""

    text: str = ""
    tokens: int | None = None


class LanguageModel:
    def __init__(self, settings: Settings) -> None:
        self.address = f"{settings.llm_base_url}/chat/completions"
        self.model = settings.llm_model
        self._key = settings.llm_api_key.get_secret_value()
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=settings.llm_silence_seconds)
        self._session: aiohttp.ClientSession | None = None

    async def answer(self, system: str, turns: Sequence[Turn]) -> AsyncIterator[Piece]:
        body = {
            "model": self.model,
            "messages": [{"role": "system", "content": system}, *({"role": t.role, "content": t.text} for t in turns)],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        try:
            async with self._http().post(self.address, json=body, headers=headers) as response:
                if response.status != 200:
                    raise LanguageModelError(f"{response.status}: {(await response.text())[:300]}")
                async for piece in _pieces(response):
                    yield piece
        except TimeoutError:
            raise LanguageModelError(f"nothing came for {self._timeout.sock_read:g} s") from None
        except (aiohttp.ClientError, ValueError, OSError) as error:
            raise LanguageModelError(f"{type(error).__name__}: {error}") from None

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout, read_bufsize=LONGEST_LINE, trust_env=True, raise_for_status=False
            )
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


async def _pieces(response: aiohttp.ClientResponse) -> AsyncIterator[Piece]:
    """The events of the stream. One that ends before it says that it is done was cut off."""
    tokens: int | None = None
    async for line in response.content:
        if not line.startswith(b"data:"):
            continue
        data = line[5:].strip()
        if data == b"[DONE]":
            yield Piece(tokens=tokens)
            return
        event = json.loads(data)
        if "error" in event:
            raise LanguageModelError(str(event["error"])[:300])
        if usage := event.get("usage"):
            tokens = int(usage.get("completion_tokens") or 0)
        for choice in event.get("choices") or ():
            if text := (choice.get("delta") or {}).get("content"):
                yield Piece(text)
    raise LanguageModelError("the answer was cut off")
