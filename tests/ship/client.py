"""A client that asks at its own pace, whether or not it has been answered: what fails is counted."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections.abc import Iterable
from types import TracebackType

PATIENCE = 30.0
"""Seconds after which an answer is given up."""


class OpenLoop:
    """Asks `addresses` in turn, so often a second, between `with` and its end. `host` is the name that it asks for,
    without one the address; `body` is sent along."""

    def __init__(
        self, addresses: Iterable[tuple[str, int]], rate: float, path: str = "/", method: str = "GET",
        *, host: str = "", body: bytes | None = None,
    ) -> None:  # fmt: skip
        self.all = tuple(addresses)
        self.addresses, self.pause, self.path, self.method = itertools.cycle(self.all), 1 / rate, path, method
        self.headers, self.body = {"Host": host} if host else {}, body
        self.asked = self.flying = 0
        self.failures: list[str] = []
        self.heard: list[tuple[float, str]] = []
        """When each was asked that was answered, and the answer."""
        self.worst = 0.0
        self.ends: list[tuple[float, float, bool]] = []
        """When each was asked, how long it took in seconds, and whether it failed."""
        self._end = threading.Event()
        self._threads: list[threading.Thread] = []
        self._pace = threading.Thread(target=self._go)

    def __enter__(self) -> OpenLoop:
        self._pace.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._pace.join()
        for thread in self._threads:
            thread.join()

    def __str__(self) -> str:
        return f"{len(self.failures)} of {self.asked} failed, worst {self.worst:.2f} s: {self.failures[:3]}"

    @property
    def answers(self) -> set[str]:
        return {text for _, text in self.heard}

    def slower(self, seconds: float) -> int:
        """How many took longer."""
        return sum(took > seconds for _, took, _ in self.ends)

    def _go(self) -> None:
        due = time.monotonic()
        while not self._end.is_set():
            thread = threading.Thread(target=self._one, args=(next(self.addresses),))
            self.asked += 1
            self.flying += 1
            thread.start()
            self._threads.append(thread)
            due += self.pause
            time.sleep(max(0.0, due - time.monotonic()))

    def _one(self, address: tuple[str, int]) -> None:
        began = time.monotonic()
        trouble = self._ask(address)
        took = time.monotonic() - began
        self.flying -= 1
        self.worst = max(self.worst, took)
        self.ends.append((began, took, bool(trouble)))
        if trouble:
            self.failures.append(f"{began:.1f} + {took:.1f} s: {trouble}")

    def _ask(self, address: tuple[str, int], patience: float = PATIENCE) -> str:
        """What is wrong with the answer; "" when nothing is."""
        began, connection = time.monotonic(), http.client.HTTPConnection(*address, timeout=patience)
        try:
            connection.request(self.method, self.path, self.body, self.headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        except (OSError, http.client.HTTPException) as error:
            return repr(error)
        finally:
            connection.close()
        if answer.status != 200:
            return f"{answer.status} {text[:80]}"
        self.heard.append((began, text))
        return ""


class ThroughAll(OpenLoop):
    """As a browser does with several addresses of one name: the first, and the next where that one does not answer."""

    def _ask(self, address: tuple[str, int], patience: float = PATIENCE) -> str:
        trouble = ""
        for one in self.all:
            trouble = super()._ask(one, 4.0)
            if not trouble or trouble[:3].isdigit():
                break
        return trouble
