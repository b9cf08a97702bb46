"""`config` of generated files, side by side with Docker Compose: `python -m bench.config [runs]`.

Each size is run alternately with both programs; the least time of each counts, and the ratio of the two (shore's over
Docker Compose's through its `docker` command). The bars: at most 1 at 300 and 1,000 services; at most 1, or 80 ms, at
5."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = (5, 100, 300, 1000)
SHORE = [str(Path(sys.executable).with_name("shore"))]

SERVICE = """\
  service{n}:
    image: registry.invalid/team/app{n}:1.{n}
    command: ["python", "-m", "app{n}", "--port", "80"]
    environment:
      INDEX: "{n}"
      DATABASE_URL: postgres://user:password@database:5432/app{n}
      LEVEL: ${{LEVEL:-info}}
    ports:
      - "{port}:80"
    volumes:
      - data{n}:/data
      - ./source{n}:/source:ro
    depends_on:
      service{before}:
        condition: service_started
    networks: [front, back]
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost"]
      interval: 10s
      timeout: 5s
      retries: 5
    labels:
      team: core
      index: "{n}"
    restart: unless-stopped
"""


def generate(services: int) -> str:
    """A Compose file of so many services, each depending on the one before."""
    parts = ["services:\n  service0:\n    image: registry.invalid/base\n"]
    parts += [SERVICE.format(n=n, before=n - 1, port=8000 + n) for n in range(1, services)]
    volumes = "".join(f"  data{n}:\n" for n in range(1, services))
    return "".join([*parts, "networks:\n  front:\n  back:\nvolumes:\n", volumes])


def least(program: list[str], folder: str, before: float) -> float:
    """The time of one more run, or `before` if that was less."""
    began = time.perf_counter()
    subprocess.run([*program, "config", "--format", "json"], cwd=folder, stdout=subprocess.DEVNULL, check=True)
    return min(before, time.perf_counter() - began)


def main() -> int:
    """Print a line for each size; 1 when a bar is missed."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    docker = shutil.which("docker")
    missed = 0
    print("services   shore ms   docker compose ms   ratio   shore ms per service")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "compose.yaml").write_text(generate(size))
            ours = theirs = float("inf")
            for _ in range(runs):
                ours = least(SHORE, folder, ours)
                theirs = least([docker, "compose"], folder, theirs) if docker else theirs
        ratio = ours / theirs
        missed += ratio > 1 and (size > 5 or ours > 0.08)
        print(f"{size:8}   {ours * 1e3:8.0f}   {theirs * 1e3:17.0f}   {ratio:5.2f}   {ours * 1e3 / size:20.2f}")
    return min(missed, 1)


if __name__ == "__main__":
    sys.exit(main())
