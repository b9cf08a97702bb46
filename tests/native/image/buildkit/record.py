"""Asks BuildKit about every case of the table and writes down its answers, `answers.jsonl`. Run as root, with Go and
runc:

python -m tests.native.image.buildkit.record [NAME…]

It takes a few minutes, the first time some more: BuildKit is built from its Go module. With names only those cases are
asked anew. No test needs it."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
import os
import re
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from longshore.native.image.model import Image
from longshore.native.image.store.images import ImageStore
from longshore.native.image.store.tree import LayerTree
from tests.native.image.buildkit.answer import Node, changes, differences, ordered, words_of
from tests.native.image.buildkit.case import FILES, Case, write_tree
from tests.native.image.buildkit.cases import CASES
from tests.native.image.buildkit.daemon import VERSION, BuildKit, running
from tests.native.image.buildkit.natively import NANO, Natively, base_tree, config_of, file_server

ANSWERS = Path(__file__).with_name("answers.jsonl")
HOME = Path("/var/tmp/longshore-tests/buildkit")
TYPES = {tarfile.REGTYPE: "f", tarfile.DIRTYPE: "d", tarfile.SYMTYPE: "l", tarfile.FIFOTYPE: "p", tarfile.CHRTYPE: "c",
         tarfile.BLKTYPE: "b", tarfile.AREGTYPE: "f"}  # fmt: skip
NO_SESSION = "no active session"
WHITEOUT, OPAQUE = ".wh.", ".wh..wh..opq"


class Layout:
    """An OCI layout on disk: blobs by digest, and what its index names."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def blob(self, digest: str) -> Path:
        return self.place / "blobs" / digest.replace(":", "/")

    def add(self, content: bytes) -> dict[str, Any]:
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        self.blob(digest).parent.mkdir(parents=True, exist_ok=True)
        self.blob(digest).write_bytes(content)
        return {"digest": digest, "size": len(content)}

    def manifest(self) -> tuple[str, dict[str, Any]]:
        """The digest and the content of the manifest that was written last."""
        digest = json.loads((self.place / "index.json").read_text())["manifests"][-1]["digest"]
        return digest, json.loads(self.blob(digest).read_text())


