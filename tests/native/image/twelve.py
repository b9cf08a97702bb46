"""Twelve real images as root, as an ordinary user of one id (who has no subordinate ids at all) and of many: healthy,
exec, restart, down, and the data there again.

    python -m tests.native.image.twelve [--images redis,nginx] [--as root,one,many]

The images are built by the private dockerd and pulled from a registry on this machine. As all three, their rows are
written to docs/reference/real-images-tried.md, where others stay as they are. Exit 0 when every cell held."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from tests.docker import besideregistry, dockerd
from tests.installed import Installed, install
from tests.localregistry import LocalRegistry
from tests.native.image import muslbusybox
from tests.native.image.place import Place, cleared, place_of
from tests.native.image.twelveimages import IMAGES, STATIC, Made
from tests.users import add_user, remove_user, why_no_user

__all__ = ["KINDS", "build", "tried", "why_not"]

KINDS = ("root", "one", "many")
PAGE = Path(__file__).resolve().parents[3] / "docs/reference/real-images-tried.md"
STAYS = "it stays"


def why_not() -> str:
    """Why the table cannot be made here, "" when it can."""
    missing = [name for name in ("gosu", "go") if shutil.which(name) is None]
    needs = f"{', '.join(missing)} not installed" if missing else ""
    return why_no_user() or besideregistry.why_not() or muslbusybox.why_not() or needs


@contextlib.contextmanager
def stock() -> Iterator[Callable[[str], str]]:
    """A registry of its own: makes an image and puts it there; its reference."""
    with besideregistry.beside_registry("twelve-") as (docker, folder, registry):
        yield lambda name: _put(docker, registry, name, folder)


def _put(docker: dockerd.Docker, registry: LocalRegistry, name: str, folder: Path) -> str:
    if IMAGES[name].above:
        dockerd.stand_ins(docker.host, IMAGES[name].above)
    made, plain = IMAGES[name], "".join(letter if letter.isalnum() else "-" for letter in name).strip("-").lower()
    reference = f"{registry.host}/tried/{plain}:1"
    context = folder / plain
    context.mkdir()
    build(docker, made, context, reference)
    docker.give(reference, reference)
    return reference


def build(docker: dockerd.Docker, made: Made, context: Path, reference: str) -> None:
    """Build the image in a folder that is gone afterwards."""
    (context / "Dockerfile").write_text(made.dockerfile.replace("{above}", made.above))
    for file, text in made.files.items():
        (context / file).parent.mkdir(exist_ok=True)
        (context / file).write_text(text)
    for word, bring in BROUGHT.items():
        if word in made.dockerfile:
            bring(context)
    environment = {**os.environ, "DOCKER_HOST": docker.host, "DOCKER_BUILDKIT": "1"}
    words = [dockerd.CLI, "build", "-q", "--network=host", "-t", reference, str(context)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    shutil.rmtree(context)


def _gosu(context: Path) -> None:
    shutil.copy(shutil.which("gosu") or "", context / "gosu")


def _static(context: Path) -> None:
    (context / "main.go").write_text(STATIC)
    words = ["go", "build", "-ldflags=-s -w", "-o", "app", "main.go"]
    subprocess.run(words, cwd=context, check=True, env={**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod"})


def _busybox(context: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="busybox-", dir="/var/tmp") as folder:
        (context / "busybox.tar").write_bytes(muslbusybox.busybox_root(Path(folder)))


BROUGHT = {"gosu": _gosu, " app /app": _static, "busybox.tar": _busybox}
"""What a Dockerfile takes from its context, by a word in it, and how it comes there."""


class Failed(AssertionError):
    """What did not hold, and at which step."""


def lived(place: Place, reference: str, made: Made, kind: str) -> dict[str, float]:
    """The life of a service from the image; the seconds of each step. Failed."""
    name = f"t{os.urandom(3).hex()}"
    service = {
        "image": reference, "hostname": "kept", "volumes": [f"data:{made.data}"], "environment": dict(made.environment),
        "stop_grace_period": "20s",
        "healthcheck": {"test": ["CMD", *made.health], "interval": "1s", "timeout": "20s", "retries": 240},
    }  # fmt: skip
    if made.command:
        service["command"] = list(made.command)
    if kind == "many":
        service["x-longshore"] = {"ids": "many"}
    place.compose(json.dumps({"name": name, "services": {"web": service}, "volumes": {"data": {}}}))
    times: dict[str, float] = {}

    def step(what: str, *words: str) -> str:
        began = time.monotonic()
        try:
            said = place.shore(*words)
        except (AssertionError, subprocess.TimeoutExpired) as error:
            logs = subprocess.run(
                [*place.command, "--engine", "native", "logs", "--tail", "15"],
                cwd=place.folder, env=place.environment, capture_output=True, text=True,
            ).stdout  # fmt: skip
            raise Failed(f"{what}: {error}\n{logs}") from None
        times[what] = times.get(what, 0) + time.monotonic() - began
        return said

    def there(what: str) -> None:
        if STAYS not in (said := step("exec", "exec", "-T", "web", *made.kept)):
            raise Failed(f"{what}: the data are not there: {said}")

    step("pull", "--images", "registry", "pull")
    step("up", "up", "-d", "--wait")
    step("exec", "exec", "-T", "web", *made.keep)
    there("exec")
    step("restart", "restart", "web")
    step("up again", "up", "-d", "--wait")
    there("restart")
    step("down", "down")
    step("up again", "up", "-d", "--wait")
    there("down and up")
    (row,) = (json.loads(line) for line in place.shore("ps", "--format", "json").splitlines())
    if (row["State"], row["Health"]) != ("running", "healthy"):
        raise Failed(f"ps says {row['State']}, {row['Health']}")
    step("down", "down", "-v", "--rmi", "all")
    if place.layers():
        raise Failed(f"after down --rmi all {len(place.layers())} layers are left")
    return times


@contextlib.contextmanager
def users(kinds: Sequence[str]) -> Iterator[dict[str, Installed | None]]:
    """Who runs each kind: an ordinary user without and one with subordinate ids, who share one installation."""
    if set(kinds) <= {"root"}:
        yield {"root": None}
        return
    one, many = add_user("tried", subordinate=False), add_user("tried")
    try:
        installed = install(one)
        one.home.chmod(0o755)  # so that the other can run it too
        yield {"root": None, "one": installed, "many": replace(installed, user=many)}
    finally:
        for user in (one, many):
            remove_user(user)


def tried(names: Sequence[str], kinds: Sequence[str]) -> dict[str, dict[str, str]]:
    """What came of each image under each kind: "" where all held."""
    found: dict[str, dict[str, str]] = {name: {} for name in names}
    with stock() as put, users(kinds) as who, tempfile.TemporaryDirectory(dir="/var/tmp") as scratch:
        for name in names:
            reference = put(name)
            for kind in kinds:
                folder = Path(scratch, f"{os.urandom(3).hex()}")
                folder.mkdir()
                place = place_of(who[kind], folder)
                try:
                    times = lived(place, reference, IMAGES[name], kind)
                    found[name][kind] = ""
                    said = ", ".join(f"{what} {seconds:.1f}" for what, seconds in times.items())
                except Failed as failed:
                    found[name][kind] = said = str(failed)
                finally:
                    cleared(place)
                print(f"{name:20} {kind:5} {'holds' if not found[name][kind] else 'FAILS'}  {said}", flush=True)
    return found


def _known() -> dict[str, list[str]]:
    """The rows that the page has, by image."""
    rows = (line.strip("| ").split(" | ") for line in PAGE.read_text().splitlines()) if PAGE.exists() else ()
    return {row[0]: row[1:] for row in rows if row[0] in IMAGES and len(row) == 5}


def page(found: dict[str, dict[str, str]]) -> str:
    today = time.strftime("%Y-%m-%d")
    new = {name: [today, *("no" if cells[kind] else "yes" for kind in KINDS)] for name, cells in found.items()}
    rows = {name: row for name, row in (_known() | new).items() if name in IMAGES}
    held = sum(cell == "yes" for row in rows.values() for cell in row[1:])
    return HEAD.format(
        held=held, all=3 * len(rows), kernel=platform.release().split("-")[0], python=platform.python_version(),
        rows="\n".join(f"| {name} | {' | '.join(rows[name])} |" for name in IMAGES if name in rows),
    )  # fmt: skip


HEAD = """# Real images that were tried

