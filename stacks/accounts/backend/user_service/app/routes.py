"""Profiles, avatars and the search for people."""

import base64
import binascii
from datetime import UTC, datetime
from typing import Annotated, Any

from anyio import to_thread
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from app.pictures import SIZES, avatar
from app.search import asked
from app.settings import Settings
from app.store import Profile, Store
from backend.shared.errors import Refused
from backend.shared.security import Claims, read, unauthorised
from backend.shared.sessions import is_ended
from backend.shared.web import from_a_service

__all__ = ["inside", "router"]

router = APIRouter(prefix="/api/users", tags=["people"])
inside = APIRouter(prefix="/internal", tags=["internal"], dependencies=[Depends(from_a_service)])
FOR_EVER = "public, max-age=31536000, immutable"


def store(request: Request) -> Store:
    found: Store = request.app.state.store
    return found


async def claims(request: Request, authorization: Annotated[str, Header()] = "") -> Claims:
    """Of the access token: this service checks it by itself, and asks nobody but the list of ended sessions."""
    kind, _, token = authorization.partition(" ")
    if kind.lower() != "bearer" or not token:
        raise Refused(401, "sign_in", "sign in first", {"WWW-Authenticate": "Bearer"})
    service = request.app.state.service
    found = read("access", service.key, token)
    if await is_ended(service.redis, found.session):
        raise unauthorised("session_ended", "this session has ended; sign in again")
    return found


At = Annotated[Store, Depends(store)]
Me = Annotated[Claims, Depends(claims)]


def not_blank(name: str) -> str:
    words = " ".join(name.split())
    if not words:
        raise ValueError("say how you want to be called")
    return words


Line = Annotated[str, StringConstraints(max_length=120, strip_whitespace=True)]


class Change(BaseModel):
    """What is left out stays."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, StringConstraints(max_length=80), AfterValidator(not_blank)] | None = None
    headline: Line | None = None
    place: Line | None = None
    about: Annotated[str, StringConstraints(max_length=2000, strip_whitespace=True)] | None = None
    listed: bool | None = None


def shown(profile: Profile | None) -> dict[str, Any]:
    if profile is None:
        raise Refused(404, "not_found", "there is nobody here")
    picture = profile["avatar"]
    urls = {name: f"/api/users/avatars/{picture}-{size}.webp" for name, size in zip(("large", "small"), SIZES, strict=True)}
    return {
        "id": profile["_id"],
        "name": profile["name"],
        "headline": profile["headline"],
        "place": profile["place"],
        "about": profile["about"],
        "listed": profile["listed"],
        "avatar": urls if picture else None,
        "joined_at": profile["joined_at"].isoformat(),
    }


@router.get("/me")
async def me(at: At, who: Me) -> dict[str, Any]:
    return shown(await at.own(who.subject, who.name))


@router.patch("/me")
async def change(at: At, who: Me, new: Change) -> dict[str, Any]:
    await at.own(who.subject, who.name)
    return shown(await at.change(who.subject, new.model_dump(exclude_none=True)))


@router.put("/me/avatar")
async def show_avatar(at: At, who: Me, request: Request) -> dict[str, Any]:
    """The picture is the body, of whatever type it says: its content is what counts."""
    settings: Settings = request.app.state.settings
    content = await body_of(request, settings.avatar_bytes)
    sizes = await to_thread.run_sync(avatar, content, settings.avatar_pixels)
    await at.own(who.subject, who.name)
    return shown(await at.show_avatar(who.subject, sizes))


@router.delete("/me/avatar")
async def hide_avatar(at: At, who: Me) -> dict[str, Any]:
    await at.own(who.subject, who.name)
    return shown(await at.show_avatar(who.subject, None))


async def body_of(request: Request, most: int) -> bytes:
    """The body; Refused(413) as soon as it is too large, announced or not."""
    too_large = Refused(413, "too_large", f"the picture is larger than {most // (1024 * 1024)} MB")
    if int(request.headers.get("content-length") or 0) > most:
        raise too_large
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > most:
            raise too_large
    return bytes(content)


@router.get("/avatars/{picture}-{size}.webp")
async def picture(at: At, picture: str, size: str) -> Response:
    """For everyone who knows the address, since <img> cannot bring a token: it cannot be guessed and changes with the
    picture, so it may be kept for ever."""
    content = await at.avatar(picture, size) if size in map(str, SIZES) else None
    if content is None:
        raise Refused(404, "not_found", "there is no such picture")
    headers = {
        "Cache-Control": FOR_EVER,
        "Content-Security-Policy": "default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type="image/webp", headers=headers)


@router.get("/search")
async def search(
    at: At,
    _: Me,
    request: Request,
    q: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str, Query(max_length=200)] = "",
) -> dict[str, Any]:
    """Listed people, all without words, the newest first; `next` is the `after` of the next page."""
    words = asked(q)
    if q.strip() and not words:
        return {"items": [], "next": None}
    page = request.app.state.settings.page
    found = await at.find(words, place_of(after), page + 1)
    rest = found[page:]
    return {"items": [shown(profile) for profile in found[:page]], "next": mark_of(found[page - 1]) if rest else None}


def mark_of(profile: Profile) -> str:
    text = f"{profile['joined_at'].isoformat()} {profile['_id']}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def place_of(mark: str) -> tuple[datetime, str] | None:
    if not mark:
        return None
    try:
        at, _, person = base64.urlsafe_b64decode(mark).decode().partition(" ")
        return datetime.fromisoformat(at).astimezone(UTC), person
    except (ValueError, binascii.Error):
        raise Refused(422, "invalid", "after: is not a place in the list") from None


@router.get("/{person}")
async def somebody(at: At, _: Me, person: str) -> dict[str, Any]:
    """Also somebody who is not listed: who has the address was given it."""
    return shown(await at.profile(person))


@inside.post("/clean-up")
async def clean_up(at: At, request: Request) -> dict[str, int]:
    return await at.clean_up(request.app.state.settings.orphan_hours)
