"""A container's first two processes: pid 1 (init.py), and its child, which makes everything ready and then becomes the
service. It tells the agent by the control socket when all is ready, with the descriptors that the agent serves (the
name server's, a terminal), or what went wrong; it then waits for a byte that is the word to go on, and the socket
closes when the service's program runs."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from longshore.model.codec import decode
from longshore.native.inside import network, system
from longshore.native.inside.init import watch_over
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
from longshore.native.kernel.syscalls import CLONE_NEWNET, death_signal, setdomainname, sethostname, setns

__all__ = ["run"]


def run(control: socket.socket, streams: tuple[int, ...], groups: Sequence[str] = (), join_network: int = -1) -> None:
    """Never returns. `streams` are standard input, output and error; none when the container has a terminal. Pid 1
    enters the control groups at once, beside its child's preparations: the kernel may take ten milliseconds for that,
    but hardly any for the child, which follows at their end and says what went wrong."""
    death_signal()
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    go_read, go_write = os.pipe()
    closed_read, closed_write = os.pipe()
    child = os.fork()
    if child:
        os.close(go_write)
        with suppress(OSError):
            for path in groups:
                Path(path).write_text("0", encoding="ascii")
        watch_over(child, go_read, closed_write)
    os.close(go_read)
    os.close(closed_write)
    try:
        order = decode(Order, json.loads(_read_line(control)))
        os.close(go_write)
        _prepare(order, control, streams, join_network)
        os.read(closed_read, 1)
        if control.recv(1):
            _execute(order)
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
    system.mask(root)
    enter_root(root, read_only=order.spec.read_only)


def _alone(order: Order) -> bool:
    """Whether the network namespace is this container's alone, so that its sysctls are ours to set."""
    return not order.spec.network_mode or order.spec.network_mode == "none"


def _etc(order: Order, root: Path) -> None:
    """/etc/hosts, hostname and resolv.conf, from files of the container's own directory."""
    texts = {"hosts": order.hosts, "hostname": f"{order.spec.hostname}\n", "resolv.conf": order.resolv}
    for name, text in texts.items():
        with step(f"place /etc/{name}"):
            source = Path(order.directory, "etc", name)
            source.parent.mkdir(exist_ok=True)
            source.write_text(text, encoding="utf-8")
            source.chmod(0o644)
            bind(source, inside(root, f"/etc/{name}"), read_only=order.spec.read_only)


def _execute(order: Order) -> None:
    """Become the service's program. Every descriptor but the standard streams closes at exec."""
    spec = order.spec
    reset_signals()
    identity = Identity(spec.user, spec.groups, order.nested)
    account = account_of(identity)
    own_streams(account)
    set_limits(spec.ulimits, spec.resources, spec.oom_score_adj, fallback=order.fallback_limits)
    environment = {"HOSTNAME": spec.hostname, **spec.environment}
    environment.setdefault("HOME", account.home)
    become(account, identity, spec.capabilities, seccomp=spec.seccomp)
    execute(spec.argv, environment, spec.working_dir)
