"""A client that asks at its own pace, whether or not it has been answered: what fails is counted."""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from collections.abc import Iterable
from types import TracebackType


class OpenLoop:
    """Asks `addresses` in turn, so often a second, between `with` and its end."""

    def __init__(self, addresses: Iterable[tuple[str, int]], rate: float, path: str = "/", method: str = "GET") -> None:
        self.addresses, self.pause, self.path, self.method = itertools.cycle(addresses), 1 / rate, path, method
        self.asked = 0
        self.failures: list[str] = []
        self.answers: set[str] = set()
        self.worst = 0.0
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

    def _go(self) -> None:
        due = time.monotonic()
        while not self._end.is_set():
            thread = threading.Thread(target=self._ask, args=(next(self.addresses),))
            thread.start()
            self._threads.append(thread)
            due += self.pause
            time.sleep(max(0.0, due - time.monotonic()))

    def _ask(self, address: tuple[str, int]) -> None:
        began = time.monotonic()
        self.asked += 1
        connection = http.client.HTTPConnection(*address, timeout=30)
        try:
            connection.request(self.method, self.path)
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status == 200:
                self.answers.add(text)
            else:
                self.failures.append(f"{began:.1f}: {answer.status} {text[:80]}")
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(f"{began:.1f}: {error!r}")
        finally:
            connection.close()
            self.worst = max(self.worst, time.monotonic() - began)
