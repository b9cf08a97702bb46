"""The proxy's configuration: the pieces of all projects as one Caddyfile for each entry. Pure.

A Swarm's DNS lists a task when it is healthy and drops it before it is told to end. So addresses are asked for every
second, an address that takes no connection time after time is left alone for a while (after a single time would stop
the only task of a busy node for that long), and one that went away with its node is given up after `answer_within` (a
request that is safe to repeat goes to another task then)."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from longshore.ship.routes import EDGE, Piece, Route, entry_of

__all__ = ["CERTIFICATES", "caddyfiles"]

CERTIFICATES = "/etc/longshore/tls"

GLOBAL = """\
{
	skip_install_trust
	grace_period 15s
	auto_https disable_redirects
}
"""

UPSTREAM = """\
	reverse_proxy {{
		dynamic a tasks.{service} {target} {{
			refresh 1s
			resolvers 127.0.0.11:53
		}}
		lb_policy round_robin
		lb_try_duration 10s
		lb_try_interval 50ms
		fail_duration 5s
		max_fails 10
		transport http {{
			dial_timeout 300ms
			response_header_timeout {within:g}s
		}}
	}}
"""


def caddyfiles(pieces: Iterable[Piece]) -> dict[str, str]:
    """By entry. The first line holds a mark of all that follows, which comes again in a site that nobody asks for: what
    is in force can be told from what is not yet."""
    sites: dict[str, list[str]] = {}
    for piece in sorted(pieces, key=lambda one: one.project):
        for route in piece.routes:
            sites.setdefault(entry_of(route), []).append(_site(piece, route))
    return {entry: _whole(entry, "".join(found)) for entry, found in sorted(sites.items())}


def _whole(entry: str, sites: str) -> str:
    mark = sha256((GLOBAL + sites).encode()).hexdigest()[:16]
    port = "" if entry == EDGE else f":{entry.removeprefix('port-')}"
    site = f'http://{mark}.longshore.internal{port} {{\n\trespond "{mark}"\n}}\n'
    return f"# {mark}\n{GLOBAL}{site}{sites}"


def _site(piece: Piece, route: Route) -> str:
    upstream = UPSTREAM.format(service=route.service, target=route.target, within=piece.answer_within)
    if not route.host or piece.tls == "off":
        address = f"http://{route.host}" if route.host or route.port == 80 else f"http://:{route.port}"
        return f"# {piece.project}\n{address} {{\n{upstream}}}\n"
    root = f"\t\tca_root {CERTIFICATES}/{piece.ca}\n" if piece.ca else ""
    certificate = {
        "auto": "",
        "internal": "\ttls internal\n",
        "cert": f"\ttls {CERTIFICATES}/{piece.cert} {CERTIFICATES}/{piece.key}\n",
        "acme": f"\ttls {{\n\t\tca {piece.acme}\n{root}\t}}\n",
    }[piece.tls]
    redirect = f"http://{route.host} {{\n\tredir https://{{host}}{{uri}} 308\n}}\n"
    return f"# {piece.project}\n{redirect}https://{route.host} {{\n{certificate}{upstream}}}\n"
