from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import FileResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.generics import ListCreateAPIView
from rest_framework.mixins import DestroyModelMixin, ListModelMixin, RetrieveModelMixin, UpdateModelMixin
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from apps.core.concurrency import VersionedViewSet
from apps.projects.permissions import require_writer
from apps.tasks.filters import TaskFilter
from apps.tasks.models import Attachment, Comment, Task
from apps.tasks.permissions import AuthorsChange, MembersWrite
from apps.tasks.serializers import AttachmentSerializer, CommentSerializer, TaskSerializer


def how_many(model: type[Comment] | type[Attachment]) -> Coalesce:
    """The number of a task's comments or attachments, as a subquery: rows stay single and can be locked."""
    counted = model.objects.filter(task=OuterRef("pk")).order_by().values("task").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


@extend_schema(tags=["tasks"])
class TaskViewSet(ListModelMixin, VersionedViewSet):
    """The tasks of your projects."""

    queryset = Task.objects.none()
    serializer_class = TaskSerializer
    permission_classes = (IsAuthenticated, MembersWrite)
    filterset_class = TaskFilter
    filter_backends = (*VersionedViewSet.filter_backends, SearchFilter, OrderingFilter)
    search_fields = ("title", "description")
    ordering_fields = ("priority", "due_on", "created_at", "updated_at", "title")
    http_method_names = ("get", "post", "put", "patch", "delete", "head", "options")

    def visible(self) -> QuerySet[Task]:
        tasks = Task.objects.visible_to(self.request.user).select_related("project", "assignee", "created_by")
        return tasks.annotate(comment_count=how_many(Comment), attachment_count=how_many(Attachment))

    def perform_create(self, serializer: BaseSerializer[Task]) -> None:
        require_writer(serializer.validated_data["project"], self.request.user)
        serializer.save(created_by=self.request.user)


class OfOneTask(ListCreateAPIView[Any]):
    """What hangs on one task: everyone in the project reads it, its members add to it."""

    filter_backends = ()

    def get_queryset(self) -> QuerySet[Any]:
        things = type(self).queryset.model.objects.visible_to(self.request.user)
        return things.filter(task=self.kwargs["task_pk"]).select_related("author")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        self.task()
        return super().list(request, *args, **kwargs)

    def perform_create(self, serializer: BaseSerializer[Any]) -> None:
        serializer.save(task=self.task(), author=self.request.user)

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Any:
        # Before the body is read: who may not write here does not get to upload ten megabytes first.
        require_writer(self.task().project, request.user)
        return super().create(request, *args, **kwargs)

    def task(self) -> Task:
        tasks = Task.objects.visible_to(self.request.user).select_related("project")
        return get_object_or_404(tasks, pk=self.kwargs["task_pk"])


@extend_schema(tags=["comments"])
class TaskCommentsView(OfOneTask):
    queryset = Comment.objects.none()
    serializer_class = CommentSerializer


@extend_schema(tags=["attachments"])
class TaskAttachmentsView(OfOneTask):
    queryset = Attachment.objects.none()
    serializer_class = AttachmentSerializer
    parser_classes = (MultiPartParser,)


@extend_schema(tags=["comments"])
class CommentViewSet(RetrieveModelMixin, UpdateModelMixin, DestroyModelMixin, GenericViewSet[Comment]):
    queryset = Comment.objects.none()
    serializer_class = CommentSerializer
    permission_classes = (IsAuthenticated, AuthorsChange)
    http_method_names = ("get", "patch", "delete", "head", "options")

    def get_queryset(self) -> QuerySet[Comment]:
        return Comment.objects.visible_to(self.request.user).select_related("author", "task__project")


@extend_schema(tags=["attachments"])
class AttachmentViewSet(RetrieveModelMixin, DestroyModelMixin, GenericViewSet[Attachment]):
    queryset = Attachment.objects.none()
    serializer_class = AttachmentSerializer
    permission_classes = (IsAuthenticated, AuthorsChange)

    def get_queryset(self) -> QuerySet[Attachment]:
        return Attachment.objects.visible_to(self.request.user).select_related("author", "task__project")

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def content(self, request: Request, pk: str) -> FileResponse:
        """The file itself, always as a download: nothing that was uploaded runs in a reader's page."""
        attachment = self.get_object()
        try:
            content = attachment.file.open("rb")
        except FileNotFoundError:
            raise NotFound("The content of this attachment is gone.") from None
        response = FileResponse(content, as_attachment=True, filename=attachment.name, content_type=attachment.content_type)
        response["ETag"] = f'"{attachment.sha256}"'
        return response
