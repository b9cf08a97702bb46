"""What befalls the stack of the many faults. Each strike says how many faults hit: a process that was ended already, a
command that was through before its time, a port that nobody could take do not count."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from tests.faults.field import UP_SECONDS, Broken, Field

__all__ = ["STRIKES"]

KEPT = ("layers", "images", "packed", "downloads/blobs")
"""Folders of the cache that half deleting goes through."""
JUMPS = (-30 * 86400, -86400, -3600, -61, -3, 0, 5, 120, 3600, 86400, 400 * 86400)
"""Seconds by which a clock is beside the machine's."""
LOOKS = (("ps", "-a"), ("logs", "--tail", "3"), ("exec", "-T", "redis", "redis-cli", "ping"))


# --- processes -------------------------------------------------------------------------------------------------------
def _send(field: Field, number: int, *kinds: str) -> int:
    """A signal to one of those processes; 0 where there is none."""
    found = field.pids(*kinds)
    if not found:
        return 0
    try:
        os.kill(field.chance.choice(found), number)
    except ProcessLookupError:
        return 0
    return 1


def _kill(*kinds: str) -> Callable[[Field], int]:
    def strike(field: Field) -> int:
        with field.writing():
            return _send(field, signal.SIGKILL, *kinds)

    return strike


def kill_shore(field: Field) -> int:
    words = field.chance.choice([
        ("up", "-d", "--wait"), ("up", "-d", "--force-recreate"), ("down",), ("restart",), ("stop",), ("ps", "-a"),
    ])  # fmt: skip
    with field.writing():
        command = field.begin(*words)
        time.sleep(field.chance.uniform(0, 1))
        return _end(command)


def _end(command: subprocess.Popen[str]) -> int:
    """`shore` is killed; 0 where it was through."""
    hit = command.poll() is None
    command.kill()
    command.communicate()
    return int(hit)


def stop_a_while(field: Field) -> int:
    """SIGSTOP, and SIGCONT after up to a second; or SIGKILL while it is stopped."""
    found = field.pids(field.chance.choice(["service", "agent", "init"]))
    with field.writing(), suppress(ProcessLookupError):
        pid = field.chance.choice(found)
        os.kill(pid, signal.SIGSTOP)
        time.sleep(field.chance.uniform(0.1, 1))
        os.kill(pid, field.chance.choice([signal.SIGCONT, signal.SIGKILL]))
        return 1
    return 0


def burst(field: Field) -> int:
    """One after the other, also while a command brings the stack back."""
    hits = 0
    with field.writing():
        command = field.begin(*field.chance.choice([("up", "-d", "--wait"), ("restart",), ("up", "-d")]))
        for _ in range(field.chance.randint(4, 9)):
            time.sleep(field.chance.uniform(0, 0.6))
            kind = field.chance.choice(["agent", "service", "service", "init", "helper", "socket", "shore"])
            if kind == "socket":
                hits += _remove_socket(field)
            elif kind == "shore":
                hits += _end(command)
                command = field.begin("up", "-d")
            else:
                hits += _send(field, signal.SIGKILL, kind)
        command.communicate(timeout=UP_SECONDS)
    return hits


def flurry(field: Field) -> int:
    """Small ones: a process stands still, a command is killed, the socket goes, the clock jumps; at last a kill."""
    hits = 0
    with field.writing():
        for _ in range(field.chance.randint(8, 14)):
            kind = field.chance.choice(["stopped", "stopped", "stopped", "shore", "socket", "clock"])
            if kind == "stopped":
                hits += _stand_still(field)
            elif kind == "shore":
                command = field.begin(*field.chance.choice([("up", "-d"), ("ps", "-a"), ("stop", "redis"), *LOOKS]))
                time.sleep(field.chance.uniform(0, 0.6))
                hits += _end(command)
            elif kind == "socket":
                hits += _remove_socket(field)
                _no_traceback(field.run("ps"))
            elif field.clock:
                field.jump(field.chance.choice(JUMPS))
                hits += 1
        hits += _send(field, signal.SIGKILL, field.chance.choice(["agent", "service", "init", "helper"]))
    return hits


def _stand_still(field: Field) -> int:
    """A process of ours gets no time for a moment; 0 where there is none."""
    found = field.pids("service", "agent", "init", "helper")
    if not found:
        return 0
    pid = field.chance.choice(found)
    try:
        os.kill(pid, signal.SIGSTOP)
        time.sleep(field.chance.uniform(0.01, 0.3))
        os.kill(pid, signal.SIGCONT)
    except ProcessLookupError:
        return 0
    return 1


# --- what they need --------------------------------------------------------------------------------------------------
@contextlib.contextmanager
def _full(field: Field) -> Iterator[None]:
    """No byte is free where state and data are."""
    filler = field.small / "filler"
    try:
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(b"\0" * (1 << 20))
        yield
    finally:
        filler.unlink(missing_ok=True)


def full_disk(field: Field) -> int:
    with field.writing(), _full(field):
        time.sleep(field.chance.uniform(0.1, 0.8))
        _no_traceback(field.run(*field.chance.choice([("up", "-d"), ("restart", "redis"), ("down",), *LOOKS])))
    return 1


