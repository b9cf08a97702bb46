"""Reachable: what is published answers from this machine, in its own protocol; what the front page names loads."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import partial
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from longshore.model.healthcheck import HealthCheck
from longshore.model.servers import server_of
from longshore.model.service import Port, Service
from longshore.verify.check import Check, Subject, holds, short, skipped
from longshore.verify.exchange import Exchange, NoHttp, ask
from longshore.verify.live import Address, Live
from longshore.verify.protocols import PROTOCOLS, Protocol, greet, stays_open
from longshore.verify.result import Criterion, Evidence, Family, Seen
from longshore.verify.settings import slow_of

__all__ = ["ask_id", "criteria", "front_page", "health_path", "inner_links", "links_of", "port_id"]

COMPILES = 60.0
"""Seconds that a page may take: a development server makes it when it is first asked for."""

MOST_LINKS = 60
"""Links of one page that are followed: a catalogue may have thousands, and they are all alike."""


def criteria(subject: Subject) -> tuple[Check, ...]:
    return (
        *(check for service in subject.lasting for check in _of(service)),
        *(_asked(service, names) for service in subject.lasting if (names := _closed(subject, service))),
    )


def _of(service: Service) -> Iterator[Check]:
    paged = False
    for port in service.ports:
        if port.protocol != "tcp":
            continue
        yield _answers(service, port)
        if server_of(service):
            continue
        path = health_path(service.healthcheck, port.target)
        if path and path != "/":
            yield _healthy(service, port, path)
        if not paged:
            paged = True
            yield _links(service, port)


def port_id(service: str, target: int) -> str:
    """The id of the criterion that a published port answers."""
    return f"reachable.{service}.{target}"


def ask_id(service: str) -> str:
    """The id of the criterion that a service can be asked at all, by those who are to ask it by HTTP."""
    return f"reachable.{service}.published"


def _closed(subject: Subject, service: Service) -> tuple[str, ...]:
    """What is to be asked of the service by HTTP, at a port that it does not publish."""
    open_ = {port.target for port in service.ports if port.protocol == "tcp"}
    asked = [one for one in subject.settings.criteria if one.service == service.name and one.kind == "http"]
    names = [f"yours.{one.id}" for one in asked if (one.port not in open_ if one.port else not open_)]
    return (*names, *([f"recovers.request.{service.name}"] if slow_of(service) and not open_ else []))


def _asked(service: Service, names: tuple[str, ...]) -> Check:
    criterion = Criterion(
        ask_id(service.name),
        Family.REACHABLE,
        f"{service.name} publishes the port at which the file says that it is asked",
        "read the file",
        f"publish it (ports:), or ask {service.name} from inside by run:",
        service.name,
    )
    return Check(criterion, partial(_try_asked, names))


async def _try_asked(names: tuple[str, ...], live: Live) -> Seen:
    del live
    return short("a published port", f"there is none for {', '.join(names)}")


def _answers(service: Service, port: Port) -> Check:
    protocol = PROTOCOLS.get(server_of(service))
    kind = protocol.name if protocol else "HTTP"
    criterion = Criterion(
        port_id(service.name, port.target),
        Family.REACHABLE,
        f"{service.name} answers on its published port",
        f"connect to what publishes {port.target} and speak {kind}",
        f"does {service.name} listen on {port.target}, and on 0.0.0.0 rather than on localhost alone?",
        service.name,
    )
    run = partial(_try_port, service.name, port.target, protocol)
    return Check(criterion, run, needs=(service.name,), limit=COMPILES + 30)


async def _try_port(service: str, target: int, protocol: Protocol | None, live: Live) -> Seen:
    address = await live.address(service, target)
    if protocol:
        ok, words = await greet(protocol, address)
        return (holds if ok else short)(f"{protocol.name} at {address}", words)
    expected = f"an answer at {address}"
    try:
        exchange = await ask(address, limit=COMPILES)
    except NoHttp as error:
        ok, words = await stays_open(address)
        said = f"{words}, and speaks no HTTP ({error})" if ok else words
        return (holds if ok else short)(expected, said)
    said = f"HTTP {exchange.status} after {exchange.seconds * 1000:.0f} ms"
    measured = (("seconds until answered", exchange.seconds),)
    ok = exchange.status < 500
    return (holds if ok else short)(expected, said, evidence=(exchange.evidence(),), measured=measured)


_URL = re.compile(r"https?://(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::(\d+))?(/[^\s'\"|;)>]*)?")


def health_path(check: HealthCheck | None, target: int) -> str:
    """The path on `target` that a health check asks for by a plain URL; "" where it asks for none."""
    if check is None or not check.active:
        return ""
    for port, path in _URL.findall(" ".join(check.test)):
        if int(port or 80) == target:
            return path or "/"
    return ""


def _healthy(service: Service, port: Port, path: str) -> Check:
    criterion = Criterion(
        f"reachable.{service.name}.health",
        Family.REACHABLE,
        f"the health endpoint of {service.name} says that all is well",
        f"GET {path}, which its health check asks for, from outside",
        f"open {path} and read what it says is wrong",
        service.name,
    )
    run = partial(_try_health, service.name, port.target, path)
    return Check(criterion, run, needs=(service.name,), causes=(port_id(service.name, port.target),), limit=30)


async def _try_health(service: str, target: int, path: str, live: Live) -> Seen:
    expected = "a status below 400"
    address = await live.address(service, target)
    try:
        exchange = await ask(address, path)
    except NoHttp as error:
        return short(expected, str(error))
    ok = exchange.status < 400
    return (holds if ok else short)(expected, f"HTTP {exchange.status}", evidence=(exchange.evidence(),))


def _links(service: Service, port: Port) -> Check:
    criterion = Criterion(
        f"reachable.{service.name}.links",
        Family.REACHABLE,
        f"what the front page of {service.name} names loads",
        "GET / and follow the scripts, style sheets, images and links of the same origin",
        "mend the links that are listed, or serve what they name",
        service.name,
    )
    run = partial(_try_links, service.name, port.target)
    return Check(criterion, run, needs=(service.name,), causes=(port_id(service.name, port.target),), limit=600)


async def _try_links(service: str, target: int, live: Live) -> Seen:
    address = await live.address(service, target)
    try:
        page = await front_page(address)
    except NoHttp as error:
        return skipped(f"no page to look for links on: {error}")
    went = urlsplit(page.url).path
    if page.status in GONE and went != "/":
        said = f"HTTP {page.status} at {went}"
        return short("the page to which / sends", said, evidence=(page.evidence(),))
    if page.status >= 400 or page.kind != "text/html":
        return skipped(f"there is no page at /: HTTP {page.status} {page.kind}".rstrip())
    links, unknown = links_of(page), inner_links(page, live.stack.services)
    if not links and not unknown:
        return skipped("the page at / names nothing of the same origin")
    lines = [f"{UNKNOWN:<10} {link}" for link in unknown]
    broken = [f"{link} ({UNKNOWN})" for link in unknown]
    for link in links[:MOST_LINKS]:
        try:
            status = (await ask(address, link, limit=COMPILES)).status
            said = f"HTTP {status}"
        except NoHttp as error:
            status, said = 0, str(error)
        lines.append(f"{said:<10} {link}")
        if status == 0 or status >= 400:
            broken.append(f"{link} ({said})")
    expected = "1 link below 400" if len(lines) == 1 else f"{len(lines)} links below 400"
    evidence = (Evidence("links of the front page", "\n".join(lines)),)
    if broken:
        does = "does" if len(broken) == 1 else "do"
        return short(expected, f"{len(broken)} {does} not load: {', '.join(broken[:3])}", evidence=evidence)
    return holds(expected, "all load", evidence=evidence)


GONE = (404, 410)
UNKNOWN = "a name that browsers do not know"


async def front_page(address: Address) -> Exchange:
    """What is at /, after the redirections of this origin."""
    path = "/"
    for _ in range(5):
        page = await ask(address, path, limit=COMPILES)
        if page.status not in (301, 302, 303, 307, 308):
            break
        to = urlsplit(urljoin(page.url, page.headers.get("location", "")))
        if to.port not in (None, address.port):
            break
        path = (to.path or "/") + (f"?{to.query}" if to.query else "")
    return page


def links_of(page: Exchange) -> list[str]:
    """The paths of the same origin that an HTML page names, each once, in the order in which they stand."""
    here = urlsplit(page.url)
    found: dict[str, None] = {}
    for link in _named(page):
        to = urlsplit(urljoin(page.url, link.strip()))
        if (to.scheme, to.netloc) == (here.scheme, here.netloc) and to.path:
            found[to.path + (f"?{to.query}" if to.query else "")] = None
    return list(found)


def inner_links(page: Exchange, services: Collection[str]) -> list[str]:
    """What a page names by the name that a service has inside of the stack."""
    there = (urljoin(page.url, link.strip()) for link in _named(page))
    return [link for link in dict.fromkeys(there) if urlsplit(link).hostname in services]


def _named(page: Exchange) -> list[str]:
    reader = _Links()
    reader.feed(page.text)
    return reader.found


class _Links(HTMLParser):
    NAMED = {"a": "href", "link": "href", "script": "src", "img": "src", "source": "src", "iframe": "src"}  # noqa: RUF012
    UNUSED = frozenset({"preconnect", "dns-prefetch", "canonical", "alternate"})

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        link = named.get(self.NAMED.get(tag, ""))
        rel = frozenset((named.get("rel") or "").split())
        signs_out = link is not None and re.search(r"log-?out|sign-?out", link, re.IGNORECASE)
        if link and not rel & self.UNUSED and not signs_out and not link.startswith(("#", "data:", "mailto:", "tel:")):
            self.found.append(link)
