"""From a process with every right in the container to the service's program: limits, identity, capabilities, seccomp,
exec. The order matters: each step needs what a later one gives up."""

from __future__ import annotations

import os
import resource
import signal
import stat
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from longshore.model.service import Resources, Ulimit
from longshore.native.inside.order import Identity
from longshore.native.inside.steps import StepFailed, step
from longshore.native.inside.users import Account, UnknownUser, resolve
from longshore.native.kernel import capabilities as caps
from longshore.native.kernel.bpf import install, install_asking
from longshore.native.kernel.profile import default_profile
from longshore.native.kernel.seccomp import asking_owners, asking_users, fake_ownership
from longshore.native.kernel.syscalls import (
    CLONE_NEWUSER,
    close_from,
    keep_no_new_privileges,
    set_dumpable,
    setns,
)
from longshore.native.kernel.userns import enter_user_namespace

__all__ = ["Account", "account_of", "become", "execute", "own_streams", "reset_signals", "set_limits"]

_NOT_EXECUTABLE, _NOT_FOUND = 126, 127


def account_of(identity: Identity, passwd: Path = Path("/etc/passwd"), group: Path = Path("/etc/group")) -> Account:
    """Look the user up in the container's own files."""
    try:
        return resolve(identity.user, identity.groups, _text(passwd), _text(group))
    except UnknownUser as error:
        raise StepFailed(str(error)) from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def reset_signals() -> None:
    """Undo what Python and our own pid 1 changed: nothing blocked, nothing ignored."""
    for number in signal.valid_signals():
        with suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def set_limits(ulimits: Mapping[str, Ulimit], limits: Resources, oom_score_adj: int | None, *, fallback: bool) -> None:
    """`ulimits`, the processor set, and with `fallback` the nearest rlimits where no cgroup can hold the limits."""
    with step("set limits"):
        wanted = {name: (limit.soft, limit.hard) for name, limit in ulimits.items()}
        if fallback and limits.memory:
            wanted.setdefault("data", (limits.memory, limits.memory))
        if fallback and limits.pids and limits.pids > 0:
            wanted.setdefault("nproc", (limits.pids, limits.pids))
        for name, pair in wanted.items():
            _set_limit(name, *pair)
        if limits.cpuset:
            os.sched_setaffinity(0, processors(limits.cpuset))
        if oom_score_adj is not None:
            Path("/proc/self/oom_score_adj").write_text(str(oom_score_adj), encoding="ascii")


def _set_limit(name: str, soft: int, hard: int) -> None:
    """As an ordinary user a limit above the present hard one is cut to it."""
    kind = getattr(resource, f"RLIMIT_{name.upper()}")
    try:
        resource.setrlimit(kind, (soft, hard))
    except (PermissionError, ValueError):
        most = resource.getrlimit(kind)[1]
        resource.setrlimit(kind, (_least(soft, most), _least(hard, most)))


def _least(value: int, most: int) -> int:
    if most == resource.RLIM_INFINITY:
        return value
    return most if value == resource.RLIM_INFINITY else min(value, most)


def processors(text: str) -> set[int]:
    """The numbers of a set such as "0-2,4"."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        found.update(range(int(first), int(last or first) + 1))
    return found


def own_streams(account: Account) -> None:
    """Give the standard streams to the service's user, so that it can open /dev/stdout again."""
    for stream in (0, 1, 2):
        kind = os.fstat(stream).st_mode
        if stat.S_ISFIFO(kind) or (stat.S_ISCHR(kind) and os.isatty(stream)):
            with suppress(OSError):
                os.fchown(stream, account.uid, -1)


def become(
    account: Account,
    identity: Identity,
    keep: Iterable[str],
    *,
    seccomp: bool,
    join: int = -1,
    pretends: bool = False,
    gains: bool = False,
    always: bool = False,
    asks: tuple[str, Callable[[int], None]] | None = None,
) -> None:
    """Take on the identity. As an ordinary user by a user namespace of its own (or `join`, that of the service), so
    that no capability reaches beyond it; as root by setuid. `pretends` and `gains` are an order's; `always`: it
    pretends for another user than uid 0 too. `asks`: which calls of uid 0 are asked about, and who is given the
    descriptor for that."""
    kept = frozenset(keep)
    with step("take on the user"):
        if not identity.nested:
            set_dumpable(False)
        elif join >= 0:
            setns(join, CLONE_NEWUSER)
        else:
            enter_user_namespace(account.uid, account.gid)
    with step("give up privileges"):
        caps.limit(kept)
        if not gains:
            keep_no_new_privileges()
        if seccomp:
            install(default_profile(kept))
    with step("take on the user"):
        if not identity.nested:
            os.setgroups([account.gid, *account.groups])  # its own among them, as with Docker
            os.setresgid(account.gid, account.gid, account.gid)
            os.setresuid(account.uid, account.uid, account.uid)
    with step("give up privileges"):
        if account.uid == 0:
            caps.hold(kept)
        if asks and account.uid == 0:
            which, told = asks
            told(install_asking(asking_users() if which == "users" else asking_owners()))
        elif pretends and (always or account.uid == 0):
            install(fake_ownership())


def execute(argv: tuple[str, ...], environment: Mapping[str, str], working_dir: str) -> None:
    """Replace this process by the program; descriptors from 3 on are the caller's to mark close-on-exec."""
    if not argv:
        raise StepFailed("no command: neither the image nor the file names one", _NOT_FOUND)
    if not working_dir.startswith("/"):
        raise StepFailed(f"the working directory {working_dir} must be an absolute path")
    with step(f"change to {working_dir}"):
        os.chdir(working_dir)
    try:
        os.execvpe(argv[0], argv, dict(environment))
    except FileNotFoundError as error:
        raise StepFailed(f"{argv[0]}: no such file or directory", _NOT_FOUND) from error
    except OSError as error:
        raise StepFailed(f"{argv[0]}: {error.strerror}", _NOT_EXECUTABLE) from error


def close_others(keep: int) -> None:
    """Close every descriptor above the standard streams but `keep` (which closes at exec)."""
    if keep != 3:
        os.dup2(keep, 3, inheritable=False)
    close_from(4)
