"""One container under supervision: start, run, end, restart. What its first process is told is decided in ordering.py,
when it starts again in longshore.model.restarts."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from longshore.engine.hooks import hook_failed
from longshore.engine.uninterrupted import whole
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.model.restarts import SETTLED, restart_delay
from longshore.model.service import Hook
from longshore.native.agent.container.ahead import Ahead
from longshore.native.agent.container.commands import Command, Wanted, captured, exec_order
from longshore.native.agent.container.launch import Basis, Launched, Ready, basis, make_ready
from longshore.native.agent.container.logs import LogWriter
from longshore.native.agent.container.pausing import Pausing
from longshore.native.agent.container.provisions import Provisions
from longshore.native.agent.container.remembered import Remembered
from longshore.native.agent.container.sharing import named_as
from longshore.native.agent.container.steppingdown import SteppingDown
from longshore.native.agent.container.visiting import opened
from longshore.native.agent.ground import Ground, Neighbours, NetworkOwner
from longshore.native.agent.health.checking import watch_health
from longshore.native.agent.signals import signal_number
from longshore.native.agent.tasks import Tasks
from longshore.native.inside.root import executable
from longshore.native.shared.records import Record
from longshore.native.shared.spec import ContainerSpec
from longshore.native.shared.starting import wait_for_exit
from longshore.state.events import (
    ContainerDied,
    ContainerHealth,
    ContainerRestarting,
    ContainerStarted,
    ContainerStopped,
    Event,
    Note,
    killed_by,
)
from longshore.state.observed import ContainerState, Health

__all__ = ["Supervised"]

_HOOK_SECONDS = 600
_CANNOT = 125
_SEVERAL = (
    "it wants several users, and has one id: write x-longshore: {ids: many} at the service (for which an administrator "
    "gives you subordinate ids in /etc/subuid and /etc/subgid, and the package uidmap), or run shore as root"
)


class Supervised:
    """`remembered` is what is known of it; every change goes through `_set`, which has it saved."""

    def __init__(self, ground: Ground, neighbours: Neighbours, record: Record) -> None:
        self._ground, self._neighbours = ground, neighbours
        self.remembered = Remembered(record, neighbours.changed)
        self.log = LogWriter(ground.places.logs, record.spec.name, record.spec.log)
        self.ended = asyncio.Event()
        self.ended.set()
        self._contents: Mapping[str, bytes] = {}
        self._remove_when_ended = False
        self._launched: Launched | None = None
        self._ahead = Ahead(self._clean_up)
        self._provisions = Provisions(ground, neighbours, self.log)
        self._tasks = Tasks()
        self._health: asyncio.Task[None] | None = None
        self._restart: asyncio.Task[None] | None = None
        self._attempt = 0
        self._lock = asyncio.Lock()
        self._pausing = Pausing(ground.zygote, self._running, self._set_running)
        self._stepping_down = SteppingDown()
        self._became = ""

    @property
    def record(self) -> Record:
        return self.remembered.record

    @property
    def spec(self) -> ContainerSpec:
        return self.record.spec

    @property
    def running(self) -> bool:
        return self._launched is not None

    @property
    def network(self) -> int:
        """A descriptor of its network namespace; -1 when it is the host's or the container does not run."""
        return self._launched.namespaces.network if self._launched else -1

    @property
    def stdin(self) -> int:
        """What its standard input is written to; -1 when it reads nothing, or somebody's own streams."""
        return self._provisions.stdin

    @property
    def terminal(self) -> int:
        """Its terminal's master, for whom the container was started; -1 when there is none."""
        return self._launched.terminal if self._launched else -1

    @property
    def directory(self) -> Path:
        return self._ground.places.container(self.spec.id)

    @property
    def prepared(self) -> bool:
        """Whether a process is ready for its start, or being made so."""
        return self._ahead.there

    def _set(self, **changes: object) -> None:
        self.remembered.set(**changes)

    def move(self, addresses: Mapping[str, str]) -> None:
        """Give it other addresses; it does not run."""
        self._set(addresses=addresses)

    def tell(self, event: Event) -> None:
        """Have this heard, as an event of this container."""
        self._neighbours.emit(replace(event, service=self.spec.service, container=self.spec.name))

    async def prepare(self, contents: Mapping[str, bytes]) -> None:
        """Make its process ready for a start that is to come, where nothing that happens until then can matter to it.
        Raises ShoreError when it cannot be made."""
        async with self._lock:
            await self._is_free()
            alone = not self.spec.tty and self.spec.network_mode in ("", "none")
            if self.running or self.prepared or not alone or self._neighbours.enough_prepared:
                return
            self._contents = contents
            on = basis(self._ground, self.record, contents)
            if on.sources is not None:
                await self._ahead.make(lambda: self._make_ready(on, ()))

    async def _is_free(self) -> None:
        """Wait until what its last process left is cleared up. Raises ShoreError when it was removed meanwhile."""
        if not self.running:
            await self.ended.wait()
        if not self._neighbours.has(self.spec.id):
            raise ShoreError(f"{self.spec.service}: {self.spec.name} was removed", hint="make it again: shore up")

    async def leave(self) -> None:
        """Who had it prepared is gone."""
        async with self._lock:
            await self._ahead.drop()

    async def start(self, contents: Mapping[str, bytes], streams: Sequence[int] = (), *, remove: bool = False) -> None:
        """Start it; `contents` are its secrets and configs, `streams` standard streams to use instead of the log;
        `remove`: it goes when it ends. Raises ShoreError when it cannot be started."""
        self._remove_when_ended = remove
        async with self._lock:
            await self._is_free()
            if self.running:
                if await self._pausing.go_on():
                    self._tell_started()
                return
            self._cancel_restart()
            self._contents = contents
            self._attempt = 0
            self._set(wanted=True)
            try:
                begun = await whole(self._launch(streams, self.spec.post_start))
            except BaseException:
                self._set(wanted=self.running)
                raise
            await asyncio.shield(begun)

    async def _launch(
        self, streams: Sequence[int] = (), hooks: Sequence[Hook] = (), *, again: bool = False
    ) -> asyncio.Future[None]:
        """Have its program run; what belongs to a start after that is the task: hooks, where somebody asked for the
        start, as with Docker Compose. `again`: nobody is to see a start, it goes on as another user."""
        owner = self._network_owner()
        self._take_names(owner)
        on = basis(self._ground, self.record, self._contents, owner.directory if owner else None)
        ready = await self._ahead.take(None if streams else on)
        made: Launched | None = None
        try:
            published = self._provisions.bind(self.record)
            self._provisions.claim(self.record)
            going, ready = ready or await self._make_ready(on, streams, owner.network if owner else -1), None
            made = await going.go()
            await self._provisions.serve(self.record, made, logged=not streams)
        except BaseException as error:
            if made:
                await made.give_up()
            elif ready:
                await ready.give_up()
            self._clean_up()
            if isinstance(error, OSError):
                raise ShoreError(f"{self.spec.service}: cannot start: {error.strerror or error}") from error
            raise
        self._launched = made
        self._became = on.order.becomes
        self._stepping_down.listen(made, self.spec, streams)
        self.ended.clear()
        health = "starting" if self.spec.health and self.spec.health.active else ""
        self._set(
            state="running",
            health=health,
            pid=made.pid,
            started=self.record.started if again else time.time(),
            exit_code=0,
            ports=published,
            finished=0.0,
        )
        self._ground.networks.appear(self.record)
        if not again:
            self._tell_started()
        self._tasks.begin(self._watch(made))
        return self._tasks.begin(self._begin(made, hooks))

    async def _begin(self, made: Launched, hooks: Sequence[Hook]) -> None:
        """Hooks, then health checks, which a hook may prepare for. Raises ShoreError for a hook that fails; the
        container runs on all the same."""
        try:
            await self._run_hooks(hooks, "post_start")
        finally:
            if self.record.health and self._launched is made:
                self._health = asyncio.ensure_future(watch_health(self, self._ground.hub))

    def _tell_started(self) -> None:
        record, spec = self.record, self.spec
        checked = spec.health is not None and spec.health.active
        self.tell(
            ContainerStarted(
                pid=record.pid, runs=spec.runs, ports=record.ports, health=record.health, unchecked=not checked
            )
        )

    async def _make_ready(self, on: Basis, given: Sequence[int], joined: int = -1) -> Ready:
        """`joined` is the network namespace of another, which it shares, or -1."""
        opened = self._provisions.streams(self.record, given)
        try:
            return await make_ready(self._ground, self.record, self.remembered.spec_json, on, opened or given, joined)
        finally:
            for fd in opened:
                os.close(fd)

    def _network_owner(self) -> NetworkOwner | None:
        """Whose network it shares, for `network_mode: service:x`. Raises ShoreError when that one does not run."""
        kind, _, name = self.spec.network_mode.partition(":")
        if kind not in ("service", "container"):
            return None
        owner = self._neighbours.network_of(name, by_service=kind == "service")
        if owner is None:
            raise ShoreError(f"{self.spec.service}: {name}, whose network it shares, does not run")
        return owner

    def _take_names(self, owner: NetworkOwner | None) -> None:
        """Be called what the owner of its network is called."""
        spec = named_as(self.spec, owner.spec if owner else None)
        if spec is not self.spec:
            self._set(spec=spec)

    async def _begin_again(self, made: Launched) -> None:
        """In the place of the process that ended for it."""
        given = self._stepping_down.take_streams()
        await self._let_go(made)
        try:
            begun = await self._launch(given, again=True)
        except ShoreError as error:
            self._note(str(error))
            self._set(state="exited", health="", exit_code=_CANNOT, finished=time.time(), pid=0, wanted=False)
            self.tell(ContainerDied(exit_code=_CANNOT))
            self.ended.set()
            self._neighbours.ended(self.spec.id, remove=self._remove_when_ended)
            return
        finally:
            for stream in given:
                os.close(stream)
        if not self.record.wanted:  # it was stopped meanwhile
            self.signal(signal.SIGKILL)
        await begun

    async def _watch(self, made: Launched) -> None:
        code = await wait_for_exit(made.pidfd)
        if self._stepping_down.wanted(made) and self.record.wanted:
            await self._begin_again(made)
            return
        several = self._stepping_down.several and code != 0 and self.record.wanted
        ran = time.time() - self.record.started
        out_of_memory = made.group.ran_out_of_memory()
        await self._let_go(made)
        if ran >= SETTLED:
            self._attempt = 0
        delay = restart_delay(self.spec.restart, code, self._attempt + 1) if self.record.wanted else None
        state = "exited" if delay is None else "restarting"
        stopped = not self.record.wanted
        self._set(state=state, health="", exit_code=code, finished=time.time(), pid=0, wanted=delay is not None)
        if stopped:
            self.tell(ContainerStopped(exit_code=code))
        else:
            restarting = delay is not None
            signal = killed_by(code)
            self.tell(
                ContainerDied(exit_code=code, signal=signal, seconds=ran, oom=out_of_memory, restarting=restarting)
            )
            if several:
                self._note(f"{self.spec.service}: {_SEVERAL}")
        self.ended.set()
        if delay is not None:
            self._attempt += 1
            self._restart = asyncio.ensure_future(self._start_again(delay))
        self._neighbours.ended(self.spec.id, remove=self._remove_when_ended)

    async def _let_go(self, made: Launched) -> None:
        """Of all that stood for a process, which has ended, or served it; its last lines are written first."""
        self._launched = None
        self._stepping_down.close()
        self._pausing.over()
        self._ground.networks.vanish(self.record)
        await self._provisions.ended()
        self._clean_up()
        made.close()

    def _clean_up(self) -> None:
        self._provisions.close()
        if self._health:
            self._health.cancel()
            self._health = None

    async def _start_again(self, delay: float) -> None:
        self.tell(ContainerRestarting(delay=delay, attempt=self._attempt, cause=f"exited {self.record.exit_code}"))
        await asyncio.sleep(delay)
        async with self._lock:
            self._restart = None
            self._set(restarts=self.record.restarts + 1)
            try:
                await (await self._launch())
            except ShoreError as error:
                self._set(state="exited", wanted=False)
                self._note(str(error))
                self.tell(ContainerDied(exit_code=self.record.exit_code))

    def _cancel_restart(self) -> None:
        if self._restart:
            self._restart.cancel()
            self._restart = None

    async def stop(self, timeout: float | None = None) -> None:
        """Ask it to end, wait for the grace period, then kill it. Does nothing when it does not run. Raises ShoreError
        for a pre_stop hook that fails: it then runs on."""
        async with self._lock:
            if self.running and self.spec.pre_stop:
                await self._pausing.go_on()
                await self._run_hooks(self.spec.pre_stop, "pre_stop")
            self._cancel_restart()
            self._set(wanted=False)
            await self._ahead.drop()
            if not self.running:
                if self.record.state == "restarting":
                    self._set(state="exited")
                    self.tell(ContainerStopped(exit_code=self.record.exit_code))
                return
            with suppress(ShoreError):  # then it does not end by itself, and is killed
                await self._pausing.go_on()
            self._ask_to_end()
            grace = self.spec.stop_grace_period if timeout is None else timeout
            try:
                await asyncio.wait_for(self.ended.wait(), max(grace, 0.001))
            except TimeoutError:
                self.signal(signal.SIGKILL)
                await self.ended.wait()

    def _ask_to_end(self) -> None:
        """By its stop signal; one that cannot be sent (a number that is too high) is no reason to run for ever."""
        try:
            self.signal(signal_number(self.spec.stop_signal))
        except (OSError, ShoreError):
            self.signal(signal.SIGKILL)

    async def kill(self, name: str) -> None:
        """Send a signal. SIGKILL and the stop signal mean that it is to stay down. What is paused goes on to take it,
        as with Docker."""
        number = signal_number(name)
        if number in (signal.SIGKILL, signal_number(self.spec.stop_signal)):
            self._set(wanted=False)
        self.signal(number)
        if number == signal.SIGKILL:
            await self.ended.wait()
        else:
            await self.unpause()

    async def pause(self) -> None:
        """Stop it where it is; one that is paused stays so. Raises ShoreError when it does not run."""
        async with self._lock:
            await self._pausing.pause()

    async def unpause(self) -> None:
        """Let it go on; one that is not paused does so already."""
        async with self._lock:
            await self._pausing.go_on()

    def _set_running(self, state: ContainerState) -> None:
        if self.running:  # it may have ended meanwhile
            self._set(state=state)

    async def entered(self) -> None:
        """A command has come in. One that was let in just before a pause is paused with the rest."""
        await self._pausing.pause_again()

    def _running(self) -> Launched:
        if self._launched is None:
            raise ShoreError(f"{self.spec.service}: {self.spec.name} does not run", hint="start it: shore start")
        return self._launched

    def signal(self, number: int) -> None:
        if self._launched:
            self._launched.signal(number)

    def can_execute(self, program: str) -> bool:
        """Whether the container, which runs, has a program of this name."""
        made = self._running()
        return executable(Path(f"/proc/{made.pid}/root"), program, self.spec.environment.get("PATH", ""))

    def command(self, wanted: Wanted) -> Command:
        """A command to run in here. Raises ShoreError when the container is down or paused."""
        made, spec = self._running(), self.spec
        if self._pausing.paused:
            hint = f"let it go on: shore unpause {spec.service}"
            raise ShoreError(f"{spec.service}: {spec.name} is paused", hint=hint)
        return self.command_in(made, wanted)

    def command_in(self, made: Launched, wanted: Wanted) -> Command:
        """A command to run in this process's container."""
        order = exec_order(
            self.spec, wanted, made.group.members, nested=self._ground.nests(self.spec), became=self._became
        )
        return Command(self._ground.zygote, order, made.namespaces)

    @asynccontextmanager
    async def visited(self) -> AsyncIterator[Launched]:
        """It does not run: what its next start would see, for a command. It is not started meanwhile. Raises
        ShoreError."""
        async with self._lock:
            await self._is_free()
            if self.running:
                what = f"{self.spec.service}: {self.spec.name} has just been started"
                raise ShoreError(what, hint="run the command again")
            await self._ahead.drop()
            async with opened(self._ground, self.record) as made:
                yield made

    async def run_captured(self, argv: tuple[str, ...], timeout: float) -> tuple[int, str]:
        try:
            return await captured(self.command(Wanted(argv)), timeout)
        except ShoreError as error:
            return 1, str(error)

    async def _run_hooks(self, hooks: Sequence[Hook], kind: str) -> None:
        """One after the other, while it runs; one that fails keeps the rest from running. Raises ShoreError."""
        for hook in hooks:
            environment = {key: value for key, value in hook.environment.items() if value is not None}
            wanted = Wanted(hook.command, hook.user, hook.working_dir, environment)
            code, output = await self._hook(wanted)
            if output:
                self.log.write("e" if code else "o", output.splitlines())
            if code and self.running:
                raise hook_failed(self.spec.service, kind, hook, code, output)

    async def _hook(self, wanted: Wanted) -> tuple[int, str]:
        """(exit code, output); (0, "") when it has ended. It runs once more when the container has begun again."""
        while made := self._launched:
            code, output = await captured(self.command(wanted), _HOOK_SECONDS)
            if not code or (self._launched is made and not self._stepping_down.wanted(made)):
                return code, output
            while self._launched in (None, made) and not self.ended.is_set():  # noqa: ASYNC110 - a moment, seldom
                await asyncio.sleep(0.01)
        return 0, ""

    async def going(self) -> int:
        """Return when it is not paused: how often it has been so far."""
        return await self._pausing.going()

    def _note(self, text: str) -> None:
        self._neighbours.emit(Note(text=text))

    def seen(self, status: Health, exit_code: int, output: str) -> None:
        """What a health probe found."""
        if not self.running:
            return
        if self.record.health != status:
            self._set(health=status)
        asked = " ".join(self.spec.health.test[1:]) if self.spec.health else ""
        self.tell(ContainerHealth(status=status, output=output, exit_code=exit_code, probe=asked))
