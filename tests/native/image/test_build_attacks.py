"""What a RUN must not see, keep or reach."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from longshore.model.errors import ShoreError
from longshore.native.image.build import hostenv
from longshore.native.image.store.tree import LayerTree
from tests.native.image.conftest import Workshop, command_lines, output_of

pytestmark = pytest.mark.e2e

INDEX = "https://user:attack-token@packages.invalid/simple"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\nYXR0YWNrLWNlcnRpZmljYXRl\n-----END CERTIFICATE-----"


@pytest.fixture
def secretive_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine whose package settings hold secrets."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".npmrc").write_text(
        "//packages.invalid/:_authToken=attack-npm-token\nregistry=https://packages.invalid/\n"
    )
    (tmp_path / "ca.crt").write_text(CERTIFICATE + "\n")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PIP_INDEX_URL", INDEX)
    monkeypatch.setenv("HTTPS_PROXY", "http://attack-proxy.invalid:3128")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.crt"))
    monkeypatch.setenv("UNRELATED_SECRET", "attack-unrelated")


SEES = """\
FROM debian:bookworm-slim
RUN env && cat "$npm_config_globalconfig" "$SSL_CERT_FILE" && echo seen > /seen
"""


@pytest.mark.usefixtures("secretive_host")
async def test_the_hosts_settings_are_seen_by_run_and_by_nothing_else(workshop: Workshop) -> None:
    image = await workshop.build(SEES, args={"HTTP_PROXY": "http://given-proxy.invalid"})
    output = "\n".join(workshop.output)
    for word in ("attack-token@", "attack-npm-token", "attack-proxy", "given-proxy", "YXR0YWNrLWNlcnRpZmljYXRl"):
        assert word in output
    assert "attack-unrelated" not in output
    cache = workshop.store.cache.directory
    found = await output_of(
        "grep",
        "-rlE",
        "attack-|given-proxy|YXR0YWNr",
        cache / "layers" / Path(image.layers[-1]).parent.name,
        cache / "images",
        cache / "steps",
        cache / "history",
    )
    assert found == b""
    assert not {"PIP_INDEX_URL", "HTTPS_PROXY", "HTTP_PROXY", "SSL_CERT_FILE"} & image.config.env.keys()
    assert sorted(LayerTree(image.layers[-1:]).listdir("/")) == ["seen"]


@pytest.mark.usefixtures("secretive_host")
async def test_the_hosts_settings_are_no_part_of_the_key(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "FROM debian:bookworm-slim\nRUN echo key > /key\n"
    await workshop.build(text)
    monkeypatch.setenv("PIP_INDEX_URL", "https://elsewhere.invalid/")
    monkeypatch.delenv("HTTPS_PROXY")
    await workshop.build(text, args={"https_proxy": "http://another.invalid"})
    assert workshop.done == {}


async def test_a_secret_is_seen_once_and_kept_nowhere(workshop: Workshop, tmp_path: Path) -> None:
    from longshore.model.service import BuildSecret
    from longshore.model.stack import FileObject, Stack

    (tmp_path / "token").write_text("attack-build-secret")
    stack = Stack("p", "/", secrets={"t": FileObject("t", "p_t", file=str(tmp_path / "token"))})
    text = """\
