"""The types of fields: how each kind of value of a file becomes what Compose prints. Each raises ValueError for a value
that it cannot take, and gives OMIT for one that is not printed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from longshore.compose.merge.interpolate import to_boolean
from longshore.compose.types.decode import OMIT, Decoder, Named, SshKeys, Struct, Type, kind_of
from longshore.compose.values.gotext import duration_text, float32, parse_float, sprint
from longshore.compose.values.shellwords import split
from longshore.compose.values.tree import Map, Path, Seq
from longshore.model.quantities import nanoseconds, size_in_bytes


def string(_: Decoder, value: Any, __: Path) -> Any:
    """A text; a whole number is taken for its digits."""
    if isinstance(value, str):
        return value or OMIT
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise ValueError(f"{kind_of(value)} is not a text")


def boolean(_: Decoder, value: Any, __: Path) -> Any:
    """true, or nothing."""
    return True if _boolean(value) else OMIT


def optional_boolean(_: Decoder, value: Any, __: Path) -> Any:
    """true or false, when given."""
    return _boolean(value)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return to_boolean(value)
    raise ValueError(f"{kind_of(value)} is not true or false")


def int_of(minimum: int = -(1 << 63), *, zero: bool = False) -> Type:
    """A whole number; 0 is not printed unless `zero`. Where nothing below 0 may stand, a text may not either."""

    def convert(_: Decoder, value: Any, __: Path) -> Any:
        if minimum == 0 and isinstance(value, str):
            raise ValueError(f"{kind_of(value)} is not a whole number")
        number = _integer(value)
        if number < minimum:
            raise ValueError(f"{number} is less than {minimum}")
        return number if number or zero else OMIT

    return convert


def _integer(value: Any) -> int:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if isinstance(value, float) and not abs(value) < 1 << 63:
            raise ValueError(f"{sprint(value)} is out of range")
        return int(value)
    if isinstance(value, str):
        digits = value[1:] if value[:1] in ("-", "+") else value
        if digits.isascii() and digits.isdigit() and len(digits) < 19:
            return int(value)
    raise ValueError(f"{kind_of(value)} is not a whole number")


def decimal(_: Decoder, value: Any, __: Path) -> Any:
    """A number of 32 bits, such as a count of processors."""
    if isinstance(value, str):
        value = parse_float(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{kind_of(value)} is not a number")
    number = float32(value)
    if not abs(number) < float("inf"):
        raise ValueError(f"{sprint(value)} is out of range")
    return number if number else OMIT


def size(_: Decoder, value: Any, __: Path) -> Any:
    """A number of bytes, printed as text."""
    if isinstance(value, str):
        amount = size_in_bytes(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        amount = value
    else:
        amount = 0
    return str(amount) if amount else OMIT


def duration(_: Decoder, value: Any, __: Path) -> Any:
    """A duration, when given; 0s is printed."""
    try:
        return duration_text(nanoseconds(sprint(value)))
    except ValueError as error:
        raise ValueError(f"{error}; write a number and a unit, such as 30s or 1m30s") from None


def duration_or_nothing(decoder: Decoder, value: Any, path: Path) -> Any:
    """A duration; 0s is not printed."""
    text = duration(decoder, value, path)
    return OMIT if text == "0s" else text


def command(_: Decoder, value: Any, __: Path) -> Any:
    """A command as a list; a text is split as a shell would."""
    if value is None:
        return None
    if isinstance(value, str):
        return split(value)
    if isinstance(value, Seq) and all(isinstance(item, str) for item in value):
        return list(value)
    raise ValueError("a command is a text or a list of texts")


def health_test(_: Decoder, value: Any, __: Path) -> Any:
    """`healthcheck.test` as a list."""
    if isinstance(value, str):
        return ["CMD-SHELL", value]
    if isinstance(value, Seq) and all(isinstance(item, str) for item in value):
        return list(value) or OMIT
    raise ValueError("a test is a text or a list of texts")


def each(kind: Type) -> Type:
    """A list of `kind`."""

    def convert(decoder: Decoder, value: Any, path: Path) -> Any:
        if not isinstance(value, Seq):
            raise ValueError(f"{kind_of(value)} is not a list")
        made = []
        for index, item in enumerate(value):
            converted = _zero(kind) if item is None else decoder.convert(kind, item, (*path, index))
            made.append(_zero(kind) if converted is OMIT else converted)
        return made or OMIT

    return convert


def _zero(kind: Type) -> Any:
    return {} if isinstance(kind, Struct) else ""


def strings(decoder: Decoder, value: Any, path: Path) -> Any:
    """A list of texts; a text alone is a list of one."""
    if isinstance(value, str):
        return [value]
    return each(string)(decoder, value, path)


def printed(_: Decoder, value: Any, __: Path) -> Any:
    """A list of anything, printed as texts."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, Seq):
        raise ValueError(f"{kind_of(value)} is not a list")
    return [sprint(item) for item in value] or OMIT


def _items(value: Any, what: str) -> list[tuple[str, Any]]:
    """Key and value of a mapping, or of a list of key=value (a key alone has no value)."""
    if isinstance(value, Map):
        return list(value.items())
    if not isinstance(value, Seq):
        raise ValueError(f"{kind_of(value)} is neither a mapping nor a list of {what}")
    pairs: list[tuple[str, Any]] = []
    for item in value:
        key, equals, text = sprint(item).partition("=")
        pairs.append((key, text if equals else None))
    return pairs


def environment(_: Decoder, value: Any, __: Path) -> Any:
    """Variables; one without a value is null."""
    made = {}
    for key, item in _items(value, "NAME=value"):
        if isinstance(value, Seq) and key[-1:].isspace():
            raise ValueError(f'the variable "{key}" ends with a space')
        made[key] = item if item is None or isinstance(item, str) else sprint(item)
    return Named(sorted(made.items())) or OMIT


