"""Public Compose applications, unmodified, on the native engine: their images pulled from a mirror of Docker Hub on
this machine, which has the stand-ins of scripts/base-images by the names that the applications ask for.

    git clone https://github.com/docker/awesome-compose FOLDER
    python -m tests.native.image.publicapps FOLDER [--only flask,django]

Nothing of the applications is kept here. Writes docs/reference/public-applications.md, in which those that were not
tried this time keep their rows; exit 0 when all run."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from tests.docker import dockerd
from tests.localregistry import local_registry
from tests.native.image import twelve
from tests.native.image.place import Place, cleared, environment_in
from tests.native.image.twelveimages import IMAGES, Made

PAGE = Path(__file__).resolve().parents[3] / "docs/reference/public-applications.md"

APPLICATIONS: dict[str, tuple[str, int, str, str]] = {
    "flask": ("web", 8000, "/", "Hello World!"),
    "flask-redis": ("web", 8000, "/", "viewed 1 time"),
    "nginx-flask-mysql": ("proxy", 80, "/", "Blog post #1"),
    "nginx-flask-mongo": ("web", 80, "/", "Hello from the MongoDB client!"),
    "nginx-golang": ("proxy", 80, "/", "Hello from Docker!"),
    "nginx-golang-postgres": ("proxy", 80, "/", "Blog post #0"),
    "nginx-golang-mysql": ("proxy", 80, "/", "Blog post #0"),
    "react-express-mysql": ("frontend", 3000, "/", '<div id="root">'),
    "nginx-nodejs-redis": ("nginx", 80, "/", "Number of visits is: 1"),
    "nginx-wsgi-flask": ("nginx-proxy", 80, "/", "Hello"),
    "django": ("web", 8000, "/admin/login/", "Django administration"),
    "react-nginx": ("frontend", 80, "/", '<div id="root">'),
    "fastapi": ("api", 8000, "/", '"message":"OK"'),
    "apache-php": ("web", 80, "/", "Hello World!"),
}
"""By its folder: the service that answers, its port, what it is asked and what is in the answer."""

STANDS_IN = {
    "python:3.10-alpine": "python:3.11-slim", "python:3.7-alpine": "python:3.11-slim",
    "python:3.9.2-alpine": "python with apk", "nginx:1.13-alpine": "nginx:alpine", "nginx:latest": "nginx:alpine",
    "nginx:1.21.6": "nginx:alpine", "nginx:1.19.7-alpine": "nginx:alpine", "nginx:alpine": "nginx:alpine",
    "mongo:latest": "mongo:6.0", "redislabs/redismod:latest": "redis:7-alpine", "postgres:latest": "postgres:16-alpine",
    "node:14.17.3-alpine3.14": "node:20-alpine", "node:lts": "node:22-slim", "mariadb:10-focal": "mariadb",
    "mariadb:10.6.4-focal": "mariadb",
    "golang:1.18-alpine": "golang", "php:8.0.9-apache": "apache with php",
    "tiangolo/uvicorn-gunicorn-fastapi:python3.9-slim": "python with gunicorn",
}  # fmt: skip
"""The name in Docker Hub, and the stand-in (of scripts/base-images, of twelveimages.py or of MADE)."""

BROKEN = {
    "nginx-flask-mysql": "Flask 2.0.1 cannot be imported beside Werkzeug 3, which its requirements admit",
    "nginx-wsgi-flask": "Flask 1.1.1 cannot be imported beside Jinja2 3.1, which its requirements admit",
    "django": "environs 7.3.1 cannot be imported beside marshmallow 4, which its Python 3.7 would not get",
}
"""Why some cannot run, seen by installing what they ask for with pip alone, on no engine."""

MADE = {
    "python with apk": Made(
        "FROM python:3.11-slim\nCOPY --from=nginx:alpine /usr/local/bin/apk /usr/local/bin/\n"
        "RUN printf '#!/bin/sh\\nexec useradd -m \"$(eval echo \\\\$$#)\"\\n' >/usr/local/bin/adduser"
        " && chmod 755 /usr/local/bin/adduser\n",
        "", (), (), (), above="python:3.11-slim",
    ),
    "apache with php": Made(
        "FROM debian:bookworm-slim\nRUN apt-get update"
        " && apt-get install -y --no-install-recommends apache2 libapache2-mod-php && rm -f /var/www/html/index.html"
        " && ln -sf /dev/stdout /var/log/apache2/access.log && ln -sf /dev/stderr /var/log/apache2/error.log"
        " && printf '#!/bin/sh\\n. /etc/apache2/envvars\\nexec apache2 -DFOREGROUND\\n' >/bin/apache2-foreground"
        " && chmod 755 /bin/apache2-foreground\n"
        "ENV APACHE_CONFDIR=/etc/apache2\nSTOPSIGNAL SIGWINCH\nWORKDIR /var/www/html\nEXPOSE 80\n"
        'CMD ["apache2-foreground"]\n',
        "", (), (), (),
    ),
    "python with gunicorn": Made(
        "FROM python:3.11-slim\nRUN pip install --no-cache-dir gunicorn 'uvicorn[standard]' fastapi\n"
        "WORKDIR /app/\nENV PYTHONPATH=/app\nEXPOSE 80\n"
        'CMD exec gunicorn -k uvicorn.workers.UvicornWorker -b "0.0.0.0:${PORT:-80}" app.main:app\n',
        "", (), (), (), above="python:3.11-slim",
    ),
    "golang": Made(
        "FROM debian:bookworm-slim\nCOPY go /usr/local/go\n"
        "ENV PATH=/usr/local/go/bin:/usr/local/bin:/usr/bin:/bin GOTOOLCHAIN=local\n",
        "", (), (), (),
    ),
}  # fmt: skip


@contextlib.contextmanager
def mirror(names: Sequence[str], folder: Path) -> Iterator[str]:
    """The address of a registry that has these names of Docker Hub."""
    with contextlib.ExitStack() as held:
        docker = dockerd.Docker(held.enter_context(dockerd.running()))
        registry = held.enter_context(local_registry(folder / "registry"))
        made: dict[str, str] = {}
        for name in names:
            source = STANDS_IN[name]
            if source not in made:
                made[source] = _made(docker, source, folder)
            target = f"{registry.host}/{name if '/' in name else f'library/{name}'}"
            docker.give(made[source], target)
        yield registry.host


def _made(docker: dockerd.Docker, source: str, folder: Path) -> str:
    made = MADE.get(source) or IMAGES.get(source)
    if made is None:
        dockerd.stand_ins(docker.host, source)
        return source
    tag = f"public-apps/{re.sub('[^a-z]', '-', source)}:1"
    context = folder / "context"
    context.mkdir()
    if "COPY go " in made.dockerfile:
        root = subprocess.run(["go", "env", "GOROOT"], capture_output=True, text=True, check=True).stdout.strip()
        left_out = shutil.ignore_patterns("test", "doc", "api", "testdata")
        shutil.copytree(root, context / "go", symlinks=True, ignore=left_out)
    twelve.build(docker, made, context, tag)
    return tag


def asked_for(folder: Path) -> set[str]:
    """Names of images in an application's files, those that its target does not need too, as far as they are known."""
    text = "\n".join(path.read_text(errors="replace") for path in folder.rglob("*") if _names_images(path))
    words = re.findall(r"^(?:FROM(?: --platform=\S+)?|\s+image:)\s+['\"]?([\w./:-]+)", text, re.MULTILINE)
    whole = {word if ":" in word else f"{word}:latest" for word in words}
    return {name for name in whole if name in STANDS_IN}


