"""Is the service able to answer? `ready` looks at what it needs; `live` only says that the process runs.

An answer names what is away and the kind of error, never its text: that may hold host names, user names and addresses.
"""

import logging
import time
from collections.abc import Callable

from django.core.cache import caches
from django.db import connection, transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

log = logging.getLogger(__name__)


def check_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_redis() -> None:
    caches["sessions"].client.get_client().ping()


CHECKS: dict[str, Callable[[], None]] = {"database": check_database, "redis": check_redis}


def probe(name: str, check: Callable[[], None]) -> dict[str, object]:
    """One check's result: its status, what went wrong by kind, and how long it took in milliseconds."""
    started = time.perf_counter()
    result: dict[str, object] = {"status": "ok"}
    try:
        check()
    except Exception as error:
        log.warning("health: %s is unavailable: %s", name, error)
        result = {"status": "unavailable", "error": type(error).__name__}
    result["ms"] = round((time.perf_counter() - started) * 1000, 1)
    return result


@never_cache
@require_safe
@transaction.non_atomic_requests
def ready(request: HttpRequest) -> JsonResponse:
    """200 when PostgreSQL and Redis answer, else 503 with the one that does not."""
    checks = {name: probe(name, check) for name, check in CHECKS.items()}
    healthy = all(result["status"] == "ok" for result in checks.values())
    said = {"status": "ok" if healthy else "unavailable", "checks": checks}
    return JsonResponse(said, status=200 if healthy else 503)


@never_cache
@require_safe
@transaction.non_atomic_requests
def live(request: HttpRequest) -> JsonResponse:
    """200 as long as the process answers: what to restart on, where `ready` says what to route to."""
    return JsonResponse({"status": "ok"})
