import threading
from datetime import date

import pytest
from django.db import connection
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.projects.models import Membership, Project, Role
from apps.tasks.models import Comment, Priority, Status, Task
from tests.conftest import client_of

TASKS = "/api/v1/tasks/"


def address(task: Task) -> str:
    return f"{TASKS}{task.pk}/"


def viewer_of(project: Project, user: User) -> APIClient:
    Membership.objects.create(project=project, user=user, role=Role.VIEWER)
    return client_of(user)


def test_create_and_read_back(project: Project, grace: User, as_ada: APIClient) -> None:
    wanted = {"project": project.pk, "title": "Test the login", "assignee_id": grace.pk, "due_on": "2030-01-31", "priority": 3}
    made = as_ada.post(TASKS, wanted)
    assert made.status_code == 201, made.data
    read = as_ada.get(f"{TASKS}{made.data['id']}/").data
    assert read == made.data
    assert (read["assignee"]["username"], read["created_by"]["username"], read["status"]) == ("grace", "ada", "todo")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "nul\x00"}, "title"),
        ({"status": "maybe"}, "status"),
        ({"priority": 9}, "priority"),
        ({"due_on": "tomorrow"}, "due_on"),
        ({"project": 999_999}, "project"),
        ({"project": 10**30}, "project"),
        ({"project": None}, "project"),
    ],
)
def test_create_refuses(project: Project, as_ada: APIClient, change: dict[str, object], field: str) -> None:
    answer = as_ada.post(TASKS, {"project": project.pk, "title": "fine", **change})
    assert answer.status_code == 400
    assert list(answer.data) == [field]


def test_only_members_are_given_tasks(project: Project, stranger: User, task: Task, as_ada: APIClient) -> None:
    assert as_ada.patch(address(task), {"assignee_id": stranger.pk}).status_code == 400
    assert as_ada.patch(address(task), {"assignee_id": None}).status_code == 200


def test_strangers_see_nothing(project: Project, task: Task, as_stranger: APIClient) -> None:
    assert as_stranger.get(TASKS).data["count"] == 0
    assert as_stranger.get(address(task)).status_code == 404
    assert as_stranger.patch(address(task), {"title": "mine"}).status_code == 404
    assert as_stranger.post(TASKS, {"project": project.pk, "title": "mine"}).data == {
        "project": [f'Invalid pk "{project.pk}" - object does not exist.']
    }


def test_viewers_read_and_do_not_write(project: Project, task: Task, stranger: User) -> None:
    viewer = viewer_of(project, stranger)
    assert viewer.get(address(task)).status_code == 200
    assert viewer.patch(address(task), {"title": "mine"}).status_code == 403
    assert viewer.delete(address(task)).status_code == 403
    assert viewer.post(TASKS, {"project": project.pk, "title": "mine"}).status_code == 403
    assert viewer.post(f"{address(task)}comments/", {"body": "hello"}).status_code == 403


def test_nobody_writes_in_an_archived_project(project: Project, task: Task, as_ada: APIClient) -> None:
    as_ada.patch(f"/api/v1/projects/{project.pk}/", {"archived": True})
    assert as_ada.patch(address(task), {"title": "late"}).status_code == 403
    assert as_ada.post(TASKS, {"project": project.pk, "title": "late"}).status_code == 403
    assert as_ada.get(address(task)).status_code == 200


def test_a_task_stays_in_its_project(task: Task, as_ada: APIClient) -> None:
    other = as_ada.post("/api/v1/projects/", {"name": "Other"}).data["id"]
    assert as_ada.patch(address(task), {"project": other}).status_code == 400


