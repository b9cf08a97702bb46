"""System A in both forms, natively and on Docker: its main story over HTTP, and what its document asks for."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.gallery_stack import Answer, picture, until
from tests.e2e.shop_stack import Shop, Visitor, pictures_in, started
from tests.e2e.who import who

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(1500)]

IMAGES = ("python:3.11-slim", "node:22-alpine", "nginx:alpine", "postgres:15-alpine", "redis:7-alpine")
SERVICES = {"backend", "frontend", "nginx", "postgres", "redis"}
BUYERS, PIECES = 200, 10
CARTS_AT_ONCE = 20
BUSY = (0, 503)
"""Answers after which a buyer asks again, as they say; a cart becomes one order however often it is sent."""


@pytest.fixture(scope="module", params=who("me"))
def development(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with started(request.param, request, tmp_path_factory.mktemp("shop"), "development") as stack:
        stack.fill()
        yield stack


@pytest.fixture(scope="module", params=who("me"))
def production(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    with started(request.param, request, tmp_path_factory.mktemp("shop"), "production") as stack:
        stack.fill()
        yield stack


def main_story(stack: Shop) -> str:
    """Browse, look, buy, and the order is there: for the buyer and behind the counter. Returns the order's key."""
    clerk = stack.guest().sign_in()
    shown = clerk.show_picture("/products/harbour-mug/picture/", picture(900, 900))
    assert shown.status == 200, shown
    buyer = stack.guest()
    for path in ("/", "/category/cups", "/search?q=harbour"):
        assert "Harbour mug" in buyer.page(path), path
    assert "Nothing found" in buyer.page("/search?q=submarine")
    seen = buyer.page("/product/harbour-mug")
    served = buyer.ask("GET", pictures_in(seen)[0])
    assert (served.status, served.body[8:12]) == (200, b"WEBP")
    before = buyer.get("/products/harbour-mug/")["stock"]
    buyer.put_into_cart("harbour-mug", 2)
    assert "€48.00" in buyer.page("/cart")
    assert "Place order" in buyer.page("/checkout")
    placed = buyer.order()
    assert placed.status == 201, placed
    key = str(placed.json["key"])
    assert "Thank you" in buyer.page(f"/order/{key}")
    assert buyer.get("/products/harbour-mug/")["stock"] == before - 2
    assert f"/admin/orders/order/{placed.json['number']}/" in stack.guest().enter_the_admin()
    return key


def buy_all_at_once(stack: Shop) -> tuple[Counter[int], int, int]:
    """Two hundred buyers of ten pieces, each with one in the cart, order at the same moment. What they were answered,
    how many orders there are, and the stock."""
    slug = stack.sell_new("Rare vase", PIECES)
    buyers = [stack.guest() for _ in range(BUYERS)]
    with ThreadPoolExecutor(CARTS_AT_ONCE) as crowd:
        list(crowd.map(lambda buyer: buyer.put_into_cart(slug), buyers))
    gate = threading.Barrier(BUYERS)

    def order(buyer: Visitor) -> int:
        gate.wait(120)
        placed: Answer = until(lambda: (answer := buyer.order()).status not in BUSY and answer, 60, 0.5)
        return placed.status

    with ThreadPoolExecutor(BUYERS) as crowd:
        answers = Counter(crowd.map(order, buyers))
    lines = stack.python(
        "from apps.orders.models import OrderLine\n"
        f"print(OrderLine.objects.filter(product__slug={slug!r}, order__status='placed').count())"
    )
    return answers, int(lines), stack.guest().get(f"/products/{slug}/")["stock"]


@pytest.mark.shows("A3")
def test_development_is_healthy_and_this_machines_alone(development: Shop) -> None:
    rows = development.rows()
    assert {name: row["Health"] for name, row in rows.items()} == dict.fromkeys(SERVICES, "healthy")
    published = {port["URL"] for row in rows.values() for port in row["Publishers"] or () if port["PublishedPort"]}
    assert published == {"127.0.0.1"}


@pytest.mark.shows("A3")
def test_development_main_story(development: Shop) -> None:
    main_story(development)
    assert b"DJANGO Admin" in development.guest().ask("GET", "/static/admin/css/base.css").body


