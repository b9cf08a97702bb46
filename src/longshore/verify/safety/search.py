"""Looking for secrets in files, archives and texts. What is found is told by name, never by value."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from typing import IO

from longshore.doctor.ground.secretnames import is_literal_secret

__all__ = ["SHORTEST", "in_layer", "in_text", "literal_secrets", "sought"]

SHORTEST = 8
"""Characters: what is shorter is found in ordinary files by chance."""

CHUNK = 8 << 20


def sought(secrets: Mapping[str, str]) -> Mapping[bytes, str]:
    """Of secrets by value, those that can be looked for. Words that every project has are none."""
    return {value.encode(): name for value, name in secrets.items() if _telling(value)}


def _telling(value: str) -> bool:
    """Long enough, and not a single plain word."""
    return len(value) >= SHORTEST and not (value.isalpha() and value.islower() and len(value) < 16)


def in_text(text: str, secrets: Mapping[bytes, str]) -> list[str]:
    """Where the secrets that stand in it are from."""
    data = text.encode()
    return [name for value, name in secrets.items() if value in data]


def in_layer(path: str, secrets: Mapping[bytes, str]) -> list[tuple[str, str]]:
    """Path and origin of each secret in the files of a folder, or of a tar archive."""
    return list((in_folder if os.path.isdir(path) else in_archive)(path, secrets))  # noqa: PTH112


def in_folder(folder: str, secrets: Mapping[bytes, str]) -> Iterator[tuple[str, str]]:
    """Path and origin of each secret in a folder's files; what cannot be read is left out."""
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)  # noqa: PTH118  (a hundred thousand files)
            if not os.path.isfile(path) or os.path.islink(path):  # noqa: PTH113, PTH114
                continue
            try:
                with open(path, "rb") as file:
                    yield from (("/" + os.path.relpath(path, folder), one) for one in _in_file(file, secrets))
            except OSError:
                continue


def in_archive(path: str, secrets: Mapping[bytes, str]) -> Iterator[tuple[str, str]]:
    """The same of a tar archive."""
    with tarfile.open(path) as archive:
        for member in archive:
            file = archive.extractfile(member) if member.isfile() else None
            if file:
                yield from (("/" + member.name.lstrip("./"), one) for one in _in_file(file, secrets))


def _in_file(file: IO[bytes], secrets: Mapping[bytes, str]) -> list[str]:
    longest = max(map(len, secrets), default=0)
    found: dict[str, None] = {}
    before = b""
    while data := file.read(CHUNK):
        data = before + data
        for value, name in secrets.items():
            if value in data:
                found[name] = None
        before = data[-longest:]
    return list(found)


def literal_secrets(texts: Iterable[str]) -> list[str]:
    """Names of variables that hold a secret itself in lines like `ENV NAME=value`, or in the arguments of a build."""
    found: dict[str, None] = {}
    for text in texts:
        for word in text.replace("\t", " ").split():
            name, equals, value = word.partition("=")
            if equals and name.replace("_", "").isalnum() and is_literal_secret(name, value.strip("\"'")):
                found[name] = None
    return list(found)