def labels(_: Decoder, value: Any, __: Path) -> Any:
    """Labels; one without a value is empty."""
    made = {key: "" if item is None else sprint(item) for key, item in _items(value, "name=value")}
    return Named(sorted(made.items())) or OMIT


def options(_: Decoder, value: Any, __: Path) -> Any:
    """Options for a driver: any scalar, printed as text."""
    if not isinstance(value, Map):
        raise ValueError(f"{kind_of(value)} is not a mapping")
    return Named((key, "" if value[key] is None else sprint(value[key])) for key in sorted(value)) or OMIT


def multi_options(_: Decoder, value: Any, __: Path) -> Any:
    """Options that may be given several times."""
    if not isinstance(value, Map):
        raise ValueError(f"{kind_of(value)} is not a mapping")
    made = Named()
    for key in sorted(value):
        item = value[key]
        texts = [sprint(one) for one in item] if isinstance(item, Seq) else [sprint(item)]
        if texts:
            made[key] = texts
    return made or OMIT


def mapping(kind: Type) -> Type:
    """A mapping from any name to `kind`, sorted."""

    def convert(decoder: Decoder, value: Any, path: Path) -> Any:
        if not isinstance(value, Map):
            raise ValueError(f"{kind_of(value)} is not a mapping")
        made = Named()
        for key in sorted(value):
            item = value[key]
            converted = OMIT if item is None else decoder.convert(kind, item, (*path, key))
            made[key] = _zero(kind) if converted is OMIT else converted
        return made or OMIT

    return convert


def mapping_or_null(kind: Type) -> Type:
    """As `mapping`, where nothing stays null."""

    def convert(decoder: Decoder, value: Any, path: Path) -> Any:
        if not isinstance(value, Map):
            raise ValueError(f"{kind_of(value)} is not a mapping")
        made = {k: None if value[k] is None else decoder.convert(kind, value[k], (*path, k)) for k in sorted(value)}
        return Named((key, item) for key, item in made.items() if item is not OMIT) or OMIT

    return convert


def file_mode(_: Decoder, value: Any, __: Path) -> Any:
    """Permissions, printed in octal; a text is read as octal, a number as it is."""
    if isinstance(value, str):
        if not value or any(c not in "01234567" for c in value):
            raise ValueError(f'"{value}" is not a mode; write it in octal, such as "0440"')
        return f"0{int(value, 8):o}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"0{value:o}"
    raise ValueError(f"{kind_of(value)} is not a mode; write it in octal, such as 0440")


def device_count(_: Decoder, value: Any, __: Path) -> Any:
    """A number of devices; `all` is -1."""
    if isinstance(value, str) and value.lower() == "all":
        return -1
    if isinstance(value, float):
        raise ValueError(f"{sprint(value)} is not a number of devices")
    return _integer(value) or OMIT


def hosts(_: Decoder, value: Any, __: Path) -> Any:
    """`extra_hosts` as a sorted list of name=address."""
    known: dict[str, list[str]] = {}
    for name, addresses in _host_items(value):
        if not name or ":" in name or "=" in name:
            raise ValueError(f'"{name}" is not a host name')
        known.setdefault(name, []).extend(_without_brackets(address) for address in addresses)
    return sorted(f"{name}={address}" for name, addresses in known.items() for address in addresses) or OMIT


def _host_items(value: Any) -> Sequence[tuple[str, list[str]]]:
    if isinstance(value, Map):
        return [(k, [sprint(a) for a in v] if isinstance(v, Seq) else [v or ""]) for k, v in value.items()]
    if not isinstance(value, Seq):
        raise ValueError(f"{kind_of(value)} is neither a mapping nor a list of name=address")
    pairs = []
    for item in map(sprint, value):
        separator = "=" if "=" in item else ":"
        name, found, addresses = item.partition(separator)
        if not found:
            raise ValueError(f'"{item}" has no address; write name=address')
        pairs.append((name, addresses.split(",")))
    return pairs


def _without_brackets(address: str) -> str:
    return address[1:-1] if len(address) > 2 and address[0] == "[" and address[-1] == "]" else address


def ssh_keys(_: Decoder, value: Any, __: Path) -> Any:
    """`build.ssh`: (id, path) pairs in the order of their ids."""
    if not isinstance(value, Map):
        raise ValueError(f"{kind_of(value)} is not a list of SSH keys")
    keys = [(key, "" if value[key] is None else sprint(value[key])) for key in sorted(value)]
    return SshKeys(keys) if keys else OMIT


def ulimit(_: Decoder, value: Any, __: Path) -> Any:
    """One number, or soft and hard."""
    if isinstance(value, Map):
        if not all(type(value.get(key, 0)) is int for key in ("soft", "hard")):
            raise ValueError("soft and hard are whole numbers")
        soft, hard = (_integer(value.get(key, 0)) for key in ("soft", "hard"))
        return {key: number for key, number in (("soft", soft), ("hard", hard)) if number}
    return _integer(value) or {}


def env_file(decoder: Decoder, value: Any, path: Path) -> Any:
    """A required file as its path alone."""
    if not isinstance(value, Map):
        raise ValueError(f"{kind_of(value)} is not a path")
    required = _boolean(value.get("required", False))
    location = decoder.convert(string, value.get("path") or "", (*path, "path"))
    if required:
        return "" if location is OMIT else location
    made = {} if location is OMIT else {"path": location}
    made["required"] = False
    if value.get("format"):
        made["format"] = value["format"]
    return made
