"""Answers that must not depend on the views: while the database is away, and to bodies that are too large to read."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse

log = logging.getLogger(__name__)


class BodyLimit:
    """JSON is read into memory, so there is a limit to it. Files have their own (`apps.tasks.uploads`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = request.headers.get("Content-Length") or "0"
        streamed = request.content_type == "multipart/form-data"
        if not streamed and length.isdigit() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return JsonResponse({"detail": "The request is too large."}, status=413)
        return self.get_response(request)


class DatabaseOutage:
    """Tells clients to come back, instead of a server error."""

    RETRY_AFTER_SECONDS = 5

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, OperationalError | InterfaceError):
            return None
        log.error("%s %s: the database is unavailable: %s", request.method, request.path, exception)
        answer = JsonResponse({"detail": "The database is unavailable; try again in a few seconds."}, status=503)
        answer["Retry-After"] = str(self.RETRY_AFTER_SECONDS)
        return answer
