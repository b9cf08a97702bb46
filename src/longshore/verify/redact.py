"""Takes secrets out of what was seen. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from longshore.doctor.ground.secretnames import credential_in, is_secret
from longshore.model.record import record, replace
from longshore.model.stack import Stack
from longshore.verify.result import Evidence, Result

__all__ = ["HIDDEN", "Redactor", "secrets_of"]

HIDDEN = "•••"
"""What stands in a secret's place."""

SHORTEST = 6
"""Characters: what is shorter cannot be told from ordinary words, and hides more than it protects."""

_PLAIN = frozenset({"postgres", "redis", "mongodb", "mongo", "rabbitmq", "guest"})
"""Names of servers and users that development forms take for a password: hiding them would garble every sentence."""


def secrets_of(stack: Stack, more: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The values that the files keep secret: of variables whose names say so, passwords inside of addresses, contents
    of secrets. `more` is a further environment (that of `.env`). The longest first."""
    found: set[str] = set()
    environments = [s.environment for s in (*stack.services.values(), *stack.disabled.values())]
    for environment in (*environments, more or {}):
        for name, value in environment.items():
            found |= {value or ""} if is_secret(name) else {credential_in(value or "")}
    for secret in stack.secrets.values():
        found.add((stack.environment.get(secret.environment, "") if secret.environment else secret.content) or "")
    return tuple(sorted((one for one in found if len(one) >= SHORTEST and one.lower() not in _PLAIN), key=len)[::-1])


@record(hidden=("secrets",))
class Redactor:
    """Replaces each of `secrets` wherever it stands in a result."""

    secrets: tuple[str, ...] = ()

    def __call__(self, result: Result) -> Result:
        if not self.secrets:
            return result
        seen = result.seen
        texts = {name: self.text(getattr(seen, name)) for name in ("expected", "seen", "reason")}
        evidence = tuple(Evidence(self.text(one.title), self.text(one.text)) for one in seen.evidence)
        return replace(result, seen=replace(seen, **texts, evidence=evidence))

    def text(self, text: str) -> str:
        return re.sub("|".join(map(re.escape, self.secrets)), HIDDEN, text) if self.secrets else text

    def texts(self, texts: Iterable[str]) -> tuple[str, ...]:
        return tuple(map(self.text, texts))
