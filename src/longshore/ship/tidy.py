"""Images of releases that cannot be gone back to any more go from every node, and nobody else's; so do ended
containers of jobs.

A manager cannot reach the engines of other nodes. So a job of the proxy's image runs on each: its Caddy stands between
the node's own socket and the job's `wget`, which knows no sockets and no DELETE."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from urllib.parse import quote

from longshore.model import labels
from longshore.model.record import record
from longshore.ship.facts import Wanted
from longshore.ship.release import Release
from longshore.ship.routes import PROXY
from longshore.ship.settle import finished
from longshore.ship.swarm import Swarm, usable
from longshore.ship.translate import PROJECT

__all__ = ["Ended", "forget_images", "forgetting", "images_in"]

SECONDS = 120.0
SOCKET = "/var/run/docker.sock"
PORT = 8089

CADDYFILE = f"""\
{{
	admin off
	auto_https off
}}
http://:{PORT} {{
	bind 127.0.0.1
	@list path /images/json /containers/json
	handle @list {{
		reverse_proxy unix/{SOCKET}
	}}
	handle {{
		reverse_proxy unix/{SOCKET} {{
			method DELETE
		}}
	}}
}}
"""

EXITED = quote(json.dumps({"status": ["exited"]}))
SCRIPT = f"""\
set -u
printf '%s' "$0" > Caddyfile
caddy run --config Caddyfile --adapter caddyfile > said 2>&1 &
tries=0
until wget -qO there "http://127.0.0.1:{PORT}/images/json?filters=$1"; do
  tries=$((tries + 1))
  [ "$tries" -lt 100 ] || {{ tail -n 3 said >&2; exit 1; }}
  sleep 0.1
done
wget -qO ended "http://127.0.0.1:{PORT}/containers/json?all=1&filters=$4"
sed 's/}},{{"/}}\\
{{"/g' ended | grep -E "$5" | grep -vE "$6" | grep -oE '"Id":"[0-9a-f]+"' | sed 's/.*:"//; s/"//' |
while read -r one; do
  wget -qO /dev/null "http://127.0.0.1:{PORT}/containers/$one"
done
sed 's/}},{{"/}}\\
{{"/g' there | grep -vE "$2" | while read -r image; do
  names=$(printf '%s' "$image" | grep -oE '"Repo(Tags|Digests)":\\[[^]]*]' | grep -oE '"[^"]+[:@][^"]+"' |
    grep -v '<none>' | tr -d '"')
  if [ -z "$names" ]; then
    names=$(printf '%s' "$image" | grep -oE '"Id":"sha256:[0-9a-f]+"' | grep -oE 'sha256:[0-9a-f]+')
  else
    names=$(printf '%s' "$names" | grep -oE "$3")
  fi
  for name in $names; do
    wget -qO /dev/null "http://127.0.0.1:{PORT}/images/$name" && echo "removed $name"
  done
done
exit 0
"""
"""Containers first: a Swarm leaves those of a job there that is gone, and they hold their images. Without force: what
a container has stays until another release looks again."""


@record
class Ended:
    """Whose ended containers go too: those of services with these names that are none of the `there`, which are the ids
    of all services of the Swarm."""

    jobs: frozenset[str]
    there: frozenset[str]


def images_in(releases: Iterable[Release]) -> frozenset[str]:
    """What their services run, as the specs name it."""
    return frozenset(
        str(one.spec["TaskTemplate"]["ContainerSpec"]["Image"]) for release in releases for one in release.services
    )


def forgetting(project: str, proxy: str, keep: Collection[str], old: Collection[str], ended: Ended) -> dict[str, Any]:
    """The job, of the image `proxy`: of the images that were built for the project, only `keep` stay. Their names go as
    far as they are of the registry's repositories that the project has published to."""
    wanted = {"label": [f"{labels.PROJECT}={project}"]}
    stay = "|".join(sorted({f"sha256:{one.rpartition('sha256:')[2]}" for one in keep}))
    repositories = sorted({one.partition("@")[0].replace(".", r"\.") for one in (*keep, *old) if "@" in one})
    ours = f"({'|'.join(repositories) or '@'})[:@].+"
    ours_too = (f"{project}_pull-[0-9a-f]+", f"{project}_forget-images", f"{PROXY}_reload", *sorted(ended.jobs))
    jobs = f'"com.docker.swarm.service.name":"({"|".join(ours_too)})"'
    there = f'"com.docker.swarm.service.id":"({"|".join(sorted(ended.there)) or "-"})"'
    container = {
        "Image": proxy,
        "Command": [
            "/bin/sh",
            "-c",
            SCRIPT,
            CADDYFILE,
            quote(json.dumps(wanted)),
            stay,
            f"^{ours}",
            EXITED,
            jobs,
            there,
        ],
        "Dir": "/tmp",
        "Env": ["XDG_CONFIG_HOME=/tmp/config", "XDG_DATA_HOME=/tmp/data"],
        "Mounts": [{"Type": "bind", "Source": SOCKET, "Target": SOCKET}],
    }
    return {
        "Name": f"{project}_forget-images",
        "Labels": {PROJECT: project},
        "TaskTemplate": {"ContainerSpec": container, "RestartPolicy": {"Condition": "none"}},
        "Mode": {"GlobalJob": {}},
    }


async def forget_images(swarm: Swarm, job: Mapping[str, Any], auth: Mapping[str, str]) -> None:
    """Run it on every node. Raises ShoreError where one cannot."""
    nodes = frozenset(one["ID"] for one in await swarm.nodes() if usable(one))
    wanted = Wanted("old images", job["Name"], job, 0, job=True)
    await swarm.remove("service", job["Name"])
    await swarm.create_service(job, auth)
    try:
        await finished(swarm, wanted, time.monotonic() + SECONDS, nodes=nodes)
    finally:
        await swarm.remove("service", job["Name"])
