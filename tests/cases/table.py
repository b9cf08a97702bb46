"""The table of running cases: what each is made of, what Docker Compose answered, and where we differ on purpose.

`table/FAMILY.yaml` has the cases, `answers/FAMILY.yaml` what the real Compose answered (written by the recorder),
`differences.yaml` the intended differences with their reasons and the answers that stand in place of Compose's."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

__all__ = [
    "FORMS", "Answer", "Case", "Difference", "Recorded", "beside", "cases", "differences", "expected", "not_yet",
    "recorded", "write",
]  # fmt: skip

HERE = Path(__file__).parent
FORMS = ("root", "user", "docker")
"""The forms of `shore`: native as root, native as an ordinary user, on Docker."""

SHORT = {
    "%idle": "%debian, command: sleep 600",
    "%debian": "image: 'debian:bookworm-slim', stop_grace_period: 0s",
}
"""What words in a case's files stand for: a service that only runs, and one that is ended at once."""


@dataclass(frozen=True)
class Answer:
    """What one line of a case came to: the shell's exit code, and what was written to stdout, normalised. `err` is for
    the reader alone."""

    code: int = 0
    out: str = ""
    err: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"exit {self.code}\n{self.out}" if self.code else self.out


@dataclass(frozen=True)
class Case:
    """Files, and lines that a shell runs among them one after the other; `X` in a line is the command under test."""

    name: str
    says: str
    files: Mapping[str, str]
    run: tuple[str, ...]
    short: bool = False
    always: bool = False
    """Whether every `make test` plays it; such a one is short, too."""

    @property
    def family(self) -> str:
        return self.name.partition("/")[0]

    @property
    def sum(self) -> str:
        """Changes with all that an answer depends on."""
        text = json.dumps([self.files, self.run], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Difference:
    """A case whose answers differ in some forms, for a reason. `answers`: by the number of the line, from 1."""

    case: str
    forms: tuple[str, ...]
    why: str
    answers: Mapping[int, Answer]


@dataclass(frozen=True)
class Recorded:
    """What the real Compose answered to a case of that sum, line by line."""

    sum: str
    answers: tuple[Answer, ...]


def cases(folder: Path = HERE / "table") -> dict[str, Case]:
    """Every case by its name, FAMILY/NAME."""
    return {case.name: case for path in sorted(folder.glob("*.yaml")) for case in _family(path)}


def _family(path: Path) -> Iterable[Case]:
    for name, raw in yaml.safe_load(path.read_text()).items():
        unknown = raw.keys() - {"says", "file", "files", "run", "short", "always"}
        if unknown:
            raise ValueError(f"{path.name}: {name}: unknown key {', '.join(sorted(unknown))}")
        files = {"compose.yaml": raw["file"]} if "file" in raw else {}
        files |= raw.get("files", {})
        for short, full in SHORT.items():
            files = {place: text.replace(short, full) for place, text in files.items()}
        always = raw.get("always", False)
        yield Case(f"{path.stem}/{name}", raw["says"], files, tuple(raw["run"]), raw.get("short", always), always)


@functools.cache
def recorded(family: str) -> tuple[str, dict[str, Recorded]]:
    """When and with what a family was recorded, and Compose's answers by the case's name."""
    path = HERE / "answers" / f"{family}.yaml"
    if not path.exists():
        return "", {}
    raw = yaml.safe_load(path.read_text())
    return raw["recorded"], {
        f"{family}/{name}": Recorded(entry["sum"], tuple(_answer(one) for one in entry["answers"]))
        for name, entry in raw["cases"].items()
    }


@functools.cache
def not_yet(path: Path = HERE / "not_yet.yaml") -> dict[str, frozenset[str]]:
    """By form, the cases that are to answer as Compose does and do not yet."""
    return {form: frozenset(names) for form, names in (yaml.safe_load(path.read_text()) or {}).items()}


@functools.cache
def differences(path: Path = HERE / "differences.yaml") -> tuple[Difference, ...]:
    """All intended differences, in the order of the file."""
    return tuple(
        Difference(raw["case"], tuple(raw["forms"]), " ".join(raw["why"].split()),
                   {number: _answer(one) for number, one in raw["answers"].items()})
        for raw in yaml.safe_load(path.read_text())
    )  # fmt: skip


def expected(case: Case, form: str) -> tuple[Answer, ...]:
    """What `form` has to answer: as Compose did, or as an intended difference says."""
    answers = list(recorded(case.family)[1][case.name].answers)
    for difference in differences():
        if difference.case == case.name and form in difference.forms:
            for number, answer in difference.answers.items():
                answers[number - 1] = answer
    return tuple(answers)


def beside(case: Case, right: Sequence[Answer], seen: Sequence[Answer]) -> str:
    """The lines of a case that came to something else, for people."""
    lines: list[str] = []
    for number, (line, one, other) in enumerate(zip(case.run, right, seen, strict=True), 1):
        if one != other:
            lines += [f"  {number} $ {line}", *_block("right", one), *_block("seen ", other)]
            lines += [f"      ! {text}" for text in other.err.splitlines()]
    return "\n".join(lines)


def _block(title: str, answer: Answer) -> list[str]:
    return [f"    {title}: {line}" for line in (str(answer) or "(nothing)").splitlines()]


def write(family: str, head: str, answers: Mapping[str, Recorded], commands: Mapping[str, tuple[str, ...]]) -> None:
    """Write what Compose answered; `commands` are the lines of each case, put beside the answers for the reader."""
    body = {
        name.partition("/")[2]: {
            "sum": entry.sum,
            "answers": [{"run": line, **_raw(one)} for line, one in zip(commands[name], entry.answers, strict=True)],
        }
        for name, entry in answers.items()
    }
    text = yaml.dump({"recorded": head, "cases": body}, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True)
    (HERE / "answers" / f"{family}.yaml").write_text(text)


def _answer(raw: Mapping[str, Any]) -> Answer:
    return Answer(raw.get("code", 0), raw.get("out", "").rstrip("\n"), raw.get("err", ""))


def _raw(answer: Answer) -> dict[str, Any]:
    return {key: value for key, value in (("code", answer.code), ("out", answer.out), ("err", answer.err)) if value}


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks."""


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)