FROM debian:bookworm-slim
RUN --mount=type=secret,id=t,env=TOKEN echo ${#TOKEN} > /n
RUN ls -d /run/secrets || echo none > /none
"""
    image = await workshop.build(text, stack=stack, secrets=(BuildSecret("t"),))
    tree = LayerTree(image.layers)
    assert tree.read_text("/n") == "19\n"
    assert tree.read_text("/none") == "none\n"
    found = await output_of("grep", "-rl", "attack-build-secret", workshop.store.cache.directory)
    assert found == b""


async def test_a_required_secret_that_is_not_there_is_said(workshop: Workshop) -> None:
    with pytest.raises(ShoreError, match="no secret missing"):
        await workshop.build("FROM debian:bookworm-slim\nRUN --mount=type=secret,id=missing,required=true true\n")


async def test_run_sees_neither_the_hosts_home_nor_the_context_nor_other_projects(workshop: Workshop) -> None:
    workshop.file("private.txt", "attack-context")
    places = [str(Path.home()), str(workshop.context), str(workshop.store.cache.directory), str(Path.cwd())]
    looks = " ".join(f"{place}/*" for place in places if place != "/root")
    text = f"FROM debian:bookworm-slim\nRUN ls -d {looks} 2>/dev/null; ls -A /root /home; ls /proc/1/root/; echo end\n"
    await workshop.build(text)
    output = "\n".join(workshop.output)
    assert "private" not in output
    assert str(workshop.context) not in output
    assert "layers" not in output


async def test_run_cannot_mount_make_devices_or_load_programs_into_the_kernel(workshop: Workshop) -> None:
    text = """\
FROM debian:bookworm-slim
RUN ! mount -t tmpfs none /mnt 2>/dev/null
RUN mknod /dev/shm/kmsg c 1 11 2>/dev/null; ! cat /dev/shm/kmsg 2>/dev/null
RUN mknod /d b 7 0 2>/dev/null; ! head -c1 /d 2>/dev/null
RUN ! sh -c 'echo 1 > /proc/sys/kernel/panic' 2>/dev/null
RUN ! unshare -r true 2>/dev/null
RUN ! chroot / mount -t proc p /mnt 2>/dev/null
"""
    await workshop.build(text)


async def test_a_process_left_behind_by_run_is_gone(workshop: Workshop) -> None:
    await workshop.build("FROM debian:bookworm-slim\nRUN (setsid sleep 986.5 &) ; echo started\n")
    assert "986.5" not in await command_lines()


async def test_links_in_the_image_do_not_lead_mounts_to_the_host(workshop: Workshop, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    workshop.file("f", "x")
    text = f"""\
FROM debian:bookworm-slim
RUN ln -s {victim} /out && ln -s ../../../../..{victim} /rel
RUN --mount=type=cache,target=/out/a --mount=type=cache,target=/rel/b touch /out/a/x /rel/b/y
COPY f /out/c/
"""
    await workshop.build(text)
    assert list(victim.iterdir()) == []


async def test_an_archive_cannot_write_outside_of_its_layer(workshop: Workshop, tmp_path: Path) -> None:
    import io
    import tarfile

    victim = tmp_path / "victim"
    victim.mkdir()
    with tarfile.open(workshop.context / "evil.tar", "w") as archive:
        link = tarfile.TarInfo("dir")
        link.type, link.linkname = tarfile.SYMTYPE, str(victim)
        archive.addfile(link)
        for name in ("dir/through-link", "../../../../../../../../" + str(victim).lstrip("/") + "/by-dots"):
            info = tarfile.TarInfo(name)
            info.size = 4
            archive.addfile(info, io.BytesIO(b"evil"))
    with pytest.raises(ShoreError, match="through-link in the archive"):
        await workshop.build("FROM debian:bookworm-slim\nADD evil.tar /x/\n")
    assert list(victim.iterdir()) == []


def test_only_index_settings_of_an_npmrc_are_taken(tmp_path: Path) -> None:
    (tmp_path / ".npmrc").write_text("registry=https://r.invalid/\nnodedir=/x\n@a:registry=https://a.invalid/\n; c=1\n")
    settings = hostenv.host_settings("", "", {}, tmp_path, ordinary_user=False)
    bind = next(bind for bind in settings.binds if bind.target.endswith("npmrc"))
    assert bind.text is not None
    assert "nodedir" not in bind.text
    assert "@a:registry=https://a.invalid/" in bind.text
    assert "HOME" not in settings.env
    assert os.environ["PATH"] not in settings.env.values()
