"""Interpolation of a whole file: variables in values (never in keys), and casts of what stands at known paths."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from longshore.compose.values.gotext import float32, parse_float
from longshore.compose.values.problems import Problems, shorten
from longshore.compose.values.template import Invalid, Missing, Substitution, TooLong
from longshore.compose.values.tree import At, Map, Path, Rules, Seq, rules, text_of
from longshore.model.errors import Place

__all__ = ["interpolate", "to_boolean"]

_YES, _NO = ("y", "yes", "on"), ("n", "no", "off")


def _to_int(text: str) -> int:
    digits = text[1:] if text[:1] in ("-", "+") else text
    if not (digits.isascii() and digits.isdigit()):
        raise ValueError(f'"{text}" is not a whole number')
    if len(digits) > 20 or not -(1 << 63) <= int(text) < 1 << 63:
        raise ValueError(f'"{shorten(text)}" is out of range')
    return int(text)


def to_boolean(text: str) -> bool:
    """true or false; also the words of YAML 1.1. Raises ValueError."""
    word = text.lower()
    if word in ("true", *_YES):
        return True
    if word in ("false", *_NO):
        return False
    raise ValueError(f'"{text}" is not true or false')


def _to_float32(text: str) -> float:
    return float32(parse_float(text))


Cast = Callable[[str], Any]

_SERVICE_CASTS: dict[str, Cast] = {
    "cpu_count": _to_int,
    "cpu_percent": parse_float,
    "cpu_period": _to_int,
    "cpu_quota": _to_int,
    "cpu_rt_period": _to_int,
    "cpu_rt_runtime": _to_int,
    "cpus": _to_float32,
    "cpu_shares": _to_int,
    "init": to_boolean,
    "deploy.replicas": _to_int,
    "deploy.update_config.parallelism": _to_int,
    "deploy.update_config.max_failure_ratio": parse_float,
    "deploy.rollback_config.parallelism": _to_int,
    "deploy.rollback_config.max_failure_ratio": parse_float,
    "deploy.restart_policy.max_attempts": _to_int,
    "deploy.placement.max_replicas_per_node": _to_int,
    "healthcheck.retries": _to_int,
    "healthcheck.disable": to_boolean,
    "oom_kill_disable": to_boolean,
    "oom_score_adj": _to_int,
    "pids_limit": _to_int,
    "ports.*.target": _to_int,
    "privileged": to_boolean,
    "read_only": to_boolean,
    "scale": _to_int,
    "stdin_open": to_boolean,
    "tty": to_boolean,
    "ulimits.*": _to_int,
    "ulimits.*.hard": _to_int,
    "ulimits.*.soft": _to_int,
    "volumes.*.read_only": to_boolean,
    "volumes.*.volume.nocopy": to_boolean,
}
_NETWORK_SWITCHES = ("external", "internal", "attachable", "enable_ipv4", "enable_ipv6")
CASTS: Rules = rules(
    {
        **{f"services.*.{path}": cast for path, cast in _SERVICE_CASTS.items()},
        **{f"networks.*.{key}": to_boolean for key in _NETWORK_SWITCHES},
        **{f"{kind}.*.external": to_boolean for kind in ("volumes", "secrets", "configs")},
    }
)
_NO_RULES: Rules = {}


def interpolate(tree: Map, environment: Mapping[str, str], problems: Problems) -> None:
    """Replace the variables of all values of `tree` in place."""
    _Interpolation(environment, problems).mapping(tree, CASTS, ())


class _Interpolation:
    def __init__(self, environment: Mapping[str, str], problems: Problems) -> None:
        self.problems = problems
        self.substitution = Substitution(environment.get, self.unset)
        self.at: At | None = None

    def unset(self, name: str) -> None:
        self.problems.warn(f"the variable {name} is not set; it is empty here", self.place())

    def place(self) -> Place | None:
        mark = self.at[1] if self.at else None
        return Place(mark.name, mark.line + 1, mark.column + 1) if mark else None

    def mapping(self, tree: Map, node: Rules, path: Path) -> None:
        any_key: Rules = node.get("*", _NO_RULES)
        for key, value in tree.items():
            below: Rules = node.get(key, any_key) if node else node
            kind = type(value)
            if kind is str:
                if "$" in value or None in below:
                    self.at = tree.at.get(key)
                    tree[key] = self.text(value, below, (*path, key))
            elif kind is Map:
                self.mapping(value, below, (*path, key))
            elif kind is Seq:
                self.sequence(value, below, (*path, key))

    def sequence(self, tree: Seq, node: Rules, path: Path) -> None:
        below: Rules = node.get("*", _NO_RULES)
        for index, value in enumerate(tree):
            kind = type(value)
            if kind is str:
                if "$" in value or None in below:
                    self.at = tree.at[index]
                    tree[index] = self.text(value, below, (*path, index))
            elif kind is Map:
                self.mapping(value, below, (*path, index))
            elif kind is Seq:
                self.sequence(value, below, (*path, index))

    def text(self, text: str, node: Rules, path: Path) -> Any:
        try:
            new = self.substitution.apply(text) if "$" in text else text
            cast: Cast | None = node.get(None)
            if cast is None:
                return new
            value = cast(new)
            if cast is to_boolean and new.lower() not in ("true", "false"):
                word = "true" if value else "false"
                self.problems.warn(f'"{new}" is not a boolean of YAML 1.2; write {word}', self.place())
            return value
        except Missing as error:
            self.problems.add(f"{text_of(path)}: {error}", self.place(), f"set {error.variable}, or add it to .env")
        except Invalid:
            self.problems.add(
                f'{text_of(path)}: "{shorten(text)}" is not a valid use of variables',
                self.place(),
                "write a plain $ as $$",
            )
        except (TooLong, ValueError) as error:
            self.problems.add(f"{text_of(path)}: {error}", self.place())
        return text
