"""Two people edit one thing: the second one is told, and nobody's change is lost.

An answer carries the row's version as its `ETag`. A change that sends it back as `If-Match` is refused with 412 when the row has
moved on (RFC 9110, 13.1.1). Without `If-Match` the last one wins. The row is locked while it is changed, so the comparison holds.
"""

from typing import Any

from django.db import models
from django.db.models import F
from rest_framework.mixins import CreateModelMixin, DestroyModelMixin, RetrieveModelMixin, UpdateModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from apps.core.errors import PreconditionFailed

CHANGING = {"PUT", "PATCH", "DELETE"}


class Versioned(models.Model):
    """A row that counts its changes."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


def etag(version: int) -> str:
    return f'"{version}"'


def accepts(if_match: str, version: int) -> bool:
    """Does this `If-Match` header allow a change of a row of this version?"""
    candidates = [tag.strip() for tag in if_match.split(",")]
    return "*" in candidates or etag(version) in candidates


class VersionedViewSet(CreateModelMixin, RetrieveModelMixin, UpdateModelMixin, DestroyModelMixin, GenericViewSet[Any]):
    """Create, read, change and delete rows that count their changes."""

    def visible(self) -> models.QuerySet[Any]:
        """The rows that this request may see."""
        raise NotImplementedError

    def get_queryset(self) -> models.QuerySet[Any]:
        return self.visible().select_for_update(of=("self",)) if self.request.method in CHANGING else self.visible()

    def get_object(self) -> Any:
        found = super().get_object()
        wanted = self.request.headers.get("If-Match")
        if self.request.method in CHANGING and wanted and not accepts(wanted, found.version):
            raise PreconditionFailed(f"It is at version {found.version} now; read it again and repeat your change.")
        return found

    def perform_update(self, serializer: BaseSerializer[Any]) -> None:
        serializer.save(version=F("version") + 1)
        serializer.instance.refresh_from_db(fields=["version"])

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        if isinstance(response.data, dict) and "version" in response.data:
            response.headers["ETag"] = etag(response.data["version"])
        return super().finalize_response(request, response, *args, **kwargs)
