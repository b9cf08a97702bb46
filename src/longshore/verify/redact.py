"""Which secrets a stack has, and what was seen without them."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from urllib.parse import quote, quote_plus

from longshore.doctor.ground.secretnames import credential_in, is_secret
from longshore.model.record import record, replace
from longshore.model.stack import FileObject, Stack
from longshore.verify.result import Evidence, Result

__all__ = ["HIDDEN", "Redactor", "named_secrets", "secrets_of"]

HIDDEN = "•••"
"""What stands in a secret's place."""

SHORTEST = 6
"""Characters: what is shorter cannot be told from ordinary words, and hides more than it protects."""

_PLAIN = frozenset({"postgres", "redis", "mongodb", "mongo", "rabbitmq", "guest"})
"""Names of servers and users that development forms take for a password: hiding them would garble every sentence."""


def secrets_of(stack: Stack) -> tuple[str, ...]:
    """The values that the files keep secret, the longest first."""
    return tuple(sorted(named_secrets(stack), key=len)[::-1])


def named_secrets(stack: Stack) -> Mapping[str, str]:
    """By value, where each secret is from: values of variables (those of `.env` too) whose names say so, passwords
    inside of addresses, contents of secrets."""
    found: dict[str, str] = {}
    services = (*stack.services.values(), *stack.disabled.values())
    for environment in (*(service.environment for service in services), stack.environment):
        for name, value in environment.items():
            secret = value if is_secret(name) else credential_in(value or "")
            found.setdefault(secret or "", name)
    for name, one in stack.secrets.items():
        for text in _contents(stack, one):
            found.setdefault(text, f"the secret {name}")
    return {value: name for value, name in found.items() if len(value) >= SHORTEST and value.lower() not in _PLAIN}


def _contents(stack: Stack, one: FileObject) -> Iterable[str]:
    """What a secret holds, and each of its lines: a tool may print one alone."""
    text = (stack.environment.get(one.environment, "") if one.environment else one.content) or ""
    if one.file:
        try:
            text = Path(one.file).read_text()
        except (OSError, UnicodeDecodeError):
            return
    yield from {text.strip(), *(line.strip() for line in text.splitlines())}


_IN_ADDRESS = re.compile(r"(?<=://)([^/@\s:]*):[^/@\s]+(?=@)")
"""User and password of an address in any text."""
_TOKEN = re.compile(r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+")
"""A signed token (JSON Web Token): both of its first parts begin with {" in base64."""
_HEADER = re.compile(
    r"((?:^|(?<=\s))(?:(?:proxy-)?authorization:[ \t]*(?:\w+[ \t]+)?|(?:set-)?cookie:[ \t]*[^=;\s]+=))[^\s;,]+",
    re.IGNORECASE,
)
"""What a header shows to be let in: what stands behind the scheme, and the value of the first cookie."""


@record(hidden=("secrets",))
class Redactor:
    """Replaces each of `secrets` wherever it stands in a result: as it is, and as addresses, JSON, HTML and base64 have
    it; and, whosoever they are, the password of any address, and what lets in whoever shows it: signed tokens, cookies,
    the header of an authorization."""

    secrets: tuple[str, ...] = ()

    def __call__(self, result: Result) -> Result:
        seen = result.seen
        texts = {name: self.text(getattr(seen, name)) for name in ("expected", "seen", "reason")}
        evidence = tuple(Evidence(self.text(one.title), self.text(one.text)) for one in seen.evidence)
        criterion = result.criterion
        told = {name: self.text(getattr(criterion, name)) for name in ("sentence", "method", "advice")}
        return replace(result, criterion=replace(criterion, **told), seen=replace(seen, **texts, evidence=evidence))

    def text(self, text: str) -> str:
        pattern = _pattern(self.secrets)
        hidden = pattern.sub(HIDDEN, text) if pattern else text
        hidden = _IN_ADDRESS.sub(rf"\1:{HIDDEN}", hidden)
        return _TOKEN.sub(HIDDEN, _HEADER.sub(rf"\1{HIDDEN}", hidden))


@cache
def _pattern(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    shapes = {shape for secret in secrets for shape in _shapes(secret)}
    return re.compile("|".join(map(re.escape, sorted(shapes, key=len)[::-1]))) if shapes else None


def _shapes(secret: str) -> Iterable[str]:
    """The secret as other languages write it."""
    yield secret
    yield quote(secret, safe="")
    yield quote_plus(secret)
    yield html.escape(secret)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield repr(secret)[1:-1]
    data = secret.encode()
    yield data.hex()
    for before in range(3):  # base64 of a longer text that holds it, at each of three places
        code = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        inner = code[(0, 2, 3)[before] : len(code) - (1 if (before + len(data)) % 3 else 0)]
        if len(inner) >= SHORTEST:
            yield inner
            yield inner.translate(str.maketrans("+/", "-_"))
