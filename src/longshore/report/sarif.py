"""SARIF 2.1.0 (OASIS): findings as code hosts show them at the lines. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

__all__ = ["log", "result"]


def log(tool: str, version: str, rules: Iterable[Mapping[str, object]], results: Iterable[Mapping[str, object]]) -> str:
    """A log with one run."""
    driver = {"name": tool, "version": version, "rules": list(rules)}
    whole = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": list(results)}],
    }
    return json.dumps(whole, indent=2)


def result(rule: str, level: str, text: str, file: str = "", line: int = 0, column: int = 0) -> dict[str, object]:
    """One finding. `level` is SARIF's: error, warning, note, none."""
    entry: dict[str, object] = {"ruleId": rule, "level": level, "message": {"text": text}}
    if file:
        region = {"startLine": max(1, line), **({"startColumn": column} if column else {})}
        entry["locations"] = [{"physicalLocation": {"artifactLocation": {"uri": file}, "region": region}}]
    return entry
