"""What goes wrong between us and a registry, in words that say what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping

from longshore.model.errors import ShoreError

__all__ = ["Broken", "RegistryError", "denied", "refusal", "unreachable"]


class Broken(Exception):
    """A connection that ended in the middle of an answer: worth another try."""


class RegistryError(ShoreError):
    """`status` is HTTP's, 0 where there was no answer. `lasting`: another try would end in the same way."""

    def __init__(
        self, what: str, *, hint: str = "", status: int = 0, details: tuple[str, ...] = (), lasting: bool = True
    ) -> None:
        super().__init__(what, hint=hint, details=details)
        self.status, self.lasting = status, lasting

    @property
    def silent(self) -> bool:
        """Whether no registry answered at all."""
        return self.status == 0 and not self.lasting


_HINTS: Mapping[int, str] = {
    404: "check the image's name and tag",
    429: "wait, or log in (shore login): a registry gives more to whom it knows",
}


def unreachable(registry: str, why: str) -> RegistryError:
    return RegistryError(
        f"the registry {registry} does not answer: {why}",
        hint="check the network, the proxy (HTTPS_PROXY) and the name; what is in the cache runs with --offline",
        lasting=False,
    )


def denied(registry: str, image: str, why: str, details: tuple[str, ...] = ()) -> RegistryError:
    """As with Docker, an image that is not there and one that must not be seen are told apart by nobody."""
    return RegistryError(
        f"{registry} does not give out {image}: {why or 'access denied'}",
        hint=f"check the name, or log in: shore login {registry} (logins of docker and podman are read)",
        status=401,
        details=details,
    )


def refusal(registry: str, image: str, status: int, body: bytes) -> RegistryError:
    """An answer that is neither the thing asked for nor a question for credentials."""
    said, image = message_in(body), image.removeprefix(f"{registry}/")
    if status == 404:
        what = f"{registry} has no {image}"
    elif status == 429:
        what = f"{registry} takes no more requests for now (429)"
    else:
        what = f"{registry} answers with {status} for {image}" + (f": {said}" if said else "")
    hint = _HINTS.get(status, "try again later" if status >= 500 else "check the image's name")
    return RegistryError(what, hint=hint, status=status, lasting=status < 500 and status != 429)


def message_in(body: bytes) -> str:
    """What a registry says in its own words; "" for what is not its JSON (a proxy's page)."""
    try:
        errors = json.loads(body)["errors"]
        texts = [str(one.get("message") or one.get("code") or "") for one in errors]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""
    return " ".join("; ".join(filter(None, texts)).split())[:300]
