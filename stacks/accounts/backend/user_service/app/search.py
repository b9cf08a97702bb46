"""How people are found: by the beginnings of words, whatever their case and accents. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

__all__ = ["asked", "filter_of", "words_of"]

MOST_WORDS = 60
LONGEST = 40
WORD = re.compile(r"\w+")


def folded(text: str) -> str:
    """“Zoë Ångström” as “zoe angstrom”."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def words_of(*texts: str) -> list[str]:
    """What is stored beside a profile: its words, each once, in the order in which they come."""
    found = (word[:LONGEST] for text in texts for word in WORD.findall(folded(text)))
    return list(dict.fromkeys(found))[:MOST_WORDS]


def asked(text: str) -> list[str]:
    return words_of(text)[:8]


def filter_of(words: list[str]) -> Mapping[str, Any]:
    """Every word begins one of the profile's; \\w+ leaves nothing that a pattern would take for more than itself."""
    return {"$and": [{"words": {"$regex": f"^{word}"}} for word in words]} if words else {}
