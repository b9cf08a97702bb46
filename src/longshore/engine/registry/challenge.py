"""The header by which a server asks who we are: WWW-Authenticate (RFC 9110, section 11; RFC 6750). Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode

from longshore.model.record import record
from longshore.model.service import EMPTY

__all__ = ["Challenge", "parse_challenges", "token_query"]

_PART = re.compile(r'\s*(?:,\s*)*(?:([!#$%&\'*+.^_`|~\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))|([\w-]+))')


@record
class Challenge:
    """One way to say who we are: `scheme` in small letters ("bearer", "basic") and its parameters."""

    scheme: str
    parameters: Mapping[str, str] = EMPTY


def parse_challenges(text: str) -> tuple[Challenge, ...]:
    """All that a header offers, in its order; what is no challenge is left out."""
    found: list[tuple[str, dict[str, str]]] = []
    at = 0
    while at < len(text):
        match = _PART.match(text, at)
        if match is None:
            break
        at = match.end()
        key, quoted, plain, scheme = match.groups()
        if scheme is not None:
            found.append((scheme.lower(), {}))
        elif found:
            value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
            found[-1][1][key.lower()] = value
    return tuple(Challenge(scheme, parameters) for scheme, parameters in found)


def token_query(challenge: Challenge, scope: str, account: str = "") -> str:
    """The query by which a token for `scope` is asked of a challenge's realm."""
    pairs = {"service": challenge.parameters.get("service", ""), "scope": scope, "account": account}
    return urlencode({key: value for key, value in pairs.items() if value})
