"""A cold pull and unpacking of an image of some 500 MB beside `docker pull`, from one registry on this machine, in
alternation; what a layer's process needs; and a pull that is cut again and again.

    .venv/bin/python -m bench.image_pull [--turns 5] [--cuts 20]

`docker pull` counts with its daemon and whatever that started. Writes bench/results/image-pull-root.md."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.docker import dockerd
from tests.docker.besideregistry import beside_registry, why_not
from tests.images import TestImage, digest_of, image
from tests.localregistry import LocalRegistry

from bench.machine import median, table

SHORE = str(Path(sys.executable).with_name("shore"))
SOURCE = "postgres:15-alpine"
"""The stand-in that the layers' content is from."""
LAYERS = 5
CLOCK = os.sysconf("SC_CLK_TCK")


def contents(docker: dockerd.Docker, folder: Path) -> list[bytes]:
    """Archives of about one size, with all that the image holds."""
    container = docker.ok("create", SOURCE)
    try:
        with (folder / "tree.tar").open("wb") as file:
            words = [dockerd.CLI, "export", container]
            subprocess.run(words, stdout=file, check=True, env={**os.environ, "DOCKER_HOST": docker.host})
    finally:
        docker.ok("rm", "-v", container)
    with tarfile.open(folder / "tree.tar") as tar:
        members = [one for one in tar if not one.isdev()]
        share = sum(one.size for one in members) / LAYERS
        parts: list[Path] = []
        size = share
        written: tarfile.TarFile | None = None
        for one in members:
            if size >= share:
                if written:
                    written.close()
                parts.append(folder / f"part{len(parts)}.tar")
                written, size = tarfile.open(parts[-1], "w"), 0  # noqa: SIM115
            assert written is not None
            if one.islnk():
                continue
            written.addfile(one, tar.extractfile(one) if one.isreg() else None)
            size += one.size
        if written:
            written.close()
    return [part.read_bytes() for part in parts]


class Used:
    """Processor seconds of some processes, with those of their children that have ended."""

    def __init__(self, *pids: int) -> None:
        self._pids = pids
        self._before = self._now()

    def _now(self) -> float:
        found = 0.0
        for pid in self._pids:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            found += sum(map(int, fields[11:15])) / CLOCK
        return found

    def seconds(self) -> float:
        return self._now() - self._before


