from typing import Any

from django.db import transaction
from rest_framework import serializers

from apps.accounts.models import User
from apps.accounts.serializers import PersonSerializer
from apps.projects.models import Membership, Project, Role
from apps.tasks.models import Status


class ProjectSerializer(serializers.ModelSerializer[Project]):
    my_role = serializers.ChoiceField(choices=Role.choices, read_only=True)
    task_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Project
        fields = ("id", "name", "description", "archived", "my_role", "task_count", "version", "created_at", "updated_at")
        read_only_fields = ("id", "version", "created_at", "updated_at")

    @transaction.atomic
    def create(self, validated_data: dict[str, Any]) -> Project:
        """A project is never without an owner: who makes it is the first."""
        project = Project.objects.create(**validated_data)
        Membership.objects.create(project=project, user=self.context["request"].user, role=Role.OWNER)
        project.my_role, project.task_count = Role.OWNER, 0  # type: ignore[attr-defined]
        return project


class MembershipSerializer(serializers.ModelSerializer[Membership]):
    user = PersonSerializer(read_only=True)
    username = serializers.SlugRelatedField(
        slug_field="username", queryset=User.objects.filter(is_active=True), source="user", write_only=True
    )

    class Meta:
        model = Membership
        fields = ("id", "user", "username", "role", "joined_at")
        read_only_fields = ("id", "joined_at")

    def validate_username(self, user: User) -> User:
        if Membership.objects.filter(project=self.context["project"], user=user).exists():
            raise serializers.ValidationError("This person is a member already.")
        return user


class MembershipRoleSerializer(MembershipSerializer):
    """For a change: a membership stays with its person, only the role moves."""

    class Meta(MembershipSerializer.Meta):
        fields = ("id", "user", "role", "joined_at")

    username = None


class SummarySerializer(serializers.Serializer[Any]):
    total = serializers.IntegerField()
    overdue = serializers.IntegerField()
    by_status = serializers.DictField(child=serializers.IntegerField(), help_text=f"Keys: {', '.join(Status.values)}.")
