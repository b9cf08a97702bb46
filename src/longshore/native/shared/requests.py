"""What a command asks of a project's agent: a record for each request, made by the one and decoded once by the other.

A request travels as {"do": its word, "with": its fields}. The words and the answer to "hello" never change: by them a
command learns that an agent is of another version."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from longshore.model.codec import decode, encode
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.model.service import EMPTY
from longshore.native.shared.records import NetworkRecord
from longshore.native.shared.spec import ContainerSpec

__all__ = [
    "Create", "CreateNetwork", "Events", "Execute", "Finish", "Hello", "Join", "Kill", "List", "Logs", "Pause",
    "Prepare", "Remove", "RemoveNetwork", "Replace", "Request", "Start", "Stop", "Unpause", "Wait", "contents",
    "from_message", "in_base64", "to_message",
]  # fmt: skip


class Request:
    """Any of them. A `container` is named by its id or its name."""


@record
class Hello(Request):
    """Who are you? {"format", "pid", "project"}."""


@record
class List(Request):
    """Everything of the project: a ProjectRecord."""


@record
class CreateNetwork(Request):
    """One that is there already is left as it is."""

    network: NetworkRecord


@record
class RemoveNetwork(Request):
    name: str


@record
class Create(Request):
    """Make a container: it, as an observed Container. One that `replaces` another (its id) takes its addresses and, but
    for `renew_anonymous`, its anonymous volumes, and its place by a Replace. `ports_auto`: any free port will do in
    place of a taken one."""

    spec: ContainerSpec
    replaces: str = ""
    renew_anonymous: bool = False
    ports_auto: bool = False


@record
class Replace(Request):
    """Remove `container`, which does not run; `by` was made in its place and takes it."""

    container: str
    by: str


@record
class Prepare(Request):
    """Make its process ready for a Start of this same client. `files`: see Start."""

    container: str
    files: Mapping[str, str] = EMPTY


@record
class Start(Request):
    """`files` are the contents of its secrets and configs in base64, by "secret:KEY" or "config:KEY"; `remove` has it
    removed when it ends. Standard streams that come along are used in place of its log. It, as an observed
    Container; before that, for one with a terminal, an item with the terminal's descriptor."""

    container: str
    files: Mapping[str, str] = EMPTY
    remove: bool = False


@record
class Stop(Request):
    """`timeout`: seconds of grace in place of the service's own."""

    container: str
    timeout: float | None = None


@record
class Kill(Request):
    container: str
    signal: str


@record
class Pause(Request):
    container: str


@record
class Unpause(Request):
    container: str


@record
class Remove(Request):
    """`volumes`: its anonymous volumes too."""

    container: str
    volumes: bool = False


@record
class Wait(Request):
    """Its exit code, once it has ended."""

    container: str


@record
class Execute(Request):
    """Run a command in it: its exit code; before that an item when it has started, with its terminal's descriptor when
    it has one. What is empty is as for the service itself, a variable that is None is none of it. `visit`: also where
    it does not run, among the files that its next start would see."""

    container: str
    argv: tuple[str, ...]
    user: str = ""
    working_dir: str = ""
    environment: Mapping[str, str | None] = EMPTY
    tty: bool = False
    visit: bool = False


@record
class Events(Request):
    """The present state as events, then what happens, an item each, until the client has enough."""


@record
class Logs(Request):
    """An item "listening", then one for each line from now on: [service, container, time, number, stream, text]; with
    `names` of containers until the last of them has ended."""

    names: tuple[str, ...] = ()


@record
class Join(Request):
    """Its streams from now on as they come: an item "joined", with the descriptor that its standard input is written to
    (its terminal's) where it reads any; then [stream, bytes in base64] until it has ended."""

    container: str


@record
class Finish(Request):
    """End, whatever runs: whether no container is left."""


_KINDS: Mapping[str, type[Request]] = {
    "hello": Hello,
    "list": List,
    "create network": CreateNetwork,
    "remove network": RemoveNetwork,
    "create": Create,
    "replace": Replace,
    "prepare": Prepare,
    "start": Start,
    "stop": Stop,
    "kill": Kill,
    "pause": Pause,
    "unpause": Unpause,
    "remove": Remove,
    "wait": Wait,
    "exec": Execute,
    "events": Events,
    "logs": Logs,
    "join": Join,
    "finish": Finish,
}
_WORDS = {kind: word for word, kind in _KINDS.items()}


def to_message(request: Request) -> dict[str, Any]:
    return {"do": _WORDS[type(request)], "with": encode(request)}


def from_message(message: Mapping[str, Any]) -> Request:
    """Raises ShoreError for what this version does not know."""
    kind = _KINDS.get(message["do"])
    if kind is None:
        raise ShoreError(f"this agent does not know {message['do']}", hint="shore down, then up again")
    return decode(kind, message.get("with", {}))


def in_base64(files: Mapping[str, bytes]) -> dict[str, str]:
    return {key: base64.b64encode(content).decode() for key, content in files.items()}


def contents(files: Mapping[str, str]) -> dict[str, bytes]:
    """The other way round."""
    return {key: base64.b64decode(text) for key, text in files.items()}
