"""The criteria of the family Safe."""

from __future__ import annotations

from longshore.verify.result import Criterion, Family

__all__ = ["criterion_of"]


def criterion_of(kind: str, sentence: str, method: str, advice: str, service: str = "") -> Criterion:
    ident = f"safe.{kind}.{service}" if service else f"safe.{kind}"
    return Criterion(ident, Family.SAFE, sentence, method, advice, service)