def export(image: Image, layout: Layout) -> str:
    """The native image as an OCI image of one layer; its manifest's digest."""
    tree, packed = LayerTree(image.layers), io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, real, _ in tree.walk("/"):
            info = archive.gettarinfo(real, arcname=path)
            info.uname = info.gname = ""
            with open(real, "rb") if info.isreg() else io.BytesIO() as content:
                archive.addfile(info, content if info.isreg() else None)
    layer = layout.add(packed.getvalue())
    config = {
        "architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [layer["digest"]]},
        "config": {"Env": [f"{k}={v}" for k, v in image.config.env.items()], "Cmd": list(image.config.cmd)},
    }  # fmt: skip
    described = layout.add(json.dumps(config).encode())
    kind = "application/vnd.oci.image"
    manifest = {
        "schemaVersion": 2, "mediaType": f"{kind}.manifest.v1+json",
        "config": {"mediaType": f"{kind}.config.v1+json", **described},
        "layers": [{"mediaType": f"{kind}.layer.v1.tar", **layer}],
    }  # fmt: skip
    entry = {"mediaType": f"{kind}.manifest.v1+json", **layout.add(json.dumps(manifest).encode())}
    (layout.place / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    (layout.place / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    return str(entry["digest"])


class Recorder:
    def __init__(self, buildkit: BuildKit, scratch: Path, url: str, base: Image, base_digest: str) -> None:
        self.buildkit, self.scratch, self.url = buildkit, scratch, url
        self.images = {"base": ("base", base_digest)}
        self.nodes, self.config = base_tree(base), config_of(base.config)

    def answer(self, case: Case) -> dict[str, Any]:
        images = dict(self.images)
        if case.made:
            digest, said = self._build(Case(f"{case.name}.made", case.made, case.files), images)
            if not digest:
                return self._refused(said)
            images["made"] = ("out", digest)
        digest, said = self._build(case, images)
        if not digest:
            return self._refused(said)
        out = Layout(self.scratch / "out")
        manifest = json.loads(out.blob(digest).read_text())
        config = json.loads(out.blob(manifest["config"]["digest"]).read_text())["config"]
        found = self._tree(out, manifest)
        return {"tree": differences(found, self.nodes), "config": changes(_config(config), self.config)}

    def _build(self, case: Case, images: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
        """The digest of the manifest, or what was said instead."""
        home = self.scratch / case.name
        write_tree(home / "context", case.files)
        (home / "Dockerfile").write_text(case.dockerfile.replace(FILES, self.url), newline="")
        words: list[str | Path] = [
            "build",
            "--progress",
            "plain",
            "--frontend",
            "dockerfile.v0",
            "--allow",
            "network.host",
        ]
        words += ["--local", f"context={home}/context", "--local", f"dockerfile={home}"]
        words += ["--output", f"type=oci,tar=false,compression=uncompressed,dest={self.scratch}/out"]
        for store in sorted({store for store, _ in images.values()}):
            words += ["--oci-layout", f"{store}={self.scratch}/{store}"]
        for name, (store, digest) in images.items():
            words += ["--opt", f"context:{name}=oci-layout://{store}@{digest}"]
        for name, files in case.named.items():
            write_tree(home / name, files)
            local = f"{case.name}-{name}"
            words += ["--local", f"{local}={home}/{name}", "--opt", f"context:{name}=local:{local}"]
        for name, value in case.args.items():
            words += ["--opt", f"build-arg:{name}={value}"]
        for name, value in case.labels.items():
            words += ["--opt", f"label:{name}={value}"]
        for name, text in case.secrets.items():
            (home / f"secret-{name}").write_text(text)
            words += ["--secret", f"id={name},src={home}/secret-{name}"]
        if case.target:
            words += ["--opt", f"target={case.target}"]
        if case.network:
            words += ["--opt", f"force-network-mode={case.network}"]
        if case.hosts:
            words += ["--opt", "add-hosts=" + ",".join(host.replace(":", "=", 1) for host in case.hosts)]
        # nothing of an earlier context may be there: a directory that BuildKit was sent before loses its date when
        # something in it changes
        self.buildkit.ctl("prune", "--filter", "type==source.local")
        result = self.buildkit.ctl(*words)
        while NO_SESSION in result.stderr:  # on a busy machine BuildKit loses sight of its client
            result = self.buildkit.ctl(*words)
        return ("", result.stderr) if result.returncode else (Layout(self.scratch / "out").manifest()[0], "")

    def _refused(self, said: str) -> dict[str, Any]:
        """The message of the last line, and the first line that the excerpt of the Dockerfile points at."""
        message = said.strip().rpartition("error: failed to solve: ")[2].replace(self.url, FILES)
        line = re.search(r"^\s*(\d+) \| >>>", said, re.MULTILINE)
        named = re.search(r"parse error on line (\d+)", message)
        number = int(line[1]) if line else int(named[1]) if named else 0
        return {"refused": message.splitlines()[0], "line": number}

    def _tree(self, out: Layout, manifest: Mapping[str, Any]) -> dict[str, Node | None]:
        """What the layers above the base make of it. Of a stage from scratch everything counts."""
        found: dict[str, Node | None] = {}
        base = json.loads((self.scratch / "base/index.json").read_text())["manifests"][0]["digest"]
        below = json.loads(Layout(self.scratch / "base").blob(base).read_text())["layers"][0]["digest"]
        layers = [layer["digest"] for layer in manifest["layers"] or ()]
        for digest in layers[1:] if layers[:1] == [below] else layers:
            with tarfile.open(out.blob(digest)) as archive:
                self._apply(archive, found)
        return found

    def _apply(self, archive: tarfile.TarFile, found: dict[str, Node | None]) -> None:
        for info in archive:
            path = "/" + info.name.strip("/")
            parent, _, name = path.rpartition("/")
            if name == OPAQUE:
                self._remove(parent, found, itself=False)
            elif name.startswith(WHITEOUT):
                self._remove(f"{parent}/{name.removeprefix(WHITEOUT)}", found, itself=True)
            elif path != "/":
                if not info.isdir():
                    self._remove(path, found, itself=True)
                found[path] = self._node(archive, info, found)

    def _remove(self, path: str, found: dict[str, Node | None], *, itself: bool) -> None:
        for other in {*found, *self.nodes}:
            if other.startswith(f"{path}/") or (itself and other == path):
                found[other] = None

    def _node(self, archive: tarfile.TarFile, info: tarfile.TarInfo, found: Mapping[str, Node | None]) -> Node:
        if info.islnk():
            first = "/" + info.linkname.strip("/")
            node = found.get(first) or self.nodes[first]
            return Node(node.kind, node.mode, node.uid, node.gid, node.date, node.content, same=node.same or first)
        content = archive.extractfile(info) if info.isreg() else None
        return Node(
            TYPES[info.type], info.mode & 0o7777, info.uid, info.gid, int(info.mtime),
            content=content.read() if content else b"", link=info.linkname if info.issym() else "",
        )  # fmt: skip


def _config(config: Mapping[str, Any]) -> dict[str, Any]:
    health = config.get("Healthcheck") or {}
    shell = config.get("Shell") or []
    return words_of({
        "env": config.get("Env"), "entrypoint": config.get("Entrypoint"), "cmd": config.get("Cmd"),
        "workdir": (config.get("WorkingDir") or "").rstrip("/"), "user": config.get("User"),
        "ports": ordered(config.get("ExposedPorts") or ()), "volumes": ordered(config.get("Volumes") or ()),
        "labels": config.get("Labels"), "stop": config.get("StopSignal"),
        "shell": shell if shell != ["/bin/sh", "-c"] else [], "onbuild": config.get("OnBuild"),
        "health": words_of({
            "test": health.get("Test"), "retries": health.get("Retries") or 0,
            "interval": health.get("Interval", 0) / NANO, "timeout": health.get("Timeout", 0) / NANO,
            "start_period": health.get("StartPeriod", 0) / NANO,
            "start_interval": health.get("StartInterval", 0) / NANO,
        }),
    })  # fmt: skip


def _kept(names: list[str]) -> dict[str, str]:
    """The answers that stay, by case, as the lines they are."""
    if not names or not ANSWERS.exists():
        return {}
    lines = ANSWERS.read_text().splitlines()[1:]
    return {name: line for line in lines if (name := json.loads(line)["name"]) not in names}


def _answers(names: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    os.umask(0o022)
    with tempfile.TemporaryDirectory(dir=HOME) as place, file_server() as url, running(HOME) as buildkit:
        scratch = Path(place)
        natively = Natively(ImageStore(HOME / "cache"), scratch / "native", url)
        base = asyncio.run(natively.base())
        layout = Layout(scratch / "base")
        (scratch / "base").mkdir()
        recorder = Recorder(buildkit, scratch, url, base, export(base, layout))
        for case in CASES:
            if not names or case.name in names:
                yield case.name, recorder.answer(case)


def main() -> None:
    names = sys.argv[1:]
    HOME.mkdir(parents=True, exist_ok=True)
    lines = _kept(names)
    try:
        for name, answer in _answers(names):
            print(name, answer.get("refused", ""), flush=True)
            lines[name] = json.dumps({"name": name, **answer}, ensure_ascii=False)
    finally:
        _write(lines)


def _write(lines: Mapping[str, str]) -> None:
    head = json.dumps({"buildkit": VERSION, "recorded": time.strftime("%Y-%m-%d")})
    order = [case.name for case in CASES if case.name in lines]
    ANSWERS.write_text("\n".join([head, *(lines[name] for name in order)]) + "\n")


if __name__ == "__main__":
    main()
