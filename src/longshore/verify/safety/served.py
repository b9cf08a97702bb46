"""What a browser gets of a front end: its page, and the scripts and style sheets that follow from it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from urllib.parse import urljoin, urlsplit

from longshore.verify.exchange import Exchange, NoHttp, ask
from longshore.verify.families.reachable import front_page, links_of
from longshore.verify.live import Address

__all__ = ["bundle"]

MOST = 120
"""Files of one front end that are fetched."""

_CODE = r"\.(?:m?jsx?|tsx?|css|json|map|vue|svelte)"
_NAMED = re.compile(rf"""["'`]((?:\.{{0,2}}/)[\w@./~%+-]+{_CODE}(?:\?[\w=&.-]*)?)["'`]""")
_MAP = re.compile(r"sourceMappingURL=([^\s*]+)")
_TEXT = re.compile(_CODE + "$")


async def bundle(address: Address) -> AsyncIterator[Exchange]:
    """The front page and its code, each file once. Raises NoHttp where there is no page."""
    page = await front_page(address)
    if page.kind != "text/html":
        return
    yield page
    waiting = [link for link in links_of(page) if _TEXT.search(urlsplit(link).path)]
    waiting += _names(page)
    seen: set[str] = set()
    while waiting and len(seen) < MOST:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        try:
            file = await ask(address, path)
        except NoHttp:
            continue
        if file.status == 200 and file.kind != "text/html":
            yield file
            waiting += _names(file)


def _names(file: Exchange) -> list[str]:
    """Paths of the same origin that a script names."""
    here = urlsplit(file.url)
    found: list[str] = []
    for name in (*_NAMED.findall(file.text), *_MAP.findall(file.text)):
        to = urlsplit(urljoin(file.url, name))
        if (to.scheme, to.netloc) == (here.scheme, here.netloc):
            found.append(to.path + (f"?{to.query}" if to.query else ""))
    return found
