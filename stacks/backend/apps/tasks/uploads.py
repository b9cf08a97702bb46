"""Files from outside: bounded while they arrive, judged by what they contain, not by what they are called."""

import codecs
import hashlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, TemporaryFileUploadHandler

from apps.core.errors import TooLarge

# The multipart envelope around a file: boundaries and headers.
ENVELOPE_BYTES = 64 * 1024
TEXT = "text/plain"

# What a file must begin with to be of a type; None stands for any byte.
SIGNATURES: tuple[tuple[str, tuple[bytes | None, ...]], ...] = (
    ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    ("image/jpeg", (b"\xff\xd8\xff",)),
    ("image/gif", (b"GIF87a",)),
    ("image/gif", (b"GIF89a",)),
    ("image/webp", (b"RIFF", None, None, None, None, b"WEBP")),
    ("application/pdf", (b"%PDF-",)),
)
SUFFIXES: dict[str, frozenset[str]] = {
    "image/png": frozenset({".png"}),
    "image/jpeg": frozenset({".jpg", ".jpeg"}),
    "image/gif": frozenset({".gif"}),
    "image/webp": frozenset({".webp"}),
    "application/pdf": frozenset({".pdf"}),
    TEXT: frozenset({".txt", ".md", ".csv", ".log", ".json", ".yaml", ".yml"}),
}


class RefusedError(ValueError):
    """The file is not one that we keep; the text says why."""


@dataclass(frozen=True, slots=True)
class Inspected:
    name: str
    content_type: str
    size: int
    sha256: str


class IncomingFile(TemporaryUploadedFile):
    """A temporary file beside those that are kept: taking it in is a rename, and `/tmp`, which may be memory, stays empty."""

    def __init__(self, name: str, content_type: str, charset: str | None, content_type_extra: dict[str, bytes] | None) -> None:
        directory = Path(settings.MEDIA_ROOT) / ".incoming"
        directory.mkdir(parents=True, exist_ok=True)
        file = tempfile.NamedTemporaryFile(suffix=".upload", dir=directory)  # noqa: SIM115  (Django closes it with the request)
        UploadedFile.__init__(self, file, name, content_type, 0, charset, content_type_extra)


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Streams an upload to the disk that will keep it, and stops reading at the limit."""

    def handle_raw_input(self, input_data: Any, META: dict[str, Any], content_length: int, *args: Any, **kwargs: Any) -> None:  # noqa: N803
        if content_length > settings.ATTACHMENT_MAX_BYTES + ENVELOPE_BYTES:
            raise too_large()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        FileUploadHandler.new_file(self, *args, **kwargs)
        self.received = 0
        self.file = IncomingFile(self.file_name, self.content_type, self.charset, self.content_type_extra)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.received += len(raw_data)
        if self.received > settings.ATTACHMENT_MAX_BYTES:
            self.file.close()
            raise too_large()
        super().receive_data_chunk(raw_data, start)


def too_large() -> TooLarge:
    return TooLarge(f"A file may have at most {settings.ATTACHMENT_MAX_BYTES} bytes.")


def inspect(file: UploadedFile) -> Inspected:
    """Read the file once and say what it is; `RefusedError` when it is not of a type that we keep."""
    name = safe_name(file.name or "")
    sha256, text, head, size = hashlib.sha256(), codecs.getincrementaldecoder("utf-8")(), b"", 0
    is_text = True
    for chunk in chunks(file):
        sha256.update(chunk)
        size += len(chunk)
        head = head or chunk[:16]
        is_text = is_text and continues_text(text, chunk)
    is_text = is_text and continues_text(text, b"", final=True)
    content_type = type_of(head) or (TEXT if is_text else None)
    check_type(content_type, name)
    return Inspected(name, content_type or "", size, sha256.hexdigest())


def safe_name(name: str) -> str:
    """The last part of a name, without control characters: it is shown to people and put into a header."""
    last = PurePosixPath(name.replace("\\", "/")).name
    cleaned = "".join(character for character in last if character.isprintable()).strip()
    if not cleaned or cleaned in {".", ".."}:
        raise RefusedError("The file has no usable name.")
    if len(cleaned) > 200:
        raise RefusedError("The file's name is longer than 200 characters.")
    return cleaned


def chunks(file: UploadedFile) -> Iterator[bytes]:
    file.seek(0)
    yield from file.chunks()
    file.seek(0)


def continues_text(decoder: codecs.IncrementalDecoder, chunk: bytes, final: bool = False) -> bool:
    try:
        return "\x00" not in decoder.decode(chunk, final)
    except UnicodeDecodeError:
        return False


def matches(head: bytes, signature: tuple[bytes | None, ...]) -> bool:
    at = 0
    for part in signature:
        if part is not None and not head.startswith(part, at):
            return False
        at += len(part) if part is not None else 1
    return len(head) >= at


def type_of(head: bytes) -> str | None:
    return next((content_type for content_type, signature in SIGNATURES if matches(head, signature)), None)


def check_type(content_type: str | None, name: str) -> None:
    """A known type, and a name that says so too: what is called `.png` is a PNG."""
    if content_type is None:
        raise RefusedError(f"This type of file is not kept; these are: {', '.join(sorted(SUFFIXES))}.")
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in SUFFIXES[content_type]:
        raise RefusedError(f"The content is {content_type}, which does not go with the name's ending {suffix or '(none)'}.")
