from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.projects.models import Membership, Project, Role
from apps.projects.summary import count, summary
from apps.tasks.models import Status, Task

PROJECTS = "/api/v1/projects/"


def address(project: Project, rest: str = "") -> str:
    return f"{PROJECTS}{project.pk}/{rest}"


def membership(project: Project, user: User) -> Membership:
    return Membership.objects.get(project=project, user=user)


def test_who_makes_a_project_owns_it(ada: User, as_ada: APIClient) -> None:
    made = as_ada.post(PROJECTS, {"name": "New"})
    assert made.status_code == 201
    assert made.data["my_role"] == "owner"
    assert made.headers["ETag"] == '"1"'
    assert Membership.objects.get(project=made.data["id"]).user == ada


def test_a_project_does_not_exist_for_others(project: Project, as_stranger: APIClient, anyone: APIClient) -> None:
    assert as_stranger.get(PROJECTS).data["count"] == 0
    for method in ("get", "patch", "delete"):
        assert getattr(as_stranger, method)(address(project)).status_code == 404
    for rest in ("members/", "summary/"):
        assert as_stranger.get(address(project, rest)).status_code == 404
    assert as_stranger.post(address(project, "members/"), {"username": "stranger"}).status_code == 404
    assert anyone.get(PROJECTS).status_code == 401


def test_members_read_and_owners_change(project: Project, as_ada: APIClient, as_grace: APIClient) -> None:
    assert as_grace.get(address(project)).data["my_role"] == "member"
    assert as_grace.patch(address(project), {"name": "Mine"}).status_code == 403
    assert as_grace.delete(address(project)).status_code == 403
    assert as_ada.patch(address(project), {"name": "Ours"}).data["name"] == "Ours"
    assert as_ada.delete(address(project)).status_code == 204


def test_a_change_of_an_old_version_is_refused(project: Project, as_ada: APIClient) -> None:
    first = as_ada.patch(address(project), {"name": "Second"}, headers={"If-Match": '"1"'})
    assert (first.status_code, first.headers["ETag"]) == (200, '"2"')
    late = as_ada.patch(address(project), {"name": "Third"}, headers={"If-Match": '"1"'})
    assert late.status_code == 412
    assert "version 2" in late.data["detail"]
    assert as_ada.delete(address(project), headers={"If-Match": '"1"'}).status_code == 412
    assert as_ada.get(address(project)).data["name"] == "Second"


def test_owners_add_change_and_remove_members(project: Project, stranger: User, as_ada: APIClient, as_grace: APIClient) -> None:
    wanted = {"username": "stranger", "role": "viewer"}
    assert as_grace.post(address(project, "members/"), wanted).status_code == 403
    added = as_ada.post(address(project, "members/"), wanted)
    assert (added.status_code, added.data["user"]["username"], added.data["role"]) == (201, "stranger", "viewer")
    assert as_ada.post(address(project, "members/"), wanted).status_code == 400

    one = address(project, f"members/{added.data['id']}/")
    assert as_grace.patch(one, {"role": "owner"}).status_code == 403
    assert as_grace.delete(one).status_code == 403
    assert as_ada.patch(one, {"role": "member"}).data["role"] == "member"
    assert as_ada.patch(one, {"role": "king"}).status_code == 400
    assert as_ada.delete(one).status_code == 204


def test_a_member_may_leave_but_the_last_owner_may_not(
    project: Project, ada: User, grace: User, as_ada: APIClient, as_grace: APIClient
) -> None:
    mine = address(project, f"members/{membership(project, ada).pk}/")
    assert as_ada.delete(mine).status_code == 409
    assert as_ada.patch(mine, {"role": "viewer"}).status_code == 409
    hers = address(project, f"members/{membership(project, grace).pk}/")
    assert as_ada.patch(hers, {"role": "owner"}).status_code == 200
    assert as_ada.delete(mine).status_code == 204
    assert as_grace.get(address(project, "members/")).data["count"] == 1


def test_members_of_another_project_are_out_of_reach(project: Project, as_ada: APIClient, as_grace: APIClient, grace: User) -> None:
    other = as_grace.post(PROJECTS, {"name": "Other"}).data["id"]
    foreign = Membership.objects.get(project=other, user=grace)
    assert as_ada.delete(address(project, f"members/{foreign.pk}/")).status_code == 404


def test_the_database_itself_refuses_a_second_membership_and_an_unknown_role(project: Project, ada: User, stranger: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(project=project, user=ada, role=Role.VIEWER)
    with pytest.raises(IntegrityError), transaction.atomic():
        Membership.objects.create(project=project, user=stranger, role="king")


def test_search_filter_and_order(project: Project, as_ada: APIClient) -> None:
    as_ada.post(PROJECTS, {"name": "Archive", "description": "old things"})
    assert [p["name"] for p in as_ada.get(f"{PROJECTS}?ordering=-name").data["results"]] == ["Website", "Archive"]
    assert [p["name"] for p in as_ada.get(f"{PROJECTS}?search=old").data["results"]] == ["Archive"]
    assert as_ada.get(f"{PROJECTS}?search=%00").status_code == 400
    assert as_ada.get(f"{PROJECTS}?archived=true").data["count"] == 0


def test_the_summary_counts_and_forgets_when_a_task_changes(
    project: Project, task: Task, as_ada: APIClient, django_capture_on_commit_callbacks
) -> None:  # type: ignore[no-untyped-def]
    late = timezone.localdate() - timedelta(days=1)
    Task.objects.create(project=project, title="late", due_on=late)
    Task.objects.create(project=project, title="done", due_on=late, status=Status.DONE)
    wanted = {"total": 3, "overdue": 1, "by_status": {"todo": 2, "in_progress": 0, "done": 1}}
    assert as_ada.get(address(project, "summary/")).data == wanted

    Task.objects.filter(pk=task.pk).update(status=Status.DONE)  # behind the signals' back: the cache still answers
    assert summary(project.pk) == wanted
    with django_capture_on_commit_callbacks(execute=True):
        task.delete()
    assert summary(project.pk) == count(project.pk) == {"total": 2, "overdue": 1, "by_status": {"todo": 1, "in_progress": 0, "done": 1}}
