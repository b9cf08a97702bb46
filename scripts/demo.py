"""`make demo`: bring a reference stack up natively on free ports, use it once as a client would, say where it is.

`demo.py [STACK]`. Exit code 0 when the stack runs and did what it was asked to. A demo is one entry of DEMOS.
Standard library only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import demo_accounts
import demo_assistant
import demo_backend
import demo_gallery
import demo_shop
from demo_client import Client, DemoError

ROOT = Path(__file__).resolve().parents[1]
SHORE = Path(sys.executable).with_name("shore")
_OWN = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1"}
"""Where what is published on every address is asked from here."""


@dataclass(frozen=True)
class Link:
    """Something to look at: its name, and the service, port and path (or user) it is reached by."""

    label: str
    service: str
    port: int
    form: str = "http://{address}/"


@dataclass(frozen=True)
class Demo:
    """A stack to show. `check` uses it through its published HTTP port and returns what it did, in words.

    `fill` is a service and a command to run in it first: something to look at. `asks` are further services that `check`
    uses. `secrets`: the stack wants a .env, which its new-env.sh prints.
    """

    folder: str
    file: str
    front: Link
    others: tuple[Link, ...]
    check: Callable[..., str]
    fill: tuple[str, ...] = ()
    asks: tuple[Link, ...] = ()
    secrets: bool = False


MAIL = Link("mail", "mail", 8025)
DEMOS = {
    "gallery": Demo(
        folder="stacks/gallery",
        file="docker-compose.dev.yml",
        front=Link("gallery", "frontend", 5173),
        others=(
            Link("API", "backend", 8000, "http://{address}/api/docs"),
            Link("PostgreSQL", "db", 5432, "postgres://app_user@{address}/app_db"),
        ),
        check=demo_gallery.check,
        fill=demo_gallery.FILL,
    ),
    "backend": Demo(
        folder="stacks/backend",
        file="docker-compose.yml",
        front=Link("API", "backend", 8000, "http://{address}/api/v1/docs/"),
        others=(
            Link("health", "backend", 8000, "http://{address}/api/v1/health/"),
            Link("PostgreSQL", "db", 5432, "postgres://postgres@{address}/backend_db"),
            Link("Redis", "redis", 6379, "redis://{address}"),
        ),
        check=demo_backend.check,
    ),
    "accounts": Demo(
        folder="stacks/accounts",
        file="docker-compose.yml",
        front=Link("pages", "frontend", 5173),
        others=(
            MAIL,
            Link("auth_service", "auth_service", 8000, "http://{address}/api/auth/docs"),
            Link("user_service", "user_service", 8000, "http://{address}/api/users/docs"),
            Link("Flower", "flower", 5555),
            Link("MongoDB", "mongo", 27017, "mongodb://{address}"),
        ),
        check=demo_accounts.check,
        asks=(MAIL,),
        secrets=True,
    ),
    "shop": Demo(
        folder="stacks/shop",
        file="docker-compose.yml",
        front=Link("shop", "nginx", 80),
        others=(
            Link("admin", "nginx", 80, "http://{address}/admin/"),
            Link("API", "nginx", 80, "http://{address}/api/v1/docs/"),
            Link("front end", "frontend", 3000),
            Link("back end", "backend", 8000, "http://{address}/api/v1/health/"),
        ),
        check=demo_shop.check,
        fill=demo_shop.FILL,
    ),
    "assistant": Demo(
        folder="stacks/assistant",
        file="docker-compose.yml",
        front=Link("dashboard", "frontend", 3000),
        others=(
            Link("talk to the bot", "telegram", 8081),
            Link("API", "api", 8000, "http://{address}/api/docs"),
        ),
        check=demo_assistant.check,
        fill=demo_assistant.FILL,
    ),
}
DEFAULT = "gallery"


class Stack:
    """One demo's stack, through the `shore` command."""

    def __init__(self, demo: Demo) -> None:
        self.words = [os.path.relpath(SHORE), "-f", os.path.relpath(ROOT / demo.folder / demo.file)]

    def command(self, *words: str) -> str:
        """A command for people to type."""
        return " ".join([*self.words, *words])

    def up(self) -> None:
        """Start what does not run yet; progress and errors are shore's own, on this terminal."""
        code = subprocess.run(
            [*self.words, "--engine", "native", "up", "-d", "--wait", "--build", "--ports", "auto"]
        ).returncode
        if code:
            raise DemoError("the stack did not start; the reason is above", code)

    def execute(self, service: str, *words: str) -> None:
        """A command in a running service; its words are shown only when it fails."""
        done = subprocess.run([*self.words, "exec", "-T", service, *words], capture_output=True, text=True)
        if done.returncode:
            raise DemoError(f"{' '.join(words)} in {service}: {(done.stderr or done.stdout).strip()}", done.returncode)

    def containers(self) -> list[dict[str, object]]:
        done = subprocess.run([*self.words, "ps", "--format", "json"], capture_output=True, text=True)
        if done.returncode:
            raise DemoError(done.stderr.strip() or "shore ps failed", done.returncode)
        return [json.loads(line) for line in done.stdout.splitlines() if line]

    def addresses(self) -> dict[tuple[str, int], str]:
        """`host:port` of every published port, by service and port inside."""
        return {
            (str(row["Service"]), port["TargetPort"]): f"{_OWN.get(port['URL'], port['URL'])}:{port['PublishedPort']}"
            for row in self.containers()
            for port in row["Publishers"] or ()  # type: ignore[attr-defined]
            if port["PublishedPort"] and ":" not in port["URL"]  # of both addresses the one that every client knows
        }

    def is_up(self, services: set[str]) -> bool:
        """Do all of these run, none of them unwell?"""
        running = [row for row in self.containers() if row["State"] == "running"]
        return services <= {row["Service"] for row in running if row["Health"] in ("", "healthy")}


