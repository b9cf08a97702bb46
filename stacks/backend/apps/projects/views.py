from typing import Any

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.mixins import ListModelMixin
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from apps.core.concurrency import VersionedViewSet
from apps.core.errors import Conflict
from apps.projects.models import Membership, Project, Role
from apps.projects.permissions import OwnersChange, at_least
from apps.projects.serializers import MembershipRoleSerializer, MembershipSerializer, ProjectSerializer, SummarySerializer
from apps.projects.summary import summary
from apps.tasks.models import Task


@extend_schema(tags=["projects"])
class ProjectViewSet(ListModelMixin, VersionedViewSet):
    """The projects that you take part in."""

    queryset = Project.objects.none()
    serializer_class = ProjectSerializer
    permission_classes = (IsAuthenticated, OwnersChange)
    http_method_names = ("get", "post", "patch", "delete", "head", "options")
    filter_backends = (*VersionedViewSet.filter_backends, SearchFilter, OrderingFilter)
    filterset_fields = ("archived",)
    search_fields = ("name", "description")
    ordering_fields = ("name", "created_at", "updated_at")

    def visible(self) -> QuerySet[Project]:
        return with_my_role_and_count(Project.objects.visible_to(self.request.user), self.request.user.pk)

    @extend_schema(responses=SummarySerializer, filters=False)
    @action(detail=True, methods=["get"])
    def summary(self, request: Request, pk: str) -> Response:
        """How many tasks there are, by status, and how many are late."""
        return Response(summary(self.get_object().pk))


def with_my_role_and_count(projects: QuerySet[Project], user_id: int) -> QuerySet[Project]:
    """Subqueries, not joins: rows stay single and can be locked."""
    mine = Membership.objects.filter(project=OuterRef("pk"), user=user_id).values("role")
    tasks = Task.objects.filter(project=OuterRef("pk")).order_by().values("project").annotate(n=Count("pk")).values("n")
    return projects.annotate(my_role=Subquery(mine[:1]), task_count=Coalesce(Subquery(tasks, output_field=IntegerField()), 0))


@extend_schema(tags=["members"], parameters=[OpenApiParameter("project_pk", OpenApiTypes.INT, OpenApiParameter.PATH)])
class MembershipViewSet(ModelViewSet[Membership]):
    """Who takes part in a project. Owners add, change and remove; anyone may leave."""

    queryset = Membership.objects.none()
    serializer_class = MembershipSerializer
    filter_backends = ()
    http_method_names = ("get", "post", "patch", "delete", "head", "options")

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        projects = Project.objects.visible_to(request.user)
        if request.method in {"POST", "PATCH", "DELETE"}:
            # Held until the change is made, so that two owners cannot both leave at the same moment.
            projects = projects.select_for_update(of=("self",))
        self.project = get_object_or_404(projects, pk=kwargs["project_pk"])

    def get_queryset(self) -> QuerySet[Membership]:
        return Membership.objects.filter(project=self.kwargs["project_pk"]).select_related("user")

    def get_serializer_class(self) -> type[BaseSerializer[Membership]]:
        return MembershipRoleSerializer if self.action == "partial_update" else MembershipSerializer

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "project": self.kwargs["project_pk"]}

    def perform_create(self, serializer: BaseSerializer[Membership]) -> None:
        self.require_owner()
        serializer.save(project=self.project)

    def perform_update(self, serializer: BaseSerializer[Membership]) -> None:
        self.require_owner()
        if serializer.validated_data.get("role", Role.OWNER) != Role.OWNER:
            self.keep_an_owner(serializer.instance)
        serializer.save()

    def perform_destroy(self, instance: Membership) -> None:
        if instance.user_id != self.request.user.pk:
            self.require_owner()
        self.keep_an_owner(instance)
        instance.delete()

    def require_owner(self) -> None:
        if not at_least(self.project.pk, self.request.user, Role.OWNER):
            raise PermissionDenied(OwnersChange.message)

    def keep_an_owner(self, leaving: Membership) -> None:
        others = Membership.objects.filter(project=self.project, role=Role.OWNER).exclude(pk=leaving.pk)
        if leaving.role == Role.OWNER and not others.exists():
            raise Conflict("A project keeps at least one owner: make someone else an owner first.")
