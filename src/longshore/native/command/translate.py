"""Stack + service + image to a container's spec, with Docker's rules for combining the image's defaults with the file's
wishes. Pure: no file is read, nothing is looked up on the machine."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath

from longshore.engine.fileobjects import FileInside, files_inside
from longshore.model.names import container_name
from longshore.model.quantities import size_in_bytes
from longshore.model.service import Logging, Mount, Port, Service
from longshore.model.stack import Stack
from longshore.native.command.several import wants_several
from longshore.native.image.model import Image
from longshore.native.kernel.capabilities import wanted
from longshore.native.shared.spec import ContainerSpec, FileSpec, LogSpec, MountSpec, NetworkSpec, PortSpec
from longshore.state.fingerprint import FINGERPRINT_LABEL, IDS_LABEL, fingerprint

__all__ = ["PATH", "arguments", "translate"]

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def translate(
    stack: Stack, service: Service, image: Image, *, number: int = 1, generation: str = "", name: str = ""
) -> ContainerSpec:
    """The spec of container `number` of `service`. `generation` makes the id differ from that of an earlier container
    of the same name; `name` is given for one-off containers."""
    oneoff = bool(name)
    name = name or container_name(stack.name, service, number)
    identity = hashlib.sha256(f"{stack.name}\0{name}\0{generation}".encode()).hexdigest()[:12]
    config = image.config
    hostname = service.hostname or identity
    environment = _environment(service, image, hostname)
    return ContainerSpec(
        id=identity,
        name=name,
        project=stack.name,
        service=service.name,
        number=number,
        oneoff=oneoff,
        argv=arguments(service, image),
        layers=image.layers,
        image=service.image or image.reference,
        image_id=image.id,
        image_source=image.source,
        runs=image.runs,
        server=image.server,
        config_hash=service.config_hash,
        labels={**config.labels, **service.labels, FINGERPRINT_LABEL: fingerprint(service), IDS_LABEL: service.ids},
        environment=environment,
        working_dir=service.working_dir or config.working_dir or "/",
        user=service.user or config.user or config.starts_as,
        groups=service.group_add,
        mounts=_mounts(stack, service, image),
        files=_files(stack, service),
        networks=_networks(stack, service),
        network_mode=_network_mode(service),
        ports=tuple(_port(port, f"services.{service.name}.ports") for port in service.ports),
        serves=bool(service.ports or service.expose or config.exposed),
        hosts=service.extra_hosts,
        links=_links(service),
        dns=service.dns,
        dns_search=service.dns_search,
        dns_options=service.dns_opt,
        hostname=hostname,
        domainname=service.domainname,
        restart=service.restart,
        stop_signal=service.stop_signal or config.stop_signal or "SIGTERM",
        stop_grace_period=service.stop_grace_period,
        health=service.healthcheck.over(config.healthcheck) if service.healthcheck else config.healthcheck,
        capabilities=tuple(sorted(wanted(service.cap_add, service.cap_drop))),
        seccomp=not any(option in ("seccomp:unconfined", "seccomp=unconfined") for option in service.security_opt),
        read_only=service.read_only,
        tty=service.tty,
        stdin_open=service.stdin_open,
        init=bool(service.init),
        ids="many" if wants_several(service) and image.source != "provider" else "one",
        ulimits=service.ulimits,
        sysctls=service.sysctls,
        shm_size=service.shm_size or 64 * 1024 * 1024,
        oom_score_adj=service.oom_score_adj,
        resources=service.resources,
        log=_log(service.logging),
        post_start=service.post_start,
        pre_stop=service.pre_stop,
    )


def arguments(service: Service, image: Image) -> tuple[str, ...]:
    """Entrypoint and command combined: an entrypoint given by the file also drops the image's command."""
    if service.entrypoint is not None:
        return (*service.entrypoint, *(service.command or ()))
    command = service.command if service.command is not None else image.config.cmd
    return (*image.config.entrypoint, *command)


def _environment(service: Service, image: Image, hostname: str) -> dict[str, str]:
    """The image's variables, then the file's; a file's null removes the image's. PATH has a default, as in Docker."""
    found = {"HOSTNAME": hostname, "PATH": PATH, **image.config.env}
    for key, value in service.environment.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = value
    if service.tty:
        found.setdefault("TERM", "xterm")
    return found


