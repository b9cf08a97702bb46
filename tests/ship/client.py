"""A client that asks at its own pace, whether or not it has been answered: what fails is counted."""

from __future__ import annotations

import http.client
import threading
import time
from types import TracebackType


class OpenLoop:
    """Asks `address` so often a second between `with` and its end."""

    def __init__(self, address: tuple[str, int], rate: float) -> None:
        self.address, self.pause = address, 1 / rate
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

    def _go(self) -> None:
        due = time.monotonic()
        while not self._end.is_set():
            thread = threading.Thread(target=self._ask)
            thread.start()
            self._threads.append(thread)
            due += self.pause
            time.sleep(max(0.0, due - time.monotonic()))

    def _ask(self) -> None:
        began = time.monotonic()
        self.asked += 1
        connection = http.client.HTTPConnection(*self.address, timeout=30)
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
            text = answer.read().decode()
            self.answers.add(text)
            if answer.status != 200:
                self.failures.append(f"{answer.status} {text[:80]}")
        except (OSError, http.client.HTTPException) as error:
            self.failures.append(repr(error))
        finally:
            connection.close()
            self.worst = max(self.worst, time.monotonic() - began)
