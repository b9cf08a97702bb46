"""One service of a stack, as engines see it: frozen, typed, fully resolved (no defaults left to guess).

Durations are seconds, sizes bytes, paths on the host absolute. Field names are the Compose Specification's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

from longshore.model.errors import Place
from longshore.model.healthcheck import HealthCheck
from longshore.model.record import record

__all__ = [
    "Build", "BuildSecret", "Condition", "Dependency", "Deploy", "Device", "FileUse", "Hook", "Logging", "Mount",
    "NetworkUse", "Port", "Resources", "RestartPolicy", "Service", "Ulimit", "WatchRule",
]  # fmt: skip


class _Empty(Mapping[str, Any]):
    """A mapping without members; hashable, as a default value should be (a MappingProxyType is not before
    Python 3.12)."""

    __slots__ = ()

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "{}"


EMPTY: Mapping[str, Any] = _Empty()

Condition = Literal["service_started", "service_healthy", "service_completed_successfully"]


@record
class Dependency:
    """`depends_on` of one service on another. `restart`: when the dependency is restarted or recreated by an
    operation, so is this one. `required` False: a missing or failed dependency only warns."""

    service: str
    condition: Condition = "service_started"
    restart: bool = False
    required: bool = True


@record
class BuildSecret:
    source: str
    target: str = ""
    uid: str = ""
    gid: str = ""
    mode: int | None = None


@record
class Build:
    """`build:`; `dockerfile` is relative to `context` unless absolute; `context` is an absolute path or a URL."""

    context: str
    dockerfile: str = "Dockerfile"
    dockerfile_inline: str | None = None
    target: str | None = None
    args: Mapping[str, str | None] = EMPTY
    labels: Mapping[str, str] = EMPTY
    additional_contexts: Mapping[str, str] = EMPTY
    cache_from: tuple[str, ...] = ()
    cache_to: tuple[str, ...] = ()
    no_cache: bool = False
    pull: bool = False
    network: str | None = None
    platforms: tuple[str, ...] = ()
    secrets: tuple[BuildSecret, ...] = ()
    ssh: Mapping[str, str | None] = EMPTY
    tags: tuple[str, ...] = ()
    extra_hosts: tuple[str, ...] = ()
    shm_size: int | None = None
    ulimits: Mapping[str, Ulimit] = EMPTY
    entitlements: tuple[str, ...] = ()
    isolation: str | None = None
    privileged: bool = False

    @property
    def given(self) -> dict[str, str]:
        """Those of `args` that have a value; the others come from the environment, where they are there."""
        return {name: value for name, value in self.args.items() if value is not None}


@record
class Ulimit:
    soft: int
    hard: int


@record
class Mount:
    """One entry of `volumes:` (or a tmpfs). `source` is the key of a top-level volume for a named volume, "" for an
    anonymous one, an absolute host path for a bind."""

    type: Literal["volume", "bind", "tmpfs", "image", "npipe", "cluster"]
    target: str
    source: str = ""
    read_only: bool = False
    nocopy: bool = False
    subpath: str = ""
    create_host_path: bool = True
    propagation: str = ""
    recursive: str = ""
    selinux: str = ""
    tmpfs_size: int | None = None
    tmpfs_mode: int | None = None
    consistency: str = ""
    labels: Mapping[str, str] = EMPTY


@record
class Port:
    """One entry of `ports:`. `published` is "" (engine chooses), a number or a range "a-b"; `host_ip` "" means every
    address (0.0.0.0 and ::)."""

    target: int
    published: str = ""
    host_ip: str = ""
    protocol: str = "tcp"
    mode: str = "ingress"
    name: str = ""
    app_protocol: str = ""
    place: Place | None = None


@record
class NetworkUse:
    """How a service joins one network of the stack."""

    network: str
    aliases: tuple[str, ...] = ()
    ipv4_address: str = ""
    ipv6_address: str = ""
    link_local_ips: tuple[str, ...] = ()
    mac_address: str = ""
    priority: int = 0
    gw_priority: int = 0
    interface_name: str = ""
    driver_opts: Mapping[str, str] = EMPTY


@record
class FileUse:
    """A secret or config as one service sees it; `target` is an absolute path in the container."""

    source: str
    target: str
    uid: str = ""
    gid: str = ""
    mode: int | None = None


@record
class RestartPolicy:
    """`restart:` or `deploy.restart_policy`. `max_attempts` 0 means no limit; `delay` and `window` in seconds."""

    condition: Literal["no", "always", "on-failure", "unless-stopped"] = "no"
    max_attempts: int = 0
    delay: float | None = None
    window: float | None = None


@record
class Resources:
    """Limits and reservations from `deploy.resources` or the short attributes. Bytes; cpus as a fraction of one."""

    memory: int | None = None
    memory_reservation: int | None = None
    memory_swap: int | None = None
    cpus: float | None = None
    pids: int | None = None
    cpu_shares: int | None = None
    cpuset: str = ""


@record
class Deploy:
    mode: str = "replicated"
    replicas: int | None = None
    labels: Mapping[str, str] = EMPTY
    endpoint_mode: str = ""
    update_config: Mapping[str, Any] = EMPTY
    rollback_config: Mapping[str, Any] = EMPTY
    placement: Mapping[str, Any] = EMPTY
    resources: Mapping[str, Any] = EMPTY


@record
class Logging:
    driver: str = ""
    options: Mapping[str, str] = EMPTY


@record
class Device:
    source: str
    target: str = ""
    permissions: str = "rwm"


@record
class Hook:
    """`post_start`, `pre_stop` and the like: a command run in the container."""

    command: tuple[str, ...]
    user: str = ""
    privileged: bool = False
    working_dir: str = ""
    environment: Mapping[str, str | None] = EMPTY


@record
class WatchRule:
    """One entry of `develop.watch`."""

    action: Literal["sync", "rebuild", "restart", "sync+restart", "sync+exec"]
    path: str
    target: str = ""
    ignore: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    initial_sync: bool = False
    exec: Hook | None = None


@record(hidden=("raw", "places", "environment"))
class Service:
    """A service. `command` and `entrypoint` are None when the image's own hold, () when emptied by the file.

    `environment` holds final values; a value of None means "unset, not passed". `raw` is the canonical mapping as
    `docker compose config` prints it; `config_hash` is what `docker compose config --hash` prints; `places` gives,
    by dotted key relative to the service ("environment.DATABASE_URL", "ports.0", ""), where it stands in the files."""

    name: str
    image: str = ""
    build: Build | None = None
    command: tuple[str, ...] | None = None
    entrypoint: tuple[str, ...] | None = None
    environment: Mapping[str, str | None] = EMPTY
    user: str = ""
    working_dir: str = ""
    depends_on: Mapping[str, Dependency] = EMPTY
    healthcheck: HealthCheck | None = None
    mounts: tuple[Mount, ...] = ()
    volumes_from: tuple[str, ...] = ()
    tmpfs: tuple[str, ...] = ()
    ports: tuple[Port, ...] = ()
    expose: tuple[str, ...] = ()
    networks: Mapping[str, NetworkUse] = EMPTY
    network_mode: str = ""
    links: tuple[str, ...] = ()
    external_links: tuple[str, ...] = ()
    hostname: str = ""
    domainname: str = ""
    mac_address: str = ""
    extra_hosts: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    dns_search: tuple[str, ...] = ()
    dns_opt: tuple[str, ...] = ()
    container_name: str = ""
    labels: Mapping[str, str] = EMPTY
    annotations: Mapping[str, str] = EMPTY
    restart: RestartPolicy = RestartPolicy()
    stop_signal: str = ""
    stop_grace_period: float = 10.0
    init: bool | None = None
    tty: bool = False
    stdin_open: bool = False
    read_only: bool = False
    privileged: bool = False
    cap_add: tuple[str, ...] = ()
    cap_drop: tuple[str, ...] = ()
    security_opt: tuple[str, ...] = ()
    group_add: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    ulimits: Mapping[str, Ulimit] = EMPTY
    sysctls: Mapping[str, str] = EMPTY
    shm_size: int | None = None
    resources: Resources = Resources()
    deploy: Deploy | None = None
    scale: int = 1
    pid: str = ""
    ipc: str = ""
    uts: str = ""
    cgroup: str = ""
    cgroup_parent: str = ""
    userns_mode: str = ""
    runtime: str = ""
    isolation: str = ""
    platform: str = ""
    pull_policy: str = ""
    oom_kill_disable: bool = False
    oom_score_adj: int | None = None
    storage_opt: Mapping[str, str] = EMPTY
    logging: Logging = Logging()
    secrets: tuple[FileUse, ...] = ()
    configs: tuple[FileUse, ...] = ()
    profiles: tuple[str, ...] = ()
    post_start: tuple[Hook, ...] = ()
    pre_stop: tuple[Hook, ...] = ()
    watch: tuple[WatchRule, ...] = ()
    attach: bool = True
    extensions: Mapping[str, Any] = EMPTY
    raw: Mapping[str, Any] = EMPTY
    config_hash: str = ""
    places: Mapping[str, Place] = EMPTY

    @property
    def ids(self) -> str:
        """What `x-longshore.ids` says: whether an ordinary user's containers have "one" id, as they do where it says
        nothing, or "many". Unchecked."""
        found = self.extensions.get("x-longshore")
        return str(found.get("ids", "one")) if isinstance(found, Mapping) else "one"

    def place(self, *keys: str) -> Place | None:
        """Where the first of `keys` that is known stands in the files; the service's own place as the last resort."""
        for key in (*keys, ""):
            if key in self.places:
                return self.places[key]
        return None
