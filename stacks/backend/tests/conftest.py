"""People, a project and clients for the tests. The database and the cache are the real ones."""

import shutil
from collections.abc import Callable, Iterator

import pytest
from django.conf import settings
from django.core.cache import cache
from rest_framework.test import APIClient

from apps.accounts.models import AccessToken, User
from apps.projects.models import Membership, Project, Role
from apps.tasks.models import Task

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def clean_cache() -> Iterator[None]:
    cache.delete_pattern("*")
    yield
    cache.delete_pattern("*")


@pytest.fixture(scope="session", autouse=True)
def clean_media() -> Iterator[None]:
    yield
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


@pytest.fixture
def person(db: None) -> Callable[[str], User]:
    def make(name: str) -> User:
        return User.objects.create_user(name, f"{name}@example.com", PASSWORD)

    return make


def client_of(user: User) -> APIClient:
    """A client that shows a real token of this person."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.objects.issue(user)[1]}")
    return client


@pytest.fixture
def ada(person: Callable[[str], User]) -> User:
    return person("ada")


@pytest.fixture
def grace(person: Callable[[str], User]) -> User:
    return person("grace")


@pytest.fixture
def stranger(person: Callable[[str], User]) -> User:
    return person("stranger")


@pytest.fixture
def project(ada: User, grace: User) -> Project:
    """Ada owns it, Grace is a member."""
    project = Project.objects.create(name="Website")
    Membership.objects.create(project=project, user=ada, role=Role.OWNER)
    Membership.objects.create(project=project, user=grace, role=Role.MEMBER)
    return project


@pytest.fixture
def task(project: Project, ada: User) -> Task:
    return Task.objects.create(project=project, title="Draft the start page", created_by=ada)


@pytest.fixture
def as_ada(ada: User) -> APIClient:
    return client_of(ada)


@pytest.fixture
def as_grace(grace: User) -> APIClient:
    return client_of(grace)


@pytest.fixture
def as_stranger(stranger: User) -> APIClient:
    return client_of(stranger)


@pytest.fixture
def anyone() -> APIClient:
    return APIClient()
