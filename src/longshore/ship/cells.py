"""What a Swarm does with each attribute of the Compose Specification: the source of the page and of the
warnings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from longshore.model.errors import Place
from longshore.model.service import Service
from longshore.model.stack import FileObject, Network, Stack, Volume
from longshore.model.support import used_attributes

__all__ = ["CELLS", "READ", "Cell", "cell_of", "used_beside", "used_cells"]

Level = Literal["yes", "translated", "left out", "refused"]


class Cell(NamedTuple):
    """`yes`: as on an engine. `translated`: done in a Swarm's own way, which `words` tell. `left out`: a warning says
    so, `--strict` refuses. `refused`: nothing is shipped."""

    level: Level
    words: str = ""


YES = Cell("yes")
READ = Cell("yes", "read before anything is translated")
NO_FIELD = Cell("left out", "a Swarm's services have no such setting")
HOST = Cell("refused", "a service that may run on any node gets nothing of a node's own")
NOT_YET = Cell("refused", "`shore ship` does not do this yet")
WINDOWS = Cell("left out", "only Windows containers have it")
STORED = Cell("translated", "a Swarm's own, named by its content; a change replaces it")
DEPLOY = Cell("yes")
ROLLBACK = Cell("translated", "going back takes the road of a release, by the same rule as the update")

_ROWS: tuple[tuple[str, Cell], ...] = (
    ("version name include services services.* volumes networks secrets configs", READ),
    ("models", NOT_YET),
    ("services.*.image", Cell("translated", "by digest; with `--registry none` by the image's id")),
    ("services.*.build", Cell("translated", "built, published, and named by digest")),
    ("services.*.command services.*.entrypoint", Cell("translated", "written out where secret variables leave")),
    ("services.*.working_dir services.*.user services.*.group_add services.*.hostname services.*.tty", YES),
    ("services.*.stdin_open services.*.stop_signal services.*.stop_grace_period services.*.init", YES),
    ("services.*.read_only services.*.labels services.*.cap_add services.*.cap_drop services.*.ulimits", YES),
    ("services.*.sysctls services.*.dns services.*.dns_search services.*.dns_opt services.*.extra_hosts", YES),
    ("services.*.logging", YES),
    ("services.*.environment", Cell("translated", "variables that are secrets, or hold one, become Swarm secrets")),
    ("services.*.env_file services.*.label_file services.*.profiles services.*.extends services.*.attach", READ),
    ("services.*.pull_policy services.*.pull_refresh_after services.*.develop", READ),
    ("services.*.platform", READ),
    ("services.*.domainname", Cell("translated", "part of the host name")),
    ("services.*.container_name", Cell("left out", "tasks have names of their own; the service's name resolves")),
    ("services.*.restart", Cell("translated", "always, unless-stopped and nothing become any; no becomes none")),
    ("services.*.scale", Cell("translated", "replicas")),
    ("services.*.annotations", NO_FIELD),
    ("services.*.depends_on", Cell("translated", "waves: a service changes when what it needs runs and is healthy")),
    ("services.*.healthcheck", Cell("translated", "through the script that exports, where secret variables leave")),
    ("services.*.healthcheck.start_interval", Cell("left out", "a Swarm's first check comes after one interval")),
    ("services.*.pre_start", NOT_YET),
    ("services.*.post_start services.*.pre_stop", Cell("refused", "a Swarm runs no hooks")),
    ("services.*.provider services.*.models services.*.use_api_socket services.*.credential_spec", NOT_YET),
    ("services.*.ports",
     Cell("translated", "HTTP behind the proxy; `mode: host` and other ports on the task's node; a range is refused")),
    ("services.*.ports.*.host_ip", Cell("left out", "a Swarm publishes on every address: the port is not published")),
    ("services.*.ports.*.name", Cell("left out", "nothing reads it")),
    ("services.*.ports.*.app_protocol", Cell("translated", "says whether the port is HTTP and goes behind the proxy")),
    ("services.*.expose", Cell("yes", "every port is open inside of a network")),
    ("services.*.networks", Cell("translated", "overlay networks; the service's name is an alias there")),
    ("services.*.networks.*.aliases", YES),
    ("services.*.networks.*.ipv4_address services.*.networks.*.ipv6_address", NO_FIELD),
    ("services.*.networks.*.link_local_ips services.*.networks.*.mac_address", NO_FIELD),
    ("services.*.networks.*.interface_name services.*.networks.*.gw_priority", NO_FIELD),
    ("services.*.networks.*.priority", NO_FIELD),
    ("services.*.networks.*.driver_opts", YES),
    ("services.*.network_mode", HOST),
    ("services.*.links", Cell("translated", "an order; a name of one's own is refused")),
    ("services.*.external_links", Cell("refused", "containers outside of the Swarm cannot be reached by name")),
    ("services.*.mac_address", NO_FIELD),
    ("services.*.volumes", Cell("translated", "a service stays on the node of its volumes")),
    ("services.*.volumes.*.consistency", NO_FIELD),
    ("services.*.volumes.*.bind",
     Cell("translated", "a file that is only read becomes a config; one to write to is left out; a folder is refused")),
    ("services.*.volumes.*.bind.propagation services.*.volumes.*.bind.selinux", NO_FIELD),
    ("services.*.volumes.*.bind.recursive", NO_FIELD),
    ("services.*.volumes.*.volume services.*.volumes.*.tmpfs", YES),
    ("services.*.volumes.*.volume.subpath", NOT_YET),
    ("services.*.volumes.*.image", NOT_YET),
    ("services.*.volumes_from", HOST),
    ("services.*.tmpfs services.*.shm_size", Cell("translated", "a tmpfs mount")),
    ("services.*.configs services.*.secrets", STORED),
    ("services.*.privileged services.*.devices services.*.gpus services.*.device_cgroup_rules", HOST),
    ("services.*.security_opt", Cell("translated", "no-new-privileges from API 1.46; else left out with a warning")),
    ("services.*.mem_limit services.*.mem_reservation services.*.cpus services.*.pids_limit",
     Cell("translated", "limits and reservations of `deploy.resources`")),
    ("services.*.mem_swappiness services.*.memswap_limit services.*.cpuset services.*.cpu_shares", NO_FIELD),
    ("services.*.cpu_period services.*.cpu_quota services.*.cpu_rt_period services.*.cpu_rt_runtime", NO_FIELD),
    ("services.*.oom_kill_disable services.*.oom_score_adj services.*.blkio_config", NO_FIELD),
    ("services.*.cpu_count services.*.cpu_percent services.*.isolation", WINDOWS),
    ("services.*.pid services.*.ipc services.*.uts services.*.cgroup services.*.userns_mode", HOST),
    ("services.*.cgroup_parent services.*.runtime services.*.storage_opt", NO_FIELD),
    ("services.*.deploy", DEPLOY),
    ("services.*.deploy.endpoint_mode", Cell("yes", "without it `dnsrr`")),
    ("services.*.deploy.update_config", Cell("translated", "by the update rule, which the file can change")),
    ("services.*.deploy.update_config.failure_action", Cell("translated", "always `rollback`")),
    ("services.*.deploy.rollback_config", ROLLBACK),
    ("services.*.deploy.resources.reservations.devices", HOST),
    ("services.*.deploy.resources.reservations.generic_resources", NOT_YET),
    ("networks.*", Cell("translated", "an overlay network")),
    ("networks.*.driver", Cell("translated", "always overlay, unless external")),
    ("networks.*.enable_ipv4", NO_FIELD),
    ("networks.*.ipam.config.*.ip_range networks.*.ipam.config.*.aux_addresses", NO_FIELD),
    ("volumes.*", Cell("translated", "made on the node that the service is pinned to")),
    ("volumes.*.external", Cell("translated", "the node it is on must be named: x-longshore.ship.node")),
    ("secrets.* configs.*", STORED),
    ("secrets.*.external configs.*.external", Cell("yes", "must be in the Swarm")),
    ("secrets.*.driver secrets.*.driver_opts secrets.*.template_driver configs.*.template_driver", NOT_YET),
)  # fmt: skip

CELLS: Mapping[str, Cell] = {path: cell for paths, cell in _ROWS for path in paths.split()}
"""By path; what is not named is as its parent."""


def cell_of(path: str) -> Cell:
    """The cell of an attribute; its parent's where it has none of its own."""
    while path not in CELLS:
        path = path.rpartition(".")[0]
    return CELLS[path]


