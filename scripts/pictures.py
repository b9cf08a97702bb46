"""The pictures of the stacks' READMEs, taken of a stack that runs: its pages at a desk and on a telephone.

`pictures.py STACK ADDRESS [MAIL]`, with Chromium and playwright (make setup). Writes stacks/STACK/picture.png.
The people in it are made up: `accounts` makes them, reading their mails at MAIL; for `assistant`,
stand-in/visit.py has run before.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path

from demo_client import Client
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
CHROMIUM = "/usr/bin/chromium"
DESK, TELEPHONE = (1120, 760), (390, 760)
SHEET = """<body style="margin:0;padding:24px;display:flex;gap:24px;background:#dfe3ea">
<style>img{border-radius:10px;box-shadow:0 2px 14px #0004;display:block}</style>%s</body>"""
PASSWORD = secrets.token_urlsafe(16)
PEOPLE = (
    ("Ada King", "Analyst of engines", "London"),
    ("Grace Hopper", "Compilers, and the fleet", "Arlington"),
    ("Katherine Johnson", "Trajectories, by hand", "Hampton"),
    ("Mary Jackson", "Wind tunnels", "Hampton"),
    ("Alan Turing", "Questions and machines", "Manchester"),
    ("Hedy Lamarr", "Frequencies that hop", "Vienna"),
)


def assistant(desk: Page, telephone: Page, address: str) -> None:
    for page in (desk, telephone):
        page.goto(address + ("/" if page is desk else "/chat"))
    desk.get_by_text("Katherine Johnson").first.wait_for()
    field = telephone.get_by_role("textbox", name="Message")
    field.fill("Can a machine write music?")
    field.press("Enter")
    telephone.get_by_role("region", name="Messages").get_by_text("I am offline").wait_for()


def accounts(desk: Page, telephone: Page, address: str, mail: str) -> None:
    joined = [join(Client(address), Client(mail), *person) for person in PEOPLE]
    for page in (desk, telephone):
        page.goto(address)
        page.get_by_label("E-mail").fill(joined[0])
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="People").wait_for()
    desk.get_by_role("link", name=PEOPLE[-1][0]).wait_for()
    telephone.get_by_role("navigation", name="Places").get_by_role("link", name="Your profile").click()
    telephone.get_by_label("What you do").wait_for()


def join(pages: Client, mail: Client, name: str, headline: str, place: str) -> str:
    """An account, confirmed by its mail, with its words; returns its address."""
    email = f"{name.split()[0].lower()}-{secrets.token_hex(3)}@example.com"
    pages.post("/api/auth/register", {"email": email, "name": name, "password": PASSWORD})
    while not (mails := mail.get(f"/api/mails?to={email}")):
        time.sleep(0.1)
    token = re.findall(r"/verify#(\S+)", mails[0]["text"])[0]
    pages.send("POST", "/api/auth/verify", json.dumps({"token": token}).encode(), "application/json")
    pages.token = pages.post("/api/auth/login", {"email": email, "password": PASSWORD})["access_token"]
    words = json.dumps({"headline": headline, "place": place}).encode()
    pages.send("PATCH", "/api/users/me", words, "application/json")
    return email


STACKS: dict[str, Callable[..., None]] = {"accounts": accounts, "assistant": assistant}


def sized(browser: Browser, size: tuple[int, int]) -> Page:
    return browser.new_context(viewport={"width": size[0], "height": size[1]}, locale="en-GB").new_page()


def main(argv: list[str]) -> int:
    if len(argv) < 2 or argv[0] not in STACKS:
        print(f"usage: pictures.py {'|'.join(STACKS)} ADDRESS [MAIL]", file=sys.stderr)
        return 2
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        shown = [sized(browser, DESK), sized(browser, TELEPHONE)]
        STACKS[argv[0]](*shown, *argv[1:])
        for page in shown:
            page.wait_for_timeout(500)  # animations
        images = [base64.b64encode(page.screenshot()).decode() for page in shown]
        sheet = sized(browser, (DESK[0] + TELEPHONE[0] + 72, DESK[1] + 48))
        sheet.set_content(SHEET % "".join(f'<img src="data:image/png;base64,{image}">' for image in images))
        sheet.screenshot(path=ROOT / "stacks" / argv[0] / "picture.png")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
