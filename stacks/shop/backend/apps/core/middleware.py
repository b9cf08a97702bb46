"""The answer while PostgreSQL or Redis is away: come back, instead of a server error."""

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import ConnectionError, TimeoutError

log = logging.getLogger(__name__)

AWAY = (OperationalError, InterfaceError, ConnectionInterrupted, ConnectionError, TimeoutError)
RETRY_AFTER_SECONDS = 5


class Outage:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, AWAY):
            return None
        log.error("%s %s: unavailable: %s", request.method, request.path, exception)
        answer = JsonResponse({"detail": "The shop is unavailable; try again in a few seconds."}, status=503)
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
