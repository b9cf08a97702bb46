"""`shore login` and `logout`: what a registry takes is kept for its owner alone, and is shown to nobody."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from longshore.engine.registry.credentials import keyring
from longshore.flow.login import registry_named
from longshore.model.errors import UsageError
from tests.engine.registry.fake import FakeRegistry, fake_registry

SECRET = "p4ss-w0rd:with colon"


@pytest.fixture
async def registry() -> AsyncIterator[FakeRegistry]:
    async with fake_registry() as made:
        made.token, made.login = "given", ("me", SECRET)
        yield made


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    kept = {"HOME": str(tmp_path / "home"), "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    (tmp_path / "home").mkdir()
    return kept


async def _shore(environ: dict[str, str], *words: str, said: str = "") -> tuple[int, str]:
    """Its exit code, and both streams."""
    program = [sys.executable, "-m", "longshore", *words]
    process = await asyncio.create_subprocess_exec(
        *program, env={**environ, "PYTHONPATH": os.pathsep.join(sys.path)}, stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    output, _ = await process.communicate(said.encode())
    assert SECRET not in output.decode()
    return process.returncode or 0, output.decode()


async def test_a_login_is_kept_and_forgotten(registry: FakeRegistry, environ: dict[str, str]) -> None:
    words = ("login", "-u", "me", "--password-stdin", registry.host)
    code, output = await _shore(environ, *words, said=f"{SECRET}\n")
    assert (code, f"Logged in to {registry.host}" in output) == (0, True), output
    place = Path(environ["HOME"], ".docker/config.json")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    found = await keyring(environ).find(registry.host)
    assert found is not None
    assert (found.user, found.password) == ("me", SECRET)
    assert sorted(path.name for path in place.parent.iterdir()) == ["config.json"]
    code, output = await _shore(environ, "logout", registry.host)
    assert (code, output) == (0, f"Logged out of {registry.host}\n")
    assert json.loads(place.read_text()) == {"auths": {}}
    assert "no login" in (await _shore(environ, "logout", registry.host))[1]


async def test_what_the_registry_does_not_take_is_not_kept(registry: FakeRegistry, environ: dict[str, str]) -> None:
    code, output = await _shore(environ, "login", "-u", "me", "--password-stdin", registry.host, said="wrong")
    assert (code, "who are you?" in output) == (1, True), output
    assert not Path(environ["HOME"], ".docker").exists()


async def test_what_else_is_in_the_file_stays(registry: FakeRegistry, environ: dict[str, str], tmp_path: Path) -> None:
    place = tmp_path / "podman/auth.json"
    place.parent.mkdir()
    place.write_text(json.dumps({"auths": {"quay.io": {"auth": "eA=="}}, "other": 1}))
    environ["REGISTRY_AUTH_FILE"] = str(place)
    words = ("login", "--username", "me", "--password-stdin", f"http://{registry.host}/v2/")
    assert (await _shore(environ, *words, said=SECRET))[0] == 0
    found = json.loads(place.read_text())
    assert (found["auths"]["quay.io"], found["other"], len(found["auths"])) == ({"auth": "eA=="}, 1, 2)
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


HELPER = """#!/bin/sh
echo "$@" >> %s/arguments
cat > %s/told
"""


async def test_a_helper_is_told_by_its_standard_input(
    registry: FakeRegistry, environ: dict[str, str], tmp_path: Path
) -> None:
    helper = tmp_path / "docker-credential-test"
    helper.write_text(HELPER % (tmp_path, tmp_path))
    helper.chmod(0o755)
    place = Path(environ["HOME"], ".docker/config.json")
    place.parent.mkdir()
    place.write_text('{"credsStore": "test"}')
    assert (await _shore(environ, "login", "-u", "me", "--password-stdin", registry.host, said=SECRET))[0] == 0
    assert (tmp_path / "arguments").read_text() == "store\n"
    told = json.loads((tmp_path / "told").read_text())
    assert told == {"ServerURL": registry.host, "Username": "me", "Secret": SECRET}
    assert json.loads(place.read_text()) == {"credsStore": "test"}
    assert (await _shore(environ, "logout", registry.host))[0] == 0
    assert (tmp_path / "told").read_text() == registry.host


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("login", "127.0.0.1:1"), "no terminal to ask"),
        (("login", "--password-stdin", "127.0.0.1:1"), "wants --username"),
        (("login", "-u", "me", "--password-stdin", "127.0.0.1:1"), "no password"),
        (("login", "-u", "a:b", "--password-stdin", "127.0.0.1:1"), "without colons"),
        (("login", "-u", "me", "--password-stdin", "a/b"), "not the name of a registry"),
    ],
)
async def test_what_is_asked_wrongly(environ: dict[str, str], words: tuple[str, ...], said: str) -> None:
    code, output = await _shore(environ, *words)
    assert (code != 0, said in output) == (True, True), output


async def test_nobody_there_and_a_broken_file(environ: dict[str, str], registry: FakeRegistry) -> None:
    code, output = await _shore(environ, "login", "-u", "me", "--password-stdin", "127.0.0.1:1", said="x")
    assert (code, "does not answer" in output) == (1, True), output
    place = Path(environ["HOME"], ".docker/config.json")
    place.parent.mkdir()
    place.write_text("{")
    code, output = await _shore(environ, "login", "-u", "me", "--password-stdin", registry.host, said=SECRET)
    assert (code, "it is not JSON" in output, place.read_text()) == (1, True, "{")


def test_names_of_registries() -> None:
    assert [registry_named(text) for text in ("", "docker.io", "https://index.docker.io/v1/")] == ["docker.io"] * 3
    assert registry_named("https://ghcr.io/") == "ghcr.io"
    with pytest.raises(UsageError):
        registry_named("ghcr.io/me")
