"""The pictures themselves."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import FileResponse

from app import media
from app.deps import Config, Files
from app.errors import not_found

router = APIRouter(prefix="/api/media", tags=["media"])

HEADERS = {
    # A picture never changes under its address, and the address changes once a day.
    "Cache-Control": "private, max-age=86400, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/{photo_id}/{variant}")
def picture(
    photo_id: UUID,
    variant: str,
    e: Annotated[int, Query(description="until when the address is good (Unix time)")],
    s: Annotated[str, Query(max_length=64, description="the signature")],
    settings: Config,
    storage: Files,
) -> FileResponse:
    media.check(settings, photo_id, variant, e, s)
    path = _file(storage.photo_dir(photo_id), variant)
    if path is None:
        raise not_found("picture")
    name = f"{photo_id}{path.suffix}" if variant == "original" else None
    return FileResponse(path, headers=HEADERS, filename=name)


def _file(directory: Path, variant: str) -> Path | None:
    """The one file of this variant; `variant` is from the table of known ones by now."""
    return next(directory.glob(f"{variant}.*"), None) if directory.is_dir() else None
