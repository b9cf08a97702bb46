"""What was said, by whom, on Telegram and on the web."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request

from assistant.api.doors import Visitor
from assistant.api.errors import Refused
from assistant.history import History

router = APIRouter(prefix="/api/dialogues", tags=["dialogues"], dependencies=[Visitor])

PAGE = 30
MESSAGES = 100


def history_of(request: Request) -> History:
    history: History = request.app.state.conversation.history
    return history


@router.get("")
def dialogues(
    request: Request,
    q: Annotated[str, Query(max_length=200)] = "",
    source: Literal["telegram", "web"] | None = None,
    after: Annotated[str, Query(pattern=r"^(\d+\.\d+)?$", max_length=40)] = "",
) -> dict[str, Any]:
    """The latest first, a page at a time; `next` is the `after` of the page that follows, none on the last."""
    before = tuple(map(int, after.split("."))) if after else None
    found = history_of(request).dialogues(words=q, source=source, before=before, limit=PAGE + 1)  # type: ignore[arg-type]
    page = found[:PAGE]
    more = f"{page[-1]['updated_at']}.{page[-1]['id']}" if len(found) > PAGE else None
    return {"items": [_public(row) for row in page], "next": more}


@router.get("/{key}")
def dialogue(request: Request, key: str, before: int | None = None) -> dict[str, Any]:
    """One dialogue and its latest messages, or those before the message `before`."""
    history = history_of(request)
    found = history.dialogue(key)
    if found is None:
        raise Refused(404, "not_found", "there is no such dialogue")
    said = history.messages(found["id"], before=before, limit=MESSAGES + 1)
    return {"dialogue": _public(found), "messages": said[-MESSAGES:], "earlier": len(said) > MESSAGES}


def _public(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}
