from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from apps.accounts.models import User
from apps.accounts.serializers import PersonSerializer
from apps.projects.models import Membership, Project
from apps.tasks import uploads
from apps.tasks.models import Attachment, Comment, Task


class MyProjects(serializers.PrimaryKeyRelatedField):
    """A project that the asker takes part in; any other does not exist."""

    def get_queryset(self) -> QuerySet[Project]:
        return Project.objects.visible_to(self.context["request"].user)


class TaskSerializer(serializers.ModelSerializer[Task]):
    project = MyProjects(queryset=Project.objects.none())
    assignee = PersonSerializer(read_only=True)
    assignee_id = serializers.PrimaryKeyRelatedField(
        source="assignee", queryset=User.objects.filter(is_active=True), allow_null=True, required=False, write_only=True
    )
    created_by = PersonSerializer(read_only=True)
    comment_count = serializers.IntegerField(read_only=True, default=0)
    attachment_count = serializers.IntegerField(read_only=True, default=0)

    class Meta:
        model = Task
        fields = (
            *("id", "project", "title", "description", "status", "priority", "assignee", "assignee_id", "created_by", "due_on"),
            *("comment_count", "attachment_count", "version", "created_at", "updated_at"),
        )
        read_only_fields = ("id", "version", "created_at", "updated_at")

    def validate_project(self, project: Project) -> Project:
        if self.instance and project != self.instance.project:
            raise serializers.ValidationError("A task stays in its project.")
        return project

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        assignee = attrs.get("assignee")
        project = attrs.get("project") or self.instance.project
        if assignee and not Membership.objects.filter(project=project, user=assignee).exists():
            raise serializers.ValidationError({"assignee_id": ["Only a member of the project can be given its tasks."]})
        return attrs


class CommentSerializer(serializers.ModelSerializer[Comment]):
    author = PersonSerializer(read_only=True)

    class Meta:
        model = Comment
        fields = ("id", "task", "author", "body", "created_at", "updated_at")
        read_only_fields = ("id", "task", "created_at", "updated_at")


class AttachmentSerializer(serializers.ModelSerializer[Attachment]):
    file = serializers.FileField(write_only=True)
    author = PersonSerializer(read_only=True)
    content = serializers.HyperlinkedIdentityField(view_name="attachment-content")

    class Meta:
        model = Attachment
        fields = ("id", "task", "author", "file", "name", "content_type", "size", "sha256", "content", "created_at")
        read_only_fields = ("id", "task", "name", "content_type", "size", "sha256", "created_at")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        try:
            found = uploads.inspect(attrs["file"])
        except uploads.RefusedError as reason:
            raise serializers.ValidationError({"file": [str(reason)]}) from None
        return {**attrs, "name": found.name, "content_type": found.content_type, "size": found.size, "sha256": found.sha256}

    def create(self, validated_data: dict[str, Any]) -> Attachment:
        """The file is moved first: when its row cannot be written, it goes again."""
        attachment = Attachment(**validated_data)
        try:
            attachment.save()
        except Exception:
            attachment.file.delete(save=False)
            raise
        return attachment
