"""Lists, search, categories, what is kept in Redis, and who may change what."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.catalogue.models import Category, Product, free_slug
from apps.orders.models import Order
from tests.conftest import Browser, picture, redis_away

PRODUCTS = "/api/v1/products/"


@pytest.fixture
def shelf(mug: Product, bowl: Product, cups: Category) -> None:
    Product.objects.create(category=cups, name="Espresso cup", description="Small and blue.", price="9.00", stock=0)
    Product.objects.create(category=cups, name="Old mug", price="1.00", stock=5, active=False)


def names(visitor: Browser, query: str = "") -> list[str]:
    answer = visitor.get(PRODUCTS + query)
    assert answer.status_code == 200, answer.data
    return [product["name"] for product in answer.data["results"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["Espresso cup", "Soup bowl", "Blue mug"]),
        ("?category=cups", ["Espresso cup", "Blue mug"]),
        ("?category=none", []),
        ("?in_stock=true", ["Soup bowl", "Blue mug"]),
        ("?sort=price", ["Espresso cup", "Blue mug", "Soup bowl"]),
        ("?sort=-price", ["Soup bowl", "Blue mug", "Espresso cup"]),
        ("?sort=name", ["Blue mug", "Espresso cup", "Soup bowl"]),
        ("?min_price=10&max_price=20", ["Blue mug"]),
        ("?search=blue", ["Blue mug", "Espresso cup"]),  # the name counts more than the description
        ("?search=BLUE mugs", ["Blue mug"]),  # any case, any number of them
        ("?search=stonew", ["Blue mug"]),  # not typed to its end
        ("?search=soup blue", []),  # every word
        ("?search=%26%7C!():*'", []),  # nothing of it is taken for the database's own syntax
        ("?search=", ["Espresso cup", "Soup bowl", "Blue mug"]),
        ("?search=blue&sort=price&category=cups", ["Espresso cup", "Blue mug"]),
        ("?page_size=2", ["Espresso cup", "Soup bowl"]),
        ("?page_size=2&page=2", ["Blue mug"]),
    ],
)
def test_listing(visitor: Browser, shelf: None, query: str, expected: list[str]) -> None:
    assert names(visitor, query) == expected


def test_pages_say_where_one_is(visitor: Browser, shelf: None) -> None:
    page = visitor.get(PRODUCTS + "?page_size=2&page=2").data
    assert (page["count"], page["page"], page["pages"]) == (3, 2, 2)
    assert visitor.get(PRODUCTS + "?page=9").status_code == 404


@pytest.mark.parametrize("query", ["?sort=stock", "?min_price=cheap", "?in_stock=perhaps", "?category=a b"])
def test_a_list_that_cannot_be(visitor: Browser, query: str) -> None:
    assert visitor.get(PRODUCTS + query).status_code == 400


def test_a_product(visitor: Browser, mug: Product) -> None:
    seen = visitor.get(f"{PRODUCTS}blue-mug/").data
    assert (seen["name"], seen["price"], seen["stock"], seen["category"], seen["category_name"]) == (
        "Blue mug", "14.50", 10, "cups", "Cups",
    )  # fmt: skip
    assert (seen["pictures"], seen["rating"], seen["review_count"]) == (None, None, 0)


def test_what_is_not_on_sale_is_not_there(visitor: Browser, shelf: None) -> None:
    assert visitor.get(f"{PRODUCTS}old-mug/").status_code == 404


def test_categories_count_what_is_on_sale(visitor: Browser, shelf: None) -> None:
    Category.objects.filter(slug="bowls").update(position=1)
    counted = [(row["slug"], row["product_count"]) for row in visitor.get("/api/v1/categories/").data]
    assert counted == [("cups", 2), ("bowls", 1)]


def test_answers_are_kept_until_something_changes(
    visitor: Browser, mug: Product, django_capture_on_commit_callbacks
) -> None:  # type: ignore[no-untyped-def]
    address = f"{PRODUCTS}blue-mug/"
    assert [visitor.get(address).headers["X-Cache"] for _ in range(2)] == ["miss", "hit"]
    with django_capture_on_commit_callbacks(execute=True):
        mug.price = "15.00"
        mug.save()
    seen = visitor.get(address)
    assert (seen.headers["X-Cache"], seen.data["price"]) == ("miss", "15.00")
    with django_capture_on_commit_callbacks(execute=True):
        visitor.add(mug)
        assert visitor.order().status_code == 201
    assert visitor.get(address).data["stock"] == 9


def test_looking_around_makes_no_session(visitor: Browser, mug: Product) -> None:
    for address in (PRODUCTS, f"{PRODUCTS}blue-mug/", "/api/v1/categories/"):
        assert visitor.get(address).cookies == {}


def test_the_catalogue_is_there_without_redis(visitor: Browser, mug: Product) -> None:
    with redis_away():
        assert names(visitor) == ["Blue mug"]
        assert visitor.get("/api/v1/health/").status_code == 503


def test_addresses_are_made_of_names(mug: Product) -> None:
    assert mug.slug == "blue-mug"
    assert free_slug("Blue mug") == "blue-mug-2"
    assert free_slug("青い") == "product"


def test_the_stock_cannot_be_below_zero(mug: Product) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Product.objects.filter(pk=mug.pk).update(stock=-1)
    assert Product.objects.take(mug.pk, 11) is False
    assert Product.objects.take(mug.pk, 10) is True
    assert Product.objects.restock(mug.pk, -1) is False


def test_saving_a_product_leaves_its_stock_alone(mug: Product) -> None:
    """Who edits the price has read the stock before somebody bought."""
    assert Product.objects.take(mug.pk, 4)
    mug.price = "16.00"
    mug.save()
    mug.refresh_from_db()
    assert (mug.price, mug.stock) == (16, 6)


# --- staff ------------------------------------------------------------------------------------------------------------


def test_only_staff_writes(visitor: Browser, as_ada: Browser, mug: Product) -> None:
    assert visitor.post(PRODUCTS, {"name": "x"}).status_code == 401
    assert as_ada.post(PRODUCTS, {"name": "x"}).status_code == 403
    assert as_ada.patch(f"{PRODUCTS}blue-mug/", {"price": "0.01"}).status_code == 403
    assert as_ada.post(f"{PRODUCTS}blue-mug/stock/", {"change": 1}).status_code == 403


def test_staff_makes_and_changes_products(as_clerk: Browser, cups: Category) -> None:
    made = as_clerk.post(PRODUCTS, {"name": "Tea cup", "category": "cups", "price": "8.00", "stock": 2})
    assert (made.status_code, made.data["slug"]) == (201, "tea-cup")
    address = f"{PRODUCTS}tea-cup/"
    assert as_clerk.patch(address, {"price": "7.50"}).data["price"] == "7.50"
    assert as_clerk.patch(address, {"stock": 100}).status_code == 400
    assert as_clerk.post(f"{address}stock/", {"change": 5}).data["stock"] == 7
    assert as_clerk.post(f"{address}stock/", {"change": -8}).status_code == 409


def test_a_picture_in_three_sizes(as_clerk: Browser, mug: Product) -> None:
    sent = picture(2000, 1500, "JPEG")
    answer = as_clerk.put(f"{PRODUCTS}blue-mug/picture/", {"picture": sent}, format="multipart")
    assert answer.status_code == 200, answer.data
    addresses = answer.data["pictures"]
    assert set(addresses) == {"320", "640", "1280"}
    for width, address in addresses.items():
        assert re.fullmatch(rf"/media/products/[0-9a-f]{{24}}-{width}\.webp", address)
        path = Path(settings.MEDIA_ROOT) / address.removeprefix("/media/")
        assert path.read_bytes()[8:12] == b"WEBP"
        assert path.stat().st_mode & 0o777 == 0o644, "nginx reads it as another user"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04" + bytes(500), "no JPEG"),
        (b"GIF89a" + bytes(500), "no JPEG"),
        (picture().read()[:300], "damaged"),
    ],
)
def test_what_is_no_picture_is_refused(as_clerk: Browser, mug: Product, content: bytes, says: str) -> None:
    import io

    sent = io.BytesIO(content)
    sent.name = "innocent.png"
    answer = as_clerk.put(f"{PRODUCTS}blue-mug/picture/", {"picture": sent}, format="multipart")
    assert answer.status_code == 400
    assert says in str(answer.data["picture"])


def test_pictures_have_limits(as_clerk: Browser, mug: Product, settings) -> None:  # type: ignore[no-untyped-def]
    address = f"{PRODUCTS}blue-mug/picture/"
    settings.PICTURE_MAX_PIXELS = 1000
    answer = as_clerk.put(address, {"picture": picture()}, format="multipart")
    assert "megapixels" in str(answer.data)
    settings.PICTURE_MAX_BYTES = 100
    answer = as_clerk.put(address, {"picture": picture()}, format="multipart")
    assert "MB" in str(answer.data)


# --- reviews ----------------------------------------------------------------------------------------------------------


def test_who_bought_it_reviews_it_once(as_ada: Browser, visitor: Browser, mug: Product) -> None:
    address = f"{PRODUCTS}blue-mug/reviews/"
    words = {"rating": 4, "body": "Holds tea indeed."}
    assert visitor.post(address, words).status_code == 401
    assert as_ada.post(address, words).status_code == 403
    as_ada.add(mug)
    assert as_ada.get(address).data["may_review"] is False
    assert as_ada.order().status_code == 201
    assert as_ada.get(address).data["may_review"] is True
    sent = {**words, "picture": picture(colour="red")}
    made = as_ada.post(address, sent, format="multipart")
    assert made.status_code == 201, made.data
    assert made.data["pictures"]["320"].startswith("/media/reviews/")
    assert as_ada.post(address, words).status_code == 409
    assert as_ada.get(address).data["may_review"] is False
    assert visitor.get(address).data["may_review"] is False
    seen = visitor.get(address).data["results"]
    assert [(review["author"], review["rating"], review["body"]) for review in seen] == [("Ada", 4, words["body"])]
    assert "ada@example.com" not in str(seen)
    product = Product.objects.with_ratings().get(pk=mug.pk)
    assert (product.rating, product.review_count) == (4, 1)


def test_an_order_that_was_cancelled_is_none(as_ada: Browser, ada: User, mug: Product) -> None:
    as_ada.add(mug)
    key = as_ada.order().data["key"]
    assert Order.objects.bought(ada, mug)
    assert as_ada.post(f"/api/v1/orders/{key}/cancel/").status_code == 200
    assert not Order.objects.bought(ada, mug)


@pytest.mark.parametrize("rating", [0, 6, "many"])
def test_from_one_to_five(as_ada: Browser, mug: Product, rating: object) -> None:
    assert as_ada.post(f"{PRODUCTS}blue-mug/reviews/", {"rating": rating}).status_code == 400


# --- something to look at ---------------------------------------------------------------------------------------------


def test_the_demonstration_fills_the_shelves_once(db: None, visitor: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    from demo import seed, things

    monkeypatch.setattr(things, "THINGS", tuple(thing for thing in things.THINGS if thing.name in LOOKED_AT))
    assert seed.seed() == len(LOOKED_AT)
    assert seed.seed() == 0
    mug = next(found for found in visitor.get(PRODUCTS).data["results"] if found["name"] == "Harbour mug")
    assert (mug["rating"], mug["review_count"], mug["stock"]) == (4.5, 2, 22)
    assert (Path(settings.MEDIA_ROOT) / mug["pictures"]["640"].removeprefix("/media/")).exists()


LOOKED_AT = {"Harbour mug", "Soup bowl", "Sketchbook", "Three candles"}
