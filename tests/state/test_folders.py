"""What of ours others can read or run: nothing."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from longshore.native.image.store.cache import Cache
from longshore.native.shared.places import Places
from longshore.native.shared.volumes import VolumeMeta, Volumes
from longshore.state.folders import CACHE, DATA, STATE, folder, keep_private, make_private
from tests.users import throwaway_user, why_no_user

needs_user = pytest.mark.skipif(bool(why_no_user()), reason=why_no_user())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def layer(cache: Cache, key: str) -> Path:
    """A layer with one set-user-id program, as packages bring them."""
    with cache.staging() as staged:
        program = staged / key / "root" / "bin" / "newgrp"
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\nid -u\n")
        program.chmod(0o4755)
        return cache.publish_layer(key, staged / key, {}) / "bin" / "newgrp"


def test_only_absolute_variables_count() -> None:
    assert folder({"XDG_STATE_HOME": "here", "HOME": "/h"}, STATE) == "/h/.local/state/longshore"
    assert folder({"XDG_DATA_HOME": "/d", "HOME": "/h"}, DATA) == "/d/longshore"
    assert folder({"HOME": "/h"}, CACHE) == "/h/.cache/longshore"


def test_new_folders_are_their_owners_alone(tmp_path: Path) -> None:
    make_private(tmp_path / "new" / "longshore")
    assert mode(tmp_path / "new" / "longshore") == 0o700
    cache = Cache(tmp_path / "cache")
    layer(cache, "one")
    assert mode(cache.directory) == 0o700
    volumes = Volumes(tmp_path / "data" / "volumes")
    volumes.create(VolumeMeta("v"))
    assert (mode(tmp_path / "data"), mode(volumes.root)) == (0o700, 0o700)


def test_a_new_volume_can_be_read_by_whoever_mounts_it(tmp_path: Path) -> None:
    """An agent's umask lets nobody else in; a volume's root is 0755, as Docker's."""
    before = os.umask(0o077)
    try:
        volumes = Volumes(tmp_path / "data" / "volumes")
        volumes.create(VolumeMeta("v"))
    finally:
        os.umask(before)
    assert mode(volumes.data("v")) == 0o755


def test_folders_of_an_earlier_version_are_closed(tmp_path: Path) -> None:
    for name in ("state", "data", "cache"):
        (tmp_path / name).mkdir(mode=0o755)
    Places(tmp_path / "state", tmp_path / "data", tmp_path / "cache").keep_private()
    Cache(tmp_path / "cache")
    assert {mode(tmp_path / name) for name in ("state", "data", "cache")} == {0o700}
    assert not keep_private(tmp_path / "cache"), "once is enough"


def test_an_ordinary_users_layers_have_no_set_id_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert mode(layer(Cache(tmp_path / "new"), "one")) == 0o755


def test_set_id_programs_of_an_earlier_version_lose_the_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = Cache(tmp_path / "old")
    program = layer(cache, "one")
    program.chmod(0o6755)
    cache.directory.chmod(0o755)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    Cache(tmp_path / "old")
    assert mode(program) == 0o755


@needs_user
def test_another_user_cannot_run_what_is_in_the_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    with throwaway_user("owner") as owner, throwaway_user("other") as other:
        owner.home.chmod(0o755)
        cache = Cache(owner.home / ".cache" / "longshore")
        program = layer(cache, "one")
        program.chmod(0o4755)
        owner.give(owner.home)
        program.chmod(0o4755)
        cache.directory.chmod(0o755)
        attack = [*other.prefix, str(program)]
        assert subprocess.run(attack, capture_output=True, cwd="/").returncode == 0, "open, as it was: the attack works"
        Cache(cache.directory)
        done = subprocess.run(attack, capture_output=True, text=True, cwd="/")
        assert done.returncode != 0
        assert "denied" in done.stderr.lower()
