"""Layers that may not have reached the disk, and images of another architecture."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from longshore.native.image.oci.emulation import emulates
from longshore.native.image.store.cache import Cache
from longshore.native.image.store.unsynced import begin_sync, mark


def _layer(cache: Cache, key: str) -> None:
    mark(cache.unsynced, key)
    with cache.staging() as staged:
        (staged / "layer/root").mkdir(parents=True)
        cache.publish_layer(key, staged / "layer", {})


def test_a_layer_of_another_boot_is_not_trusted_until_it_was_synced(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    for key in ("kept", "lost"):
        _layer(cache, key)
    assert all(Cache(tmp_path).has_layer(key) for key in ("kept", "lost")), "the same boot"
    (cache.unsynced / "lost").write_text("another boot")
    later = Cache(tmp_path)
    assert (later.has_layer("kept"), later.has_layer("lost")) == (True, False)
    assert [path.name for path in cache.unsynced.iterdir()] == ["kept"]
    begin_sync(cache.unsynced)
    deadline = time.monotonic() + 60
    while list(cache.unsynced.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert list(cache.unsynced.iterdir()) == []
    assert Cache(tmp_path).has_layer("kept")


RULE = "{}\ninterpreter {}\nflags: {}\noffset 0\nmagic 7f454c46\n"


@pytest.mark.parametrize(
    ("rule", "runs"),
    [
        (RULE.format("enabled", "/usr/bin/qemu-aarch64-static", "OCF"), True),
        (RULE.format("enabled", "/usr/libexec/qemu-aarch64", "PF"), True),
        (RULE.format("disabled", "/usr/bin/qemu-aarch64-static", "OCF"), False),
        (RULE.format("enabled", "/usr/bin/qemu-aarch64-static", "OC"), False),
        (RULE.format("enabled", "/usr/bin/qemu-arm-static", "OCF"), False),
        ("enabled\n", False),
    ],
)
def test_an_emulator_counts_where_it_is_open_already(tmp_path: Path, rule: str, runs: bool) -> None:
    (tmp_path / "qemu").write_text(rule)
    assert emulates("arm64", tmp_path) is runs
