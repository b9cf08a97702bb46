"""The proxy that all projects of a Swarm share: made when the first route asks for it, and told of routes by a job that
puts a file into its volume. It is never replaced: that would refuse connections meanwhile."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from longshore.docker.api.errors import ApiError
from longshore.model.errors import ShoreError
from longshore.model.record import record
from longshore.ship.caddyfile import CERTIFICATES, caddyfiles
from longshore.ship.facts import Wanted
from longshore.ship.lock import alone
from longshore.ship.routes import EDGE, EDGE_NETWORK, PROXY, Piece, conflicts, from_json
from longshore.ship.secrets import content_name
from longshore.ship.settle import Sick, finished
from longshore.ship.swarm import Swarm, usable
from longshore.ship.translate import PROJECT, SERVICE

__all__ = ["EDGE_LABEL", "Edges", "Proxy", "edges_of"]

EDGE_LABEL = "longshore.edge"
PIECE = "io.longshore.routes"
"""Label of a config: the routes of which project it holds."""
ROOT, PIECES = "/etc/longshore", "/longshore"
RELOAD_SECONDS, FREE_SECONDS, LOCK_SECONDS = 120.0, 60.0, 120.0
CONSTRAINT = f"node.labels.{EDGE_LABEL}==yes"

SERVE = f"""\
until [ -e {ROOT}/$0/Caddyfile ]; do sleep 0.1; done
exec caddy run --config {ROOT}/$0/Caddyfile --adapter caddyfile --watch
"""
RELOAD = f"""\
set -eu
mkdir -p {CERTIFICATES}
for file in /run/secrets/*; do
  [ -e "$file" ] || continue
  (umask 077; cat "$file" > "{CERTIFICATES}/${{file##*/}}")
done
next="next.$(hostname)"
for file in {PIECES}/*; do
  folder="{ROOT}/${{file##*/}}"
  mkdir -p "$folder"
  cat "$file" > "$folder/$next"
  caddy validate --config "$folder/$next" --adapter caddyfile > /tmp/said 2>&1 || {{ tail -n 3 /tmp/said >&2; exit 1; }}
done
for file in {PIECES}/*; do
  mv "{ROOT}/${{file##*/}}/$next" "{ROOT}/${{file##*/}}/Caddyfile"
done
for file in {PIECES}/*; do
  read -r _ mark < "$file"
  tries=0
  until grep -qs "$mark" "{ROOT}/${{file##*/}}/caddy/autosave.json"; do
    tries=$((tries + 1))
    [ "$tries" -lt 300 ] || {{ echo "${{file##*/}} does not take its file" >&2; exit 1; }}
    sleep 0.1
  done
