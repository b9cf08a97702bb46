"""A shipped stack's data: commands as jobs of the Swarm, on the node that has it. A manager runs nothing inside of
another node's task and hands no files through: what a job reads and writes lies in a scratch volume of that node, and a
second job, of restic's image, sends it to the repository or brings it from there."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shlex
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import IO, Any

from longshore.backup.repository import Repository
from longshore.backup.said import last_lines, summary_of
from longshore.flow.audience import Audience
from longshore.flow.home import Where
from longshore.model.errors import ShoreError
from longshore.model.service import EMPTY, Service
from longshore.model.stack import Stack
from longshore.ship.deploy import now, open_swarm
from longshore.ship.lock import alone
from longshore.ship.swarm import Swarm
from longshore.ship.translate import SERVICE

__all__ = ["OnSwarm", "on_swarm"]

LABEL = "io.longshore.backup"
"""Of the jobs and secrets of a backup: whose project it is."""
REPLICAS = "io.longshore.backup.replicas"
"""Of a service that stands still for a restore: how many tasks it is to have again."""
SCRATCH = "/longshore"
GIVEN = "/run/secrets/longshore-backup"
MOST_BYTES = 400_000
"""What a job reads may be a secret; a Swarm takes 500 kB."""
PATIENCE_SECONDS, PENDING_SECONDS, BACK_SECONDS, AGAIN_SECONDS = 600.0, 30.0, 120.0, 0.1
DEAD = ("failed", "rejected")
ENDED = ("complete", "shutdown", "failed", "rejected", "orphaned", "remove")

RUN = f"""\
set -a; . {GIVEN}-environment; set +a
[ -n "$PGPASSWORD" ] || [ ! -r "$POSTGRES_PASSWORD_FILE" ] || export PGPASSWORD="$(cat "$POSTGRES_PASSWORD_FILE")"
until_it_does() {{ n=0; until "$@" >/dev/null 2>&1 || [ $n = 100 ]; do n=$((n + 1)); sleep 0.1; done; }}
[ -z "$PGHOST" ] || until_it_does pg_isready
[ -z "$HOST" ] || until_it_does redis-cli -h "$HOST" -p "$PORT" ping
input=$1; output=$2; shift 2
if [ -n "$output" ]; then "$@" < "$input" > "$output"; else "$@" < "$input"; fi
code=$?
case "$input" in {SCRATCH}/*) rm -f "$input";; esac
exit $code
"""
"""The way to the others of a network is open a moment after a container has begun."""
BRING = f"""\
set -a; . {GIVEN}-environment; set +a
restic dump "$1" /data > "$2"
"""
SEND = f"""\
set -a; . {GIVEN}-environment; set +a
[ -s "$1" ] || {{ rm -f "$1"; echo empty; exit 0; }}
restic backup --json --host longshore $TAGS --stdin --stdin-filename data < "$1" && rm -f "$1"
"""


@contextlib.asynccontextmanager
async def on_swarm(where: Where, stack: Stack, what: str, repository: Repository, image: str) -> AsyncIterator[OnSwarm]:
    """The stack as the Swarm has it, while nobody ships or backs it up there; `image` is restic's."""
    swarm = open_swarm(where)
    await swarm.enter()
    async with alone(swarm, stack.name, what, now(), where.say, patience=PATIENCE_SECONDS):
        hands = OnSwarm(where, stack, swarm, repository, image)
        await hands.clear()
        try:
            yield hands
        finally:
            await asyncio.shield(hands.clear())


class OnSwarm:
    """Of one command."""

    engine, keeps_owners = "swarm", True

    def __init__(self, where: Where, stack: Stack, swarm: Swarm, repository: Repository, image: str) -> None:
        self.where, self.stack = where, stack
        self._swarm, self._repository, self._image = swarm, repository, image
        self._nodes: dict[str, str] = {}

    def service(self, name: str) -> Service:
        return self.stack.services[name]

    def address(self, service: str) -> str:
        """A job is another container than the server's, in the same networks."""
        return service

    async def ready(self, services: Iterable[str], audience: Audience) -> None:
        """Raises ShoreError where one of them has no task that runs."""
        del audience
        for name in services:
            await self._node(name)

    async def clear(self) -> None:
        """What a killed run has left goes, and services that it has stopped come back."""
        for one in await self._swarm.services(""):
            labels = one["Spec"].get("Labels") or {}
            if labels.get(LABEL) == self.stack.name:
                await self._swarm.remove("service", one["ID"])
            elif labels.get(REPLICAS) and one["Spec"]["Name"].startswith(f"{self.stack.name}_"):
                await self._scale(one["Spec"], int(labels[REPLICAS]), "")
        for name, one in (await self._swarm.secrets()).items():
            if (one["Spec"].get("Labels") or {}).get(LABEL) == self.stack.name:
                await self._swarm.remove_when_free("secret", name, PENDING_SECONDS)
        await self._repository.clear_passages(self.stack.name)

    async def execute(
        self, service: str, words: tuple[str, ...], *, stdin: IO[bytes] | None = None, stdout: IO[bytes] | None = None,
        environment: Mapping[str, str] = EMPTY,
    ) -> tuple[int, str]:  # fmt: skip
        """A command beside the running service: exit code, and what it said."""
        return await self._command(service, words, stdin, stdout, environment, mounts=False)

    async def beside(
        self, service: str, script: str, *arguments: str, stdin: IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
    ) -> tuple[int, str]:  # fmt: skip
        """A shell's script, as root, with the service's image and mounts."""
        return await self._command(service, ("sh", "-c", script, "sh", *arguments), stdin, stdout, EMPTY, mounts=True)

    async def _command(
        self, service: str, words: tuple[str, ...], stdin: IO[bytes] | None, stdout: IO[bytes] | None,
        environment: Mapping[str, str], *, mounts: bool,
    ) -> tuple[int, str]:  # fmt: skip
        node, mark = await self._node(service), secrets.token_hex(6)
        files = {"environment": _exports(environment)}
        source, target = "/dev/null", f"{SCRATCH}/{mark}.out" if stdout else ""
        if stdin:
            stdin.seek(0)
            data = stdin.read(MOST_BYTES + 1)
            if len(data) > MOST_BYTES:
                source = f"{SCRATCH}/{mark}.in"
                await self._bring(node, stdin, source)
            else:
                source, files["input"] = f"{GIVEN}-input", data or b"\n"
        task = (await self._swarm.service(f"{self.stack.name}_{service}"))["Spec"]["TaskTemplate"]
        container = dict(task["ContainerSpec"])
        own = [one for one in container.get("Mounts") or () if mounts]
        for key in ("Args", "Dir", "Hostname", "Mounts", "OpenStdin", "ReadOnly", "TTY"):
            container.pop(key, None)
        container |= {"Command": ["sh", "-c", RUN, "sh", source, target, *words], "Mounts": own}
        networks = [{"Target": one["Target"]} for one in task.get("Networks") or ()]  # not by the server's names
        code, said = await self._job(container, networks, node, files)
        if stdout:
            await self._send(node, target, stdout)
        return code, said

    async def _bring(self, node: str, file: IO[bytes], path: str) -> None:
        """A file of this machine into the node's scratch volume."""
        snapshot = await self._repository.pass_on(file, self.stack.name)
        await self._restic(node, BRING, snapshot, path)

    async def _send(self, node: str, path: str, file: IO[bytes]) -> None:
        """What lies in the node's scratch volume into a file of this machine."""
        said = await self._restic(node, SEND, path)
        if said.strip() == "empty":
            return
        found = summary_of(said)
        if found is None:
            raise ShoreError(f"{self._repository.name}: restic made no snapshot on the node", details=last_lines(said))
        await self._repository.pass_back(str(found["snapshot_id"]), file)

    async def _restic(self, node: str, script: str, *words: str) -> str:
        given = {**self._repository.elsewhere(), "TAGS": " ".join(self._repository.passage(self.stack.name))}
        container = {"Image": self._image, "Command": ["sh", "-c", script, "sh", *words], "Mounts": []}
        code, said = await self._job(container, [], node, {"environment": _exports(given)})
        if code:
            raise ShoreError(f"restic on the Swarm's node failed with code {code}", details=last_lines(said),
                             hint=f"can the nodes reach {self._repository.name}?")  # fmt: skip
        return said

    async def _job(
        self, container: dict[str, Any], networks: list[Any], node: str, files: Mapping[str, bytes]
    ) -> tuple[int, str]:
        name = f"{self.stack.name}_backup-{secrets.token_hex(4)}"
        labels = {LABEL: self.stack.name}
        for file, content in files.items():
            await self._swarm.store("secret", f"{name}-{file}", content, labels)
        there = await self._swarm.secrets()
        refs = [
            {"SecretID": there[f"{name}-{file}"]["ID"], "SecretName": f"{name}-{file}",
             "File": {"Name": f"{GIVEN}-{file}".rpartition("/")[2], "UID": "0", "GID": "0", "Mode": 0o400}}
            for file in files
        ]  # fmt: skip
        scratch = {"Type": "volume", "Source": f"{self.stack.name}_backup-scratch", "Target": SCRATCH}
        container |= {
            "User": "0", "Dir": "/", "Healthcheck": {"Test": ["NONE"]}, "Mounts": [*container["Mounts"], scratch],
            "Secrets": [*(container.get("Secrets") or ()), *refs],
        }  # fmt: skip
        spec = {
            "Name": name, "Labels": labels, "Mode": {"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 1}},
            "TaskTemplate": {
                "ContainerSpec": container, "RestartPolicy": {"Condition": "none"}, "Networks": networks,
                "Placement": {"Constraints": [f"node.id=={node}"]}, "LogDriver": {"Name": "json-file"},
            },
        }  # fmt: skip
        await self._swarm.create_service(spec)
        try:
            return await self._ended(name)
        finally:
            await asyncio.shield(self._swarm.remove("service", name))  # its secrets are free a little later: clear()

    async def _ended(self, name: str) -> tuple[int, str]:
        """The exit code of a job's task, and what it wrote."""
        began = time.monotonic()
        while True:
            for task in await self._swarm.tasks(name):
                status = task["Status"]
                if status["State"] == "complete":
                    return 0, await self._swarm.written(name)
                if status["State"] in DEAD:
                    code = (status.get("ContainerStatus") or {}).get("ExitCode") or 0
                    if not code:
                        raise ShoreError(f"a job of the backup does not run: {status.get('Err', '')}",
                                         hint="does that node have the image?")  # fmt: skip
                    return int(code), await self._swarm.written(name)
                if status["State"] == "pending" and time.monotonic() - began > PENDING_SECONDS:
                    raise ShoreError(f"no node takes a job of the backup: {status.get('Err', '')}",
                                     hint="the node that has the data must be up: shore ship status")  # fmt: skip
            await asyncio.sleep(AGAIN_SECONDS)

    async def _node(self, service: str) -> str:
        """Where the data of a service is: where its task runs. Raises ShoreError where none does."""
        if service not in self._nodes:
            tasks = await self._swarm.tasks(f"{self.stack.name}_{service}")
            found = [one["NodeID"] for one in tasks if one["Status"]["State"] == "running"]
            if not found:
                raise ShoreError(f"{service} does not run on the Swarm", hint="shore ship status tells why")
            self._nodes[service] = found[0]
        return self._nodes[service]

    def standing_still(self, services: Iterable[str]) -> contextlib.AbstractAsyncContextManager[None]:
        """Raises ShoreError: a Swarm cannot pause a task."""
        raise ShoreError(
            f"{next(iter(services))}: its image has no Python, by which a database of SQLite is copied on a Swarm",
            hint="give the volume to a service whose image has Python",
        )

    @contextlib.asynccontextmanager
    async def stopped(self, services: Iterable[str]) -> AsyncIterator[None]:
        """While the block runs the services have no task; whoever comes after a killed run brings them back."""
        there = {
            (one["Spec"].get("Labels") or {}).get(SERVICE): one["Spec"]
            for one in await self._swarm.services(self.stack.name)
        }
        specs = [there[name] for name in services if name in there and "Replicated" in there[name]["Mode"]]
        for name in services:
            await self._node(name)
        try:
            for spec in specs:
                await self._scale(spec, 0, str(spec["Mode"]["Replicated"]["Replicas"]))
            await asyncio.gather(*(self._until(spec["Name"], 0) for spec in specs))
            yield
        finally:
            await asyncio.shield(self._back(specs))

    async def _back(self, specs: Iterable[Mapping[str, Any]]) -> None:
        wanted = {spec["Name"]: int(spec["Mode"]["Replicated"]["Replicas"]) for spec in specs}
        for spec in specs:
            await self._scale(spec, wanted[spec["Name"]], "")
        with contextlib.suppress(TimeoutError):  # its health is its own affair
            async with asyncio.timeout(BACK_SECONDS):
                await asyncio.gather(*(self._until(*one) for one in wanted.items()))

    async def _scale(self, spec: Mapping[str, Any], replicas: int, before: str) -> None:
        labels = {key: value for key, value in (spec.get("Labels") or {}).items() if key != REPLICAS}
        if before:
            labels[REPLICAS] = before
        other = {**spec, "Labels": labels, "Mode": {"Replicated": {"Replicas": replicas}}}
        await self._swarm.update_service(spec["Name"], other)

    async def _until(self, name: str, running: int) -> None:
        """So many tasks run, and none is on its way to its end."""
        while True:
            states = [task["Status"]["State"] for task in await self._swarm.tasks(name)]
            alive = [state for state in states if state not in ENDED]
            if len(alive) == states.count("running") == running:
                return
            await asyncio.sleep(AGAIN_SECONDS)


def _exports(values: Mapping[str, str]) -> bytes:
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items()).encode() or b"\n"
