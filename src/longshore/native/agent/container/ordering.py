"""From a container's record to the order that its first process gets. Pure, but for the paths of volumes."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path

from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.native.inside.network import NAME_SERVER
from longshore.native.inside.order import Interface, Order, PlacedFile, PlacedMount
from longshore.native.inside.root import inside
from longshore.native.shared.records import NetworkRecord, Record
from longshore.native.shared.spec import ContainerSpec, FileSpec, MountSpec
from longshore.native.shared.volumes import Volumes

__all__ = ["HOST_GATEWAY", "Surroundings", "alone", "hosts_file", "make_order", "resolv_file", "shows_image"]

HOST_GATEWAY = "host-gateway"
_TMPFS_FLAGS = {"ro", "rw", "exec", "noexec", "suid", "nosuid", "dev", "nodev", "defaults", "rbind", "bind"}


@record
class Surroundings:
    """What a container's order depends on beside its record. `search` are the host's search domains; `host_resolv` and
    `host_hosts` the host's own files, for a container on the host's network or on none; `names_from`: the directory of
    the container whose network it shares; `limits_kept` says that control groups hold the limits. `becomes` is whom an
    ordinary user's container is known to become."""

    directory: Path
    networks: Mapping[str, NetworkRecord]
    volumes: Volumes
    files: Mapping[str, bytes]
    nested: bool
    limits_kept: bool
    search: tuple[str, ...] = ()
    host_resolv: str = ""
    host_hosts: str = ""
    becomes: str = ""
    mapped: bool = False
    names_from: Path | None = None


def make_order(record: Record, around: Surroundings) -> Order:
    spec = record.spec
    own = spec.network_mode in ("", "none")
    interfaces = _interfaces(record, around)
    gateway = next((entry.gateway for entry in interfaces if entry.gateway), "")
    served = own and spec.network_mode != "none"
    return Order(
        spec=spec,
        directory=str(around.directory),
        nested=around.nested,
        mapped=around.mapped,
        interfaces=interfaces,
        mounts=tuple(_place(entry, record, around) for entry in spec.mounts),
        files=_files(spec, around.files),
        etc={
            "/etc/hosts": (
                around.host_hosts + "".join(_extra_hosts(spec, "127.0.0.1"))
                if spec.network_mode == "host"
                else hosts_file(spec, [entry.address for entry in interfaces], gateway)
            ),
            "/etc/hostname": f"{spec.hostname}\n",
            "/etc/resolv.conf": resolv_file(spec, around.search) if served else host_resolv_file(spec, around),
        },
        etc_from=str(around.names_from or ""),
        own_network=own,
        name_server=served,
        fallback_limits=not around.limits_kept,
        pretends=around.nested,
        asks="users" if around.nested and not around.becomes else "",
        becomes=around.becomes,
    )


def _interfaces(record: Record, around: Surroundings) -> tuple[Interface, ...]:
    """eth0, eth1 ... in the spec's order; the first network that has a way out gives the default route."""
    found: list[Interface] = []
    routed = False
    for number, use in enumerate(record.spec.networks):
        network = around.networks[use.network]
        prefix = int(network.subnet.partition("/")[2])
        out = not routed and not network.internal
        routed = routed or out
        name = use.interface or f"eth{number}"
        found.append(Interface(name, record.addresses[use.network], prefix, network.gateway if out else ""))
    return tuple(found)


def _place(entry: MountSpec, record: Record, around: Surroundings) -> PlacedMount:
    if entry.type == "tmpfs":
        return PlacedMount(
            "tmpfs",
            entry.target,
            read_only=entry.read_only,
            data=_tmpfs_data(entry, nested=around.nested),
            executable="exec" in entry.options,
        )
    if entry.type == "bind":
        return PlacedMount("bind", entry.target, entry.source, entry.read_only, make=entry.create_host_path)
    name = entry.source or record.anonymous[entry.target]
    data = around.volumes.data(name)
    source = inside(data, entry.subpath) if entry.subpath else data
    if entry.subpath and not source.exists():
        raise ShoreError(
            f"{record.spec.service}: volume {name} has no {entry.subpath}",
            hint="make the directory in the volume first, or leave out volume.subpath",
        )
    over = shows_image(entry) and alone(entry, record.spec)
    return PlacedMount("bind", entry.target, str(source), entry.read_only, over=over)


