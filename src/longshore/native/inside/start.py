"""A container's first process: it makes everything ready and then becomes the program, a service's or a RUN's. It tells
who ordered it by the control socket when all is ready, with the descriptors that are to be served from outside (the
name server's, a terminal), or what went wrong; it then waits for a byte that is the word to go on, and the socket
closes when the program runs."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from longshore.model.codec import decode
from longshore.native.inside import network, system
from longshore.native.inside.init import Init, Role, stay_as_init
from longshore.native.inside.order import Identity, Order
from longshore.native.inside.process import (
    account_of,
    become,
    execute,
    own_streams,
    reset_signals,
    set_limits,
)
from longshore.native.inside.root import (
    bind,
    build_root,
    enter_root,
    inside,
    make_mount_point,
    place_files,
    place_mounts,
)
from longshore.native.inside.steps import StepFailed, step
from longshore.native.inside.terminal import open_terminal, use_terminal
from longshore.native.kernel.syscalls import CLONE_NEWNET, setdomainname, sethostname, setns

__all__ = ["run"]

_MARK = "/.dockerenv"
"""By this programs know that they run in a container."""


def run(
    control: socket.socket, streams: tuple[int, ...], groups: Sequence[str] = (), join_network: int = -1, *, init: bool
) -> NoReturn:
    """`streams` are standard input, output and error; none when the container has a terminal. With `init` the program
    is not pid 1 itself, but the child of one that is its init."""
    parent = stay_as_init(groups, streams) if init else None
    try:
        order = decode(Order, json.loads(_read_line(control)))
        _prepare(order, control, streams, join_network)
        if control.recv(1):
            _execute(order, control, parent)
    except StepFailed as error:
        _answer(control, {"failed": str(error), "code": error.code})
        os._exit(error.code)
    except BaseException as error:
        _answer(control, {"failed": f"{type(error).__name__}: {error}", "code": 125})
    os._exit(125)


def _read_line(control: socket.socket) -> bytes:
    """What the other side sends up to the end of a line; it then waits for an answer."""
    line = b""
    while not line.endswith(b"\n") and (chunk := control.recv(1 << 16)):
        line += chunk
    return line


def _answer(control: socket.socket, said: dict[str, object], descriptors: Sequence[int] = ()) -> None:
    with suppress(OSError):
        socket.send_fds(control, [json.dumps(said).encode() + b"\n"], descriptors)


def _prepare(order: Order, control: socket.socket, streams: tuple[int, ...], join_network: int) -> None:
    """Everything around the process; what the agent is to serve goes to it with the word that all is ready."""
    os.umask(0o022)
    os.setsid()
    for target, stream in enumerate(streams):
        os.dup2(stream, target)
    with step("open the control group"):
        groups = [os.open(path, os.O_WRONLY | os.O_CLOEXEC) for path in order.groups]
    passed: list[int] = []
    if join_network >= 0:
        with step("join the other service's network"):
            setns(join_network, CLONE_NEWNET)
    if order.own_network:
        with step("bring up the network"):
            network.bring_up(order.interfaces)
            if order.name_server:
                passed.extend(network.name_server_sockets())
    with step("set host name"):
        sethostname(order.spec.hostname)
        if order.spec.domainname:
            setdomainname(order.spec.domainname)
    _build(order)
    if order.spec.tty:
        with step("open a terminal"):
            master, path = open_terminal()
            use_terminal(path)
        passed.append(master)
    with step("enter the control group"):
        for group in groups:
            os.write(group, b"0")
            os.close(group)
    _answer(control, {"ready": True}, passed)
    keep = control.fileno()
    for descriptor in passed:
        os.close(descriptor)
    os.set_inheritable(keep, False)


def _build(order: Order) -> None:
    root = build_root(order)
    system.mount_proc(root)
    with step("set sysctls"):
        network.set_sysctls(order.spec.sysctls, own_network=order.own_network and _alone(order))
    system.mount_sys(root)
    system.mount_dev(root, order.spec.shm_size, nested=order.nested)
    place_mounts(root, order)
    _etc(order, root)
    place_files(root, order.files, Path(order.directory, "files"), nested=order.nested)
    with step(f"make {order.spec.working_dir}"):
        make_mount_point(inside(root, order.spec.working_dir), directory=True)
    if not order.layer:
        make_mount_point(inside(root, _MARK), directory=False)
    system.mask(root)
    enter_root(root, read_only=order.spec.read_only)


def _alone(order: Order) -> bool:
    """Whether the network namespace is this container's alone, so that its sysctls are ours to set."""
    return not order.spec.network_mode or order.spec.network_mode == "none"


def _etc(order: Order, root: Path) -> None:
    """/etc/hosts and the like, from files of the container's own directory or of another's; what the file mounts in
    their place stays."""
    mounted = {entry.target for entry in order.mounts}
    for path, text in order.etc.items():
        with step(f"place {path}"):
            source = Path(order.etc_from or order.directory, path.lstrip("/"))
            if not order.etc_from:
                source.parent.mkdir(exist_ok=True)
                source.write_text(text, encoding="utf-8")
                source.chmod(0o644)
            if path not in mounted:
                bind(source, inside(root, path), read_only=order.spec.read_only)


def _execute(order: Order, control: socket.socket, init: Init | None) -> None:
    """Become the service's program. Every descriptor but the standard streams closes at exec."""
    spec = order.spec
    reset_signals()
    identity = Identity(order.becomes or spec.user, spec.groups, order.nested)
    account = account_of(identity)
    home = account_of(Identity(spec.user, spec.groups, order.nested)).home if order.becomes else account.home
    own_streams(account)
    set_limits(spec.ulimits, spec.resources, spec.oom_score_adj, fallback=order.fallback_limits)
    environment = dict(spec.environment)
    if not environment.get("HOME"):
        environment["HOME"] = home
    can = {"seccomp": spec.seccomp, "pretends": order.pretends, "gains": order.gains, "always": bool(order.becomes)}
    join = -1
    if init:
        with step("start the init"):
            init.play(Role(account, identity, spec.capabilities, environment, **can))
            join = os.open("/proc/1/ns/user", os.O_RDONLY | os.O_CLOEXEC) if order.nested else -1

    def ask(listener: int) -> None:
        _answer(control, {"asks": True}, [listener])
        os.close(listener)

    become(account, identity, spec.capabilities, join=join, asks=(order.asks, ask) if order.asks else None, **can)
    execute(spec.argv, environment, spec.working_dir)
