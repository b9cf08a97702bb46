"""The clean-up asks every service, with a token that only services can make."""

import http.server
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from celery.exceptions import Retry

from backend.shared.security import read
from backend.shared.testing import KEY
from tasks.cleaning import clean_up
from tasks.ledger import ledger
from tasks.settings import Settings


class Asked(http.server.BaseHTTPRequestHandler):
    seen: list[tuple[str, str]] = []

    def do_POST(self) -> None:
        self.seen.append((self.path, read("service", KEY, self.headers["Authorization"].removeprefix("Bearer ")).subject))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"things": 2}')

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def service(settings: Settings) -> Iterator[None]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Asked) as serving:
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{serving.server_address[1]}"
        settings.auth_service_url = settings.user_service_url = url
        yield
        serving.shutdown()
        thread.join()


def test_every_service_is_asked_and_the_ledger_forgets(service: None) -> None:
    old = datetime.now(UTC) - timedelta(days=40)
    ledger().mails.insert_one({"_id": "old:0", "mail": "old", "state": "sent", "since": old})
    assert clean_up.apply().get() == {"things": 2, "mails": 1}
    assert clean_up.apply().get() == {"things": 2, "mails": 0}
    assert Asked.seen[:2] == [("/internal/clean-up", "celery_worker")] * 2


def test_a_service_that_is_away_is_asked_again(settings: Settings) -> None:
    settings.auth_service_url = "http://127.0.0.1:9"
    with pytest.raises(Retry):
        clean_up.apply(throw=True).get()
