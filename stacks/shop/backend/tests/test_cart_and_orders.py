"""Carts, checking out, and above all: of ten pieces ten are sold, however many want one at the same moment."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection

from apps.accounts.models import User
from apps.cart.models import Cart
from apps.catalogue.models import Category, Product
from apps.core.errors import Conflict
from apps.orders import ordering
from apps.orders.models import Order, OrderLine, Status
from tests.conftest import DETAILS, Browser

CART, LINES, ORDERS = "/api/v1/cart/", "/api/v1/cart/lines/", "/api/v1/orders/"


def test_a_guest_has_a_cart(visitor: Browser, mug: Product, bowl: Product) -> None:
    assert visitor.get(CART).data == {"id": None, "lines": [], "count": 0, "total": "0.00"}
    visitor.add(mug, 2)
    cart = visitor.add(bowl)
    assert (cart["count"], cart["total"]) == (3, "51.00")
    assert visitor.get("/api/v1/account/").data == {"user": None, "cart_count": 3}
    assert Browser().get(CART).data["count"] == 0, "somebody else's is somebody else's"


def test_the_same_again_is_more_of_it(visitor: Browser, mug: Product) -> None:
    visitor.add(mug)
    assert [line["quantity"] for line in visitor.add(mug, 3)["lines"]] == [4]


def test_numbers_are_changed_and_lines_taken_out(visitor: Browser, mug: Product, bowl: Product) -> None:
    visitor.add(mug)
    visitor.add(bowl)
    assert visitor.put(f"{LINES}{mug.pk}/", {"quantity": 5}).data["total"] == "94.50"
    assert visitor.put(f"{LINES}{mug.pk}/", {"quantity": 0}).data["count"] == 1
    assert visitor.delete(f"{LINES}{bowl.pk}/").data["lines"] == []


def test_a_cart_asks_for_what_there_is(visitor: Browser, bowl: Product) -> None:
    refused = visitor.post(LINES, {"product": bowl.pk, "quantity": 4})
    assert (refused.status_code, refused.data["detail"]) == (409, "Only 3 pieces are left.")
    visitor.add(bowl, 2)
    refused = visitor.post(LINES, {"product": bowl.pk, "quantity": 2})
    assert refused.data["detail"] == "Only 3 pieces are left, and 2 of them in your cart already."
    Product.objects.update(stock=0)
    assert visitor.post(LINES, {"product": bowl.pk}).data["detail"] == "This is sold out."
    line = visitor.get(CART).data["lines"][0]
    assert (line["quantity"], line["available"]) == (2, False)


@pytest.mark.parametrize("wrong", [{"product": 0}, {"product": "x"}, {"quantity": 0}, {"quantity": 100}])
def test_what_no_cart_takes(visitor: Browser, mug: Product, wrong: dict[str, object]) -> None:
    assert visitor.post(LINES, {"product": mug.pk, **wrong}).status_code == 400


def test_the_guests_cart_becomes_ones_own(visitor: Browser, ada: User, mug: Product, bowl: Product) -> None:
    elsewhere = Browser().sign_in(ada)
    elsewhere.add(mug, 2)
    visitor.add(mug, 1)
    visitor.add(bowl, 1)
    visitor.sign_in(ada)
    lines = {line["product"]["name"]: line["quantity"] for line in visitor.get(CART).data["lines"]}
    assert lines == {"Blue mug": 2, "Soup bowl": 1}
    assert Cart.objects.count() == 1
    assert elsewhere.get(CART).data["count"] == 3


# --- ordering ---------------------------------------------------------------------------------------------------------


def test_an_order(visitor: Browser, mug: Product, bowl: Product) -> None:
    visitor.add(mug, 2)
    visitor.add(bowl)
    answer = visitor.order()
    assert answer.status_code == 201, answer.data
    order = answer.data
    assert (order["total"], order["status"], order["city"]) == ("51.00", "placed", "London")
    assert [(line["name"], line["price"], line["quantity"]) for line in order["lines"]] == [
        ("Blue mug", "14.50", 2),
        ("Soup bowl", "22.00", 1),
    ]
    mug.refresh_from_db()
    bowl.refresh_from_db()
    assert (mug.stock, bowl.stock) == (8, 2)
    assert visitor.get(CART).data["count"] == 0
    assert visitor.get(f"{ORDERS}{order['key']}/").data["number"] == order["number"]


def test_asked_twice_it_is_one_order(visitor: Browser, mug: Product) -> None:
    visitor.add(mug)
    cart = visitor.get(CART).data
    body = {**DETAILS, "cart": cart["id"], "total": cart["total"]}
    first, second = visitor.post(ORDERS, body), visitor.post(ORDERS, body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.data["key"] == second.data["key"]
    assert Order.objects.count() == 1


def test_all_or_nothing(visitor: Browser, mug: Product, bowl: Product) -> None:
    visitor.add(mug)
    visitor.add(bowl, 3)
    Product.objects.filter(pk=bowl.pk).update(stock=1)
    refused = visitor.order()
    assert refused.status_code == 409
    assert refused.data == {"detail": "Soup bowl: only 1 left.", "products": [bowl.pk]}
    mug.refresh_from_db()
    assert (mug.stock, Order.objects.count()) == (10, 0)
    assert visitor.get(CART).data["count"] == 4, "the cart is as it was"


def test_a_price_that_changed_is_said_first(visitor: Browser, mug: Product) -> None:
    visitor.add(mug)
    assert visitor.order(total="1.00").status_code == 409
    Product.objects.update(price="20.00")
    refused = visitor.order(total="14.50")
    assert "the total is now 20.00" in refused.data["detail"]
    mug.refresh_from_db()
    assert mug.stock == 10


def test_what_is_ordered_keeps_its_name_and_price(visitor: Browser, mug: Product) -> None:
    visitor.add(mug)
    key = visitor.order().data["key"]
    Product.objects.update(price="99.00", name="Gold mug")
    line = visitor.get(f"{ORDERS}{key}/").data["lines"][0]
    assert (line["name"], line["price"]) == ("Blue mug", "14.50")


def test_somebody_elses_cart_cannot_be_ordered(visitor: Browser, as_ada: Browser, mug: Product) -> None:
    visitor.add(mug)
    guests = visitor.get(CART).data["id"]
    assert as_ada.order(cart=guests, total="14.50").status_code == 409
    assert Browser().order(cart=guests, total="14.50").status_code == 409
    assert Order.objects.count() == 0


@pytest.mark.parametrize("field", [*DETAILS])
def test_where_it_goes_has_to_be_said(visitor: Browser, mug: Product, field: str) -> None:
    visitor.add(mug)
    refused = visitor.order(**{field: " "})
    assert refused.status_code == 400
    assert set(refused.data) == {field}


def test_orders_are_ones_own(as_ada: Browser, visitor: Browser, person: Callable[..., User], mug: Product) -> None:
    as_ada.add(mug)
    key = as_ada.order().data["key"]
    assert [order["key"] for order in as_ada.get(ORDERS).data["results"]] == [key]
    assert visitor.get(ORDERS).status_code == 401
    other = Browser().sign_in(person("grace"))
    assert other.get(ORDERS).data["results"] == []
    for stranger in (other, visitor):
        assert stranger.get(f"{ORDERS}{key}/").status_code == 404
        assert stranger.post(f"{ORDERS}{key}/cancel/").status_code == 404


def test_a_cancelled_order_gives_back_once(visitor: Browser, mug: Product) -> None:
    visitor.add(mug, 4)
    address = f"{ORDERS}{visitor.order().data['key']}/cancel/"
    assert [visitor.post(address).data["status"] for _ in range(2)] == ["cancelled", "cancelled"]
    mug.refresh_from_db()
    assert mug.stock == 10


def test_what_is_on_its_way_is_not_taken_back(visitor: Browser, mug: Product) -> None:
    visitor.add(mug)
    order = Order.objects.get(key=visitor.order().data["key"])
    ordering.ship(order)
    assert visitor.post(f"{ORDERS}{order.key}/cancel/").status_code == 409
    mug.refresh_from_db()
    assert mug.stock == 9


# --- at the same moment -----------------------------------------------------------------------------------------------


def at_once(count: int, do: Callable[[int], str]) -> Counter[str]:
    """What came of it when so many did it together, each with a connection of its own."""
    start = threading.Barrier(count)

    def one(number: int) -> str:
        try:
            start.wait(20)
            return do(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return Counter(pool.map(one, range(count)))


def cart_with(*products: Product) -> Cart:
    cart = Cart.objects.create()
    for product in products:
        cart.lines.create(product=product, quantity=1)
    return cart


def try_to_order(cart: Cart, expected: Decimal) -> str:
    try:
        return "ordered" if ordering.place(cart, None, DETAILS, expected)[1] else "had it"
    except (ordering.NotEnough, Conflict) as refused:
        return type(refused).__name__


@pytest.mark.django_db(transaction=True)
def test_forty_want_ten(cups: Category) -> None:
    mug = Product.objects.create(category=cups, name="Rare mug", price="5.00", stock=10)
    carts = [cart_with(mug) for _ in range(40)]
    outcome = at_once(40, lambda number: try_to_order(carts[number], Decimal("5.00")))
    mug.refresh_from_db()
    assert outcome == {"ordered": 10, "NotEnough": 30}
    assert (mug.stock, Order.objects.count()) == (0, 10)


@pytest.mark.django_db(transaction=True)
def test_two_products_in_either_order_never_lock_each_other_out(cups: Category) -> None:
    one, two = (Product.objects.create(category=cups, name=f"Cup {n}", price="5.00", stock=12) for n in (1, 2))
    carts = [cart_with(one, two) if number % 2 else cart_with(two, one) for number in range(20)]
    outcome = at_once(20, lambda number: try_to_order(carts[number], Decimal("10.00")))
    assert outcome == {"ordered": 12, "NotEnough": 8}
    assert set(Product.objects.values_list("stock", flat=True)) == {0}


@pytest.mark.django_db(transaction=True)
def test_one_cart_ordered_ten_times_together(cups: Category) -> None:
    mug = Product.objects.create(category=cups, name="Mug", price="5.00", stock=10)
    cart = cart_with(mug)
    assert at_once(10, lambda _: try_to_order(cart, Decimal("5.00"))) == {"ordered": 1, "had it": 9}
    mug.refresh_from_db()
    assert (mug.stock, OrderLine.objects.count()) == (9, 1)


@pytest.mark.django_db(transaction=True)
def test_an_order_cancelled_ten_times_together_gives_back_once(cups: Category) -> None:
    mug = Product.objects.create(category=cups, name="Mug", price="5.00", stock=10)
    order, _ = ordering.place(cart_with(mug), None, DETAILS, Decimal("5.00"))
    assert at_once(10, lambda _: ordering.cancel(order).status) == {Status.CANCELLED: 10}
    mug.refresh_from_db()
    assert mug.stock == 10
