"""`config --resolve-image-digests`, `--lock-image-digests`: what Docker Compose 2.40.3 printed for the same files."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from longshore.cli import main
from tests.engine.registry.fake import FakeRegistry, fake_registry
from tests.images import image

FILE = """
name: g
services:
  b: {image: "HOST/x/app", ports: ["80"], depends_on: [a]}
  a: {image: "HOST/x/app:2", labels: {k: v}}
  c: {image: "HOST/x/app:2@sha256:FIXED"}
  d: {build: .}
volumes: {v: }
"""
LOCKED = """\
services:
  a:
    image: HOST/x/app:2@DIGEST
  b:
    image: HOST/x/app:latest@DIGEST
  c:
    image: HOST/x/app@sha256:FIXED
  d: {}
"""
LOCKED_JSON = """\
{
  "name": "",
  "services": {
    "a": {
      "command": null,
      "entrypoint": null,
      "image": "HOST/x/app:2@DIGEST"
    }
  }
}"""


class Registry:
    """One that has the image, and the command in a folder whose file names it."""

    def __init__(self, registry: FakeRegistry, digest: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.registry, self.digest, self.capsys = registry, digest, capsys
        (folder / "compose.yaml").write_text(self.filled(FILE))

    def filled(self, text: str) -> str:
        text = text.replace("HOST", self.registry.host).replace("DIGEST", self.digest)
        return text.replace("FIXED", "b" * 64)

    async def config(self, *words: str) -> tuple[int, str, str]:
        code = await asyncio.to_thread(main.main, ["config", *words])
        said = self.capsys.readouterr()
        return code, said.out, said.err


async def test_digests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async with fake_registry() as registry:
        made = image()
        registry.add(made, "x/app", "2")
        registry.add(made, "x/app", "latest")
        one = Registry(registry, made.digest, tmp_path, capsys)
        assert await one.config("--lock-image-digests") == (0, one.filled(LOCKED), "")
        assert await one.config("--lock-image-digests", "--no-interpolate") == (0, one.filled(LOCKED), "")
        assert (await one.config("--lock-image-digests", "--format", "json", "a"))[1] == one.filled(LOCKED_JSON)
        code, out, _ = await one.config("--resolve-image-digests")
        assert code == 0
        assert one.filled("    image: HOST/x/app:latest@DIGEST\n") in out
        assert "depends_on:" in out
        assert len(registry.asked("/manifests/2")) >= 1
        assert not registry.asked("b" * 64)
        registry.manifests.clear()
        code, out, err = await one.config("--resolve-image-digests")
        assert (code, out) == (1, "")
        assert "is not known" in err


def test_offline_asks_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "compose.yaml").write_text("services: {a: {image: x}}\n")
    assert main.main(["--offline", "config", "--lock-image-digests"]) == 2
    assert "no registry is asked" in capsys.readouterr().err
