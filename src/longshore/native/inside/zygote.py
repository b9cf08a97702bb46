"""The process that clones containers. It is forked from the agent before that has loaded what only it needs: small and
single-threaded, so a clone is safe, and without any service's secrets in its memory, so none reach a pid 1.

What it makes are the agent's own children (CLONE_PARENT): the agent waits for them and they die with it."""

from __future__ import annotations

import codecs
import gc
import json
import os
import signal
import socket

from longshore.model.codec import decode, encode
from longshore.model.healthcheck import HealthCheck
from longshore.model.service import Hook, Resources, RestartPolicy, Ulimit
from longshore.native.image.model import Server
from longshore.native.inside import attach, everyone, start
from longshore.native.inside.order import ExecOrder, Identity, Interface, Order, PlacedFile, PlacedMount
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
    death_signal,
)
from longshore.native.shared.spec import ContainerSpec, FileSpec, LogSpec, MountSpec, NetworkSpec, PortSpec

__all__ = ["fork_zygote"]

_CONTAINER = CLONE_PARENT | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID
_MOST_DESCRIPTORS = 16


def fork_zygote() -> tuple[int, socket.socket]:
    """Its pid, and the socket that requests go by (agent/zygote.py). The caller must be single-threaded."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    pid = os.fork()
    if pid == 0:
        ours.close()
        _serve(theirs)
    theirs.close()
    return pid, ours


def _serve(requests: socket.socket) -> None:
    """The zygote's whole life: one request, one clone, one answer."""
    death_signal()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _let_go_of_streams()
    _warm_up()
    # A collection would write to every object, and so take from each container's pid 1 the pages that it shares.
    gc.disable()
    gc.freeze()
    if requests.fileno() != 3:
        os.dup2(requests.fileno(), 3, inheritable=False)
        requests.detach()
        requests = socket.socket(fileno=3)
    close_from(4)
    while True:
        data, descriptors, _, _ = socket.recv_fds(requests, 4096, _MOST_DESCRIPTORS)
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
                _become(request, descriptors)
            answer = {"pid": pid}
        for descriptor in descriptors:
            os.close(descriptor)
        requests.send(json.dumps(answer).encode())


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
            start.run(control, streams, groups, *extra)
    finally:
        os._exit(125)
