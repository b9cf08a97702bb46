"""How soon a server of a real image is ready, warm, beside the same server of the engine's own (no registry); and what
an ordinary user's ids cost: the start at which it is learned whom an entry point steps down to, and many ids.

    .venv/bin/python -m bench.image_start [--turns 9]

As root, on PostgreSQL 15 by the stand-in of scripts/base-images; users are made by useradd. Each turn is `up -d --wait`
after a `down`, its data kept; turns alternate. Writes bench/results/image-start.md."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from tests.docker.besideregistry import beside_registry, why_not
from tests.installed import Installed, shared_installation
from tests.native.image.place import Place, cleared, place_of
from tests.users import why_no_user

from bench.machine import median, table

SOURCE = "postgres:15-alpine"


def started(place: Place, *before: str) -> float:
    """Seconds of `up -d --wait`; the stack is down before and afterwards."""
    words = [*place.command, "--engine", "native", *before, "up", "-d", "--wait"]
    began = time.perf_counter()
    done = subprocess.run(words, cwd=place.folder, env=place.environment, capture_output=True, text=True)
    seconds = time.perf_counter() - began
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    place.shore("down")
    return seconds


def write(place: Place, reference: str, images: str, ids: str = "") -> None:
    service = {
        "image": reference, "volumes": ["db:/var/lib/postgresql/data"], "stop_grace_period": "20s",
        "environment": {"POSTGRES_HOST_AUTH_METHOD": "trust"},
        "healthcheck": {
            "test": ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", "postgres"], "interval": "2s", "retries": 120,
        },
    }  # fmt: skip
    if ids:
        service["x-longshore"] = {"ids": ids}
    name = f"b{os.urandom(3).hex()}"
    place.compose(json.dumps({"name": name, "services": {"db": service}, "volumes": {"db": {}}}))
    place.environment["SHORE_IMAGES"] = images


def forget(place: Place) -> None:
    """What was learned of whom entry points step down to."""
    shutil.rmtree(place.cache / "users", ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=9)
    turns = parser.parse_args().turns
    if reason := why_no_user() or why_not():
        sys.exit(f"cannot compare here: {reason}")
    with beside_registry("start-", SOURCE) as (docker, folder, registry), ExitStack() as held:
        reference = f"{registry.host}/bench/postgres:15"
        docker.give(SOURCE, reference)
        user = held.enter_context(shared_installation(f"bench{os.getpid()}"))
        rows = [*beside_provider(held, folder, reference, turns), *of_ids(held, user, reference, turns)]
    title = f"Ready from a real image: PostgreSQL 15, up -d --wait, warm, {turns} turns each, medians"
    table("image-start", title, ["what", "this", "beside", "difference", "bar"], rows)


def beside_provider(held: ExitStack, folder: Path, reference: str, turns: int) -> list[list[str]]:
    places = {}
    for images, image in (("registry", reference), ("builtin", SOURCE)):
        home = folder / f"from-{images}"
        home.mkdir()
        places[images] = place = place_of(None, home)
        held.callback(cleared, place)
        if images == "builtin":
            place.environment["XDG_CACHE_HOME"] = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
        write(place, image, images)
        started(place)
    found: dict[str, list[float]] = {name: [] for name in places}
    for _ in range(turns):
        for name, place in places.items():
            found[name].append(started(place))
    own, other = median(found["registry"]), median(found["builtin"])
    return [["image beside provider (root)", ms(own), ms(other), f"× {own / other:.2f}", "≤ 1.1"]]


def of_ids(held: ExitStack, user: Installed, reference: str, turns: int) -> list[list[str]]:
    places = {ids: place_of(user) for ids in ("one", "many")}
    for ids, place in places.items():
        held.callback(cleared, place)
        write(place, reference, "registry", ids)
        started(place)
    found: dict[str, list[float]] = {"known": [], "learned": [], "many": []}
    for _ in range(turns):
        found["known"].append(started(places["one"]))
        forget(places["one"])
        found["learned"].append(started(places["one"]))
        found["many"].append(started(places["many"]))
    known, learned, many = (median(found[name]) for name in ("known", "learned", "many"))
    return [
        ["a start that learns (one id)", ms(learned), ms(known), f"+ {ms(learned - known)}", "≤ 50 ms"],
        ["many ids beside one", ms(many), ms(known), f"+ {ms(many - known)}", "≤ 100 ms"],
    ]


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


if __name__ == "__main__":
    main()