def test_the_front_ends_own_port_has_everything(development: Shop) -> None:
    """Without nginx in front, as one works on it."""
    visitor = Visitor(f"http://127.0.0.1:{development.port('frontend', 3000)}")
    assert "Harbour mug" in visitor.page("/")
    assert visitor.get("/health/")["status"] == "ok"
    api = Visitor(f"http://127.0.0.1:{development.port('backend', 8000)}")
    assert api.get("/products/")["count"] >= 1


@pytest.mark.shows("A4")
def test_a_change_on_each_side_is_seen_without_a_rebuild(development: Shop) -> None:
    visitor = development.guest()
    development.edit("frontend/app/page.tsx", "For a quiet house", "For a merry house")
    until(lambda: b"For a merry house" in visitor.ask("GET", "/").body, 60)
    development.edit("backend/config/settings/base.py", '"TITLE": "Shop"', '"TITLE": "Corner shop"')
    until(lambda: b"title: Corner shop" in visitor.ask("GET", "/api/v1/schema/").body, 60)


@pytest.mark.shows("A7")
@pytest.mark.parametrize("tests", [("backend", "pytest", "-q"), ("frontend", "npm", "test")], ids=lambda t: t[0])
def test_their_own_tests_run_in_the_stack(development: Shop, tests: tuple[str, ...]) -> None:
    done = development.inside(*tests, timeout=600)
    assert done.code == 0, done.text[-3000:]
    assert " passed" in done.out


@pytest.mark.shows("A4")
def test_down_and_up_keep_orders_and_pictures_and_down_with_volumes_forgets_them(development: Shop) -> None:
    key = main_story(development)
    buyer = development.guest()
    image = pictures_in(buyer.page("/product/harbour-mug"))[0]
    assert development.run("down").code == 0
    development.up()
    again = development.guest()
    assert "Thank you" in again.page(f"/order/{key}")
    assert again.ask("GET", image).status == 200
    assert development.run("down", "-v").code == 0
    development.up("backend")
    empty = Visitor(f"http://127.0.0.1:{development.port('backend', 8000)}")
    assert empty.get("/products/")["count"] == 0
    assert empty.ask("GET", f"/api/v1/orders/{key}/").status == 404


@pytest.mark.shows("A1", "A2", "A7")
def test_production_is_shut_in_and_nobody_is_root(production: Shop) -> None:
    rows = production.rows()
    running = {name: row["Health"] for name, row in rows.items() if row["State"] == "running"}
    assert running == dict.fromkeys(SERVICES, "healthy")
    assert rows["migrate"]["ExitCode"] == 0
    published = {name for name, row in rows.items() if any(p["PublishedPort"] for p in row["Publishers"] or ())}
    assert published == {"nginx"}
    for service, user in (("backend", "1001"), ("frontend", "1000")):
        assert production.inside(service, "id", "-u").out.strip() == user
        assert production.inside(service, "sh", "-c", "echo x > /app/x").code != 0
        left = production.inside(
            service, "find", "/app", "-name", ".env*", "-o", "-name", "tests", "-path", "/app/tests"
        )
        assert left.out.strip() == ""


@pytest.mark.shows("A1", "A2", "A7")
def test_production_main_story_and_what_pages_are_allowed(production: Shop) -> None:
    main_story(production)
    page = production.guest().ask("GET", "/")
    assert "'nonce-" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    static = production.guest().page("/admin/login/")
    styles = production.guest().ask("GET", static.split('href="/static/', 1)[1].split('"')[0].join(("/static/", "")))
    assert styles.status == 200


@pytest.mark.shows("A7")
def test_two_hundred_buyers_of_ten_pieces(production: Shop) -> None:
    answers, orders, stock = buy_all_at_once(production)
    assert (answers, orders, stock) == (Counter({201: PIECES, 409: BUYERS - PIECES}), PIECES, 0)


def test_production_starts_with_secrets_only(production: Shop) -> None:
    env = production.shore.folder / ".env"
    text = env.read_text()
    try:
        env.write_text("\n".join(line for line in text.splitlines() if not line.startswith("SECRET_KEY")))
        refused = production.run("config", "-q")
        assert refused.code != 0
        assert "set it in .env" in refused.err
    finally:
        env.write_text(text)
    assert json.loads(production.run("ps", "--format", "json", "backend").out)["State"] == "running"
