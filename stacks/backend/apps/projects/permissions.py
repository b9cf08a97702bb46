"""Who may do what, as one table: the least role for each act on a project's things.

Someone who is no member does not learn that a project exists: the views' querysets leave it out, so the answer is 404, not 403.
"""

from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from apps.accounts.models import User
from apps.projects.models import Membership, Project, Role

RANK = {Role.VIEWER: 0, Role.MEMBER: 1, Role.OWNER: 2}


def role_in(project_id: int, user: User) -> Role | None:
    """The role of `user` in the project, if any."""
    role = Membership.objects.filter(project=project_id, user=user).values_list("role", flat=True).first()
    return Role(role) if role else None


def at_least(project_id: int, user: User, least: Role) -> bool:
    role = role_in(project_id, user)
    return role is not None and RANK[role] >= RANK[least]


def require_writer(project: Project, user: User) -> None:
    """Refuse who may not write in the project, and any writing in an archived one."""
    if not at_least(project.pk, user, Role.MEMBER):
        raise PermissionDenied("Viewers of this project do not write in it.")
    if project.archived:
        raise PermissionDenied("This project is archived.")


class OwnersChange(BasePermission):
    """Members read a project; its owners change it."""

    message = "Only an owner of the project may do this."

    def has_object_permission(self, request: Request, view: Any, obj: Project) -> bool:
        return request.method in SAFE_METHODS or at_least(obj.pk, request.user, Role.OWNER)
