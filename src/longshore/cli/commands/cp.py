"""`shore cp`: copy files between a service and this machine, as a tar stream through `shore exec`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path, PurePosixPath

from longshore.cli.arguments import Args, Parser

__all__ = ["add_arguments", "pack_command", "run", "split", "unpack_command"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("source", metavar="SERVICE:PATH|PATH")
    parser.add_argument("target", metavar="PATH|SERVICE:PATH")
    parser.add_argument("-a", "--archive", action="store_true", help="keep owners")
    parser.add_argument("-L", "--follow-link", action="store_true", help="copy what a link points to")
    parser.add_argument("--index", type=int, default=0, metavar="N", help="of the container of that number")


def run(args: Args) -> int:
    from longshore.model.errors import ShoreError, UsageError

    (from_service, source), (to_service, target) = split(args.source), split(args.target)
    if bool(from_service) == bool(to_service):
        raise UsageError("shore cp: one side must be SERVICE:PATH", hint="for example shore cp web:/app/log.txt .")
    if from_service:
        code = _pipe(_exec(args, from_service, pack_command(source, args.follow_link)), _unpack_here(source, target))
    else:
        if not Path(source).exists():
            raise ShoreError(f"{source} does not exist")
        script = unpack_command(target, Path(source).absolute().name, archive=args.archive)
        code = _pipe(_pack_here(source, args.follow_link), _exec(args, to_service, script))
    if code:
        raise ShoreError(f"not copied: exit code {code}", hint="is the path right, and does the service have tar?")
    return 0


def split(word: str) -> tuple[str, str]:
    """SERVICE:PATH as a pair; ("", PATH) for a path on this machine ("./a:b" is one, and so is "-")."""
    service, colon, path = word.partition(":")
    return (service, path) if colon and "/" not in service and service != "." else ("", word)


def pack_command(path: str, follow: bool) -> str:
    """A shell command that writes `path`, under its last name, as a tar stream."""
    import shlex

    pure = PurePosixPath(path)
    link = "h" if follow else ""
    return f"tar -c{link}f - -C {shlex.quote(str(pure.parent))} -- {shlex.quote(pure.name or '.')}"


def unpack_command(target: str, name: str, *, archive: bool = False) -> str:
    """A shell command that unpacks one entry called `name` to `target`: into it when that is a folder, else as it."""
    import shlex

    pure = PurePosixPath(target)
    into, parent, new = (shlex.quote(text) for text in (target, str(pure.parent), pure.name or "."))
    owner = "" if archive else " --no-same-owner"
    old = shlex.quote(name)
    return (
        f"if [ -d {into} ]; then tar -xf -{owner} -C {into}; "
        f'else t=$(mktemp -d) && tar -xf -{owner} -C "$t" && mv "$t"/{old} {parent}/{new} && rm -r "$t"; fi'
    )


def _exec(args: Args, service: str, script: str) -> list[str]:
    """`shore exec` with the same global options."""
    words = [sys.executable, "-m", "longshore"]
    for flag, values in (("-f", args.files), ("--profile", args.profiles), ("--env-file", args.env_files)):
        words += [word for value in values or () for word in (flag, value)]
    for flag, value in (
        ("-p", args.project), ("--project-directory", args.project_directory), ("--engine", args.engine),
    ):  # fmt: skip
        words += [flag, value] if value else []
    index = ["--index", str(args.index)] if args.index else []
    return [*words, "exec", "-T", *index, service, "sh", "-c", script]


def _pack_here(source: str, follow: bool) -> list[str]:
    return ["sh", "-c", pack_command(str(Path(source).absolute()), follow)]


def _unpack_here(source: str, target: str) -> list[str]:
    if target == "-":
        return ["cat"]
    return ["sh", "-c", unpack_command(str(Path(target).absolute()), PurePosixPath(source).name)]


def _pipe(left: list[str], right: list[str]) -> int:
    """Run `left | right`; the first exit code that is not 0."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    with subprocess.Popen(left, stdout=subprocess.PIPE, env=environ) as first:
        with subprocess.Popen(right, stdin=first.stdout, env=environ) as second:
            assert first.stdout
            first.stdout.close()
            done = second.wait()
        return first.wait() or done
