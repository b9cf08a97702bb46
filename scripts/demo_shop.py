"""What the demo of stacks/shop does: buys something as a guest, and sees the order on the clerk's list."""

from __future__ import annotations

import http.cookiejar
import re
import urllib.parse
import urllib.request

from demo_client import Client, DemoError

# Puts things on the shelves, inside the back end, which can draw; run again it does nothing.
FILL = ("backend", "python", "-m", "demo.seed")
CLERK, PASSWORD = "clerk@example.com", "only-for-looking"
WHO = f"sign in as {CLERK} with the password {PASSWORD}, or buy as a guest"
BUYER = {"email": "demo@example.com", "name": "Dora Demo", "address": "1 Lane", "postcode": "211 41", "city": "Malmö"}


def check(client: Client) -> str:
    """Returns what was done, in words; DemoError when a step does not lead to the next."""
    become_a_visitor(client)
    product = next((one for one in client.get("/api/v1/products/")["results"] if one["stock"]), None)
    if product is None:
        raise DemoError("everything is sold out; `down -v` begins anew")
    if product["name"] not in client.page(f"/product/{product['slug']}"):
        raise DemoError(f"the page of {product['name']} does not show it")
    cart = client.post("/api/v1/cart/lines/", {"product": product["id"], "quantity": 1})
    order = client.post("/api/v1/orders/", {**BUYER, "cart": cart["id"], "total": cart["total"]})
    if "Thank you" not in client.page(f"/order/{order['key']}"):
        raise DemoError("the order's page does not say so")
    if f"/admin/orders/order/{order['number']}/" not in list_of_the_clerk(client):
        raise DemoError(f"order {order['number']} is not on the clerk's list")
    return f"bought {product['name']} as a guest and found the order behind the counter; {WHO}"


def become_a_visitor(client: Client) -> None:
    """With cookies, and with the token that only the shop's own pages know: every change has to show it."""
    jar = http.cookiejar.CookieJar()
    cookies = urllib.request.HTTPCookieProcessor(jar)
    client.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)
    client.get("/api/v1/account/")
    client.opener.addheaders = [("X-CSRFToken", str(cookie.value)) for cookie in jar if cookie.name == "csrftoken"]


def list_of_the_clerk(client: Client) -> str:
    """The admin's list of orders."""
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.page("/admin/login/"))
    if found is None:
        raise DemoError("the admin shows no form to sign in")
    form = {"csrfmiddlewaretoken": found[1], "username": CLERK, "password": PASSWORD, "next": "/admin/orders/order/"}
    body = urllib.parse.urlencode(form).encode()
    return client.send("POST", "/admin/login/", body, "application/x-www-form-urlencoded").decode()
