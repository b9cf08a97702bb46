from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from apps.projects.models import Role
from apps.projects.permissions import at_least, require_writer
from apps.tasks.models import Attachment, Comment, Task


class MembersWrite(BasePermission):
    """Everyone in a project reads its tasks; members and owners change them."""

    def has_object_permission(self, request: Request, view: Any, obj: Task) -> bool:
        if request.method not in SAFE_METHODS:
            require_writer(obj.project, request.user)
        return True


class AuthorsChange(BasePermission):
    """Who wrote it changes it; an owner of the project may take it away."""

    message = "Only its author may change this; an owner of the project may delete it."

    def has_object_permission(self, request: Request, view: Any, obj: Comment | Attachment) -> bool:
        if request.method in SAFE_METHODS:
            return True
        require_writer(obj.task.project, request.user)
        if obj.author_id == request.user.pk:
            return True
        return request.method == "DELETE" and at_least(obj.task.project_id, request.user, Role.OWNER)
