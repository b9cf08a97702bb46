"""Search by words: every word must be there, the last one perhaps not yet typed to its end."""

import re

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F

from apps.catalogue.models import LANGUAGE, ProductQuerySet

WORD = re.compile(r"\w+")
MOST_WORDS = 8


def query_of(text: str) -> SearchQuery | None:
    """None where the text has no word in it."""
    words = WORD.findall(text.lower())[:MOST_WORDS]
    if not words:
        return None
    # Only word characters are left, so nothing in it is tsquery's own syntax.
    return SearchQuery(" & ".join(f"{word}:*" for word in words), config=LANGUAGE, search_type="raw")


def search(products: ProductQuerySet, text: str) -> ProductQuerySet:
    """Those that have all the words, the best first."""
    query = query_of(text)
    if query is None:
        return products.none()
    found = products.filter(words=query).annotate(rank=SearchRank(F("words"), query))
    return found.order_by("-rank", "-created_at", "-pk")