done
"""
"""All of a node's entries or none. Caddy looks at its file every second, and writes what is in force to its
autosave."""


@record
class Edges:
    """The nodes that the proxy runs on. `new`: the manager spoken to, which gets the label first."""

    nodes: tuple[str, ...]
    new: bool = False


def edges_of(nodes: Iterable[Mapping[str, Any]], here: str) -> Edges:
    """By their label; the manager spoken to where none has it."""
    found = tuple(one["ID"] for one in nodes if (one["Spec"].get("Labels") or {}).get(EDGE_LABEL) == "yes")
    return Edges(found) if found else Edges((here,), new=True)


class Proxy:
    """Of one Swarm. `auth` is the login for the registry that has its image."""

    def __init__(self, swarm: Swarm, say: Callable[[str], None], auth: Mapping[str, str]) -> None:
        self.swarm, self.say, self.auth = swarm, say, auth

    async def pieces(self) -> dict[str, Piece]:
        """What every project asks for, by its name."""
        found: dict[str, Piece] = {}
        for one in (await self.swarm.configs(PROXY)).values():
            owner = (one["Spec"].get("Labels") or {}).get(PIECE)
            if owner:
                found[owner] = from_json(base64.b64decode(one["Spec"]["Data"]))
        return found

    async def image(self) -> str:
        """What its services run; "" where there are none."""
        for one in await self.swarm.services(PROXY):
            return str(one["Spec"]["TaskTemplate"]["ContainerSpec"]["Image"])
        return ""

    async def network(self) -> None:
        """The network that it has in common with what is routed."""
        await self.swarm.create_network({"Name": EDGE_NETWORK, "Driver": "overlay", "Labels": {PROJECT: PROXY}})

    async def route(self, piece: Piece, image: str, edges: Edges, now: str) -> None:
        """Put a project's routes in force, and wait until every edge node has them. Without routes the project's are
        taken away. Raises ShoreError; then what was in force on a node that did not take them is so still."""
        async with alone(self.swarm, PROXY, f"routes of {piece.project}", now, self.say, patience=LOCK_SECONDS):
            pieces = {**await self.pieces(), piece.project: piece}
            for error in conflicts(piece, pieces.values(), lambda host: None):
                raise error
            files = caddyfiles(one for one in pieces.values() if one)
            if files and not image:
                raise ShoreError("the proxy is not in the Swarm any more", hint="ship from the file once")
            there = {one["Spec"]["Name"] for one in await self.swarm.services(PROXY)}
            if edges.new and files:
                for node in edges.nodes:
                    await self.swarm.label("node", node, {EDGE_LABEL: "yes"})
            for entry in files:
                if f"{PROXY}_{entry}" not in there:
                    await self.swarm.create_service(_entry(entry, image), self.auth)
            if files:
                await self._reload(files, [one for one in pieces.values() if one], image)
            await self._keep(piece)
            for name in there - {f"{PROXY}_{entry}" for entry in (*files, *([EDGE] if files else []))}:
                await self.swarm.remove("service", name)

    async def _reload(self, files: Mapping[str, str], pieces: Iterable[Piece], image: str) -> None:
        secrets, refs = await self.swarm.secrets(), []
        for name in sorted({name for one in pieces for name in one.secrets}):
            file = {"Name": name, "UID": "0", "GID": "0", "Mode": 0o400}
            if name not in secrets:
                raise ShoreError(f"the secret {name} is not in the Swarm", hint="ship its project again")
            refs.append({"File": file, "SecretName": name, "SecretID": secrets[name]["ID"]})
        configs = []
        for entry, text in files.items():
            name = content_name(PROXY, entry, text.encode())
            await self._stored(name, text.encode(), {PROJECT: PROXY})
            found = (await self.swarm.configs(PROXY))[name]
            file = {"Name": f"{PIECES}/{entry}", "UID": "0", "GID": "0", "Mode": 0o444}
            configs.append({"File": file, "ConfigName": name, "ConfigID": found["ID"]})
        job = _job(image, refs, configs)
        await self.swarm.remove("service", job["Name"])
        await self.swarm.create_service(job, self.auth)
        wanted = Wanted(PROXY, job["Name"], job, 0, job=True)
        try:
            await finished(self.swarm, wanted, time.monotonic() + RELOAD_SECONDS, nodes=await self._ready())
        except Sick as error:
            error.hint = "the routes that were in force are so still; docs/reference/ship.md, The proxy"
            raise
        finally:
            await self.swarm.remove("service", job["Name"])
            for one in configs:
                await self.swarm.remove_when_free("config", one["ConfigID"], FREE_SECONDS)

    async def _ready(self) -> frozenset[str]:
        """The edge nodes that are up."""
        found = [one for one in await self.swarm.nodes() if usable(one)]
        return frozenset(edges_of(found, "").nodes) - {""}

    async def _keep(self, piece: Piece) -> None:
        """A project has one piece; the old one goes when the new one is there."""
        name = content_name(PROXY, f"routes.{piece.project}", piece.as_json())
        if piece:
            await self._stored(name, piece.as_json(), {PROJECT: PROXY, PIECE: piece.project})
        for other, found in (await self.swarm.configs(PROXY)).items():
            if (found["Spec"].get("Labels") or {}).get(PIECE) == piece.project and (other != name or not piece):
                await self.swarm.remove("config", found["ID"])

    async def _stored(self, name: str, content: bytes, labels: Mapping[str, str]) -> None:
        try:
            await self.swarm.store("config", name, content, labels)
        except ApiError as error:
            if error.status != 409:
                raise


def _entry(entry: str, image: str) -> dict[str, Any]:
    ports = [(80, "tcp"), (443, "tcp"), (443, "udp")] if entry == EDGE else [(int(entry.removeprefix("port-")), "tcp")]
    container = {
        "Image": image,
        "Command": ["/bin/sh", "-c", SERVE, entry],
        "Env": [f"XDG_CONFIG_HOME={ROOT}/{entry}", "XDG_DATA_HOME=/data"],
        "Mounts": [_volume("config", ROOT), _volume("data", "/data")],
        "Sysctls": {"net.ipv4.tcp_retries2": "3"},
        "StopGracePeriod": 30 * 10**9,
    }
    return {
        "Name": f"{PROXY}_{entry}",
        "Labels": {PROJECT: PROXY, SERVICE: entry},
        "TaskTemplate": {
            "ContainerSpec": container,
            "RestartPolicy": {"Condition": "any", "Delay": 5 * 10**8},
            "Placement": {"Constraints": [CONSTRAINT]},
            "Networks": [{"Target": EDGE_NETWORK}],
            "LogDriver": {"Name": "json-file", "Options": {"max-size": "10m", "max-file": "3"}},
        },
        "Mode": {"Global": {}},
        "EndpointSpec": {
            "Mode": "dnsrr",
            "Ports": [
                {"Protocol": protocol, "TargetPort": port, "PublishedPort": port, "PublishMode": "host"}
                for port, protocol in ports
            ],
        },
    }


def _job(image: str, secrets: list[dict[str, Any]], configs: list[dict[str, Any]]) -> dict[str, Any]:
    container: dict[str, Any] = {
        "Image": image, "Command": ["/bin/sh", "-c", RELOAD], "Mounts": [_volume("config", ROOT)],
        "Configs": configs, **({"Secrets": secrets} if secrets else {}),
    }  # fmt: skip
    return {
        "Name": f"{PROXY}_reload",
        "Labels": {PROJECT: PROXY},
        "TaskTemplate": {
            "ContainerSpec": container,
            "RestartPolicy": {"Condition": "none"},
            "Placement": {"Constraints": [CONSTRAINT]},
        },
        "Mode": {"GlobalJob": {}},
    }


def _volume(name: str, target: str) -> dict[str, Any]:
    return {"Type": "volume", "Source": f"{PROXY}_{name}", "Target": target}
