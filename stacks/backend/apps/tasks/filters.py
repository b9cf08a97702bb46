from django.db.models import QuerySet
from django_filters import rest_framework as filters
from rest_framework.request import Request

from apps.tasks.models import Priority, Status, Task


class TaskFilter(filters.FilterSet):
    """`?status=todo&status=in_progress&assignee=me&due_before=2030-01-01`."""

    status = filters.MultipleChoiceFilter(choices=Status.choices)
    priority_min = filters.ChoiceFilter(field_name="priority", lookup_expr="gte", choices=Priority.choices)
    assignee = filters.CharFilter(method="by_assignee", help_text="A person's id, `me`, or `none`.")
    due_before = filters.DateFilter(field_name="due_on", lookup_expr="lt")
    due_after = filters.DateFilter(field_name="due_on", lookup_expr="gt")

    class Meta:
        model = Task
        fields = ("project", "status", "assignee")

    request: Request

    def by_assignee(self, queryset: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        if value == "none":
            return queryset.filter(assignee=None)
        if value == "me":
            return queryset.filter(assignee=self.request.user.pk)
        return queryset.filter(assignee=value) if value.isascii() and value.isdigit() and len(value) < 19 else queryset.none()