def stolen_port(field: Field) -> int:
    """Somebody takes a published port while the stack is down."""
    name = field.chance.choice(["db", "redis"])
    field.down()
    with socket.create_server(("127.0.0.1", field.ports[name])):
        done = field.run("up", "-d", "--wait")
        if done.returncode == 0 or f"port {field.ports[name]} is taken" not in done.stderr:
            raise Broken(f"up with a stolen port: exit {done.returncode}\n{done.stderr}")
    return 1


def port_stolen_on_return(field: Field) -> int:
    """Somebody takes a published port in the moment in which the agent is killed, and keeps it a while."""
    with field.writing():
        hits = _send(field, signal.SIGKILL, "agent")
        end = time.monotonic() + 3
        while time.monotonic() < end:
            with suppress(OSError), socket.create_server(("127.0.0.1", field.ports["redis"])):
                _no_traceback(field.run("up", "-d"))
                return hits + 1
            time.sleep(0.01)
    return hits


def _remove_socket(field: Field) -> int:
    places = list((Path(field.state) / "longshore" / field.name).glob("*sock*"))
    for path in places:
        path.unlink(missing_ok=True)
    return int(bool(places))


def socket_gone(field: Field) -> int:
    """The agent's socket is removed under it."""
    with field.writing():
        hit = _remove_socket(field)
        _no_traceback(field.run(*field.chance.choice([("ps",), ("stop", "redis"), ("restart",), ("down",)])))
    return hit


def _half_delete(field: Field, *, whole: bool = False) -> int:
    for path in [path for place in KEPT for path in (field.cache / place).glob("*")]:
        if whole or field.chance.random() < 0.5:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return 1


def cache_half_deleted(field: Field) -> int:
    """Somebody was removing the cache by hand, and stopped in the middle."""
    field.down()
    return _half_delete(field)


def registry_gone(field: Field) -> int:
    """The registry ends in the middle of a pull."""
    field.down()
    _half_delete(field, whole=True)
    command = field.begin("up", "-d", "--wait")
    time.sleep(field.chance.uniform(0.2, 1.5))
    hit = command.poll() is None
    field.registry.end()
    try:
        _, said = command.communicate(timeout=UP_SECONDS)
        _no_traceback(subprocess.CompletedProcess(command.args, command.returncode, "", said))
    finally:
        field.registry.begin()
    return int(hit)


def clock_jump(field: Field) -> int:
    """What the clock says to `shore`, the agent and the servers is another time, also an earlier one."""
    with field.writing():
        field.jump(field.chance.choice(JUMPS))
        time.sleep(field.chance.uniform(0, 1))
        done = field.run(*field.chance.choice([*LOOKS, ("restart", "redis"), ("up", "-d", "--wait")]))
    if done.returncode:
        raise Broken(f"after a jump of the clock: {done.args[-4:]}: exit {done.returncode}\n{done.stderr}")
    return int(all(_clocked(pid) for pid in [*field.pids("agent"), *field.pids("service")]))


def _clocked(pid: int) -> bool:
    """Whether this process sees the clock that jumps."""
    try:
        maps = Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return True  # it has ended meanwhile
    return not maps or "/clock.so" in maps


def all_at_once(field: Field) -> int:
    """A full disk, no registry, half a cache, no socket and a server that is stopped; then what is there is killed."""
    hits = 0
    with field.writing(), _full(field):
        field.registry.end()
        try:
            if field.clock:
                field.jump(field.chance.choice(JUMPS))
                hits += 1
            stopped = field.pids("service")[:1]
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)
            command = field.begin("up", "-d", "--wait", "--force-recreate")
            hits += 2 + len(stopped) + _remove_socket(field) + _half_delete(field)
            time.sleep(field.chance.uniform(0, 1))
            hits += _send(field, signal.SIGKILL, "init") + _send(field, signal.SIGKILL, "agent") + _end(command)
            with suppress(OSError), socket.create_server(("127.0.0.1", field.ports["db"])):
                _no_traceback(field.run("up", "-d"))
                hits += 1
            for pid in stopped:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
        finally:
            field.registry.begin()
    return hits


def _no_traceback(done: subprocess.CompletedProcess[str]) -> None:
    if "Traceback" in done.stderr:
        raise Broken(f"{done.args[-4:]}: {done.stderr}")


STRIKES: dict[str, tuple[Callable[[Field], int], int]] = {
    "agent": (_kill("agent"), 4), "service": (_kill("service"), 4), "init": (_kill("init"), 3),
    "helper": (_kill("helper"), 2), "shore": (kill_shore, 4), "stopped": (stop_a_while, 4), "burst": (burst, 5),
    "flurry": (flurry, 16),
    "full disk": (full_disk, 3), "port": (stolen_port, 2), "port on return": (port_stolen_on_return, 2),
    "socket": (socket_gone, 3), "cache": (cache_half_deleted, 1), "registry": (registry_gone, 1),
    "clock": (clock_jump, 0), "all at once": (all_at_once, 1),
}  # fmt: skip
"""Each with how often it comes; that of the clock only where there is a clock of its own."""
