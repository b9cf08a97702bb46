"""Whether this machine can run the native engine: each step is tried in a throwaway child, and the first that fails is
named, with the setting that changes it and what to do instead. That all went well is remembered for as long as nothing
has changed that it could depend on; a failure never is."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.native.kernel.privileges import is_root
from longshore.native.shared.places import Places
from longshore.state.folders import make_private

T = TypeVar("T")

__all__ = ["HINTS", "Machine", "blocked_by", "examine", "forget", "road_of"]

_ELSEWHERE = "or use a container engine: --engine docker"

HINTS = {
    "make a user namespace": (
        "an administrator can allow them: sysctl -w kernel.unprivileged_userns_clone=1 user.max_user_namespaces=15000; "
        f"inside a container, run shore on its host, {_ELSEWHERE}"
    ),
    "make namespaces": f"inside a container, start it with --privileged, or run shore on its host, {_ELSEWHERE}",
    "mount in a user namespace": (
        "AppArmor limits user namespaces here; an administrator can allow them: "
        f"sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, {_ELSEWHERE}"
    ),
    "mount a fresh /proc": (
        "parts of /proc are masked, as in a container: start that with --security-opt systempaths=unconfined, "
        f"{_ELSEWHERE}"
    ),
    "mount an overlay": f"the kernel needs overlayfs (modprobe overlay; Linux 5.11 for ordinary users), {_ELSEWHERE}",
    "make a bridge and a veth": f"the kernel needs bridge and veth (modprobe bridge veth), {_ELSEWHERE}",
}


@record
class Machine:
    """What was found. `failed` names the step that did not work, "" when all did; `overlay` is where a container's
    private layer can lie: "directory", or "tmpfs" (then it is lost at stop)."""

    root: bool
    control_groups: int
    failed: str = ""
    error: str = ""
    overlay: str = "directory"


def blocked_by(machine: Machine) -> ShoreError | None:
    """The error to show when the engine cannot run here at all."""
    if not machine.failed:
        return None
    return ShoreError(
        f"the native engine cannot run here: cannot {machine.failed}: {machine.error}", hint=HINTS[machine.failed]
    )


def road_of(machine: Machine) -> str:
    """Which way the engine takes here, and why."""
    who = "as root" if machine.root else "as an ordinary user, in a user namespace"
    layer = {"directory": "private layers on disk", "tmpfs": "private layers in memory: the disk takes no overlay"}
    groups = {
        0: "limits by rlimits: no control groups",
        1: "limits by control groups v1",
        2: "limits by control groups v2",
    }
    return f"{who}; {layer.get(machine.overlay, machine.overlay)}; {groups.get(machine.control_groups, '')}"


_DEPENDS_ON = tuple(
    Path(path)
    for path in (
        "/proc/sys/kernel/random/boot_id",
        "/proc/self/attr/current",
        "/proc/self/uid_map",
        "/proc/sys/kernel/unprivileged_userns_clone",
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "/proc/sys/user/max_user_namespaces",
        "/proc/sys/user/max_net_namespaces",
    )
)
_NAMESPACES = tuple(Path("/proc/self/ns", name) for name in ("user", "mnt", "pid", "net"))
_PRIVILEGES = ("Uid:", "CapEff:", "CapBnd:", "NoNewPrivs:", "Seccomp:")


async def examine(places: Places) -> Machine:
    """Try everything (about 10 ms), unless it is known to go well. Leaves nothing but that knowledge behind."""
    from longshore.native.shared.cgroups import available

    make_private(places.state)
    now = _circumstances(places)
    overlay = _remembered(places, now)
    found = {"overlay": overlay} if overlay else _try(places)
    if not overlay and "failed" not in found:
        _remember(places, now, found["overlay"])
    return Machine(root=is_root(), control_groups=available(), **found)


def forget(places: Places) -> None:
    """Something failed to start: the next command is to look anew."""
    with suppress(OSError):
        _memory(places).unlink()


def _memory(places: Places) -> Path:
    return places.state / ".machine.json"


def _circumstances(places: Places) -> list[str]:
    """All that may make a step fail that went well before: another boot or container, a setting, fewer privileges."""
    found = [str(places.state.stat().st_dev)]
    for path in (*_NAMESPACES, *_DEPENDS_ON):
        with suppress(OSError):  # not every kernel has each
            found.append(f"{path} {path.readlink() if path in _NAMESPACES else path.read_text(errors='replace')}")
    status = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace").splitlines()
    return [*found, *(line for line in status if line.startswith(_PRIVILEGES))]


def _remembered(places: Places, now: list[str]) -> str:
    try:
        known = json.loads(_memory(places).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return ""
    same = isinstance(known, dict) and known.get("circumstances") == now
    return str(known["overlay"]) if same and known.get("overlay") in ("directory", "tmpfs") else ""


def _remember(places: Places, now: list[str], overlay: str) -> None:
    draft = places.state / f".machine.{os.getpid()}"
    with suppress(OSError):
        try:
            with open(draft, "x", encoding="utf-8") as file:  # through no link that somebody laid there
                file.write(json.dumps({"circumstances": now, "overlay": overlay}))
            draft.replace(_memory(places))
        finally:
            draft.unlink(missing_ok=True)  # the disk is full


def _try(places: Places) -> dict[str, str]:
    import tempfile

    with tempfile.TemporaryDirectory(dir=places.state, prefix=".probe-", ignore_cleanup_errors=True) as directory:
        found = _in_child(Path(directory), nested=not is_root())
        with suppress(OSError):
            Path(directory, "work/work").chmod(0o700)
    return found


def _in_child(directory: Path, *, nested: bool) -> dict[str, str]:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        try:
            os.write(write, json.dumps(_try_all(directory, nested)).encode())
        finally:
            os._exit(0)
    os.close(write)
    with open(read, "rb") as answer:
        said = answer.read()
    os.waitpid(child, 0)
    if not said:
        return {"failed": "make namespaces", "error": "the child that tried was killed"}
    found: dict[str, str] = json.loads(said)
    return found


class _Failed(Exception):
    def __init__(self, step: str, error: OSError) -> None:
        super().__init__(step)
        self.step, self.error = step, os.strerror(error.errno) if error.errno else str(error)


def _try_all(directory: Path, nested: bool) -> dict[str, str]:
    from longshore.native.kernel import syscalls as sys
    from longshore.native.kernel.userns import enter_user_namespace

    try:
        if nested:
            _step("make a user namespace", enter_user_namespace)
        flags = sys.CLONE_NEWNS | sys.CLONE_NEWUTS | sys.CLONE_NEWIPC | sys.CLONE_NEWPID | sys.CLONE_NEWNET
        _step("make namespaces", lambda: sys.unshare(flags))
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            os._exit(0)
        private = "mount in a user namespace" if nested else "make namespaces"
        _step(private, lambda: sys.mount(None, "/", None, sys.MS_REC | sys.MS_SLAVE))
        _step("mount a fresh /proc", lambda: sys.mount("proc", "/proc", "proc"))
        overlay = _step("mount an overlay", lambda: _overlay(directory, nested))
        _step("make a bridge and a veth", _network)
    except _Failed as failure:
        return {"failed": failure.step, "error": failure.error}
    return {"overlay": overlay}


def _step(name: str, action: Callable[[], T]) -> T:
    try:
        return action()
    except OSError as error:
        raise _Failed(name, error) from error


def _overlay(directory: Path, nested: bool) -> str:
    """Where an overlay with a private upper can be mounted."""
    from longshore.native.kernel import syscalls as sys

    extra = ",userxattr" if nested else ""
    options = f"lowerdir=lower,upperdir=upper,workdir=work{extra}"
    for kind in ("directory", "tmpfs"):
        if kind == "tmpfs":
            sys.mount("tmpfs", directory, "tmpfs")
        os.chdir(directory)
        for name in ("lower", "upper", "work", "root"):
            Path(name).mkdir(exist_ok=True)
        try:
            sys.mount("overlay", "root", "overlay", 0, options)
        except OSError:
            if kind == "tmpfs":
                raise
        else:
            return kind
    raise AssertionError


def _network() -> None:
    from longshore.native.kernel.netlink import Netlink, add_bridge, add_veth

    namespace = os.open("/proc/self/ns/net", os.O_RDONLY)
    with Netlink() as netlink:
        netlink.send([add_bridge("br1", b"\x02\x42\x0a\x00\x00\x01")])
        index = socket.if_nametoindex("br1")
        netlink.send([add_veth("v1", index, "eth0", namespace, b"\x02\x42\x0a\x00\x00\x02")])
    os.close(namespace)
