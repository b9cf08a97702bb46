"""A private copy of stacks/shop with its own project, folders and ports, and visitors of it with their own cookies."""

from __future__ import annotations

import contextlib
import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.gallery_stack import Answer, Gallery
from tests.e2e.private import copied, fresh_env, shore_of
from tests.shore import Done

__all__ = ["CLERK", "FORMS", "FRONT", "PASSWORD", "Shop", "Visitor", "copy_of_the_stack", "pictures_in", "started"]

CLERK, PASSWORD = "clerk@example.com", "only-for-looking"
WHERE = {"email": "b@example.com", "name": "A Buyer", "address": "1 Lane", "postcode": "211 41", "city": "Malmö"}
FORMS = {"development": "docker-compose.yml", "production": "docker-compose.prod.yml"}
FRONT = ("nginx", 80)
NOT_COPIED = ("node_modules", ".next", ".pytest_cache")


def copy_of_the_stack(folder: Path, form: str) -> Path:
    """The stack's tree in `folder`; for production with secrets of its own."""
    copied("shop", folder, *NOT_COPIED)
    if form != "development":
        fresh_env(folder)
    return folder


@dataclass
class Visitor:
    """A client with cookies, as a browser's; a change shows the token of the shop's own pages."""

    base: str
    jar: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Answer:
        """Every status is an answer; no answer at all is 0."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.base + path, body, named, method=method)
        cookies = urllib.request.HTTPCookieProcessor(self.jar)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies).open(request, timeout=310) as it:
                return Answer(it.status, {name.lower(): value for name, value in it.headers.items()}, it.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, {name.lower(): value for name, value in error.headers.items()}, error.read())
        except OSError as error:
            return Answer(0, {}, str(error).encode())

    def page(self, path: str) -> str:
        """The text of a page that is there."""
        answer = self.ask("GET", path)
        assert answer.status == 200, f"{path}: {answer.status} {answer.body[:500]!r}"
        return answer.body.decode()

    def get(self, path: str) -> Any:
        return json.loads(self.page(f"/api/v1{path}"))

    def token(self) -> str:
        found = {cookie.name: cookie.value or "" for cookie in self.jar}
        if "csrftoken" not in found:
            self.get("/account/")
            return self.token()
        return found["csrftoken"]

    def send(self, method: str, path: str, **value: Any) -> Answer:
        return self.ask(
            method, f"/api/v1{path}", json.dumps(value).encode(),
            Content_Type="application/json", X_CSRFToken=self.token(),
        )  # fmt: skip

    def show_picture(self, path: str, picture: bytes) -> Answer:
        """Upload a PNG, as the form `picture` of that address."""
        mark = uuid.uuid4().hex
        head = f'--{mark}\r\nContent-Disposition: form-data; name="picture"; filename="p.png"\r\n'
        body = f"{head}Content-Type: image/png\r\n\r\n".encode() + picture + f"\r\n--{mark}--\r\n".encode()
        kind = f"multipart/form-data; boundary={mark}"
        return self.ask("PUT", f"/api/v1{path}", body, Content_Type=kind, X_CSRFToken=self.token())

    def sign_in(self, email: str = CLERK, password: str = PASSWORD) -> Visitor:
        answer = self.send("POST", "/account/login/", email=email, password=password)
        assert answer.status == 200, answer
        return self

    def put_into_cart(self, slug: str, quantity: int = 1) -> None:
        product = self.get(f"/products/{slug}/")["id"]
        answer = self.send("POST", "/cart/lines/", product=product, quantity=quantity)
        assert answer.status == 201, answer

    def order(self) -> Answer:
        """What lies in the cart, at the price that is shown."""
        cart = self.get("/cart/")
        return self.send("POST", "/orders/", **WHERE, cart=cart["id"], total=cart["total"])

    def enter_the_admin(self) -> str:
        """By its own form; the list of orders, as the clerk sees it."""
        self.page("/admin/login/")
        form = {"csrfmiddlewaretoken": self.token(), "username": CLERK, "password": PASSWORD}
        form["next"] = "/admin/orders/order/"
        answer = self.ask("POST", "/admin/login/", urllib.parse.urlencode(form).encode())
        assert answer.status == 200, answer
        return answer.body.decode()


@dataclass
class Shop(Gallery):
    """One form of the stack under test."""

    def guest(self) -> Visitor:
        return Visitor(self.address)

    def python(self, code: str) -> str:
        """What some lines say inside the back end, with Django ready."""
        done = self.inside("backend", "python", "manage.py", "shell", "--no-imports", "-c", code)
        assert done.code == 0, done.text
        return done.out.strip()

    def fill(self) -> None:
        """A clerk, and a mug to sell. As the production form has no demonstration in it, by hand."""
        self.python(
            "from apps.accounts.models import User; from apps.catalogue.models import Category, Product\n"
            f"User.objects.create_superuser({CLERK!r}, {PASSWORD!r}, name='Clerk')\n"
            "cups = Category.objects.create(name='Cups', slug='cups')\n"
            "Product.objects.create(category=cups, name='Harbour mug', description='For tea.', price='24.00', stock=40)"
        )

    def sell_new(self, name: str, stock: int) -> str:
        """Something new on the shelves; its address."""
        answer = self.guest().sign_in().send(
            "POST", "/products/", name=name, category="cups", price="10.00", stock=stock, description="New."
        )  # fmt: skip
        assert answer.status == 201, answer
        return str(answer.json["slug"])

    def up(self, *words: str) -> Done:
        """Built anew: an image of the same name may be there, of an earlier state of the source."""
        return super().up("--build", *words)


def pictures_in(page: str) -> list[str]:
    """The addresses of uploaded pictures in a page."""
    return re.findall(r'src="(/media/[^"]+)"', page)


@contextlib.contextmanager
def started(who: str, request: pytest.FixtureRequest, home: Path, form: str) -> Iterator[Shop]:
    """The form, up and healthy; `who` is "me", "ordinary user" or "docker"."""
    project = f"shop-{uuid.uuid4().hex[:6]}"
    shore = shore_of(who, request, home, project, lambda folder: copy_of_the_stack(folder, form))
    stack = Shop(shore, FORMS[form], FRONT)
    try:
        stack.up()
        yield stack
    finally:
        stack.run("down", "-v", "-t", "5")
