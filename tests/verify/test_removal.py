"""A copy whose owner was killed is looked for once more: an engine makes what was asked for last all the same."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from longshore.verify.fresh import removal
from longshore.verify.fresh.place import Place, make_place


class Late:
    """An engine on which a container and an image come about after the first look."""

    def __init__(self) -> None:
        self.looks = 0
        self.there = {"container"}

    async def remove_image(self, reference: str, *, steps: bool = True) -> bool:
        self.there.discard(reference)
        return True

    async def close(self) -> None: ...


async def taken_down(engine: Late, project: str, grace: float) -> None:
    del project, grace
    engine.looks += 1
    engine.there.discard("container")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Late:
    engine = Late()

    async def slept(seconds: float) -> None:
        if seconds:
            engine.there |= {"container", "copy-web"}

    class Engines:
        def __init__(self, environ: Mapping[str, str]) -> None: ...

        def open(self, name: str) -> Late:
            return engine

    monkeypatch.setattr(removal, "RealEngines", Engines)
    monkeypatch.setattr(removal, "_take_down", taken_down)
    monkeypatch.setattr(removal.asyncio, "sleep", slept)
    return engine


async def test_what_comes_about_late_goes(engine: Late, tmp_path: Path) -> None:
    environ = {name: str(tmp_path / name) for name in ("XDG_STATE_HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME")}
    place: Place = make_place("shop", environ)
    place.write("docker", ("copy-web",), environ)
    place.leave()
    await removal.keep(str(place.folder), environ)
    assert engine.looks == 1 + len(removal.LATE)
    assert engine.there == set()
    assert not place.folder.exists()
