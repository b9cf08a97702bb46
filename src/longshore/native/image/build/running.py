"""RUN: a command in the layers so far, with its mounts; what it changes is the new layer."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

from longshore.dockerfile.instructions import Instruction
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.native.image.build import command
from longshore.native.image.build.context import Source
from longshore.native.image.build.hostenv import host_settings
from longshore.native.image.build.layer import WrittenLayer
from longshore.native.image.build.mountpoints import remove_mount_points
from longshore.native.image.build.mounts import MountPlan, Planner, RunMount, parse_mount
from longshore.native.image.build.ownership import own_new_files
from longshore.native.image.build.sandbox import Bind, Sandbox, run_in
from longshore.native.image.build.settings import Scope
from longshore.native.image.build.state import StageState
from longshore.native.image.build.step import Building, Step
from longshore.native.kernel.privileges import is_root

__all__ = ["prepare", "read"]

SHOWN_LINES = 20
APT = "/etc/apt"
NETWORKS = ("default", "none", "host")


@record
class _Reading:
    """What a RUN says, its variables replaced."""

    argv: tuple[str, ...]
    script: command.Script
    mounts: tuple[RunMount, ...]
    network: str


def read(state: StageState, instruction: Instruction, scope: Scope) -> _Reading:
    """ValueError for what is wrong in it."""
    mounts = tuple(parse_mount(text, lambda value: scope.text(state, value)) for text in instruction.every("mount"))
    network = instruction.flag("network") or ""
    if network and network not in NETWORKS:
        raise ValueError(f"--network={network}: it is one of {', '.join(NETWORKS)}")
    security = instruction.flag("security") or "sandbox"
    if security == "insecure":
        raise ValueError("--security=insecure is not supported by the native engine; run with --engine docker")
    if security != "sandbox":
        raise ValueError(f"--security={security}: it is sandbox or insecure")
    if instruction.every("device"):
        raise ValueError("--device is not supported by the native engine; run with --engine docker")
    argv, script = command.argv(state, instruction)
    return _Reading(argv, script, mounts, network)


async def prepare(building: Building, state: StageState, instruction: Instruction) -> Step:
    reading = read(state, instruction, building.scope)
    network = reading.network if reading.network not in ("", "default") else building.build.network or "default"
    mounts = await _mounts(building, state, reading.mounts)
    parts: dict[str, Any] = {
        "kind": "run",
        "parent": state.key,
        "user": state.user,
        "cwd": state.working_dir,
        "shell": list(state.shell),
        "instruction": [instruction.line, *[doc.content for doc in instruction.heredocs]],
        "env": command.keyed_environment(state),
        "mounts": mounts.key,
        "files": mounts.files,
        "network": "none" if network == "none" else "host",
    }
    if not is_root():
        parts["owners"] = "noted"
    return Step(parts, _Runner(building, state, instruction, reading, mounts, network).make)


async def _mounts(building: Building, state: StageState, mounts: tuple[RunMount, ...]) -> MountPlan:
    names = {mount.get("from") for mount in mounts if mount.kind == "bind" or mount.get("from")}
    sources: dict[str, Source] = {name: await building.source(name, numbers=False) for name in sorted(names)}
    planner = Planner(building.cache, state.working_dir, sources.__getitem__, building.inputs.secret)
    return await asyncio.to_thread(planner.all, list(mounts))


class _Runner:
    """Carries out one RUN."""

    def __init__(
        self, building: Building, state: StageState, instruction: Instruction, reading: _Reading, mounts: MountPlan,
        network: str,
    ) -> None:  # fmt: skip
        self.building, self.instruction, self.reading, self.mounts = building, instruction, reading, mounts
        self.layers, self.tree, self.network = tuple(state.layers), state.tree, network
        account = self.tree.account(state.user or "0")
        if account is None:
            what = f"USER {state.user!r} is not in the image's /etc/passwd or /etc/group"
            raise ShoreError(what, hint="make the user first (RUN useradd …), or give numbers")
        self.user, self.account = state.user, account
        self.env = command.environment(state, building.given, account)
        self.cwd = state.working_dir or "/"

    async def make(self, root: Path, scratch: Path) -> None:
        async with contextlib.AsyncExitStack() as held:
            for name in sorted(set(self.mounts.locks)):
                await held.enter_async_context(self.building.cache.lock(name))
            sandbox = await asyncio.to_thread(self._sandbox, root, scratch)
            outcome = await run_in(sandbox, scratch / "sandbox", self.building.output)
        remove_mount_points(root, self.tree, [bind.target for bind in sandbox.binds])
        if self.account.uid and not is_root():
            await asyncio.to_thread(own_new_files, root, self.tree, self.account.uid, self.account.gid)
        if outcome.trouble:
            raise ShoreError(
                f"RUN cannot be carried out here: {outcome.trouble}",
                hint="shore version --debug shows what this machine allows; or run with --engine docker",
            )
        if outcome.code:
            raise ShoreError(
                f"RUN exited with code {outcome.code}: {_short(self.instruction.line)}",
                details=outcome.lines[-SHOWN_LINES:],
                hint="correct the step; what was done before it is kept in the cache",
            )

    def _sandbox(self, root: Path, scratch: Path) -> Sandbox:
        host = host_settings(self.tree.read_text("/etc/ssl/certs/ca-certificates.crt"), self._release())
        prepared = [prepare_bind(scratch) for prepare_bind in self.mounts.prepare]
        shown = [bind for bind in host.binds if not bind.target.startswith(APT) or self.tree.is_dir(APT)]
        binds = [*shown, Bind("/etc/hosts", text=self._hosts(), mode=0o644), *self.mounts.binds, *prepared]
        if self.reading.script:
            place, text = self.reading.script
            binds.append(Bind(place, text=text, mode=0o755))
        WrittenLayer(root, self.tree).finish()  # gives the new root the owner and mode of the one below
        return Sandbox(
            argv=self.reading.argv,
            layers=self.layers or (str(self.building.cache.empty()),),
            upper=str(root),
            env={**host.env, **self.env, **self.mounts.env},
            cwd=self.cwd,
            user=self.user,
            network="none" if self.network == "none" else "host",
            binds=tuple(binds),
        )

    def _release(self) -> str:
        for line in self.tree.read_text("/etc/os-release").splitlines():
            if line.startswith("VERSION_CODENAME="):
                return line.partition("=")[2].strip('"')
        return ""

    def _hosts(self) -> str:
        """The names that the machine itself knows, for what it reaches by them; the sandbox's; those of the build."""
        own = Path("/etc/hosts").read_text(errors="replace") if Path("/etc/hosts").exists() else ""
        more = [_host_line(entry) for entry in self.building.build.extra_hosts]
        return "\n".join(["127.0.0.1\tlocalhost buildkitsandbox", *more, own.rstrip("\n")]) + "\n"


def _host_line(entry: str) -> str:
    name, _, address = entry.partition("=") if "=" in entry else entry.partition(":")
    address = "127.0.0.1" if address == "host-gateway" else address.strip("[]")
    return f"{address}\t{name}"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else line[:97] + "..."
