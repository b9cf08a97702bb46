"""Refuses bodies that are too large: by their announced length before a byte is read, and by count as they come."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import Refused, answer

UPLOAD_PATH = "/api/photos"
SMALL_BODY = 64 * 1024  # bytes: every request but an upload is a little JSON
MULTIPART_OVERHEAD = 64 * 1024  # boundaries and part headers around the files


def too_large(limit: int) -> Refused:
    return Refused(413, "too_large", f"the request is larger than {limit // 1024} kB", {"Connection": "close"})


class BodyLimit:
    """ASGI middleware. A chunked body has no announced length, hence the second check."""

    def __init__(self, app: ASGIApp, upload_limit: int) -> None:
        self.app = app
        self.upload_limit = upload_limit + MULTIPART_OVERHEAD

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.upload_limit if scope["path"].rstrip("/") == UPLOAD_PATH else SMALL_BODY
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if announced.isdigit() and int(announced) > limit:
            refusal = too_large(limit)
            await answer(refusal.status_code, refusal.code, refusal.detail, dict(refusal.headers or {}))(
                scope, receive, send
            )
            return
        await self.app(scope, _counted(receive, limit), send)


def _counted(receive: Receive, limit: int) -> Receive:
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise too_large(limit)
        return message

    return counted
