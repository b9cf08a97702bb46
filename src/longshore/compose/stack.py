"""From the canonical mapping to the frozen types that engines read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from longshore.compose.places import places_of
from longshore.compose.types.decode import EXTENSIONS
from longshore.compose.types.project import Project
from longshore.compose.write.hash import network_hash, service_hash
from longshore.compose.write.render import as_mapping, without_extensions
from longshore.model.errors import ShoreError
from longshore.model.healthcheck import HealthCheck
from longshore.model.nearest import nearest
from longshore.model.quantities import seconds
from longshore.model.service import (
    Build,
    BuildSecret,
    Dependency,
    Deploy,
    Device,
    FileUse,
    Hook,
    Logging,
    Mount,
    NetworkUse,
    Port,
    Resources,
    RestartPolicy,
    Service,
    Ulimit,
    WatchRule,
)
from longshore.model.stack import FileObject, IpamPool, Network, Stack, Volume

__all__ = ["build_stack"]

Raw = Mapping[str, Any]
T = TypeVar("T")


def build_stack(project: Project) -> Stack:
    """The stack of a loaded project."""
    return Stack(
        name=project.name,
        working_dir=project.working_dir,
        files=tuple(project.files),
        services={name: _service(project, name, raw) for name, raw in project.services.items()},
        disabled={name: _service(project, name, raw) for name, raw in project.disabled.items()},
        networks={key: _network(project, key, raw) for key, raw in project.networks.items()},
        volumes={key: _volume(project, key, raw) for key, raw in project.volumes.items()},
        secrets={key: _file_object(project, "secrets", key, raw) for key, raw in project.secrets.items()},
        configs={key: _file_object(project, "configs", key, raw) for key, raw in project.configs.items()},
        environment=dict(project.environment),
        env_files=tuple(project.env_files),
        profiles=tuple(project.profiles),
        extensions=dict(project.extensions),
        raw=without_extensions(as_mapping(project)),
    )


def _length(text: str | None) -> float | None:
    """A printed duration in seconds."""
    return None if text is None else seconds(text)


def number(text: str | None) -> int | None:
    """A printed size in bytes."""
    return None if text is None else int(text)


def each(raw: Raw, key: str, make: Callable[[Any], T]) -> tuple[T, ...]:
    """The items under `key`, made into their type."""
    return tuple(make(item) for item in raw.get(key, ()))


def named(raw: Raw, key: str, make: Callable[[str, Any], T]) -> dict[str, T]:
    """The entries of the mapping under `key`, made into their type."""
    return {name: make(name, item) for name, item in raw.get(key, {}).items()}


def same(raw: Raw, keys: tuple[str, ...], default: Any, make: Callable[[Any], Any] | None = None) -> dict[str, Any]:
    """The fields that are as they are printed; those that are not there get `default`."""
    return {key: make(raw[key]) if make and key in raw else raw.get(key, default) for key in keys}


def given(raw: Raw, keys: tuple[str, ...]) -> dict[str, Any]:
    """The fields that are as they are printed, where they are there."""
    return {key: raw[key] for key in keys if key in raw}


_TEXTS = (
    "image", "user", "working_dir", "network_mode", "hostname", "domainname", "mac_address", "container_name",
    "stop_signal", "pid", "ipc", "uts", "cgroup", "cgroup_parent", "userns_mode", "runtime", "isolation", "platform",
    "pull_policy",
)  # fmt: skip
_TUPLES = (
    "tmpfs", "expose", "volumes_from", "links", "external_links", "extra_hosts", "dns", "dns_search", "dns_opt",
    "cap_add", "cap_drop", "security_opt", "group_add", "profiles",
)  # fmt: skip
_SWITCHES = ("tty", "stdin_open", "read_only", "privileged", "oom_kill_disable")
_MAPPINGS = ("environment", "labels", "annotations", "sysctls", "storage_opt")


def _service(project: Project, name: str, full: Raw) -> Service:
    raw = without_extensions(full)
    hashed = service_hash(full, project.environment.get("DOCKER_DEFAULT_PLATFORM", ""))
    places = places_of(project.tree, "services", name)
    command, entrypoint = raw.get("command"), raw.get("entrypoint")
    stop = _length(raw.get("stop_grace_period"))
    deploy = raw.get("deploy")
    return Service(
        name=name,
        **same(raw, _TEXTS, ""),
        **same(raw, _TUPLES, (), tuple),
        **same(raw, _SWITCHES, False),
        **same(raw, _MAPPINGS, {}),
        build=_build(raw["build"]) if "build" in raw else None,
        command=None if command is None else tuple(command),
        entrypoint=None if entrypoint is None else tuple(entrypoint),
        depends_on=named(raw, "depends_on", _dependency),
        healthcheck=_healthcheck(raw["healthcheck"]) if "healthcheck" in raw else None,
        mounts=each(raw, "volumes", _mount),
        ports=_ports(raw, places),
        networks=named(raw, "networks", _network_use),
        restart=_restart(project, name, raw),
        stop_grace_period=10.0 if stop is None else stop,
        init=raw.get("init"),
        devices=each(raw, "devices", _device),
        ulimits=named(raw, "ulimits", _ulimit),
        shm_size=number(raw.get("shm_size")),
        resources=_resources(raw),
        deploy=None if deploy is None else _deploy(deploy),
        scale=_scale(raw),
        oom_score_adj=raw.get("oom_score_adj"),
        logging=Logging(**raw["logging"]) if "logging" in raw else Logging(),
        secrets=each(raw, "secrets", lambda use: _file_use(use, "/run/secrets/")),
        configs=each(raw, "configs", lambda use: _file_use(use, "/")),
        post_start=each(raw, "post_start", _hook),
        pre_stop=each(raw, "pre_stop", _hook),
        watch=each(raw.get("develop", {}), "watch", _watch),
        attach=raw.get("attach", True),
        extensions=full.get(EXTENSIONS, {}),
        raw={key: value for key, value in raw.items() if key != "label_file"},
        config_hash=hashed,
        places=places,
    )


def _dependency(name: str, raw: Raw) -> Dependency:
    return Dependency(name, raw.get("condition", "service_started"), raw.get("restart", False), raw["required"])


def _healthcheck(raw: Raw) -> HealthCheck:
    return HealthCheck(
        test=tuple(raw.get("test", ())),
        interval=_length(raw.get("interval")),
        timeout=_length(raw.get("timeout")),
        retries=raw.get("retries"),
        start_period=_length(raw.get("start_period")),
        start_interval=_length(raw.get("start_interval")),
        disable=raw.get("disable", False),
    )


_BUILD_SAME = (
    "dockerfile", "dockerfile_inline", "target", "args", "labels", "additional_contexts", "no_cache", "pull",
    "network", "isolation", "privileged",
)  # fmt: skip
_BUILD_TUPLES = ("cache_from", "cache_to", "platforms", "tags", "extra_hosts", "entitlements")


def _build(raw: Raw) -> Build:
    return Build(
        context=raw.get("context", ""),
        **given(raw, _BUILD_SAME),
        **same(raw, _BUILD_TUPLES, (), tuple),
        secrets=each(raw, "secrets", _build_secret),
        ssh={key: path or None for key, path in raw.get("ssh", ())},
        shm_size=number(raw.get("shm_size")),
        ulimits=named(raw, "ulimits", _ulimit),
    )


def _build_secret(raw: Raw) -> BuildSecret:
    return BuildSecret(
        raw.get("source", ""), raw.get("target", ""), raw.get("uid", ""), raw.get("gid", ""), _mode(raw.get("mode"))
    )


def _mode(text: str | None) -> int | None:
    return None if text is None else int(text[1:], 8)


def _file_use(raw: Raw, folder: str) -> FileUse:
    source = raw.get("source", "")
    target = raw.get("target", source)
    if not target.startswith("/"):
        target = folder + target
    return FileUse(source, target, raw.get("uid", ""), raw.get("gid", ""), _mode(raw.get("mode")))


def _mount(raw: Raw) -> Mount:
    bind, volume, tmpfs = (raw.get(kind, {}) for kind in ("bind", "volume", "tmpfs"))
    return Mount(
        type=raw.get("type", "volume"),
        target=raw.get("target", ""),
        source=raw.get("source", ""),
        read_only=raw.get("read_only", False),
        nocopy=volume.get("nocopy", False),
        subpath=volume.get("subpath", "") or raw.get("image", {}).get("subpath", ""),
        create_host_path=_makes_folder(raw),
        propagation=bind.get("propagation", ""),
        recursive=bind.get("recursive", ""),
        selinux=bind.get("selinux", ""),
        tmpfs_size=number(tmpfs.get("size")),
        tmpfs_mode=tmpfs.get("mode"),
        consistency=raw.get("consistency", ""),
        labels=volume.get("labels", {}),
    )


def _makes_folder(raw: Raw) -> bool:
    """Whether a bind mount makes its folder: yes, unless there is a `bind:` that does not say so."""
    if raw.get("type") != "bind":
        return False
    return bool(raw["bind"].get("create_host_path", False)) if "bind" in raw else True


def _ports(raw: Raw, places: Mapping[str, Any]) -> tuple[Port, ...]:
    made = []
    for index, port in enumerate(raw.get("ports", ())):
        place = places.get(f"ports.{index}") or places.get("ports")
        made.append(Port(**{"target": 0, **port}, place=place))
    return tuple(made)


def _network_use(name: str, raw: Raw | None) -> NetworkUse:
    fields = dict(raw or {})
    for key in ("aliases", "link_local_ips"):
        fields[key] = tuple(fields.get(key, ()))
    return NetworkUse(network=name, **fields)


_CONDITIONS: Mapping[str, Any] = {
    "": "no", "none": "no", "no": "no", "any": "always", "always": "always", "on-failure": "on-failure",
    "unless-stopped": "unless-stopped",
}  # fmt: skip


def _restart(project: Project, name: str, raw: Raw) -> RestartPolicy:
    """`deploy.restart_policy`, else `restart:`, as Docker Compose has it; both know both sets of words."""
    policy = raw.get("deploy", {}).get("restart_policy")
    if policy is None:
        written, _, attempts = raw.get("restart", "").partition(":")
        count = int(attempts) if attempts.isdecimal() else 0
        return RestartPolicy(_condition(project, name, ("restart",), written), count)
    return RestartPolicy(
        _condition(project, name, ("deploy", "restart_policy", "condition"), policy.get("condition", "")),
        policy.get("max_attempts", 0), _length(policy.get("delay")), _length(policy.get("window")),
    )  # fmt: skip


def _condition(project: Project, name: str, path: tuple[str, ...], word: str) -> Any:
    if word not in _CONDITIONS:
        known = "one of no, always, on-failure, on-failure:<times>, unless-stopped"
        near = nearest(word, _CONDITIONS)
        raise ShoreError(
            f'services.{name}.{".".join(path)}: "{word}" is not a restart policy',
            place=project.place("services", name, *path),
            hint=f"{known}; did you mean {near}?" if near else known,
        )
    return _CONDITIONS[word]


def _device(raw: Raw) -> Device:
    return Device(raw.get("source", ""), raw.get("target", ""), raw.get("permissions", "rwm"))


def _ulimit(_: str, raw: Any) -> Ulimit:
    if isinstance(raw, int):
        return Ulimit(raw, raw)
    return Ulimit(raw.get("soft", 0), raw.get("hard", 0))


def _resources(raw: Raw) -> Resources:
    """The short attributes, else those of deploy.resources."""
    deploy = raw.get("deploy", {}).get("resources", {})
    limits, reservations = deploy.get("limits", {}), deploy.get("reservations", {})
    cpus = raw.get("cpus", limits.get("cpus"))
    return Resources(
        memory=number(raw.get("mem_limit", limits.get("memory"))),
        memory_reservation=number(raw.get("mem_reservation", reservations.get("memory"))),
        memory_swap=number(raw.get("memswap_limit")),
        cpus=None if cpus is None else float(repr(cpus)),
        pids=raw.get("pids_limit", limits.get("pids")),
        cpu_shares=raw.get("cpu_shares"),
        cpuset=raw.get("cpuset", ""),
    )


_DEPLOY_SAME = (
    "mode", "replicas", "labels", "endpoint_mode", "update_config", "rollback_config", "placement", "resources",
)  # fmt: skip


def _deploy(raw: Raw) -> Deploy:
    return Deploy(**given(raw, _DEPLOY_SAME))


def _scale(raw: Raw) -> int:
    scale = raw.get("scale", raw.get("deploy", {}).get("replicas"))
    return 1 if scale is None else int(scale)


def _hook(raw: Raw) -> Hook:
    return Hook(
        command=tuple(raw["command"] or ()),
        user=raw.get("user", ""),
        privileged=raw.get("privileged", False),
        working_dir=raw.get("working_dir", ""),
        environment=raw.get("environment", {}),
    )


def _watch(raw: Raw) -> WatchRule:
    hook = raw.get("exec", {})
    return WatchRule(
        action=raw["action"],
        path=raw["path"],
        target=raw.get("target", ""),
        ignore=tuple(raw.get("ignore", ())),
        include=tuple(raw.get("include", ())),
        initial_sync=raw.get("initial_sync", False),
        exec=_hook(hook) if hook.get("command") else None,
    )


def _network(project: Project, key: str, full: Raw) -> Network:
    raw = without_extensions(full)
    ipam = raw["ipam"]
    fields = ("driver", "driver_opts", "external", "internal", "attachable", "enable_ipv4", "enable_ipv6", "labels")
    return Network(
        key=key,
        name=raw.get("name", key),
        **given(raw, fields),
        ipam_driver=ipam.get("driver", ""),
        ipam=each(ipam, "config", lambda pool: IpamPool(**pool)),
        ipam_options=_ipam_options(project, key),
        raw=raw,
        config_hash=network_hash(raw),
        places=places_of(project.tree, "networks", key),
        place=project.place("networks", key),
    )


def _ipam_options(project: Project, key: str) -> dict[str, str]:
    """Compose does not print them, so they are taken from the file."""
    value: Any = project.tree.get("networks")
    for part in (key, "ipam", "options"):
        value = value.get(part) if isinstance(value, dict) else None
    return {name: str(item) for name, item in value.items()} if isinstance(value, dict) else {}


def _volume(project: Project, key: str, full: Raw) -> Volume:
    raw = without_extensions(full)
    return Volume(
        key=key,
        name=raw.get("name", key),
        **given(raw, ("driver", "driver_opts", "external", "labels")),
        raw=raw,
        place=project.place("volumes", key),
    )


def _file_object(project: Project, kind: str, key: str, raw: Raw) -> FileObject:
    return FileObject(
        key=key,
        name=raw.get("name", key),
        file=raw.get("file", ""),
        content=raw.get("content"),
        environment=raw.get("environment", ""),
        external=raw.get("external", False),
        labels=raw.get("labels", {}),
        place=project.place(kind, key),
    )