def _mounts(stack: Stack, service: Service, image: Image) -> tuple[MountSpec, ...]:
    """By target, so that an outer mount comes before those inside it. The file's beat the image's VOLUMEs; those of
    `volumes_from` come in where nothing else is."""
    found: dict[str, MountSpec] = {}
    for path in image.config.volumes:
        found[_clean(path)] = MountSpec("volume", _clean(path))
    for source in service.volumes_from:
        found |= _mounts_from(stack, source)
    for line in service.tmpfs:
        mount = _tmpfs(line)
        found[mount.target] = mount
    for entry in service.mounts:
        found[_clean(entry.target)] = _mount(stack, entry)
    for one in files_inside(stack, service):
        if one.is_mounted:
            target = _clean(one.use.target)
            found.setdefault(target, MountSpec("bind", target, one.object.file, True, create_host_path=False))
    return tuple(sorted(found.values(), key=lambda mount: mount.target.split("/")))


def _mounts_from(stack: Stack, source: str) -> dict[str, MountSpec]:
    name, _, mode = source.partition(":")
    other = stack.services.get(name)
    if other is None:
        return {}
    mounts = (_mount(stack, entry, read_only=mode == "ro") for entry in other.mounts)
    return {mount.target: mount for mount in mounts}


def _mount(stack: Stack, entry: Mount, *, read_only: bool = False) -> MountSpec:
    volume = stack.volumes.get(entry.source) if entry.type == "volume" else None
    folder = volume.bound_to if volume else ""
    if folder:
        source = str(PurePosixPath(folder) / entry.subpath)
        return MountSpec("bind", _clean(entry.target), source, entry.read_only or read_only, create_host_path=False)
    return MountSpec(
        type="bind" if entry.type == "bind" else "tmpfs" if entry.type == "tmpfs" else "volume",
        target=_clean(entry.target),
        source=volume.name if volume else entry.source,
        read_only=entry.read_only or read_only,
        copy=not entry.nocopy,
        subpath=entry.subpath,
        create_host_path=entry.create_host_path,
        size=entry.tmpfs_size,
        mode=entry.tmpfs_mode,
    )


def _tmpfs(line: str) -> MountSpec:
    """The short form of `tmpfs:`: a path, then mount options after a colon."""
    path, _, options = line.partition(":")
    chosen = tuple(option for option in options.split(",") if option)
    return MountSpec("tmpfs", _clean(path), options=chosen, read_only="ro" in chosen)


def _clean(path: str) -> str:
    return "/" + "/".join(part for part in path.split("/") if part not in ("", "."))


def _files(stack: Stack, service: Service) -> tuple[FileSpec, ...]:
    return tuple(_file(one) for one in files_inside(stack, service) if not one.is_mounted)


def _file(one: FileInside) -> FileSpec:
    use = one.use
    mode = 0o444 if use.mode is None else use.mode
    return FileSpec(one.key, use.target, _number(use.uid), _number(use.gid), mode, source=one.object.file)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0


def _networks(stack: Stack, service: Service) -> tuple[NetworkSpec, ...]:
    """In the order in which Docker connects them: highest priority first, then by name."""
    if service.network_mode and service.network_mode != "bridge":
        return ()
    uses = sorted(service.networks.values(), key=lambda use: (-use.gw_priority, -use.priority, use.network))
    return tuple(
        NetworkSpec(
            stack.networks[use.network].name if use.network in stack.networks else use.network,
            use.aliases,
            use.ipv4_address,
            use.mac_address or service.mac_address,
            use.interface_name,
        )
        for use in uses
    )


def _network_mode(service: Service) -> str:
    return "" if service.network_mode in ("", "bridge") else service.network_mode


def _port(port: Port, fallback: str) -> PortSpec:
    return PortSpec(port.target, port.published, port.host_ip, port.protocol, str(port.place or fallback))


def _links(service: Service) -> dict[str, str]:
    """Alias → service, for `links: ["db:database"]`."""
    pairs = (link.partition(":") for link in service.links)
    return {alias or name: name for name, _, alias in pairs}


def _log(logging: Logging) -> LogSpec:
    options = logging.options
    return LogSpec(
        size=_most(options.get("max-size", "")) or LogSpec().size,
        files=max(1, int(options["max-file"])) if options.get("max-file", "").isdigit() else LogSpec().files,
        keep=logging.driver != "none",
    )


def _most(text: str) -> int:
    """How big a log may grow, in bytes; 0 for what is no size, and says nothing."""
    try:
        return size_in_bytes(text)
    except ValueError:
        return 0
