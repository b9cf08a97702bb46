"""Errors as answers: always JSON, always with a `detail` or with the fields that are wrong."""

import errno
from typing import Any

from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import page_not_found
from rest_framework import status
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler


class Conflict(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = "This clashes with something that already exists."
    default_code = "conflict"


class StorageFull(APIException):
    status_code = status.HTTP_507_INSUFFICIENT_STORAGE
    default_detail = "There is no room left to keep this."
    default_code = "storage_full"


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's handler, plus: a lost race for a unique value is a conflict, and a full disk is said."""
    if isinstance(error, IntegrityError):
        error = Conflict()
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        error = StorageFull()
    return exception_handler(error, context)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/admin/"):
        return page_not_found(request, exception)
    return JsonResponse({"detail": "Not found."}, status=404)


def server_error(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"detail": "Something broke on our side; it is in the log."}, status=500)
