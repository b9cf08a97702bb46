"""What one container of the native engine is: everything resolved, nothing left to look up in a Compose file. A spec is
made once (translate.py), travels to the agent as JSON, and lies in its state file so that `start` needs no file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from longshore.model.healthcheck import HealthCheck
from longshore.model.record import record
from longshore.model.service import EMPTY, Hook, Resources, RestartPolicy, Ulimit
from longshore.native.image.model import Server

__all__ = ["ContainerSpec", "FileSpec", "LogSpec", "MountSpec", "NetworkSpec", "PortSpec"]


_NO_RESTART = RestartPolicy()
_NO_LIMITS = Resources()


@record
class MountSpec:
    """`source` is an absolute path on the host for a bind, the volume's name for a volume ("" for an anonymous one).
    `copy`: a new volume is first filled from the image's path."""

    type: Literal["volume", "bind", "tmpfs"]
    target: str
    source: str = ""
    read_only: bool = False
    copy: bool = True
    subpath: str = ""
    create_host_path: bool = True
    size: int | None = None
    mode: int | None = None
    options: tuple[str, ...] = ()


@record
class FileSpec:
    """A secret or config. Its content is not here: it is read from `source` at each start, or travels there, and lives
    in memory only."""

    key: str
    target: str
    uid: int = 0
    gid: int = 0
    mode: int = 0o444
    source: str = ""


@record
class NetworkSpec:
    """Membership of one network, by the engine's name. `address` "" lets the agent choose (and keep)."""

    network: str
    aliases: tuple[str, ...] = ()
    address: str = ""
    mac: str = ""
    interface: str = ""


@record
class PortSpec:
    """`published` is "", a number, or a range "a-b" to choose from; `place` says where the file wants it."""

    target: int
    published: str = ""
    host_ip: str = ""
    protocol: str = "tcp"
    place: str = ""


@record
class LogSpec:
    """Rotation of a container's log: at most `files` files of at most `size` bytes."""

    size: int = 10_000_000
    files: int = 3
    keep: bool = True


_DEFAULT_LOG = LogSpec()


@record
class ContainerSpec:
    """`id` is the directory's name and the hostname's default, as Docker's short id. `argv` is entrypoint and command
    combined. `environment` holds the values that are passed, in order. `network_mode` is "", "none", "host", or
    "service:x" / "container:x". `image_source` is where its image is from (image/model.py). `serves`: the file or the
    image names a port on which it is to listen. `init`: an init of ours is pid 1 and the program its child; else the
    program itself is pid 1. `capabilities` is the final set. `ids`: whether an ordinary user's
    container has that user's "one" id or "many". Times are seconds, sizes bytes."""

    id: str
    name: str
    project: str
    service: str
    argv: tuple[str, ...]
    layers: tuple[str, ...]
    number: int = 1
    oneoff: bool = False
    image: str = ""
    image_id: str = ""
    image_source: str = ""
    runs: str = ""
    server: Server | None = None
    config_hash: str = ""
    labels: Mapping[str, str] = EMPTY
    environment: Mapping[str, str] = EMPTY
    working_dir: str = "/"
    user: str = ""
    groups: tuple[str, ...] = ()
    mounts: tuple[MountSpec, ...] = ()
    files: tuple[FileSpec, ...] = ()
    networks: tuple[NetworkSpec, ...] = ()
    network_mode: str = ""
    ports: tuple[PortSpec, ...] = ()
    serves: bool = False
    hosts: tuple[str, ...] = ()
    links: Mapping[str, str] = EMPTY
    dns: tuple[str, ...] = ()
    dns_search: tuple[str, ...] = ()
    dns_options: tuple[str, ...] = ()
    hostname: str = ""
    domainname: str = ""
    restart: RestartPolicy = _NO_RESTART
    stop_signal: str = "SIGTERM"
    stop_grace_period: float = 10.0
    health: HealthCheck | None = None
    capabilities: tuple[str, ...] = ()
    seccomp: bool = True
    read_only: bool = False
    tty: bool = False
    stdin_open: bool = False
    init: bool = False
    ids: Literal["one", "many"] = "one"
    ulimits: Mapping[str, Ulimit] = EMPTY
    sysctls: Mapping[str, str] = EMPTY
    shm_size: int = 64 * 1024 * 1024
    oom_score_adj: int | None = None
    resources: Resources = _NO_LIMITS
    log: LogSpec = _DEFAULT_LOG
    post_start: tuple[Hook, ...] = ()
    pre_stop: tuple[Hook, ...] = ()
