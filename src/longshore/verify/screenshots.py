"""Front pages as a browser shows them, where Chromium is installed."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.model.servers import server_of
from longshore.verify.exchange import NoHttp
from longshore.verify.families.reachable import front_page
from longshore.verify.live import Live
from longshore.verify.portrait import Shot

__all__ = ["browser", "screenshots"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SIZE = (1280, 800)
LIMIT = 60.0
"""Seconds for one page."""


def browser() -> str:
    """The path of an installed browser; "" where there is none."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), "")


async def screenshots(live: Live, services: tuple[str, ...], say: Callable[[str], None]) -> tuple[Shot, ...]:
    """One picture for each service that has a page at /; why there is none of a page is said."""
    program = browser()
    if not program:
        say("note: no screenshots: no Chromium is installed (Debian: apt-get install chromium)")
        return ()
    found: list[Shot] = []
    for name in services:
        service = live.stack.services[name]
        ports = [port.target for port in service.ports if port.protocol == "tcp"]
        if not ports or server_of(service):
            continue
        try:
            address = await live.address(name, ports[0])
            if (await front_page(address)).kind != "text/html":
                continue
            found.append(await _shot(program, name, f"http://localhost:{address.port}/"))
        except (NoHttp, ShoreError) as error:
            say(f"note: no screenshot of {name}: {error}")
    return tuple(found)


async def _shot(program: str, service: str, url: str) -> Shot:
    """Taken with a profile that lasts no longer than that."""
    width, height = SIZE
    with tempfile.TemporaryDirectory(prefix="shore-verify-") as folder:
        file = Path(folder, "page.png")
        words = ["--headless", "--hide-scrollbars", "--disable-gpu", "--no-first-run",
                 "--disable-background-networking",
                 f"--user-data-dir={folder}/profile", f"--window-size={width},{height}", "--virtual-time-budget=8000",
                 f"--screenshot={file}", url]  # fmt: skip
        if os.geteuid() == 0:
            words.insert(0, "--no-sandbox")  # Chromium's own sandbox refuses root
        process = await asyncio.create_subprocess_exec(
            program, *words, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            await asyncio.wait_for(process.wait(), LIMIT)
        except TimeoutError:
            raise ShoreError(f"Chromium took longer than {LIMIT:g} s") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        try:
            data = file.read_bytes()
        except FileNotFoundError:
            raise ShoreError(f"Chromium ended with {process.returncode} and gave no picture") from None
    return Shot(service, url, base64.b64encode(data).decode(), *struct.unpack(">II", data[16:24]))
