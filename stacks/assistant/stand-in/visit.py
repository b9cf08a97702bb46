#!/usr/bin/env python3
"""A few people write to the bot through the stand-in, and wait for its answers: something to look at in the dashboard.

visit.py [ADDRESS]          run again it does nothing, as long as the stand-in remembers them. Standard library only.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
from typing import Any

VISITS = (
    (101, "Ada Lovelace", ("/start", "Can a machine write music?", "And enjoy it?")),
    (102, "Grace Hopper", ("How long is a nanosecond, in centimetres?",)),
    (103, "Alan Turing", ("Good evening.", "Shall we play a game of questions?")),
    (104, "Katherine Johnson", ("Check the numbers, please.", "All of them.", "By hand.", "Thank you.")),
)
PATIENCE = 30.0


def ask(address: str, person: int, body: dict[str, str] | None = None) -> Any:
    request = urllib.request.Request(  # noqa: S310  (an address that is given)
        f"{address}/people/{person}/messages",
        None if body is None else json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        return json.load(answer)


def answers(address: str, person: int) -> int:
    return sum(message["from"] == "bot" for message in ask(address, person)["messages"])


def main(argv: list[str]) -> int:
    address = argv[0] if argv else "http://127.0.0.1:8081"
    if ask(address, VISITS[0][0])["messages"]:
        print("they were here already")
        return 0
    deadline = time.monotonic() + PATIENCE
    for person, name, words in VISITS:
        for number, text in enumerate(words, start=1):
            ask(address, person, {"text": text, "name": name})
            while answers(address, person) < number:
                if time.monotonic() > deadline:
                    print(f"the bot did not answer {name} in {PATIENCE:.0f} s", file=sys.stderr)
                    return 1
                time.sleep(0.05)
    print(f"{len(VISITS)} people were answered")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