Written by `python -m tests.native.image.twelve`. {held} of {all} held: pulled from a registry,
healthy, `exec` writes, `restart`, `down` and `up`, each time with the data there again, `down -v --rmi all` with
nothing left.

*root* as root; *one* as an ordinary user without any subordinate ids on the machine (`useradd -K SUB_UID_COUNT=0`);
*many* as an ordinary user by `x-longshore: {{ids: many}}`. The images are made here in docker-library's patterns
(tests/native/image/twelveimages.py), as no registry of images could be reached: Debian's servers, the real `gosu` and
`setpriv`, a static Go program, busybox on musl.

Linux {kernel}, Python {python}

| image | tried | root | one | many |
|---|---|---|---|---|
{rows}
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=lambda text: text.split(","), default=list(IMAGES))
    parser.add_argument("--as", dest="kinds", type=lambda text: text.split(","), default=list(KINDS))
    args = parser.parse_args()
    if reason := why_not():
        print(f"cannot be tried here: {reason}", file=sys.stderr)
        return 1
    found = tried(args.images, args.kinds)
    if args.kinds == list(KINDS):
        PAGE.write_text(page(found))
    bad = [f"{name} as {kind}" for name, cells in found.items() for kind, said in cells.items() if said]
    print(f"fails: {', '.join(bad)}" if bad else "all held")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
