"""Is the back end able to serve?"""

from fastapi import APIRouter, Request

from app.db import database_answers

router = APIRouter(tags=["health"])


@router.get("/health")
def health(request: Request) -> dict[str, str]:
    """200 when the database answers too; 503 (by the error handlers) while it does not."""
    database_answers(request.app.state.engine)
    return {"status": "ok"}


@router.get("/health/live")
async def live() -> dict[str, str]:
    """200 as long as the process serves at all: what a restart could mend, and a database's absence is not that."""
    return {"status": "ok"}
