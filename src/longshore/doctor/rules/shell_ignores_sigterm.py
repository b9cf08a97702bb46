"""Commands whose shell, as process 1, keeps SIGTERM from the service."""

from __future__ import annotations

from collections.abc import Iterator

from longshore.doctor.ground.finding import Finding, Rule
from longshore.doctor.ground.project import Ground
from longshore.doctor.ground.shell import hands_over, shell_script
from longshore.model.errors import Place
from longshore.model.service import Service

__all__ = ["RULE"]


def _check(rule: Rule, ground: Ground) -> Iterator[Finding]:
    for service in ground.services.values():
        if service.init or service.name in ground.oneshots or service.pid:
            continue
        script, place = _script(service, ground)
        if script and not hands_over(script):
            yield rule.found(
                f"{service.name} runs in a shell that, as process 1, does not pass SIGTERM on",
                place,
                service=service.name,
            )


def _script(service: Service, ground: Ground) -> tuple[str, Place | None]:
    """The script of a shell that becomes process 1, and where it stands; "" where none does."""
    build = ground.build_file(service.name)
    entrypoint = build.last("ENTRYPOINT") if build else None
    if service.entrypoint:
        return shell_script((*service.entrypoint, *(service.command or ()))), service.place("entrypoint")
    if entrypoint and build:
        return ("" if entrypoint.json else entrypoint.line), build.place(entrypoint)
    if service.command is not None:
        return shell_script(service.command), service.place("command")
    command = build.last("CMD") if build else None
    if command and build:
        return (shell_script(command.words) if command.json else command.line), build.place(command)
    return "", None


RULE = Rule(
    id="compose.shell-ignores-sigterm",
    level="warning",
    title="A command in shell form is process 1 and ignores SIGTERM",
    why="stopping takes the whole grace period and ends in a kill: requests in flight and running tasks are lost",
    todo='write the command as a list (["gunicorn", "app"]), begin its last part with exec, or set init: true',
    check=_check,
    wrong=(
        {"compose.yaml": "services:\n  web: {build: .}\n", "Dockerfile": "FROM python:3.12-slim\nCMD python app.py\n"},
        {"compose.yaml": "services:\n  web: {image: 'python:3.12', command: sh -c 'python a.py && python b.py'}\n"},
    ),
    right=(
        {
            "compose.yaml": "services:\n  web: {build: .}\n",
            "Dockerfile": 'FROM python:3.12-slim\nCMD ["python", "app.py"]\n',
        },
        {
            "compose.yaml": "services:\n"
            "  web: {image: 'python:3.12', command: sh -c 'python seed.py && exec python app.py'}\n"
        },
    ),
)
