"""A look at a project's containers for `ps`: the agent's answer by plain blocking calls. Importing asyncio and the
records would take several times as long as the answer; anything unusual gives None, and the caller asks the engine."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from longshore.model.commandtext import command_text
from longshore.model.labels import identity
from longshore.native.shared.roots import FORMAT, SOCKET, project_folder

__all__ = ["glance"]

PATIENCE = 2.0


def glance(project: str, environ: Mapping[str, str] = os.environ) -> list[SimpleNamespace] | None:
    """The containers, with the attributes of state.observed.Container, in the agent's order; None when no agent of
    this version answers."""
    try:
        with _connected(project, environ) as sock:
            hello, listed = _ask(sock, "hello", "list")
    except (OSError, ValueError, KeyError):
        return None
    if hello["format"] != FORMAT:
        return None
    return [_container(record) for record in listed.get("containers", {}).values()]


def _connected(project: str, environ: Mapping[str, str]) -> socket.socket:
    folder = project_folder(environ, project)
    directory = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.settimeout(PATIENCE)
        sock.connect(f"/proc/self/fd/{directory}/{SOCKET}")
    except OSError:
        sock.close()
        raise
    finally:
        os.close(directory)
    return sock


def _ask(sock: socket.socket, *methods: str) -> list[Any]:
    """The results, in order. Raises KeyError for an error of the agent's, ValueError for no answer."""
    for number, method in enumerate(methods, 1):
        sock.sendall(json.dumps({"id": number, "do": method, "with": {}}).encode() + b"\n")
    answers: dict[int, Any] = {}
    with sock.makefile("rb") as stream:
        while len(answers) < len(methods):
            message = json.loads(stream.readline())
            answers[message["id"]] = message["result"]
    return [answers[number] for number in range(1, len(methods) + 1)]


def _container(record: Mapping[str, Any]) -> SimpleNamespace:
    spec: Mapping[str, Any] = record["spec"]
    text = {key: spec.get(key, "") for key in ("image", "image_id", "config_hash", "runs")}
    times = {key: record.get(key, 0.0) for key in ("created", "started", "finished")}
    return SimpleNamespace(
        **text,
        **times,
        id=spec["id"],
        name=spec["name"],
        service=spec["service"],
        number=spec.get("number", 1),
        oneoff=spec.get("oneoff", False),
        state=record.get("state", "created"),
        health=record.get("health", ""),
        seen_by="",
        exit_code=record.get("exit_code", 0),
        command=command_text(spec["argv"]),
        pid=record.get("pid", 0),
        ports=tuple(SimpleNamespace(**{"protocol": "tcp", **port}) for port in record.get("ports", ())),
        networks=record.get("addresses", {}),
        volumes=tuple(m["source"] for m in spec.get("mounts", ()) if m["type"] == "volume" and m.get("source")),
        labels=_labels(spec),
    )


def _labels(spec: Mapping[str, Any]) -> dict[str, str]:
    who = identity(
        spec["project"],
        spec["service"],
        spec.get("number", 1),
        oneoff=spec.get("oneoff", False),
        config_hash=spec.get("config_hash", ""),
        image_id=spec.get("image_id", ""),
    )
    return {**spec.get("labels", {}), **who}