def _names_images(path: Path) -> bool:
    return path.is_file() and path.name in ("Dockerfile", "compose.yaml")


def tried(place: Place, name: str) -> str:
    """What became of it: "" where it ran and answered."""
    service, port, path, wanted = APPLICATIONS[name]
    try:
        place.shore("up", "-d", "--wait", "--ports", "auto")
        address = place.shore("port", service, str(port)).strip().splitlines()[-1]
        said = _answer(f"http://{address.replace('0.0.0.0', '127.0.0.1')}{path}", wanted)
        return "" if wanted in said else f"answers {said[:200]!r}: {_last_words(place)}"
    except (AssertionError, subprocess.TimeoutExpired) as error:
        return str(error)[-1500:]
    finally:
        with contextlib.suppress(AssertionError, subprocess.TimeoutExpired):
            place.shore("down", "-v", "--rmi", "all")


def _last_words(place: Place) -> str:
    """The line that tells of an error in what the services wrote, the latest."""
    lines = place.shore("logs", "--no-color", "--tail", "40").splitlines()
    return next((line for line in reversed(lines) if "Error" in line), lines[-1] if lines else "")


def _answer(url: str, wanted: str) -> str:
    said, ends = "", time.monotonic() + 60
    while wanted not in said and time.monotonic() < ends:
        try:
            with build_opener(ProxyHandler({})).open(url, timeout=10) as answer:
                said = answer.read().decode(errors="replace")
        except OSError as error:
            said = str(error)
        time.sleep(0.3)
    return said


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(APPLICATIONS))
    args = parser.parse_args()
    found: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="apps-", dir="/var/tmp") as name:
        folder = Path(name)
        names = sorted({image for app in args.only for image in asked_for(args.folder / app)})
        with mirror(names, folder) as host:
            shore = str(Path(sys.executable).with_name("shore"))
            place = Place(folder, [shore, "--images", "registry"], environment_in(folder, _own(folder, host)))
            for app in args.only:
                shutil.copytree(args.folder / app, folder / app)
                found[app] = tried(replace(place, folder=folder / app), app)
                print(f"{app:24} {'runs' if not found[app] else found[app]}", flush=True)
            cleared(place)
    PAGE.write_text(
        page(_known() | {app: (time.strftime("%Y-%m-%d"), _outcome(app, said)) for app, said in found.items()})
    )
    return 1 if any(found.values()) else 0


