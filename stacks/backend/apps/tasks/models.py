"""Tasks of a project, what people say about them and what they attach."""

import uuid

from django.conf import settings
from django.db import models

from apps.accounts.models import User
from apps.core.concurrency import Versioned
from apps.projects.models import Project


class Status(models.TextChoices):
    TODO = "todo"
    IN_PROGRESS = "in_progress"
    DONE = "done"


class Priority(models.IntegerChoices):
    LOW = 1
    NORMAL = 2
    HIGH = 3
    URGENT = 4


class OfProjectQuerySet(models.QuerySet[models.Model]):
    """Things that hang on a project, by the field path that leads there."""

    project_path = "project"

    def visible_to(self, user: User) -> "OfProjectQuerySet":
        return self.filter(**{f"{self.project_path}__memberships__user": user.pk})


class OfTaskQuerySet(OfProjectQuerySet):
    project_path = "task__project"


class Task(Versioned):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="tasks")
    title = models.CharField(max_length=200)
    description = models.TextField(max_length=20_000, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.TODO)
    priority = models.PositiveSmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="assigned_tasks")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="created_tasks")
    due_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OfProjectQuerySet.as_manager()

    class Meta:
        ordering = ("-priority", "due_on", "id")
        indexes = (models.Index(fields=("project", "status")), models.Index(fields=("assignee", "status")))
        constraints = (
            models.CheckConstraint(condition=models.Q(status__in=Status.values), name="task_status_known"),
            models.CheckConstraint(condition=models.Q(priority__in=Priority.values), name="task_priority_known"),
        )

    def __str__(self) -> str:
        return self.title


class Comment(models.Model):
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="comments")
    body = models.TextField(max_length=10_000)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OfTaskQuerySet.as_manager()

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return f"{self.author} on {self.task}"


def storage_name(attachment: "Attachment", filename: str) -> str:
    """Where a file lies: never a name that a client chose."""
    name = uuid.uuid4().hex
    return f"attachments/{name[:2]}/{name}"


class Attachment(models.Model):
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="attachments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="attachments")
    file = models.FileField(upload_to=storage_name)
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OfTaskQuerySet.as_manager()

    class Meta:
        ordering = ("created_at", "id")

    def __str__(self) -> str:
        return self.name
