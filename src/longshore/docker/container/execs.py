"""Commands in running containers: with our own streams (`exec`), captured (health, hooks), or detached."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from longshore.docker.api.calls import Api
from longshore.docker.api.errors import ApiError
from longshore.docker.api.frames import Demultiplexer
from longshore.docker.api.streams import join, resizes
from longshore.engine.base import ExecRequest
from longshore.engine.hooks import hook_failed
from longshore.model.errors import ShoreError
from longshore.model.service import EMPTY, Hook
from longshore.state.observed import Container

__all__ = ["capture", "exec_body", "execute", "run_hooks"]

LONGEST_OUTPUT = 4096


def exec_body(request: ExecRequest, *, stdin: bool, capture: bool = True) -> dict[str, Any]:
    """POST /containers/{id}/exec. Pure."""
    body: dict[str, Any] = {
        "Cmd": list(request.argv),
        "User": request.user,
        "WorkingDir": request.working_dir,
        "Env": [name if value is None else f"{name}={value}" for name, value in request.environment.items()],
        "Tty": request.tty,
        "Privileged": request.privileged,
        "AttachStdin": stdin,
        "AttachStdout": capture,
        "AttachStderr": capture,
    }
    return {name: value for name, value in body.items() if value}


async def execute(api: Api, container: Container, request: ExecRequest, *, stdin: bool = True) -> int:
    """Run with this process's own streams; the command's exit code (0 when detached)."""
    attach = not request.detach
    made = await _create(api, container, exec_body(request, stdin=stdin and attach, capture=attach))
    if request.detach:
        await api.post(f"/exec/{made}/start", {"Detach": True, "Tty": request.tty})
        return 0
    stream = await api.hijack(f"/exec/{made}/start", {"Detach": False, "Tty": request.tty})
    try:
        await join(stream, tty=request.tty, stdin=stdin, resize=resizes(api, f"/exec/{made}"))
    finally:
        await stream.close()
    return await _exit_code(api, made)


async def capture(
    api: Api, container_id: str, argv: tuple[str, ...], *, timeout: float | None = None,
    user: str = "", working_dir: str = "", environment: Mapping[str, str] = EMPTY, privileged: bool = False,
) -> tuple[int, str]:  # fmt: skip
    """Run without our streams: (exit code, at most 4 kB of output). -1 when `timeout` seconds were not enough."""
    request = ExecRequest(argv, user, working_dir, environment, privileged=privileged)
    output = bytearray()
    made = str((await api.post(f"/containers/{container_id}/exec", exec_body(request, stdin=False)))["Id"])
    try:
        async with asyncio.timeout(timeout):
            await _read(api, made, output)
            code = await _exit_code(api, made)
    except TimeoutError:
        code = -1
    return code, output.decode(errors="replace")


async def _read(api: Api, made: str, output: bytearray) -> None:
    frames = Demultiplexer()
    body = {"Detach": False, "Tty": False}
    async with await api.stream("POST", f"/exec/{made}/start", body=body) as reply:
        async for chunk in reply.chunks():
            for _, frame in frames.feed(chunk):
                output.extend(frame[: LONGEST_OUTPUT - len(output)])


async def run_hooks(api: Api, container: Container, hooks: tuple[Hook, ...], kind: str) -> None:
    """Hooks one after the other; one that fails stops the rest."""
    for hook in hooks:
        environment = {name: value for name, value in hook.environment.items() if value is not None}
        code, output = await capture(
            api, container.id, hook.command, user=hook.user, working_dir=hook.working_dir,
            environment=environment, privileged=hook.privileged,
        )  # fmt: skip
        if code != 0:
            raise hook_failed(container.service, kind, hook, code, output)


async def _create(api: Api, container: Container, body: Mapping[str, Any]) -> str:
    try:
        return str((await api.post(f"/containers/{container.id}/exec", body))["Id"])
    except ApiError as error:
        if error.status == 409 and "paused" in error.what:
            hint = f"let it go on: shore unpause {container.service}"
            raise ShoreError(f"{container.service}: {container.name} is paused", hint=hint) from error
        if error.status in (404, 409):
            raise ShoreError(
                f"{container.service}: {container.name} is not running",
                hint=f"start it: shore up -d {container.service}",
            ) from error
        raise


async def _exit_code(api: Api, made: str) -> int:
    """The engine learns the code a moment after the streams close."""
    for pause in (0.0, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5):
        await asyncio.sleep(pause)
        found = await api.get(f"/exec/{made}/json")
        if not found.get("Running") and found.get("ExitCode") is not None:
            return int(found["ExitCode"])
    return int(found.get("ExitCode") or 0)