def test_filters(project: Project, ada: User, grace: User, as_ada: APIClient) -> None:
    Task.objects.create(project=project, title="a", status=Status.DONE, assignee=ada, due_on=date(2030, 1, 1))
    Task.objects.create(project=project, title="b", priority=Priority.URGENT, assignee=grace, due_on=date(2030, 2, 1))
    Task.objects.create(project=project, title="c", description="needle")

    def titles(query: str) -> list[str]:
        answer = as_ada.get(f"{TASKS}?{query}")
        assert answer.status_code == 200, answer.data
        return sorted(task["title"] for task in answer.data["results"])

    assert titles("status=done") == ["a"]
    assert titles("status=done&status=todo") == ["a", "b", "c"]
    assert titles("assignee=me") == ["a"]
    assert titles(f"assignee={grace.pk}") == ["b"]
    assert titles("assignee=none") == ["c"]
    assert titles("assignee=;drop") == titles(f"assignee={10**30}") == []
    assert titles("priority_min=3") == ["b"]
    assert titles("due_before=2030-01-15") == ["a"]
    assert titles("due_after=2030-01-15") == ["b"]
    assert titles("search=needle") == ["c"]
    assert [t["title"] for t in as_ada.get(f"{TASKS}?ordering=-title").data["results"]] == ["c", "b", "a"]
    assert as_ada.get(f"{TASKS}?status=maybe").status_code == 400
    assert as_ada.get(f"{TASKS}?due_before=soon").status_code == 400


def test_pages_have_a_largest_size(project: Project, as_ada: APIClient) -> None:
    Task.objects.bulk_create(Task(project=project, title=str(number)) for number in range(120))
    page = as_ada.get(f"{TASKS}?page_size=1000").data
    assert (page["count"], len(page["results"])) == (120, 100)
    assert as_ada.get(f"{TASKS}?page=99").status_code == 404


@pytest.mark.parametrize("number", [1, 30])
def test_a_page_costs_the_same_queries_for_one_task_and_for_thirty(
    project: Project, ada: User, as_ada: APIClient, number: int, django_assert_num_queries
) -> None:  # type: ignore[no-untyped-def]
    for index in range(number):
        task = Task.objects.create(project=project, title=str(index), created_by=ada, assignee=ada)
        Comment.objects.create(task=task, author=ada, body="hello")
    with django_assert_num_queries(5):  # begin, the token with its person, the count, the page, commit
        page = as_ada.get(f"{TASKS}?page_size=100").data
    assert page["results"][0]["comment_count"] == 1


def test_a_change_of_an_old_version_is_refused(task: Task, as_ada: APIClient, as_grace: APIClient) -> None:
    read = as_ada.get(address(task))
    assert as_grace.patch(address(task), {"title": "Grace was first"}).headers["ETag"] == '"2"'
    late = as_ada.patch(address(task), {"title": "Ada is late"}, headers={"If-Match": read.headers["ETag"]})
    assert late.status_code == 412
    assert as_ada.get(address(task)).data["title"] == "Grace was first"
    assert as_ada.patch(address(task), {"title": "Again"}, headers={"If-Match": '"7", "2"'}).data["version"] == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_the_same_moment_one_wins(task: Task, ada: User) -> None:
    codes: list[int] = []
    start = threading.Barrier(4)

    def change(client: APIClient, title: str) -> None:
        start.wait()
        codes.append(client.patch(address(task), {"title": title}, headers={"If-Match": '"1"'}).status_code)
        connection.close()

    threads = [threading.Thread(target=change, args=(client_of(ada), str(number))) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [200, 412, 412, 412]


def test_delete(task: Task, as_grace: APIClient) -> None:
    assert as_grace.delete(address(task)).status_code == 204
    assert not Task.objects.exists()


def test_comments(task: Task, project: Project, as_ada: APIClient, as_grace: APIClient, as_stranger: APIClient) -> None:
    made = as_grace.post(f"{address(task)}comments/", {"body": "Looks good"})
    assert (made.status_code, made.data["author"]["username"]) == (201, "grace")
    one = f"/api/v1/comments/{made.data['id']}/"
    assert as_stranger.get(one).status_code == as_stranger.get(f"{address(task)}comments/").status_code == 404
    assert as_ada.patch(one, {"body": "Looks bad"}).status_code == 403, "not even an owner changes another's words"
    assert as_grace.patch(one, {"body": "Looks great"}).data["body"] == "Looks great"
    assert as_ada.get(f"{address(task)}comments/").data["count"] == 1
    assert as_ada.get(address(task)).data["comment_count"] == 1
    assert as_ada.delete(one).status_code == 204, "but may take them away"
    assert as_ada.post(f"{address(task)}comments/", {"body": "  "}).status_code == 400
