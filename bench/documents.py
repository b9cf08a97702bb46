"""The figures that two of the five documents state beside what is measured here: the sizes of the gallery's images
(its row B9), and the assistant's times and memory (its row E7). Production form, natively and on Docker.

    .venv/bin/python -m bench.documents

As root. Natively the first build begins with an empty cache, so all that it downloads is in it; on Docker with the base
images there and nothing built. A start counts only where every service is found to be healthy. On Docker here the base
images are stand-ins (scripts/base-images), so what an image takes beyond its base is said too."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.docker import dockerd
from tests.e2e import assistant_stack, gallery_stack
from tests.shore import Shore

from bench.machine import table, timed
from bench.stack_start import memory

ASSISTANT = tuple(word for file in assistant_stack.FORMS["production"] for word in ("-f", file))
E7 = (
    ("first build", "2-3 min"), ("build after a change of code", "30 s"),
    ("start, until all is healthy", "5-10 s, ready after 10 s"), ("migrations of an empty database", "1-2 s"),
    ("memory of all processes", "300 MB"),
)  # fmt: skip
B9 = {"frontend": ("nginx:alpine", 50), "backend": ("python:3.11-slim", 200), "db": ("", 250)}
"""Of the gallery's services: what the image lies on, where its own part is of interest, and the megabytes stated."""
BASES = ("python:3.11-slim", "node:20-alpine", "node:20-slim", "nginx:alpine", "postgres:16-alpine")


@contextmanager
def given(stack: str, engine: str, host: str = "") -> Iterator[Shore]:
    """`shore` for a private copy of the stack's tree, with a cache of its own; taken down in the end, images too."""
    with tempfile.TemporaryDirectory(prefix="shore-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        tree = folder / "tree"
        if stack == "assistant":
            assistant_stack.copy_of_the_stack(tree, "production")
        else:
            gallery_stack.write_env(gallery_stack.copy_of_the_stack(tree))
        extra = {"DOCKER_HOST": host} if host else {}
        shore = Shore(tree, folder, engine, f"{stack}-figures", extra=extra, cache=str(folder / "cache"))
        try:
            yield shore
        finally:
            shore.run(*(ASSISTANT if stack == "assistant" else ()), "down", "-v", "--rmi", "local", "-t", "2")


def assistant(shore: Shore) -> list[str]:
    """E7's figures, in the order of the table."""
    anew = ["--no-cache"] if shore.engine == "docker" else []
    first = timed(lambda: shore.ok(*ASSISTANT, "build", *anew, timeout=900))
    with (shore.folder / "assistant/api/main.py").open("a") as code:
        code.write("\nCHANGED = 1\n")
    again = timed(lambda: shore.ok(*ASSISTANT, "build", timeout=900))
    up = (*ASSISTANT, "up", "-d", "--wait", "--ports", "auto")
    shore.ok(*up)
    shore.ok(*ASSISTANT, "down")
    start = timed(lambda: shore.ok(*up))
    rows = [json.loads(line) for line in shore.ok(*ASSISTANT, "ps", "--format", "json").out.splitlines()]
    assert len(rows) > 2
    assert {row["Health"] for row in rows if row["State"] == "running"} == {"healthy"}, rows
    taken = memory(shore.ok(*ASSISTANT, "top").out)
    shore.ok(*ASSISTANT, "down")
    database = shore.folder / "data/assistant.db"
    database.unlink()
    migrate = (*ASSISTANT, "run", "--rm", "--no-deps", "-T", "api", "python", "-m", "assistant.migrate")
    migrated = timed(lambda: shore.ok(*migrate))
    assert database.stat().st_size
    return [*(f"{seconds:.1f} s" for seconds in (first, again, start, migrated)), f"{taken / 1e6:.0f} MB"]


def sizes(host: str, shore: Shore) -> Iterator[list[str]]:
    """A row for each of the gallery's images, by what Docker says that they take."""
    docker = dockerd.Docker(host)

    def size(image: str) -> int:
        return int(docker.ok("image", "inspect", "-f", "{{.Size}}", image))

    shore.ok("up", "-d", "--wait", "--ports", "auto", "--build", timeout=900)
    images = {row["Service"]: row["Image"] for row in shore.ps()}
    for service, (base, stated) in B9.items():
        taken = size(images[service])
        own = f", {(taken - size(base)) / 1e6:.0f} MB of it over {base}" if base else ""
        yield [f"B9: image of {service}", f"{stated} MB", "", f"{taken / 1e6:.0f} MB{own}"]


def measured() -> Iterator[Sequence[str]]:
    """The table's rows."""
    with given("assistant", "native") as shore:
        natively = assistant(shore)
    reason = dockerd.why_not()
    if reason:
        for (what, stated), native in zip(E7, natively, strict=True):
            yield [f"E7: {what}", stated, native, f"not measured: {reason}"]
        return
    with dockerd.running() as host:
        dockerd.stand_ins(host, *BASES)
        with given("assistant", "docker", host) as shore:
            there = assistant(shore)
        for (what, stated), native, docker in zip(E7, natively, there, strict=True):
            yield [f"E7: {what}", stated, native, docker]
        with given("gallery", "docker", host) as shore:
            yield from sizes(host, shore)


def main() -> None:
    rows = list(measured())
    table("documents", "What two documents state, and what is measured here", ["", "stated", "native", "Docker"], rows)


if __name__ == "__main__":
    main()
