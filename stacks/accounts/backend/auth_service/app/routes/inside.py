"""For other services alone: the front end passes nothing of /internal on, and a token is asked for that only they have."""

from fastapi import APIRouter, Depends

from app.routes.accounts import At
from backend.shared.web import from_a_service

router = APIRouter(prefix="/internal", tags=["internal"], dependencies=[Depends(from_a_service)])


@router.post("/clean-up")
async def clean_up(at: At) -> dict[str, int]:
    """What has had its time: links, sessions, accounts that were never verified."""
    return await at.store.clean_up(at.settings.unverified_days)
