"""The table's cases on the native engine. As a program (for an ordinary user): a JSON line for each of the cases that
are named, or for all. With `--differences` (as root) it writes `differences.jsonl`, what is answered otherwise on
purpose."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from longshore.engine.base import BuildOptions
from longshore.model.errors import ShoreError
from longshore.model.healthcheck import HealthCheck
from longshore.model.service import Build, BuildSecret
from longshore.model.stack import FileObject, Stack
from longshore.native.image.build.builder import build_image
from longshore.native.image.model import Image, ImageConfig
from longshore.native.image.store.images import ImageStore
from longshore.native.image.store.tree import LayerTree
from tests.native.image.buildkit.answer import Node, changes, differences, letter, ordered, words_of
from tests.native.image.buildkit.case import BASE, FILES, Case, write_tree
from tests.native.image.buildkit.cases import CASES
from tests.native.image.buildkit.cases.downloads import DOWNLOADS, MODIFIED

__all__ = ["Natively", "base_tree", "config_of", "file_server"]

NANO = 1e9


class Natively:
    """Builds cases in one store; `scratch` holds their contexts, `url` is where `DOWNLOADS` are given out."""

    def __init__(self, store: ImageStore, scratch: Path, url: str) -> None:
        self.store, self.scratch, self.url = store, scratch, url
        self._base: Image | None = None
        self.nodes: dict[str, Node] = {}
        """The tree of `base`, once that is built."""

    async def base(self) -> Image:
        """The image `base`, built when it is first asked for."""
        if self._base is None:
            self._base = await self._build(Case("base", BASE), "base")
            self.nodes = base_tree(self._base)
        return self._base

    async def answer(self, case: Case) -> dict[str, Any]:
        """The tree's differences and the configuration, or the refusal and its line."""
        base = await self.base()
        try:
            if case.made:
                await self._build(Case(f"{case.name}.made", case.made, case.files), "made")
            image = await self._build(case, f"case-{case.name}")
        except ShoreError as error:
            line = error.place.line if error.place else 0
            return {"refused": error.what.replace(self.url, FILES), "line": line}
        config = changes(config_of(image.config), config_of(base.config))
        return {"tree": differences(_changed(image, base), self.nodes), "config": config}

    async def _build(self, case: Case, tag: str) -> Image:
        context = self.scratch / case.name / "context"
        write_tree(context, case.files)
        for name, files in case.named.items():
            write_tree(self.scratch / case.name / name, files)
        dockerfile = self.scratch / case.name / "Dockerfile"
        dockerfile.write_text(case.dockerfile.replace(FILES, self.url), newline="")
        build = Build(
            str(context),
            dockerfile=str(dockerfile),
            args=case.args,
            target=case.target or None,
            labels=case.labels,
            network=case.network or None,
            extra_hosts=case.hosts,
            secrets=tuple(BuildSecret(name) for name in case.secrets),
            additional_contexts={name: str(self.scratch / case.name / name) for name in case.named},
        )
        secrets = {name: FileObject(name, name, content=text) for name, text in case.secrets.items()}
        stack = Stack("table", "/", secrets=secrets)
        return await build_image(self.store, build, tag, BuildOptions(), lambda _: None, "web", stack)


def base_tree(image: Image) -> dict[str, Node]:
    tree = LayerTree(image.layers)
    return dict(_nodes(tree, [f"/{path}" for path, _, _ in tree.walk("/")]))


def _changed(image: Image, base: Image) -> dict[str, Node | None]:
    """What the layers above the base touch, as it is in the end."""
    if image.layers[: len(base.layers)] == base.layers:
        layers, before = image.layers[len(base.layers) :], LayerTree(base.layers)
    else:
        layers, before = image.layers, LayerTree(())
    tree = LayerTree(image.layers)
    paths: set[str] = set()
    for layer in layers:
        for directory, names, files in os.walk(layer):
            here = directory[len(layer) :]
            paths.update(f"{here}/{name}" for name in (*names, *files))
            if here and before.is_dir(here):
                paths.update(f"{here}/{name}" for name in before.listdir(here))
    found = dict(_nodes(tree, sorted(paths)))
    return {path: found.get(path) for path in paths}


def _nodes(tree: LayerTree, paths: list[str]) -> Iterator[tuple[str, Node]]:
    first: dict[tuple[int, int], str] = {}
    for path in paths:
        parent = path.rpartition("/")[0]
        real = tree.real(path, last=False) if not parent or tree.resolve(parent) == parent else None
        if real is None:
            continue
        info = os.lstat(real)
        kind = letter(info.st_mode)
        same = ""
        if kind == "f" and info.st_nlink > 1:
            name = first.setdefault((info.st_dev, info.st_ino), path)
            same = "" if name == path else name
        yield path, Node(
            kind, info.st_mode & 0o7777, info.st_uid, info.st_gid, int(info.st_mtime),
            content=Path(real).read_bytes() if kind == "f" else b"",
            link=str(Path(real).readlink()) if kind == "l" else "",
            same=same,
        )  # fmt: skip


def config_of(config: ImageConfig) -> dict[str, Any]:
    return words_of({
        "env": [f"{name}={value}" for name, value in config.env.items()],
        "entrypoint": list(config.entrypoint), "cmd": list(config.cmd), "workdir": config.working_dir.rstrip("/"),
        "user": config.user, "ports": ordered(config.exposed), "volumes": ordered(config.volumes),
        "labels": dict(config.labels), "stop": config.stop_signal,
        "shell": list(config.shell) if config.shell != ("/bin/sh", "-c") else [],
        "health": _health(config.healthcheck), "onbuild": list(config.onbuild),
    })  # fmt: skip


def _health(check: HealthCheck | None) -> dict[str, Any]:
    if check is None:
        return {}
    return words_of({
        "test": list(check.test), "interval": check.interval or 0, "timeout": check.timeout or 0,
        "start_period": check.start_period or 0, "start_interval": check.start_interval or 0,
        "retries": check.retries or 0,
    })  # fmt: skip


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        content = DOWNLOADS.get(self.path.partition("?")[0])
        self.send_response(200 if content is not None else 404)
        self.send_header("Last-Modified", MODIFIED)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def file_server() -> Iterator[str]:
    """Gives out `DOWNLOADS` on a free port of loopback."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


async def _answers(cases: Sequence[Case]) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    with tempfile.TemporaryDirectory() as scratch, file_server() as url:
        natively = Natively(ImageStore(), Path(scratch), url)
        for case in cases:
            yield case.name, await natively.answer(case)


async def _write_differences() -> None:
    from tests.native.image.buildkit.recorded import write_ours

    differing = [case for case in CASES if case.differs]
    write_ours({name: answer async for name, answer in _answers(differing)}, time.strftime("%Y-%m-%d"))


async def _print(names: Sequence[str]) -> None:
    async for name, answer in _answers([case for case in CASES if case.name in names or not names]):
        print(json.dumps({"name": name, **answer}), flush=True)


if __name__ == "__main__":
    os.umask(0o022)
    asyncio.run(_write_differences() if sys.argv[1:] == ["--differences"] else _print(sys.argv[1:]))