def used_cells(stack: Stack) -> Iterator[tuple[Service, str, Cell]]:
    """Each attribute of a service that is left out or refused, by its dotted key; the outermost of nested ones."""
    for service in stack.services.values():
        said: list[str] = []
        for attribute, key in used_attributes(service.raw, "services.*"):
            cell = CELLS.get(attribute.path)
            if cell is None or cell.level in ("yes", "translated") or _harmless(service, key):
                continue
            if not any(key.startswith(f"{above}.") for above in said):
                said.append(key)
                yield service, key, cell


def used_beside(stack: Stack) -> Iterator[tuple[str, Place | None, Cell]]:
    """The same of networks, volumes, secrets and configs that a service uses: the whole dotted key, and the place of
    the thing that it is of."""
    parts: Mapping[str, Mapping[str, Network | Volume | FileObject]] = {
        "networks": stack.networks, "volumes": stack.volumes, "secrets": stack.secrets, "configs": stack.configs,
    }  # fmt: skip
    for part, things in parts.items():
        for attribute, key in used_attributes(stack.raw.get(part) or {}, part):
            cell, thing = CELLS.get(attribute.path), things.get(key.split(".")[0])
            if cell and thing and cell.level in ("left out", "refused"):
                yield f"{part}.{key}", thing.place, cell


def _harmless(service: Service, key: str) -> bool:
    """What is written, but asks for nothing, and what the translation words itself with more knowledge."""
    if key.endswith(".host_ip"):
        return True
    return key == "network_mode" and service.network_mode == "none"
