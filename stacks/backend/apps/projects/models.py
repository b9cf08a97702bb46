"""A project and who takes part in it. Membership is what every permission of this API rests on."""

from django.conf import settings
from django.db import models

from apps.accounts.models import User
from apps.core.concurrency import Versioned


class Role(models.TextChoices):
    VIEWER = "viewer"  # reads
    MEMBER = "member"  # and writes tasks, comments and attachments
    OWNER = "owner"  # and changes the project and its members


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: User) -> "ProjectQuerySet":
        return self.filter(memberships__user=user.pk)


class Project(Versioned):
    name = models.CharField(max_length=120)
    description = models.TextField(max_length=10_000, blank=True)
    archived = models.BooleanField(default=False)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="projects")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    joined_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("joined_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("project", "user"), name="membership_once_per_project"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="membership_role_known"),
        )

    def __str__(self) -> str:
        return f"{self.user} as {self.role} of {self.project}"
