"""The SMTP server and its pages, in one process."""

import asyncio
import html
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from catcher.box import Box, Caught
from catcher.pages import entry, frame, page

__all__ = ["app", "catcher"]

SMTP_PORT = 1025
LARGEST = 10 * 1024 * 1024


class Catching:
    """aiosmtpd's handler: every mail is accepted."""

    def __init__(self, box: Box) -> None:
        self.box = box

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        await self.box.take(envelope.mail_from or "", [str(to) for to in envelope.rcpt_tos], content)
        return "250 taken"


async def mails(request: Request) -> Response:
    box: Box = request.app.state.box
    if request.method == "DELETE":
        box.mails = []
        return Response(status_code=204)
    return JSONResponse([mail.as_json() for mail in box.of(request.query_params.get("to", ""))])


async def delay(request: Request) -> Response:
    """How long the server takes to accept a mail: PUT {"seconds": 5}."""
    seconds = (await request.json())["seconds"]
    request.app.state.box.delay = min(60.0, max(0.0, float(seconds)))
    return JSONResponse({"seconds": request.app.state.box.delay})


async def listed(request: Request) -> Response:
    return HTMLResponse(page("Caught mail", "".join(map(entry, request.app.state.box.mails))))


async def shown(request: Request) -> Response:
    mail: Caught | None = request.app.state.box.mail(request.path_params["mail"])
    if mail is None:
        return HTMLResponse(page("Caught mail", "<p class=empty>This mail is gone.</p>", live=False), 404)
    return HTMLResponse(page(html.escape(mail.subject), frame(mail), live=False))


async def alive(_: Request) -> Response:
    """Whether mail is taken, too: both are one process, and it starts with both or not at all."""
    return PlainTextResponse("ok\n")


def catcher(port: int = SMTP_PORT) -> Starlette:
    box = Box()

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        def connection() -> SMTP:
            return SMTP(Catching(box), data_size_limit=LARGEST, enable_SMTPUTF8=True, hostname="mail")

        server = await asyncio.get_running_loop().create_server(connection, "0.0.0.0", port)
        app.state.smtp_port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()

    routes: list[Any] = [
        Route("/", listed),
        Route("/mails/{mail}", shown),
        Route("/api/mails", mails, methods=["GET", "DELETE"]),
        Route("/api/delay", delay, methods=["PUT"]),
        Route("/health", alive),
    ]
    app = Starlette(routes=routes, lifespan=life)
    app.state.box = box
    return app


app = catcher()