def _own(folder: Path, host: str) -> dict[str, str]:
    """The environment with the mirror, as an administrator or the user writes it down."""
    config = folder / "config/containers"
    config.mkdir(parents=True)
    (config / "registries.conf").write_text(
        f'[[registry]]\nlocation = "docker.io"\n\n[[registry.mirror]]\nlocation = "{host}"\ninsecure = true\n'
    )
    return {**os.environ, "XDG_CONFIG_HOME": str(folder / "config")}


def _outcome(name: str, said: str) -> str:
    if not said:
        return "runs"
    return f"does not run: {BROKEN.get(name) or said.strip().splitlines()[-1][-300:]}"


def _known() -> dict[str, tuple[str, str]]:
    """The rows that the page has: date and outcome by application."""
    rows = (line.strip("| ").split(" | ", 2) for line in PAGE.read_text().splitlines()) if PAGE.exists() else ()
    return {row[0]: (row[1], row[2]) for row in rows if row[0] in APPLICATIONS and len(row) == 3}


def page(found: dict[str, tuple[str, str]]) -> str:
    rows = "\n".join(f"| {name} | {' | '.join(found[name])} |" for name in APPLICATIONS if name in found)
    used = "\n".join(f"| `{name}` | {source} |" for name, source in STANDS_IN.items())
    runs = sum(outcome == "runs" for _, outcome in found.values())
    return f"""# Public applications that were tried

Written by `python -m tests.native.image.publicapps`. Applications of docker/awesome-compose, unmodified, on the native
engine, each up, waited for and asked over its published port: {runs} of {len(found)} run. No registry of images could
be reached: a mirror on this machine had stand-ins by the names that they ask for (below), so other versions than they
name.

Linux {os.uname().release.split("-")[0]}

| application | tried | |
|---|---|---|
{rows}

| image | what stood in for it |
|---|---|
{used}
"""


if __name__ == "__main__":
    sys.exit(main())
