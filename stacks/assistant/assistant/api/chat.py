"""The chat on the web: a question in, the answer out as it is thought of (Server-Sent Events)."""

import json
from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field, field_validator

from assistant.api.doors import Visitor
from assistant.api.errors import Refused
from assistant.conversation import Conversation
from assistant.history import Question

router = APIRouter(prefix="/api/chat", tags=["chat"], dependencies=[Visitor])

LONGEST_TEXT = 8000
QUIET_SECONDS = 10
"""After so long without a word a comment is sent, or proxies on the way would think that nobody is there."""
STREAM_HEADERS = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}


class Said(BaseModel):
    text: Annotated[str, Field(max_length=LONGEST_TEXT)]
    dialogue: Annotated[str, Field(pattern="^[0-9a-f]{32}$")] | None = None
    """The dialogue to go on with; a new one without."""

    @field_validator("text")
    @classmethod
    def says_something(cls, value: str) -> str:
        if not value.strip():
            raise ValueError("must not be empty")
        return value.strip()


def event(name: str, **data: Any) -> str:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


@router.post("", response_class=StreamingResponse)
async def chat(request: Request, said: Said) -> StreamingResponse:
    """Events: `begin` (the dialogue), `piece` (text), `end` (how it ended), and comments while nothing is said.

    The question is kept before the first event. Who hangs up stops the answer; what was said until then is kept.
    """
    conversation: Conversation = request.app.state.conversation
    question = await run_in_threadpool(conversation.history.ask_by_web, said.dialogue, said.text)
    if question is None:
        raise Refused(404, "not_found", "there is no such dialogue")
    return StreamingResponse(_stream(conversation, question), media_type="text/event-stream", headers=STREAM_HEADERS)


async def _stream(conversation: Conversation, question: Question) -> AsyncIterator[str]:
    yield event("begin", dialogue=question.key, question=question.message_id)
    reply = conversation.reply(question)
    try:
        async for text in reply.pieces(QUIET_SECONDS):
            yield event("piece", text=text) if text else ": still here\n\n"
        kept = reply.kept
        yield event("end", id=kept.id if kept else None, status=kept.answer.status if kept else "stopped")
    finally:
        reply.stop()  # nothing, once it has ended
