"""What the demo of stacks/assistant does: people write to the bot, the dashboard has them, the web is answered."""

from __future__ import annotations

import json
import secrets

from demo_client import Client, DemoError

# People on the stand-in of Telegram, from inside it; run again it does nothing.
FILL = ("telegram", "python", "/stand-in/visit.py")
PERSON = "Katherine Johnson"


def check(client: Client) -> str:
    """Returns what was done, in words; DemoError when the dashboard does not show what was said."""
    if "Systech assistant" not in client.page("/"):
        raise DemoError("the dashboard is not there")
    seen = client.get("/api/dialogues?q=Katherine")["items"]
    if not seen or seen[0]["name"] != PERSON:
        raise DemoError(f"the dashboard does not show what {PERSON} said to the bot")
    answer = on_the_web(client)
    model = client.get("/api/status")["model"]
    spoke = f"language model: {model}" if model else "it is honestly offline: LLM_BASE_URL connects a language model"
    said = "people talked to the bot and stand in the dashboard"
    return f"{said}; the web was answered in {len(answer)} characters; {spoke}"


def on_the_web(client: Client) -> str:
    """A question in the web chat: the answer, as it was kept."""
    word = secrets.token_hex(4)
    body = json.dumps({"text": f"Hello from the demo ({word})"}).encode()
    stream = client.send("POST", "/api/chat", body, "application/json").decode()
    if "event: end" not in stream:
        raise DemoError(f"the answer on the web did not end: {stream[-200:]!r}")
    found = client.get(f"/api/dialogues?q={word}")["items"]
    if [dialogue["messages"] for dialogue in found] != [2]:
        raise DemoError("what was said on the web was not kept")
    last: str = found[0]["last"]
    return last
