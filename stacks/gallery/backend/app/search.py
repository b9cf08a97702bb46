"""Search text turned into PostgreSQL's query language."""

import re

MOST_WORDS = 8


def prefix_query(text: str) -> str | None:
    """`sea ev` finds “Evening by the sea”: every word must begin one; None when there is nothing to look for."""
    words = re.findall(r"\w+", text.lower())[:MOST_WORDS]
    return " & ".join(f"{word}:*" for word in words) or None
