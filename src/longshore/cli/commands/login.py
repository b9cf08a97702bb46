"""`shore login`: keep a login for a registry. The password comes from standard input or a question, never from an
argument, which everybody on the machine could read."""

from __future__ import annotations

from longshore.cli.arguments import Args, Parser
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("registry", nargs="?", default="", metavar="REGISTRY", help="its host; else Docker Hub")
    parser.add_argument("-u", "--username", default="", metavar="NAME", help="else it is asked for")
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")


def run(args: Args) -> int:
    return finish(_login(args))


async def _login(args: Args) -> int:
    from longshore.flow.login import login, registry_named

    registry = registry_named(args.registry)
    user, password = _asked(args)
    place = await login(registry, user, password)
    print(f"Logged in to {registry}; kept in {place}")
    return 0


def _asked(args: Args) -> tuple[str, str]:
    import sys

    from longshore.model.errors import UsageError

    user = str(args.username)
    if args.password_stdin:
        if not user:
            raise UsageError("--password-stdin wants --username", hint="shore login -u NAME --password-stdin REGISTRY")
        return user, sys.stdin.read().removesuffix("\n").removesuffix("\r")
    if not sys.stdin.isatty():
        raise UsageError("no terminal to ask for a password", hint="--password-stdin reads it from standard input")
    from getpass import getpass

    user = user or input("Username: ").strip()
    return user, getpass("Password: ")
