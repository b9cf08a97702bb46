"""Which variables of a service are secrets, and how they come into its container without standing in its spec. Pure.

An image that knows NAME_FILE reads the file itself. Every other one begins with a small script, which exports what the
files hold and becomes the image's own program."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from longshore.doctor.ground.secretnames import credential_in, is_secret
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.reference import parse_reference
from longshore.model.service import Service
from longshore.model.stack import Stack

__all__ = ["FOLDER", "SCRIPT", "SCRIPT_PLACE", "Leaving", "check_words", "content_name", "holds_secret",
           "leaving", "secret_values"]  # fmt: skip

FOLDER = "/run/longshore/env"
"""Where the values are, in files of the variables' names."""
SCRIPT_PLACE = "/run/longshore/enter"
SCRIPT = f"""\
#!/bin/sh
# Exports what {FOLDER} holds, each file as the variable of its name, and becomes the program it is given.
for file in {FOLDER}/*; do
  name="${{file##*/}}"
  value="$(cat "$file"; printf x)"
  export "$name=${{value%x}}"
done
unset file name value
exec "$@"
""".encode()

MOST_NAME = 51
"""Characters before the digest; a Swarm takes 64 in all."""
SHORTEST = 4
"""Characters: a shorter value cannot be told from ordinary words, wherever else it stands."""
_HARMLESS = frozenset({"", "true", "false", "yes", "no", "none", "null"})

_PLAIN = frozenset({"postgres", "redis", "mongodb", "mongo", "rabbitmq", "guest", "root", "admin"})
"""Names of servers and users that development takes for a password: they say nothing, wherever else they stand."""

KNOW_FILES: Mapping[str, tuple[str, ...]] = {
    "postgres": ("POSTGRES_PASSWORD", "POSTGRES_USER", "POSTGRES_DB", "POSTGRES_INITDB_ARGS"),
    "mysql": ("MYSQL_ROOT_PASSWORD", "MYSQL_PASSWORD", "MYSQL_USER", "MYSQL_DATABASE"),
    "mariadb": ("MARIADB_ROOT_PASSWORD", "MARIADB_PASSWORD", "MYSQL_ROOT_PASSWORD", "MYSQL_PASSWORD"),
    "mongo": ("MONGO_INITDB_ROOT_PASSWORD", "MONGO_INITDB_ROOT_USERNAME"),
}
"""Official images, and the variables that they also read from the file that NAME_FILE names."""


@record(hidden=("by_file", "by_script"))
class Leaving:
    """The variables that leave a service's spec, with their values."""

    by_file: Mapping[str, str]
    by_script: Mapping[str, str]

    @property
    def names(self) -> frozenset[str]:
        return frozenset((*self.by_file, *self.by_script))


def secret_values(stack: Stack, more: Iterable[str] = ()) -> Mapping[str, str]:
    """The values that the file keeps secret, each with the name of a variable or secret that has it. `more` are names
    of further variables."""
    named = frozenset(more)
    found: dict[str, str] = {}
    for service in stack.services.values():
        for name, value in service.environment.items():
            if value and value.lower() not in _HARMLESS and (name in named or is_secret(name)):
                found.setdefault(value, name)
            if password := credential_in(value or ""):
                found.setdefault(password, name)
    for secret in stack.secrets.values():
        value = stack.environment.get(secret.environment, "") if secret.environment else secret.content or ""
        if value:
            found.setdefault(value, secret.key)
    return {value: name for value, name in found.items() if not value.startswith("/run/secrets/")}


def leaving(service: Service, values: Mapping[str, str], more: Iterable[str] = ()) -> Leaving:
    """The variables of a service that are secrets, or hold one of `values`."""
    named = frozenset(more)
    gone = {
        name: value
        for name, value in service.environment.items()
        if value and value.lower() not in _HARMLESS and not value.startswith("/run/secrets/")
        and (name in named or is_secret(name) or credential_in(value) or _holds(value, values))
    }  # fmt: skip
    known = () if service.build else KNOW_FILES.get(parse_reference(service.image).last, ())
    checked = " ".join(service.healthcheck.test if service.healthcheck else ())
    words = " ".join((*(service.command or ()), *(service.entrypoint or ()), checked))
    by_file = {
        n: v for n, v in gone.items() if n in known and n not in words and f"{n}_FILE" not in service.environment
    }
    return Leaving(by_file, {name: value for name, value in gone.items() if name not in by_file})


def _holds(text: str, values: Mapping[str, str]) -> str:
    """The name of the secret of which the text holds the value; "" where there is none."""
    telling = (
        (value, name) for value, name in values.items() if len(value) >= SHORTEST and value.lower() not in _PLAIN
    )
    return next((name for value, name in telling if value in text), "")


def check_words(service: Service, values: Mapping[str, str]) -> Iterable[ShoreError]:
    """What cannot leave a spec and holds the value of a secret."""
    check = service.healthcheck
    parts: Mapping[str, Iterable[str]] = {
        "command": service.command or (),
        "entrypoint": service.entrypoint or (),
        "healthcheck.test": check.test if check else (),
        "labels": service.labels.values(),
        "deploy.labels": service.deploy.labels.values() if service.deploy else (),
        "logging.options": service.logging.options.values(),
    }
    for key, words in parts.items():
        name = next((found for word in words if (found := _holds(word, values))), "")
        if name:
            yield ShoreError(
                f"services.{service.name}.{key} holds the value of {name}, readable for all who can ask the Swarm",
                hint=f"let the container read the variable: sh -c '... \"$${name}\"'",
                place=service.place(key),
            )


def content_name(project: str, key: str, content: bytes) -> str:
    """The name of a secret or config by what it holds. Slow on purpose: a name must not help to guess the content."""
    digest = hashlib.scrypt(content, salt=f"{project}/{key}".encode(), n=1 << 12, r=8, p=1, dklen=6)
    return f"{f'{project}_{key}'[:MOST_NAME]}_{digest.hex()}"


def holds_secret(content: bytes, values: Mapping[str, str]) -> bool:
    """Whether a config's content has a secret in it, and must be one itself."""
    return bool(_holds(content.decode("utf-8", "replace"), values))