def run(words: Sequence[str], environment: dict[str, str], folder: Path) -> tuple[float, float]:
    """Wall and processor seconds of a command, with its children."""
    began = time.perf_counter()
    process = subprocess.Popen(words, env=environment, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stderr.close()
    if process.returncode:
        sys.exit(f"{' '.join(words)}: exit {process.returncode}\n{said.decode(errors='replace')}")
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime


def homes(folder: Path) -> dict[str, str]:
    kinds = {"XDG_STATE_HOME": "s", "XDG_DATA_HOME": "d", "XDG_CACHE_HOME": "c", "XDG_RUNTIME_DIR": "r"}
    return {**os.environ, **{name: str(folder / short) for name, short in kinds.items()}}


def pull_ours(folder: Path, environment: dict[str, str]) -> tuple[float, float]:
    os.sync()
    found = run([SHORE, "--engine", "native", "--images", "registry", "pull"], environment, folder)
    shutil.rmtree(folder / "c")
    return found


def pull_docker(docker: dockerd.Docker, reference: str, folder: Path, pids: Sequence[int]) -> tuple[float, float]:
    os.sync()
    used = Used(*pids)
    environment = {**os.environ, "DOCKER_HOST": docker.host}
    wall, own = run([dockerd.CLI, "pull", "-q", reference], environment, folder)
    seconds = own + used.seconds()
    docker.ok("rmi", reference)
    return wall, seconds


def daemon() -> list[int]:
    """dockerd and its containerd."""
    first = dockerd.pid_at(dockerd.home())
    children = Path(f"/proc/{first}/task/{first}/children").read_text().split()
    return [first, *(int(pid) for pid in children if "containerd" in Path(f"/proc/{pid}/comm").read_text())]


def memory(packed: bytes, folder: Path) -> int:
    """The most kB that the process of a layer has."""
    root = folder / "layer"
    root.mkdir()
    words = [sys.executable, "-S", "-P", "-m", "longshore.native.image.oci.unpack", str(root), "root"]
    source = Path(__file__).parents[1] / "src"
    with (folder / "packed").open("wb+") as file:
        file.write(packed)
        file.seek(0)
        process = subprocess.Popen(words, stdin=file, stdout=subprocess.DEVNULL, env={"PYTHONPATH": str(source)})
        peak = 0
        while process.poll() is None:
            peak = max(peak, _most(process.pid))  # what wait4 says counts ours too, from before the exec
            time.sleep(0.005)
    assert process.returncode == 0
    shutil.rmtree(root)
    return peak


def _most(pid: int) -> int:
    """The most kB that a process had so far."""
    try:
        if b"oci.unpack" not in Path(f"/proc/{pid}/cmdline").read_bytes():
            return 0
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM:")), 0)


# --- cuts ------------------------------------------------------------------------------------------------------------
class Between(BaseHTTPRequestHandler):
    """Hands requests on to the registry, and writes down from which byte each blob was asked for."""

    behind: ClassVar[str] = ""
    asked: ClassVar[list[tuple[str, int]]] = []
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._pass()

    def do_HEAD(self) -> None:
        self._pass()

    def _pass(self) -> None:
        wanted = {name: value for name, value in self.headers.items() if name.lower() in ("accept", "range")}
        if "/blobs/" in self.path:
            first = wanted.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0]
            self.asked.append((self.path.rpartition("/")[2], int(first)))
        try:
            answer = urlopen(Request(f"http://{self.behind}{self.path}", headers=wanted, method=self.command))
        except HTTPError as error:
            answer = error
        with answer:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in ("connection", "transfer-encoding"):
                    self.send_header(name, value)
            self.end_headers()
            try:
                shutil.copyfileobj(answer, self.wfile, 1 << 16)
            except OSError:
                self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def between(registry: LocalRegistry) -> Iterator[str]:
    Between.behind = registry.host
    with ThreadingHTTPServer(("127.0.0.1", 0), Between) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def cut(made: TestImage, folder: Path, environment: dict[str, str], times: int, whole: float) -> tuple[int, int]:
    """Kill a pull at so many moments, each going on from the last; how many requests came, and how many bytes of them
    were on disk already."""
    parts, twice, requests = folder / "c/longshore/downloads/blobs", 0, 0
    config = made.id
    for number in range(times + 1):
        there = {path.name: path.stat().st_size for path in parts.glob("*")} if parts.exists() else {}
        Between.asked.clear()
        words = [SHORE, "--engine", "native", "--images", "registry", "pull"]
        process = subprocess.Popen(
            words, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        if number < times:
            time.sleep(random.uniform(0.3, 0.3 + 2 * whole / times))
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        elif process.wait():
            sys.exit("the last pull failed")
        blobs = [(digest, first) for digest, first in Between.asked if digest != config]
        requests += len(blobs)
        twice += sum(max(0, there.get(digest.partition(":")[2], 0) - first) for digest, first in blobs)
    return requests, twice


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--cuts", type=int, default=20)
    args = parser.parse_args()
    if reason := why_not():
        sys.exit(f"cannot compare here: {reason}")
    with beside_registry("pull-", SOURCE) as (docker, folder, registry):
        archives = contents(docker, folder)
        made = image(*archives, config={"Cmd": ["postgres"]})
        much = sum(map(len, archives)) / 1e6
        reference = registry.push(made, "bench/big:1")
        environment = homes(folder)
        (folder / "compose.yaml").write_text(json.dumps({"services": {"web": {"image": reference}}}))
        pids = daemon()
        ours, theirs = [], []
        for turn in range(args.turns):
            ours.append(pull_ours(folder, environment))
            theirs.append(pull_docker(docker, reference, folder, pids))
            print(f"{turn + 1}: {ours[-1]} {theirs[-1]}", file=sys.stderr, flush=True)
        biggest = max(made.layers, key=lambda digest: len(made.blobs[digest]))
        peak = memory(made.blobs[biggest], folder)
        with between(registry) as host:
            (folder / "compose.yaml").write_text(json.dumps({"services": {"web": {"image": f"{host}/bench/big:1"}}}))
            requests, twice = cut(made, folder, environment, args.cuts, median([wall for wall, _ in ours]))
        layers = len(archives)
        assert all(digest_of(data) in made.diff_ids for data in archives)
    rows = []
    for what, place, bar in (("wall", 0, "≤ 0.9"), ("processor", 1, "≤ 0.75")):
        one, other = (median([turn[place] for turn in turns]) for turns in (ours, theirs))
        rows.append([what, f"{one:.1f} s", f"{other:.1f} s", f"{one / other:.2f}", bar])
    rows.append(["memory of a layer's process", f"{peak / 1024:.0f} MB", "", "", "≤ 40 MB"])
    rows.append([f"bytes asked for twice, {args.cuts} cuts, {requests} requests", str(twice), "", "", "0"])
    title = f"A cold pull of {much:.0f} MB in {layers} layers beside docker pull ({args.turns} turns each, medians)"
    table("image-pull-root", title, ["what", "shore", "docker", "ratio", "bar"], rows)


if __name__ == "__main__":
    main()
