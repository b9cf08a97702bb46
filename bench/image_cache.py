"""What seven stand-ins take in one cache beside the sum of their sizes, and what is left when all are removed.

    .venv/bin/python -m bench.image_cache

As root. Sizes are those that Docker says. Writes bench/results/image-cache.md."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from tests.docker.besideregistry import beside_registry, why_not
from tests.native.image.place import cleared, place_of

from bench.machine import table

SEVEN = (
    "debian:bookworm-slim", "python:3.11-slim", "node:20-slim", "postgres:15-alpine", "postgres:16-alpine",
    "redis:7-alpine", "nginx:alpine",
)  # fmt: skip


def taken(folder: Path) -> int:
    """Bytes on disk, each file once."""
    return int(subprocess.run(["du", "-s", "-B1", folder], capture_output=True, text=True).stdout.split()[0])


def main() -> None:
    if reason := why_not():
        sys.exit(f"cannot measure here: {reason}")
    made = (name for name in SEVEN if not name.startswith("debian"))
    with beside_registry("cache-", *made) as (docker, folder, registry), ExitStack() as held:
        (folder / "p").mkdir()
        place = place_of(None, folder / "p")
        held.callback(cleared, place)
        place.environment["SHORE_IMAGES"] = "registry"
        sizes: list[int] = []
        services: dict[str, object] = {}
        for number, name in enumerate(SEVEN):
            reference = f"{registry.host}/seven/{number}:1"
            sizes.append(int(docker.ok("image", "inspect", "-f", "{{.Size}}", name)))
            docker.give(name, reference)
            services[f"s{number}"] = {"image": reference, "command": "true"}
        place.compose(json.dumps({"name": "seven", "services": services}))
        place.shore("pull")
        own = taken(place.cache)
        place.shore("down", "--rmi", "all")
        left = len(place.layers())
        parts = [path for path in (place.cache / "downloads").rglob("*") if path.is_file()]
    ratio = f"{own / sum(sizes):.2f}"
    rows = [
        ["seven stand-ins in one cache", f"{own / 1e6:.0f} MB", f"{sum(sizes) / 1e6:.0f} MB", ratio, "≤ 0.55"],
        ["layers after down --rmi all", str(left), "", "", "0"],
        ["downloads then", str(len(parts)), "", "", "0"],
    ]
    table("image-cache", "Images in one cache", ["what", "here", "sum of sizes", "ratio", "bar"], rows)


if __name__ == "__main__":
    main()