def shows_image(entry: MountSpec) -> bool:
    """Whether it is a volume that begins with what the image has at its place."""
    return entry.type == "volume" and entry.copy and not entry.subpath


def alone(entry: MountSpec, spec: ContainerSpec) -> bool:
    """Whether the volume is this container's alone, and may be laid over the image. A database's is not: its server
    renames directories."""
    return not entry.source and spec.server is None


def _tmpfs_data(entry: MountSpec, *, nested: bool) -> str:
    """Mount data for a tmpfs. An ordinary user cannot give it away."""
    options = {"mode": f"{entry.mode:o}"} if entry.mode is not None else {}
    if entry.size:
        options["size"] = str(entry.size)
    for option in entry.options:
        key, _, value = option.partition("=")
        if key not in _TMPFS_FLAGS and not (nested and key in ("uid", "gid")):
            options[key] = value
    return ",".join(f"{key}={value}" if value else key for key, value in options.items())


def _files(spec: ContainerSpec, contents: Mapping[str, bytes]) -> tuple[PlacedFile, ...]:
    missing = [file.key for file in spec.files if file.key not in contents and not file.source]
    if missing:
        raise ShoreError(f"{spec.service}: the content of {missing[0]} is not known", hint="run shore up again")
    return tuple(_placed(file, contents.get(file.key)) for file in spec.files)


def _placed(file: FileSpec, content: bytes | None) -> PlacedFile:
    text = base64.b64encode(content or b"").decode()
    return PlacedFile(file.target, text, file.uid, file.gid, file.mode, source=file.source if content is None else "")


def hosts_file(spec: ContainerSpec, addresses: list[str], gateway: str) -> str:
    """/etc/hosts as Docker writes it: loopback, the file's extra_hosts, the container's own addresses."""
    lines = [
        "127.0.0.1\tlocalhost",
        "::1\tlocalhost ip6-localhost ip6-loopback",
        "fe00::\tip6-localnet",
        "ff00::\tip6-mcastprefix",
        "ff02::1\tip6-allnodes",
        "ff02::2\tip6-allrouters",
    ]
    lines += [line.rstrip("\n") for line in _extra_hosts(spec, gateway or "127.0.0.1")]
    full = f"{spec.hostname}.{spec.domainname} {spec.hostname}" if spec.domainname else spec.hostname
    lines += [f"{address}\t{full}" for address in addresses]
    if not addresses:
        lines.append(f"127.0.1.1\t{full}")
    return "\n".join(lines) + "\n"


def _extra_hosts(spec: ContainerSpec, gateway: str) -> list[str]:
    pairs = (split_host(entry) for entry in spec.hosts)
    return [f"{gateway if address == HOST_GATEWAY else address}\t{name}\n" for name, address in pairs]


def split_host(entry: str) -> tuple[str, str]:
    """ "name=address" or "name:address" (whose address may be IPv6, in brackets or not)."""
    separator = "=" if "=" in entry else ":"
    name, _, address = entry.partition(separator)
    return name, address.removeprefix("[").removesuffix("]")


def resolv_file(spec: ContainerSpec, search: tuple[str, ...]) -> str:
    domains = spec.dns_search or search
    options = spec.dns_options
    if not any(option.startswith("ndots:") for option in options):
        options = (*options, "ndots:0")
    return _resolver([NAME_SERVER], domains, options)


def host_resolv_file(spec: ContainerSpec, around: Surroundings) -> str:
    """The host's own file, where the service says nothing else; its lines in place of the host's where it does."""
    if not (spec.dns or spec.dns_search or spec.dns_options):
        return around.host_resolv
    lines = [line.split() for line in around.host_resolv.splitlines()]
    servers = spec.dns or tuple(words[1] for words in lines if words[:1] == ["nameserver"] and len(words) > 1)
    options = spec.dns_options or tuple(word for words in lines if words[:1] == ["options"] for word in words[1:])
    return _resolver(servers, spec.dns_search or around.search, options)


def _resolver(servers: Sequence[str], domains: Sequence[str], options: Sequence[str]) -> str:
    """resolv.conf(5). The domain "." stands for none at all."""
    lines = [f"nameserver {server}" for server in servers]
    if domains and tuple(domains) != (".",):
        lines.append(f"search {' '.join(domains)}")
    if options:
        lines.append(f"options {' '.join(options)}")
    return "\n".join(lines) + "\n"
