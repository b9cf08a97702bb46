"""The figures of a project, kept in the cache until one of its tasks changes."""

from typing import TypedDict

from django.core.cache import cache
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from apps.tasks.models import Status, Task

SECONDS = 60


class Summary(TypedDict):
    total: int
    overdue: int
    by_status: dict[str, int]


def key(project_id: int) -> str:
    return f"project-summary:{project_id}"


def count(project_id: int) -> Summary:
    """Counted by the database, in one query."""
    open_and_late = Q(due_on__lt=timezone.localdate()) & ~Q(status=Status.DONE)
    by_status = {status: Count("pk", filter=Q(status=status)) for status in Status.values}
    row = Task.objects.filter(project=project_id).aggregate(total=Count("pk"), overdue=Count("pk", filter=open_and_late), **by_status)
    return {"total": row["total"], "overdue": row["overdue"], "by_status": {status: row[status] for status in Status.values}}


def summary(project_id: int) -> Summary:
    """From the cache, else counted. Without a cache it is counted each time."""
    found: Summary | None = cache.get(key(project_id))
    if found is None:
        found = count(project_id)
        cache.set(key(project_id), found, SECONDS)
    return found


def forget(project_id: int) -> None:
    """To be called when a task changes; takes effect with the change, when its transaction is committed."""
    transaction.on_commit(lambda: cache.delete(key(project_id)))
