"""The argument parser of every command: short help, house-style errors, the global options at either place."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

__all__ = ["Args", "Formatter", "Parser", "Refused", "add_globals", "label", "seconds", "size", "variable"]

Args = argparse.Namespace

PROGRESS = ("auto", "tty", "plain", "json", "quiet")

GLOBALS: tuple[tuple[tuple[str, ...], dict[str, Any]], ...] = (
    (("-f", "--file"), {"dest": "files", "action": "append", "metavar": "FILE", "help": "a Compose file (repeatable)"}),
    (("-p", "--project-name"), {"dest": "project", "metavar": "NAME", "help": "the project's name"}),
    (("--profile",), {"dest": "profiles", "action": "append", "metavar": "NAME", "help": "enable a profile"}),
    (("--env-file",), {"dest": "env_files", "action": "append", "metavar": "FILE", "help": "instead of .env"}),
    (("--project-directory",), {"metavar": "DIR", "help": "what relative paths start from"}),
    (("--engine",), {"metavar": "NAME", "help": "what runs the services: auto, native or docker"}),
    (("--images",), {"dest": "image_source", "choices": ("auto", "registry", "builtin"),
                     "metavar": "auto|registry|builtin", "help": "where the native engine has images from"}),
    (("--strict",), {"action": "store_true", "help": "refuse what the engine would do differently"}),
    (("--offline",), {"action": "store_true", "help": "download nothing, use what is in the cache"}),
    (("--progress",), {"choices": PROGRESS, "metavar": "|".join(PROGRESS), "help": "how progress is shown"}),
    (("--ansi",), {"choices": ("auto", "never", "always"), "metavar": "auto|never|always", "help": "colour"}),
    (("--parallel",), {"type": int, "metavar": "N", "help": "most operations at once (-1: no limit)"}),
    (("--dry-run",), {"action": "store_true", "help": "print what would be done, and why; do nothing"}),
    (("--debug",), {"action": "store_true", "help": "show tracebacks"}),
    (("--all-resources",), {"action": "store_true", "help": argparse.SUPPRESS}),
    (("--compatibility",), {"action": "store_true", "help": argparse.SUPPRESS}),
)  # fmt: skip


class Formatter(argparse.HelpFormatter):
    """One line an option where it fits. argparse makes one for every option it adds, so that it must cost nothing."""

    def __init__(self, prog: str, width: int = 100) -> None:
        super().__init__(prog, max_help_position=34, width=width)

    def _format_action_invocation(self, action: argparse.Action) -> str:
        if not action.option_strings or action.nargs == 0:
            return super()._format_action_invocation(action)
        return f"{', '.join(action.option_strings)} {self._format_args(action, action.dest.upper())}"

    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, "usage: " if prefix is None else prefix)


class Parser(argparse.ArgumentParser):
    """Raises UsageError instead of exiting; knows the nearest flag to a wrong one."""

    def __init__(self, prog: str, summary: str = "", usage: str | None = None, *, own_help: bool = False) -> None:
        super().__init__(
            prog=prog, description=summary, usage=usage, allow_abbrev=False, add_help=False, formatter_class=Formatter
        )
        self._positionals.title = "arguments"
        action = "store_true" if own_help else "help"
        self.add_argument("-h", "--help", action=action, help="show this text")

    def format_help(self) -> str:
        columns = min(110, _columns())
        self.formatter_class = lambda prog: Formatter(prog, columns)
        self.usage = self.usage or " ".join([self.prog, "[options]", *map(_operand, self.positionals())])
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        from longshore.model.errors import UsageError

        raise UsageError(f"{self.prog}: {message}", hint=f"see {self.prog} -h")

    def read(self, argv: Sequence[str], into: Args | None = None) -> Args:
        """Parse all of `argv`, options and operands in any order unless the rest belongs to another program; what no
        option knows is an error that names the nearest one."""
        passes_on = any(action.nargs == argparse.REMAINDER for action in self.positionals())
        words, off = self._switched(argv, to_first_operand=passes_on)
        known, unknown = self.parse_known_args(words if passes_on else self._options_first(words), into)
        if unknown:
            self.refuse(unknown[0])
        for name in off:
            setattr(known, name, False)
        return known

    def _switched(self, argv: Sequence[str], *, to_first_operand: bool) -> tuple[list[str], set[str]]:
        """`--switch=true` as argparse knows it, and the names of the switches that were turned off (`--switch=false`):
        one takes no value from the next word, but one with "="."""
        found: list[str] = []
        off: set[str] = set()
        words = iter(argv)
        for word in words:
            if word == "--" or (to_first_operand and not word.startswith("-")):
                found += [word, *words]
                break
            flag, equals, value = word.partition("=")
            action = self.option(flag)
            if action is None or action.const is not True or action.nargs != 0:
                found.append(word)
                if word.startswith("-") and self.wants_next(word):
                    found += [after for after in (next(words, None),) if after is not None]
                continue
            on = self._is_on(flag, value) if equals else True
            (off.discard if on else off.add)(action.dest)
            found += [flag] if on else []
        return found, off

    def _is_on(self, flag: str, value: str) -> bool:
        from longshore.model.gobool import FALSE, TRUE

        if value not in TRUE and value not in FALSE:
            self.error(f"{flag}: {value!r} is neither true nor false")
        return value in TRUE

    def refuse(self, word: str) -> NoReturn:
        from longshore.model.errors import NotHereError, UsageError
        from longshore.model.nearest import nearest

        flag = word.split("=")[0]
        if not flag.startswith("-"):
            raise UsageError(f"{self.prog}: {word!r} is one argument too many", hint=f"see {self.prog} -h")
        close = nearest(flag, (f for f in self.flags() if f.startswith("--")))
        hint = f"did you mean {close}?" if close else f"see {self.prog} -h"
        raise NotHereError(f"{self.prog}: unknown flag {flag}", hint=hint)

    def _options_first(self, argv: Sequence[str]) -> list[str]:
        """The same words with operands last: argparse takes them only where they stand together."""
        options: list[str] = []
        operands: list[str] = []
        words = iter(argv)
        for word in words:
            if word == "--":
                operands += [word, *words]
            elif word.startswith("-") and word != "-":
                options.append(word)
                if self.wants_next(word):
                    options += [value for value in (next(words, None),) if value is not None]
            else:
                operands.append(word)
        return [*options, *operands]

    def wants_next(self, word: str) -> bool:
        """Whether the word after this flag (or cluster of short flags) is its value."""
        if "=" in word:
            return False
        flag = word if word.startswith("--") or len(word) == 2 else self._last_of_cluster(word)
        action = self.option(flag)
        return action is not None and action.nargs is None

    def _last_of_cluster(self, word: str) -> str:
        """ "-t" of "-dt"; "" when an earlier letter takes what follows as its value ("-n10")."""
        switches = (self.option(f"-{letter}") for letter in word[1:-1])
        return f"-{word[-1]}" if all(s is not None and s.nargs == 0 for s in switches) else ""

    def flags(self) -> tuple[str, ...]:
        """Every flag this parser knows, hidden ones too."""
        return tuple(self._option_string_actions)

    def option(self, flag: str) -> argparse.Action | None:
        """What a flag stands for; None when it is unknown."""
        return self._option_string_actions.get(flag)

    def options(self) -> tuple[argparse.Action, ...]:
        return tuple(self._get_optional_actions())

    def positionals(self) -> tuple[argparse.Action, ...]:
        return tuple(self._get_positional_actions())


class Refused(argparse.Action):
    """A flag of Docker Compose that there is not here, refused by name and with the reason."""

    def __init__(self, *, reason: str, **settings: Any) -> None:
        super().__init__(**{**settings, "help": argparse.SUPPRESS})
        self.reason = reason

    def __call__(self, parser: argparse.ArgumentParser, space: Args, value: Any, flag: str | None = None) -> None:
        from longshore.model.errors import NotHereError

        raise NotHereError(f"{parser.prog}: {flag} is not there: {self.reason}", hint="leave it out")


def add_globals(parser: Parser, *, hidden: bool = False) -> None:
    """Add the global options; where the command itself has a flag of that name, the command's holds. `hidden`: taken
    but not listed, and leaving what was said before the command as it is."""
    taken = set(parser.flags())
    for flags, settings in GLOBALS:
        free = [flag for flag in flags if flag not in taken]
        if not free:
            continue
        changed = {**settings, "default": argparse.SUPPRESS, "help": argparse.SUPPRESS} if hidden else settings
        if "dest" not in changed:
            changed = {**changed, "dest": flags[-1].lstrip("-").replace("-", "_")}
        parser.add_argument(*free, **changed)


def seconds(text: str) -> float:
    """A grace period in seconds ("10"), also with a unit ("1m30s")."""
    from longshore.cli.sinceuntil import duration

    try:
        return float(text)
    except ValueError:
        pass
    total = duration(text)
    if total is None:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return total


def size(text: str) -> int:
    """Bytes of "10g", "500m", "1048576"."""
    from longshore.model.quantities import size_in_bytes

    try:
        return size_in_bytes(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def variable(text: str) -> tuple[str, str | None]:
    """NAME=VALUE as a pair; NAME alone, whose value is the project's environment's (model/variables.py), has None."""
    name, equals, value = text.partition("=")
    if not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value if equals else None


def label(text: str) -> tuple[str, str]:
    """KEY=VALUE as a pair; a key alone is no label."""
    key, equals, value = text.partition("=")
    if not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def _operand(action: argparse.Action) -> str:
    name = str(action.metavar or action.dest)
    if action.nargs == argparse.REMAINDER:
        return f"{name} [ARGUMENT ...]"
    return {"*": f"[{name} ...]", "+": f"{name} [...]", "?": f"[{name}]"}.get(str(action.nargs), name)


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns
