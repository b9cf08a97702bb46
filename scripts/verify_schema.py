#!/usr/bin/env python3
"""Writes docs/reference/verify-report.schema.json from the records of a report; `--check` only compares."""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Union, get_args, get_origin, get_type_hints

from longshore.model.record import fields, is_record
from longshore.verify.result import SCHEMA, Report

PAGE = Path(__file__).resolve().parents[1] / "docs/reference/verify-report.schema.json"
LEFT_OUT = {("Portrait", "shots")}
PLAIN = {str: "string", float: "number", int: "integer", bool: "boolean", type(None): "null"}


def schema() -> str:
    """The whole schema as text."""
    found: dict[str, Any] = {}
    top = record_schema(Report, found)
    top["properties"] = {"schema": {"const": SCHEMA}, **top["properties"],
                         "exit_code": {"enum": [0, 1, 2], "description": "what shore verify ends with"}}  # fmt: skip
    top["required"] = ["schema", *top["required"], "exit_code"]
    head = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Report of shore verify",
    }
    return json.dumps({**head, **top, "$defs": dict(sorted(found.items()))}, indent=2, ensure_ascii=False) + "\n"


def record_schema(kind: Any, found: dict[str, Any]) -> dict[str, Any]:
    """An object with every field of the record, and no other."""
    hints = get_type_hints(kind)
    names = [name for name in fields(kind) if (kind.__name__, name) not in LEFT_OUT]
    return {
        "description": " ".join((inspect.getdoc(kind) or "").split()),
        "type": "object",
        "properties": {name: of_hint(hints[name], found) for name in names},
        "required": names,
        "additionalProperties": False,
    }


def of_hint(hint: Any, found: dict[str, Any]) -> dict[str, Any]:
    """What a value of that type looks like."""
    origin = get_origin(hint)
    if isinstance(hint, type) and (is_record(hint) or issubclass(hint, Enum)):
        if hint.__name__ not in found:
            found[hint.__name__] = {}
            found[hint.__name__] = record_schema(hint, found) if is_record(hint) else {"enum": [e.value for e in hint]}
        return {"$ref": f"#/$defs/{hint.__name__}"}
    if origin is tuple:
        parts = get_args(hint)
        if parts[-1] is Ellipsis:
            return {"type": "array", "items": of_hint(parts[0], found)}
        items = [of_hint(part, found) for part in parts]
        return {"type": "array", "prefixItems": items, "items": False, "minItems": len(items)}
    if origin is not None and (origin is Union or "UnionType" in str(origin)):
        return {"anyOf": [of_hint(part, found) for part in get_args(hint)]}
    if origin is not None and issubclass(origin, Mapping):
        return {"type": "object", "additionalProperties": of_hint(get_args(hint)[1], found)}
    return {"type": PLAIN[hint]}


if __name__ == "__main__":
    text = schema()
    if "--check" in sys.argv:
        sys.exit(0 if PAGE.read_text() == text else f"{PAGE} is out of date: run scripts/verify_schema.py")
    PAGE.write_text(text)
