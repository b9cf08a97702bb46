"""The process that clones containers, for an agent and for the RUN steps of a build. It is made before its owner has
loaded what only that needs: small and single-threaded, so a clone is safe, and without any service's secrets in its
memory, so none reach a pid 1.

What it makes are its owner's own children (CLONE_PARENT): the owner waits for them. All live in a pid namespace whose
first process, the keeper, ends with the owner: the kernel then kills everything in there, whatever it has become."""

from __future__ import annotations

import codecs
import gc
import json
import os
import signal
import socket
from contextlib import suppress
from typing import NoReturn

from longshore.model.codec import decode, encode
from longshore.model.healthcheck import HealthCheck
from longshore.model.service import Hook, Resources, RestartPolicy, Ulimit
from longshore.native.image.model import Server
from longshore.native.inside import attach, everyone, start
from longshore.native.inside.init import Role
from longshore.native.inside.order import ExecOrder, Identity, Interface, Order, PlacedFile, PlacedMount
from longshore.native.inside.users import Account
from longshore.native.kernel.capabilities import DEFAULT
from longshore.native.kernel.profile import default_profile
from longshore.native.kernel.syscalls import (
    CLONE_NEWIPC,
    CLONE_NEWNET,
    CLONE_NEWNS,
    CLONE_NEWPID,
    CLONE_NEWUTS,
    CLONE_PARENT,
    clone,
    close_from,
    unshare,
)
from longshore.native.shared.spec import ContainerSpec, FileSpec, LogSpec, MountSpec, NetworkSpec, PortSpec

__all__ = ["fork_zygote", "make_zygote"]

_CONTAINER = CLONE_PARENT | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID
_MOST_DESCRIPTORS = 16
_LONGEST = 1 << 16


def fork_zygote() -> tuple[socket.socket, int, int]:
    """What the handle (shared/zygote.py) is made of. The caller must be single-threaded."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    life, lifeline = os.pipe()
    maker = os.fork()
    if maker == 0:
        ours.close()
        os.close(lifeline)
        make_zygote(theirs, life)
    theirs.close()
    os.close(life)
    return ours, maker, lifeline


def make_zygote(requests: socket.socket, life: int) -> NoReturn:
    """Give the caller's parent two children, the keeper and the zygote, whose pids go by `requests`; then end. The
    keeper stays until the other end of `life` is closed."""
    try:
        unshare(CLONE_NEWPID)
        keeper = clone(CLONE_PARENT)
        if keeper == 0:
            _keep(life)
        zygote = clone(CLONE_PARENT)  # pid 1 of a namespace may not do so for what it makes, but pid 2 may
        if zygote == 0:
            _serve(requests)
        requests.send(json.dumps([zygote, keeper]).encode())
    finally:
        os._exit(0)


def _keep(life: int) -> NoReturn:
    """The keeper's whole life: until the owner closes its end of `life`, which death does too. It changes its user
    never, and holds nothing else: with a share in the zygote's socket nobody would notice the zygote's end."""
    _let_go_of_streams()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # orphans are collected
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if life != 3:
        os.dup2(life, 3, inheritable=False)
    close_from(4)
    os.read(3, 1)
    os._exit(0)


def _serve(requests: socket.socket) -> NoReturn:
    """The zygote's whole life: one request, one clone, one answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _let_go_of_streams()
    _warm_up()
    # A collection would write to every object, and so take from each container's pid 1 the pages that it shares.
    gc.disable()
    gc.freeze()
    requests = _only(requests)
    while True:
        data, descriptors, _, _ = socket.recv_fds(requests, _LONGEST, _MOST_DESCRIPTORS)
        if not data:
            os._exit(0)
        request = json.loads(data)
        try:
            pid = clone(_flags(request))
        except OSError as error:
            answer: dict[str, object] = {"errno": error.errno, "error": str(error.strerror)}
        else:
            if pid == 0:
                requests.close()
                os.close(descriptors[0])
                _become(request, descriptors[1:])
            answer = {"pid": pid}  # as it is called in here, where the owner is not
        with suppress(OSError), socket.socket(fileno=descriptors.pop(0)) as asker:
            _answer(asker, answer)
        for descriptor in descriptors:
            os.close(descriptor)


def _answer(asker: socket.socket, answer: dict[str, object]) -> None:
    """A new process is handed over as a pidfd, which means the same in every pid namespace."""
    if "pid" not in answer:
        asker.send(json.dumps(answer).encode())
        return
    pidfd = os.pidfd_open(int(str(answer["pid"])))
    try:
        socket.send_fds(asker, [b"{}"], [pidfd])
    finally:
        os.close(pidfd)


def _only(requests: socket.socket) -> socket.socket:
    """`requests` as the one descriptor that is open beside the standard streams."""
    if requests.fileno() != 3:
        os.dup2(requests.fileno(), 3, inheritable=False)
        requests.detach()
        requests = socket.socket(fileno=3)
    close_from(4)
    return requests


def _let_go_of_streams() -> None:
    """The standard streams are the agent's talk with its command; nothing made here is to hold them."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    os.close(null)


def _warm_up() -> None:
    """Do once here what every container would do for itself: read type hints, build the seccomp profile."""
    import base64  # noqa: F401

    codecs.lookup("ascii")  # a command enters a root where Python's own library is out of reach
    spec = ContainerSpec(
        "id", "name", "project", "service", ("true",), (),
        mounts=(MountSpec("tmpfs", "/"),), networks=(NetworkSpec("n"),), ports=(PortSpec(1),), log=LogSpec(1),
        files=(FileSpec("", ""),),
        health=HealthCheck(("NONE",)), restart=RestartPolicy("always"), resources=Resources(1),
        server=Server("", "", ""),
        ulimits={"core": Ulimit(0, 0)}, post_start=(Hook(("true",)),),
    )  # fmt: skip
    order = Order(
        spec, "/", nested=False, interfaces=(Interface("", "", 0),), mounts=(PlacedMount("tmpfs", "/"),),
        files=(PlacedFile("", ""),),
    )  # fmt: skip
    decode(Order, json.loads(json.dumps(encode(order))))
    role = Role(Account(0, 0, (), "/"), Identity(""), (), {}, seccomp=True, pretends=False, gains=False, always=False)
    decode(Role, json.loads(json.dumps(encode(role))))
    run = ExecOrder(("true",), {}, "/", Identity(""), ())
    decode(ExecOrder, json.loads(json.dumps(encode(run))))
    default_profile(DEFAULT)


def _flags(request: dict[str, object]) -> int:
    if request["do"] != "container":
        return CLONE_PARENT
    return _CONTAINER | (CLONE_NEWNET if request["network"] else 0)


def _become(request: dict[str, object], descriptors: list[int]) -> None:
    """In the new process: never returns."""
    try:
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
        if request["do"] == "everyone":
            everyone.run(descriptors[0], int(str(request["signal"])))
        control = socket.socket(fileno=descriptors[0])
        count = int(str(request["streams"]))
        streams, extra = tuple(descriptors[1 : 1 + count]), descriptors[1 + count :]
        if request["do"] == "command":
            user = extra.pop() if request["user"] else -1
            attach.run(control, streams, extra, user)
        else:
            groups = request["groups"]
            assert isinstance(groups, list)
            start.run(control, streams, groups, *extra, init=bool(request["init"]))
    finally:
        os._exit(125)
