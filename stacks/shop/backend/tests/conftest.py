"""People, products and browsers for the tests. The database and Redis are the real ones."""

import io
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from django.conf import settings
from django.core.cache import caches
from PIL import Image
from redis.connection import ConnectionPool
from redis.exceptions import ConnectionError as RedisAwayError
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.catalogue.models import Category, Product

PASSWORD = "correct horse battery"
DETAILS = {
    "email": "ada@example.com",
    "name": "Ada Lovelace",
    "address": "12 St James's Square",
    "postcode": "SW1Y 4JH",
    "city": "London",
}


@pytest.fixture(autouse=True)
def clean_caches() -> Iterator[None]:
    yield
    for cache in caches.all():
        cache.delete_pattern("*")


@pytest.fixture(scope="session", autouse=True)
def clean_media() -> Iterator[None]:
    yield
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)


@contextmanager
def redis_away() -> Iterator[None]:
    """As if nothing listened at its address."""
    with pytest.MonkeyPatch.context() as patch:

        def refuse(*_: object, **__: object) -> None:
            raise RedisAwayError("connection refused")

        patch.setattr(ConnectionPool, "get_connection", refuse)
        yield


class Browser(APIClient):
    """Keeps cookies, and shows the CSRF token as our pages do: without one a request is refused, as it is outside."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True)

    def generic(self, method: str, *args: object, **options: object) -> object:
        if method not in ("GET", "HEAD") and "HTTP_X_CSRFTOKEN" not in options:
            if "csrftoken" not in self.cookies:
                self.get("/api/v1/account/")
            options["HTTP_X_CSRFTOKEN"] = self.cookies["csrftoken"].value
        return super().generic(method, *args, **options)  # type: ignore[arg-type]

    def sign_in(self, user: User, password: str = PASSWORD) -> "Browser":
        answer = self.post("/api/v1/account/login/", {"email": user.email, "password": password})
        assert answer.status_code == 200, answer.data
        return self

    def add(self, product: Product, quantity: int = 1) -> dict:
        answer = self.post("/api/v1/cart/lines/", {"product": product.pk, "quantity": quantity})
        assert answer.status_code == 201, answer.data
        return answer.data

    def order(self, **changed: object) -> object:
        """Check out as the page does: the cart and the total as they are shown."""
        cart = self.get("/api/v1/cart/").data
        return self.post("/api/v1/orders/", {**DETAILS, "cart": cart["id"], "total": cart["total"], **changed})


@pytest.fixture
def visitor(db: None) -> Browser:
    return Browser()


@pytest.fixture
def person(db: None) -> Callable[..., User]:
    def make(name: str, **others: object) -> User:
        return User.objects.create_user(f"{name}@example.com", PASSWORD, name=name.title(), **others)

    return make


@pytest.fixture
def ada(person: Callable[..., User]) -> User:
    return person("ada")


@pytest.fixture
def clerk(person: Callable[..., User]) -> User:
    return person("clerk", is_staff=True, is_superuser=True)


@pytest.fixture
def as_ada(ada: User) -> Browser:
    return Browser().sign_in(ada)


@pytest.fixture
def as_clerk(clerk: User) -> Browser:
    return Browser().sign_in(clerk)


@pytest.fixture
def cups(db: None) -> Category:
    return Category.objects.create(name="Cups", slug="cups")


@pytest.fixture
def mug(cups: Category) -> Product:
    return Product.objects.create(
        category=cups, name="Blue mug", description="Stoneware, holds tea.", price=Decimal("14.50"), stock=10
    )


@pytest.fixture
def bowl(db: None) -> Product:
    bowls = Category.objects.create(name="Bowls", slug="bowls")
    return Product.objects.create(category=bowls, name="Soup bowl", price=Decimal("22.00"), stock=3)


def picture(width: int = 800, height: int = 600, kind: str = "PNG", colour: str = "teal") -> io.BytesIO:
    """A picture of one colour, as a file with a name."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, kind)
    out.seek(0)
    out.name = f"picture.{kind.lower()}"
    return out
