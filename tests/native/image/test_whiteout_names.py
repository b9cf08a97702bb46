"""Files of a build that are named like whiteouts: files while it goes on, in its image what they are named like."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from longshore.native.image.build.whiteouts import as_read
from longshore.native.image.store.cache import Cache
from longshore.native.image.store.census import MARKED
from longshore.native.image.store.tree import LayerTree, hide_below


def layer(cache: Cache, key: str, *names: str) -> str:
    with cache.staging() as staged:
        root = staged / key / "root"
        for name in names:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(name)
        return str(cache.publish_layer(key, staged / key, {}))


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    found = Cache(tmp_path / "cache")
    try:
        probe = tmp_path / "probe"
        probe.mkdir()
        hide_below(str(probe))
    except OSError as error:
        pytest.skip(f"no overlay attributes here: {error}")
    return found


def shown(*layers: str) -> list[str]:
    return [path for path, real, _ in LayerTree(layers).walk("/") if not os.path.isdir(real)]  # noqa: PTH112


def test_what_they_name_is_hidden_and_they_are_not_there(cache: Cache) -> None:
    below = layer(cache, "below", "d/old", "d/kept", "e/one", "e/two/x")
    above = layer(cache, "above", "d/.wh.old", "d/.wh.none", "d/new", "e/.wh..wh..opq", "e/three")
    assert cache.layer_info("above")[MARKED]
    _, read = as_read(cache, (below, above))
    assert sorted(shown(below, read)) == ["d/kept", "d/new", "e/three"]
    assert sorted(shown(below, above)) == sorted(
        ["d/old", "d/kept", "d/.wh.old", "d/.wh.none", "d/new", "e/.wh..wh..opq", "e/one", "e/two/x", "e/three"]
    )
    assert as_read(cache, (below, above)) == (below, read), "made once"


def test_in_their_own_layer_what_comes_after_them_stays(cache: Cache) -> None:
    own = layer(cache, "own", "f", ".wh.f", "-f", ".wh.-f", ".wh..wh.plnk", ".wh.")
    assert shown(*as_read(cache, (own,))) == ["f"]


def test_a_layer_without_them_is_what_it_was(cache: Cache) -> None:
    plain = layer(cache, "plain", "a", "b/.w")
    assert MARKED not in cache.layer_info("plain")
    assert as_read(cache, ("/somewhere/else/root", plain)) == ("/somewhere/else/root", plain)


def test_modes_and_times_of_folders_stay(cache: Cache) -> None:
    made = layer(cache, "times", "d/.wh.x")
    os.utime(f"{made}/d", (5, 6))
    Path(made, "d").chmod(0o550)
    info = Path(*as_read(cache, (made,)), "d").stat()
    assert (info.st_mode & 0o777, int(info.st_mtime)) == (0o550, 6)
    Path(made, "d").chmod(0o755)
