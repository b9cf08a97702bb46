"""The steps of the workflow that `shore ship ci` writes, one after the other on a clean clone: they put the stack live
on a Swarm of one node, by ssh. LONGSHORE_LONG_CI=1 does it: minutes. LONGSHORE_TOOLS names a folder that has sshd, if
it is not installed; what is installed by pip comes from its index. How they ended is written to
bench/results/ship-ci.md."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from bench.machine import table

from tests.ship.small import python_to
from tests.ship.swarmnode import ADDRESS, swarm_node, why_not
from tests.shore import SHORE, shared_cache

LONG = "LONGSHORE_LONG_CI"
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(not os.environ.get(LONG), reason=f"{LONG}=1 plays the workflow's steps: minutes"),
]
ROOT = Path(__file__).parents[2]
SSHD = """
mount -t tmpfs tmpfs /run && mkdir /run/sshd && ln -s {socket} /run/docker.sock
cp /etc/passwd {folder}/passwd && echo 'sshd:x:64999:65534::/run/sshd:/usr/sbin/nologin' >>{folder}/passwd
mount --bind {folder}/passwd /etc/passwd
exec {sshd} -D -e -f {folder}/sshd_config
"""
"""In a mount namespace of its own: there the node's engine is at its usual place."""
CONFIG = """
ListenAddress {address}:22
HostKey {folder}/host
AuthorizedKeysFile {folder}/key.pub
PermitRootLogin prohibit-password
StrictModes no
PidFile none
"""


def run(*words: str, cwd: Path | None = None) -> str:
    return subprocess.run(words, cwd=cwd, check=True, capture_output=True, text=True).stdout


@contextmanager
def server(folder: Path, socket: Path, sshd: str) -> Iterator[None]:
    for name in ("host", "key"):
        run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name))
    (folder / "sshd_config").write_text(CONFIG.format(address=ADDRESS, folder=folder))
    script = SSHD.format(socket=socket, folder=folder, sshd=sshd)
    prefix = ["nsenter", f"--net=/var/run/netns/shoreship{os.getpid()}", "unshare", "-m", "sh", "-ec", script]
    with (folder / "sshd.log").open("w") as log:
        process = subprocess.Popen(prefix, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


Row = tuple[str, str, str, str]


def play(
    job: Mapping[str, Any], values: Mapping[str, str], clone: Path, environ: Mapping[str, str], rows: list[Row]
) -> None:
    """What a machine of GitHub's does with a job, but for its actions; `rows` tells of each step."""
    for step in job["steps"]:
        if "run" not in step or step.get("if") == "failure()":
            continue
        given = {name: values[text] for name, text in {**job.get("env", {}), **step.get("env", {})}.items()}
        began = time.monotonic()
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", step["run"]], cwd=clone, env={**environ, **given},
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        rows.append((job["name"], step["name"], str(done.returncode), f"{time.monotonic() - began:.0f} s"))
        print(*rows[-1], flush=True)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_steps_in_their_order_put_the_stack_live(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    sshd = shutil.which("sshd", path=f"{os.environ.get('LONGSHORE_TOOLS', '')}:/usr/sbin:{os.environ['PATH']}")
    reason = why_not() or ("" if sshd else "sshd is not installed (apt-get install openssh-server)")
    if reason:
        pytest.skip(reason)
    work, clone = tmp_path / "work", tmp_path / "clone"
    runner = Path(tempfile.mkdtemp(prefix="shore-ci-", dir="/var/tmp"))
    runner.chmod(0o755)  # services that are not root's live below it
    shutil.copytree(Path(__file__).parent / "site", work)
    with (work / "Dockerfile").open("a") as file:
        file.write("USER 1001\n")  # `shore verify` asks for it
    run(SHORE, "-p", "site", "ship", "ci", cwd=work)
    for words in (
        ("init", "-qb", "main"),
        ("add", "-A"),
        ("-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "x"),
    ):
        run("git", *words, cwd=work)
    run("git", "clone", "-q", str(work), str(clone))
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path / "wheels"), str(ROOT))
    jobs = yaml.safe_load((clone / ".github/workflows/ship.yml").read_text())["jobs"]
    folder = tmp_path_factory.mktemp("n")  # short: sockets lie in it
    with swarm_node(folder) as node, server(tmp_path, folder / "docker.sock", str(sshd)):
        python_to(node, "python:3.11-slim")
        values = {
            "${{ secrets.ENV_FILE }}": "", "${{ vars.DEPLOY_TO }}": f"root@{ADDRESS}",
            "${{ secrets.SSH_KEY }}": (tmp_path / "key").read_text().strip(),
            "${{ vars.SSH_KNOWN_HOSTS }}": f"{ADDRESS} {(tmp_path / 'host.pub').read_text().strip()}",
        }  # fmt: skip
        kept = {name: text for name, text in os.environ.items() if not name.startswith(("DOCKER_", "XDG_"))}
        environ = {
            **kept, "RUNNER_TEMP": str(runner), "PIP_FIND_LINKS": str(tmp_path / "wheels"), "HOME": str(runner),
            "XDG_CACHE_HOME": shared_cache(),
        }  # fmt: skip
        try:
            rows: list[Row] = []
            play(jobs["test"], values, clone, environ, rows)
            shutil.rmtree(runner / "shore")  # a job has a machine of its own
            play(jobs["ship"], values, clone, environ, rows)
            services = node.docker("service", "ls", "--format", "{{.Name}} {{.Replicas}}").splitlines()
            assert {"site_edge 1/1", "site_first 1/1", "site_web 1/1"} <= set(services)
            with urllib.request.urlopen(f"http://{ADDRESS}:18000/", timeout=30) as answer:
                assert answer.read().decode() == "1 blue-whale-1"
            rows.append(("", "the stack answers on the Swarm", "", ", ".join(services)))
            title = "The steps of the workflow that `shore ship ci` writes, in their order on a clean clone"
            table("ship-ci", title, ("job", "step", "exit code", "took"), rows)
        finally:
            _end_tunnel(runner)
            shutil.rmtree(runner, ignore_errors=True)


def _end_tunnel(runner: Path) -> None:
    """The ssh that went to the background."""
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                words = (place / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"ssh") and any(str(runner).encode() in word for word in words):
                os.kill(int(place.name), signal.SIGTERM)
