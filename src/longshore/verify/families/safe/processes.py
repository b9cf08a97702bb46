"""Whose the processes of a service are, what they may write, and how much of the machine they may take: as the
kernel has it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from longshore.doctor.silence import lived_with
from longshore.model.service import Mount, Service
from longshore.model.stack import Stack
from longshore.verify.check import Check, Subject, holds, short, skipped
from longshore.verify.families.safe.criterion import criterion_of
from longshore.verify.live import Live, cannot
from longshore.verify.result import Evidence, Seen
from longshore.verify.settings import told

__all__ = ["checks"]

ROOT_RULE = "dockerfile.root"
LIMITS = ("memory", "cpus", "pids")
NEAR = 0.01
"""Share by which a limit in force may differ from the one asked for: kernels count memory in pages."""


def checks(subject: Subject) -> tuple[Check, ...]:
    return (
        *(_user(subject.stack, service) for service in subject.lasting),
        *(_read_only(service) for service in subject.lasting if _declared_read_only(service)),
        *(_limits(service) for service in subject.lasting if _wants_limits(service)),
    )


# Whose the processes are.


def _user(stack: Stack, service: Service) -> Check:
    criterion = criterion_of(
        "user",
        f"{service.name} does not work as root",
        "the user of each of its live processes, as the kernel has it",
        "USER in the Dockerfile, or user: of the service",
        service.name,
    )
    reason = lived_with(stack, service.name, ROOT_RULE)
    act = partial(_skip, reason) if reason else partial(_try_user, service)
    return Check(criterion, act, needs=(service.name,))


async def _skip(reason: str, live: Live) -> Seen:
    del live
    return skipped(reason)


async def _try_user(service: Service, live: Live) -> Seen:
    from longshore.verify.safety.kernel import owners, rootful

    owned = list(owners(await live.processes(service.name)))
    if not owned:
        raise cannot(f"the processes of {service.name} are not to be seen from here")
    wanted = told(service, "safe", "user")
    lines = [f"uid {one.uid:<6} {one.process.command[:100]}" for one in owned]
    evidence = (Evidence("its processes", "\n".join(lines)),)
    bad = rootful(owned)
    uids = sorted({one.uid for one in owned if one.uid or one in bad})
    words = f"uid {', '.join(map(str, uids))} in {_count(len(owned), 'process', 'processes')}"
    if wanted is not None:
        fits = uids == [int(str(wanted))]
        return (holds if fits else short)(f"uid {wanted} alone", words, evidence=evidence)
    if bad:
        return short("another user than root", f"“{bad[0].process.command[:80]}” is root's", evidence=evidence)
    return holds("another user than root", words, evidence=evidence)


def _count(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


# What may be written.


def _declared_read_only(service: Service) -> bool:
    return service.read_only or bool(told(service, "safe", "read-only")) or any(map(_shut, service.mounts))


def _shut(mount: Mount) -> bool:
    return mount.read_only and mount.type in ("bind", "volume")


def _read_only(service: Service) -> Check:
    criterion = criterion_of(
        "read-only",
        f"{service.name} cannot write where it is not to",
        "the mounts of its live process, as the kernel has them",
        "read_only: true of the service, :ro of the mount; and tmpfs: for what has to be written",
        service.name,
    )
    return Check(criterion, partial(_try_read_only, service), needs=(service.name,))


async def _try_read_only(service: Service, live: Live) -> Seen:
    from longshore.verify.safety.kernel import mounts_of

    mounts = mounts_of(await _mountinfo(service.name, live))
    wanted = [mount.target.rstrip("/") or "/" for mount in service.mounts if _shut(mount)]
    if service.read_only or told(service, "safe", "read-only"):
        wanted.insert(0, "/")
    lines = [f"{path:<40} {_kind(mounts.get(path))}" for path in wanted]
    open_ = [path for path in wanted if not mounts.get(path)]
    evidence = (Evidence("mounts", "\n".join(lines)),)
    expected = f"{', '.join(wanted)} can only be read"
    if open_:
        return short(expected, f"{', '.join(open_)} can be written to", evidence=evidence)
    return holds(expected, "so it is", evidence=evidence)


def _kind(read_only: bool | None) -> str:
    return {True: "read only", False: "can be written to", None: "no mount of its own"}[read_only]


async def _mountinfo(service: str, live: Live) -> str:
    """From outside where the kernel lets this user, else by a command inside."""
    container = await live.container(service)
    try:
        return Path(f"/proc/{container.pid}/mountinfo").read_text()
    except OSError:
        answer = await live.execute(service, "cat", "/proc/self/mountinfo")
        if not answer.ok:
            raise cannot(f"the mounts of {service} cannot be read: {answer.text[:120]}") from None
        return answer.out


# Limits.


def _wanted_limits(service: Service) -> dict[str, float]:
    found = {name: getattr(service.resources, name) for name in LIMITS}
    return {name: float(value) for name, value in found.items() if value and value > 0}


def _wants_limits(service: Service) -> bool:
    return bool(_wanted_limits(service)) or bool(told(service, "safe", "limits"))


def _limits(service: Service) -> Check:
    criterion = criterion_of(
        "limits",
        f"{service.name} cannot take more of the machine than it is given",
        "the control group of its live process, beside the file",
        "deploy.resources.limits of the service; natively root alone can have the kernel keep all of them",
        service.name,
    )
    return Check(criterion, partial(_try_limits, service), needs=(service.name,))


async def _try_limits(service: Service, live: Live) -> Seen:
    from longshore.verify.safety.kernel import controls

    wanted = _wanted_limits(service)
    if not wanted:
        return short("limits", "the file gives it none")
    container = await live.container(service.name)
    expected = ", ".join(f"{name} {value:g}" for name, value in wanted.items())
    lines, wrong = [], []
    for name, value in wanted.items():
        there = controls(container.pid, name) or _of_each(container.pid, name)
        lines.append(f"{name:<7} asked {value:<14g} in force {'none' if there is None else f'{there:g}'}")
        if there is None or abs(there - value) > NEAR * value:
            wrong.append(name)
    evidence = (Evidence("limits", "\n".join(lines)),)
    if wrong:
        return short(expected, f"{', '.join(wrong)}: not in force", evidence=evidence)
    return holds(expected, "in force", evidence=evidence)


_BY_PROCESS = {"memory": "Max data size", "pids": "Max processes"}


def _of_each(pid: int, name: str) -> float | None:
    """What the kernel keeps for each process by itself, where there is no group."""
    try:
        rows = Path(f"/proc/{pid}/limits").read_text().splitlines()
    except OSError:
        return None
    title = _BY_PROCESS.get(name)
    row = next((row[len(title) :].split() for row in rows if title and row.startswith(title)), None)
    return float(row[0]) if row and row[0] != "unlimited" else None