def show(name: str, demo: Demo) -> None:
    if demo.secrets:
        write_env(ROOT / demo.folder)
    stack = Stack(demo)
    if stack.is_up({demo.front.service, *(link.service for link in demo.others)}):
        headline = f"{name} is running already"
    else:
        began = time.monotonic()
        stack.up()
        headline = f"{name} is up, {time.monotonic() - began:.1f} s after the command"
    addresses = stack.addresses()
    if demo.fill:
        stack.execute(*demo.fill)
    did = demo.check(*(Client(f"http://{addresses[link.service, link.port]}") for link in (demo.front, *demo.asks)))
    print("\n".join(report(headline, did, demo, stack, addresses)))


def write_env(folder: Path) -> None:
    """The stack's own secrets, made once, for their owner's eyes."""
    path = folder / ".env"
    if path.exists():
        return
    text = subprocess.run(["sh", "new-env.sh"], cwd=folder, capture_output=True, text=True, check=True).stdout
    path.touch(0o600)
    path.write_text(text)


def report(headline: str, did: str, demo: Demo, stack: Stack, addresses: dict[tuple[str, int], str]) -> list[str]:
    """The lines that people read at the end."""
    links = (demo.front, *demo.others)
    rows = [(link.label, link.form.format(address=addresses[link.service, link.port])) for link in links]
    rows.append(("logs", stack.command("logs", "-f")))
    rows.append(("stop", stack.command("down")))
    rows.append(("", "(data stays; `down -v` deletes it)"))
    rows.extend(("also", f"make demo STACK={name}") for name, other in DEMOS.items() if other is not demo)
    width = max(len(label) for label, _ in rows)
    return ["", headline, f"  {did}", "", *(f"  {label:<{width}}  {value}" for label, value in rows)]


def main(argv: Sequence[str]) -> int:
    name = argv[0] if argv else DEFAULT
    if name not in DEMOS:
        print(f"demo: there is no stack {name!r}; there are: {', '.join(DEMOS)}", file=sys.stderr)
        return 2
    try:
        show(name, DEMOS[name])
    except DemoError as error:
        print(f"demo: {error}", file=sys.stderr)
        return error.code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
