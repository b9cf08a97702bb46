"""The JSON form of a verification: written, and read again. docs/reference/verify-report.schema.json describes it."""

from __future__ import annotations

import json

from longshore.model.codec import decode, encode_whole
from longshore.model.errors import ShoreError
from longshore.verify.result import SCHEMA, Report

__all__ = ["as_json", "from_json"]


def as_json(report: Report) -> str:
    """One object: every field of the records under its own name, `schema` and `exit_code`; without the screenshots."""
    portrait = encode_whole(report.portrait, skip=frozenset({"shots"}))
    whole = {"schema": SCHEMA, **encode_whole(report), "portrait": portrait, "exit_code": report.exit_code}
    return json.dumps(whole, indent=2, ensure_ascii=False)


def from_json(text: str, name: str) -> Report:
    """The report that `as_json` wrote. Raises ShoreError, which says the file's `name`, for anything else."""
    try:
        found = json.loads(text)
        schema = found["schema"]
        if schema != SCHEMA:
            raise ShoreError(
                f"{name} has form {schema}, and this shore reads form {SCHEMA}",
                hint="make it anew: shore verify --report FILE.json",
            )
        return decode(Report, {key: value for key, value in found.items() if key not in ("schema", "exit_code")})
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise ShoreError(
            f"{name} is no report of shore verify: {error}", hint="make one: shore verify --report FILE.json"
        ) from None
