"""Where a build's files come from: other contexts, images, the network, an inline Dockerfile."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from longshore.engine.base import BuildOptions
from longshore.model.errors import ShoreError
from longshore.model.service import Build, Service
from longshore.model.stack import Stack
from longshore.native.image.build.builder import build_image
from longshore.native.image.store.images import ImageStore
from longshore.native.image.store.tree import LayerTree
from tests.native.image.conftest import Workshop

pytestmark = pytest.mark.e2e


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web server on this machine: its address and its directory."""
    root = tmp_path / "site"
    root.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", root
    server.shutdown()
    server.server_close()


async def test_add_from_the_network(workshop: Workshop, site: tuple[str, Path], image_cache: Path) -> None:
    address, root = site
    (root / "tool.bin").write_text("one")
    digest = hashlib.sha256(b"one").hexdigest()
    text = f"FROM scratch\nADD --checksum=sha256:{digest} {address}/tool.bin /bin/\n"
    image = await workshop.build(text)
    found = LayerTree(image.layers).real("/bin/tool.bin")
    assert found is not None
    assert (Path(found).read_text(), Path(found).stat().st_mode & 0o777) == ("one", 0o600)

    (root / "tool.bin").write_text("two")
    await workshop.build(text)
    assert workshop.done == {}, "what has the right digest is not fetched again"
    plain = f"FROM scratch\nADD {address}/tool.bin /t\n"
    assert LayerTree((await workshop.build(plain)).layers).read_text("/t") == "two"
    with pytest.raises(ShoreError, match="its digest is sha256:"):
        await workshop.build(text.replace(digest, "0" * 64))
    with pytest.raises(ShoreError, match="cannot download"):
        await workshop.build(f"FROM scratch\nADD {address}/missing /m\n")

    offline = Workshop(ImageStore(image_cache, offline=True), workshop.context)
    assert LayerTree((await offline.build(plain)).layers).read_text("/t") == "two"
    with pytest.raises(ShoreError, match="offline"):
        await offline.build(f"FROM scratch\nADD {address}/other /o\n")


async def test_additional_contexts(workshop: Workshop, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "lib.py").write_text("shared")
    (shared / ".dockerignore").write_text("*.log\n")
    (shared / "a.log").write_text("left out")
    base = await workshop.build("FROM debian:bookworm-slim\nRUN echo base > /base\n", tag="p-base")
    stack = Stack("p", "/", services={"base": Service("base")})
    text = """\
FROM base AS start
COPY --from=common . /common/
RUN --mount=type=bind,from=common,target=/c cat /c/lib.py > /bound
COPY --from=other /etc/debian_version /version
"""
    contexts = {"common": str(shared), "base": "service:base", "other": "docker-image://debian:bookworm-slim"}
    image = await workshop.build(text, stack=stack, additional_contexts=contexts)
    tree = LayerTree(image.layers)
    assert image.layers[: len(base.layers)] == base.layers
    assert sorted(tree.listdir("/common")) == [".dockerignore", "lib.py"]
    assert (tree.read_text("/bound"), tree.read_text("/version")[:3]) == ("shared", "12.")


async def test_an_inline_dockerfile_and_no_cache(workshop: Workshop) -> None:
    workshop.file("f", "x")
    inline = "FROM scratch\nCOPY f /f\n"
    build = Build(str(workshop.context), dockerfile_inline=inline)
    first = await build_image(workshop.store, build, "t", BuildOptions(), workshop.events.append, "w", Stack("p", "/"))
    workshop.events.clear()
    again = BuildOptions(no_cache=True)
    second = await build_image(workshop.store, build, "t", again, workshop.events.append, "w", Stack("p", "/"))
    assert workshop.done == {"COPY f /f": "no cache is wanted"}
    assert first.layers == second.layers, (
        "the step came to the same once more: a layer that somebody may stand on stays"
    )
    assert Path(first.layers[-1]).is_dir()
    found = workshop.store.find("t")
    assert found is not None
    assert found.id == second.id


async def test_the_ignore_file_beside_the_dockerfile_wins(workshop: Workshop) -> None:
    workshop.file("a", "a")
    workshop.file("b", "b")
    workshop.file(".dockerignore", "a\n")
    (workshop.context.parent / "context.Dockerfile.dockerignore").write_text("b\n.dockerignore\n")
    image = await workshop.build("FROM scratch\nCOPY . /\n")
    assert sorted(LayerTree(image.layers).listdir("/")) == ["a"]


async def test_a_stage_that_fails_ends_the_other_that_runs_beside_it(workshop: Workshop) -> None:
    text = """\
FROM debian:bookworm-slim AS slow
RUN sleep 97.25
FROM debian:bookworm-slim AS fails
RUN sleep 0.3; exit 3
FROM scratch
COPY --from=slow /x /x
COPY --from=fails /y /y
"""
    with pytest.raises(ShoreError, match="code 3"):
        await workshop.build(text)


async def test_the_working_directory_the_user_and_the_arguments_of_a_base_go_on(workshop: Workshop) -> None:
    text = """\
FROM debian:bookworm-slim AS a
WORKDIR /w
USER 1001
ARG X=1
FROM a
RUN pwd > /tmp/pwd; id -u > /tmp/id; echo "${X:-unset}" > /tmp/x
"""
    tree = LayerTree((await workshop.build(text)).layers)
    assert [tree.read_text(f"/tmp/{name}") for name in ("pwd", "id", "x")] == ["/w\n", "1001\n", "1\n"]


async def test_an_unknown_user_of_run_is_told_with_its_line(workshop: Workshop) -> None:
    with pytest.raises(ShoreError, match="nobody-here") as caught:
        await workshop.build("FROM debian:bookworm-slim\nUSER nobody-here\nRUN true\n")
    assert caught.value.place is not None
    assert caught.value.place.line == 3
