"""`shore up`: bring the stack up, and stay with its logs unless detached."""

from __future__ import annotations

import time

from longshore.cli.arguments import Args, Parser, seconds
from longshore.cli.loop import finish

__all__ = ["add_arguments", "run"]


def add_arguments(parser: Parser) -> None:
    parser.add_argument("services", nargs="*", metavar="SERVICE", help="only these and what they need")
    how = parser.add_argument_group("how")
    how.add_argument("-d", "--detach", action="store_true", help="leave the services running in the background")
    how.add_argument("--wait", action="store_true", help="return when all are ready (implies -d)")
    how.add_argument("--wait-timeout", type=seconds, metavar="SECONDS", help="the longest to wait")
    how.add_argument("--no-start", action="store_true", help="make containers, start none")
    how.add_argument("-t", "--timeout", type=seconds, metavar="SECONDS", help="grace period when stopping")
    how.add_argument("--ports", choices=("auto", "exact"), metavar="auto", help="replace taken ports by free ones")
    how.add_argument("-w", "--watch", action="store_true", help="sync, rebuild or restart when files change")
    how.add_argument("-y", "--yes", action="store_true", help="answer yes to all questions")
    add_convergence(parser)
    logs = parser.add_argument_group("attached")
    add = logs.add_argument
    add("--abort-on-container-exit", action="store_true", help="stop all when one ends")
    add("--abort-on-container-failure", action="store_true", help="stop all when one fails")
    add("--exit-code-from", metavar="SERVICE", help="end with this service's exit code; stops all when one ends")
    add("--attach", action="append", metavar="SERVICE", help="show the logs of these only")
    add("--no-attach", action="append", metavar="SERVICE", help="do not show the logs of these")
    add("--attach-dependencies", action="store_true", help="show the logs of what the named services need, too")
    add("--no-log-prefix", action="store_true", help="lines as the services write them")
    add("--timestamps", action="store_true", help="the time before each line")
    add("--no-color", action="store_true", help="no colour")
    add("--menu", action="store_true", help="(of docker compose; taken and left out)")


def add_convergence(parser: Parser) -> None:
    """The flags that `up` and `create` share."""
    plan = parser.add_argument_group("what is done")
    plan.add_argument("--build", action="store_true", help="build images first")
    plan.add_argument("--no-build", action="store_true", help="build nothing")
    plan.add_argument("--pull", choices=("always", "missing", "never", "build", "policy"),
                      metavar="always|missing|never", help="when to fetch images")  # fmt: skip
    plan.add_argument("--quiet-build", action="store_true", help="no output of builds")
    plan.add_argument("--quiet-pull", action="store_true", help="no progress of fetches")
    plan.add_argument("--force-recreate", action="store_true", help="recreate containers that are up to date")
    plan.add_argument("--no-recreate", action="store_true", help="leave containers as they are")
    plan.add_argument("--no-deps", action="store_true", help="leave out what the services need")
    plan.add_argument("--always-recreate-deps", action="store_true", help="recreate what depends on a recreated one")
    plan.add_argument("-V", "--renew-anon-volumes", action="store_true", help="anonymous volumes start afresh")
    plan.add_argument("--remove-orphans", action="store_true", help="remove containers of services not in the file")
    plan.add_argument("--scale", action="append", metavar="SERVICE=N", help="so many containers of a service")


_CLASHES = (
    (
        ("detach", "wait"),
        ("abort_on_container_exit", "abort_on_container_failure", "exit_code_from", "attach", "watch"),
    ),
    (("force_recreate",), ("no_recreate",)),
    (("always_recreate_deps",), ("no_recreate",)),
    (("build",), ("no_build",)),
    (("no_start",), ("wait",)),
    (("attach",), ("attach_dependencies",)),
    (("abort_on_container_exit",), ("abort_on_container_failure",)),
)


def run(args: Args) -> int:
    began = time.time()
    _check(args)
    from longshore.cli.launch import launch

    return finish(launch(args, began))


def _check(args: Args) -> None:
    from longshore.model.errors import UsageError

    for group, others in _CLASHES:
        for one in group:
            for other in others:
                if getattr(args, one, None) and getattr(args, other, None):
                    raise UsageError(
                        f"--{_flag(one)} and --{_flag(other)} exclude each other", hint="leave one of them out"
                    )


def _flag(dest: str) -> str:
    return dest.replace("_", "-")
