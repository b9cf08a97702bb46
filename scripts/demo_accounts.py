"""What the demo of stacks/accounts does: somebody new joins, follows the link in the mail, signs in and is found."""

from __future__ import annotations

import re
import secrets
import time
from typing import Any

from demo_client import Client, DemoError

PASSWORD = secrets.token_urlsafe(16)
PATIENCE = 30.0  # seconds until the mail is there


def check(pages: Client, mail: Client) -> str:
    """Returns what was done, in words; DemoError when a step does not lead to the next."""
    if '<div id="root">' not in pages.page("/"):
        raise DemoError("the page is not there")
    name = f"demo-{secrets.token_hex(4)}"
    address = f"{name}@example.com"
    pages.post("/api/auth/register", {"email": address, "name": name, "password": PASSWORD})
    pages.send(
        "POST", "/api/auth/verify", f'{{"token": "{token_in_mail(mail, address)}"}}'.encode(), "application/json"
    )
    pages.token = pages.post("/api/auth/login", {"email": address, "password": PASSWORD})["access_token"]
    pages.get("/api/users/me")
    found = pages.get(f"/api/users/search?q={name}")["items"]
    if [person["name"] for person in found] != [name]:
        raise DemoError(f"{name} is not found by searching")
    return "made an account, followed the link in its mail, signed in and was found by searching; make yours"


def token_in_mail(mail: Client, address: str) -> str:
    """The secret of the link, once the worker has sent the mail."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        mails: list[dict[str, Any]] = mail.get(f"/api/mails?to={address}")
        if mails:
            found = re.search(r"/verify#(\S+)", mails[0]["text"])
            if found:
                return found[1]
        time.sleep(0.1)
    raise DemoError(f"no mail for {address} after {PATIENCE:.0f} s")
