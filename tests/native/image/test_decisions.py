"""Pure decisions: surveys of builds, reasons, keys, sources, settings of the host, Debian's Python undone."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from longshore.model.errors import ShoreError
from longshore.model.service import Build
from longshore.native.image.build.command import keyed_environment
from longshore.native.image.build.hostenv import host_settings
from longshore.native.image.build.mounts import parse_mount
from longshore.native.image.build.reasons import reason
from longshore.native.image.build.state import StageState
from longshore.native.image.build.survey import survey_build
from longshore.native.image.debian.apknames import unmapped
from longshore.native.image.debian.debs import parse_control
from longshore.native.image.debian.ground import upstream_version
from longshore.native.image.debian.sources import Source, for_release, parse_deb822, parse_one_line, render
from longshore.native.image.interpreters import hostpython
from longshore.native.image.interpreters.debianpython import unfreeze
from longshore.native.image.store.images import ImageStore

SURVEYED = """\
ARG VERSION=3.11
FROM --platform=$BUILDPLATFORM node:22-alpine AS web
RUN apk add --no-cache git python3 libfoo-dev \\
    && npm ci
FROM python:${VERSION}-slim AS api
RUN --mount=type=ssh git clone x
ADD https://example.org/a.git /a
COPY --from=nginx:1.27 /etc/nginx /n
COPY --from=web /w /w
FROM mongo:6 AS unused
"""


def surveyed(tmp_path: Path, text: str, **more: object) -> list[tuple[str, int, str]]:
    (tmp_path / "Dockerfile").write_text(text)
    found = survey_build(ImageStore(tmp_path / "cache"), Build(str(tmp_path), **more))  # type: ignore[arg-type]
    return [(line.level, line.place.line if line.place else 0, line.runs or line.text) for line in found]


def test_a_build_is_surveyed_for_the_wanted_target_with_places(tmp_path: Path) -> None:
    found = surveyed(tmp_path, SURVEYED, target="api")
    assert found == [
        ("exact", 2, "node 22.20.0"),
        ("refused", 3, "apk add libfoo-dev: no Debian package is known for it"),
        ("exact", 5, "python 3.11"),
        ("refused", 6, "RUN --mount=type=ssh is not supported natively"),
        ("refused", 7, "ADD of a git repository is not supported natively"),
        ("deviates", 8, "nginx 1.26"),
    ]


def test_arguments_decide_what_is_surveyed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hostpython, "find", lambda minor: None)
    assert surveyed(tmp_path, "ARG V=3.11\nFROM python:$V\n", args={"V": "3.12"})[0][0] == "deviates"


def test_a_missing_or_broken_dockerfile_and_another_platform_are_findings(tmp_path: Path) -> None:
    assert surveyed(tmp_path, "FORM x\n")[0][:2] == ("refused", 1)
    assert surveyed(tmp_path, "FROM debian\n", dockerfile="nope")[0][0] == "refused"
    assert surveyed(tmp_path, "FROM --platform=linux/s390x debian\n")[0][0] == "refused"
    assert surveyed(tmp_path, "FROM debian\n", platforms=("linux/s390x",))[0][0] == "refused"
    assert surveyed(tmp_path, "FROM a\n", dockerfile_inline="FROM debian:12\n")[0][0] == "exact"
    remote = survey_build(ImageStore(tmp_path), Build("https://example.org/repository.git"))
    assert (remote[0].level, "remote" in remote[0].text) == ("refused", True)


PARTS = {"kind": "run", "parent": "p", "instruction": "x", "env": {"A": "1"}, "files": {"a": "1", "b": "1"}}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"files": {"a": "2", "b": "1"}}, "a changed"),
        ({"files": {"a": "1", "b": "1", "c": "1"}}, "c added"),
        ({"files": {"a": "1"}}, "b removed"),
        ({"files": {"a": "2", "b": "2", "c": "1"}}, "a, b changed"),
        ({"instruction": "y", "parent": "q"}, "the instruction changed"),
        ({"env": {"A": "2", "B": "1"}}, "A, B changed"),
        ({"parent": "q"}, "an earlier step changed"),
        ({"owner": [1, 1]}, "owner changed"),
        ({}, "not in the cache any more"),
    ],
)
def test_reasons(change: dict[str, object], says: str) -> None:
    assert reason({**PARTS, **change}, PARTS) == says
    assert reason(PARTS, None) == "first build"


def test_the_environment_counts_by_digest_and_without_proxies() -> None:
    state = StageState((), "k", values={"SECRET": "attack", "http_proxy": "p", "A": "1", "HTTPS_PROXY": "p"})
    keyed = keyed_environment(state)
    assert sorted(keyed) == ["A", "SECRET"]
    assert "attack" not in keyed["SECRET"]


def test_mounts() -> None:
    mount = parse_mount("type=cache,target=$X,sharing=locked,ro", lambda text: text.replace("$X", "/x"))
    found = (mount.kind, mount.get("target"), mount.get("sharing"), mount.read_only)
    assert found == ("cache", "/x", "locked", True)
    assert parse_mount("dst=/x,src=a", str).options == {"target": "/x", "source": "a"}
    assert parse_mount('"source=a,b",target=/x', str).options == {"target": "/x", "source": "a,b"}
    assert [parse_mount(text, str).read_only for text in ("target=/x", "target=/x,rw", "type=tmpfs,target=/x")] == [
        True, False, False,
    ]  # fmt: skip
    for text, says in (
        ("type=disk,target=/x", "the kinds are"),
        ("type=bind,target=/x,size=1m", "no key size"),
        ("type=tmpfs,target=/x,size=some", "not a size"),
        ("type=tmpfs,target=/x,nonsense=1", "no key nonsense"),
        ("type=cache,target", "lacks its value"),
        ("type=secret", "names its id="),
    ):
        with pytest.raises(ValueError, match=says):
            parse_mount(text, str)


def test_apk_names_without_a_counterpart() -> None:
    text = (
        "apk update && apk --no-cache add --virtual .deps gcc=1.0 'quoted' $MORE made-up other-made-up; apk del .deps"
    )
    assert unmapped(text) == ("made-up", "other-made-up")
    assert unmapped("echo apk address") == ()


DEB822 = """\
# a comment
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By:
 /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://other.example/node
Suites: nodistro
Components: main
Enabled: no
"""


def test_the_hosts_mirrors_serve_other_releases_too() -> None:
    found = tuple(parse_deb822(DEB822)) + tuple(
        parse_one_line("deb [signed-by=/k] http://sec.example/ bookworm-security main # x\n# deb http://no x y\n")
    )
    assert len(found) == 2
    trixie = for_release(found, "trixie", "bookworm")
    assert [(source.uris[0], source.suites) for source in trixie] == [
        ("http://mirror.example/debian", ("trixie", "trixie-updates")),
        ("http://sec.example/", ("trixie-security",)),
    ]
    assert {source.components for source in trixie} == {("main",)}
    assert "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg" in render(trixie)


def test_a_host_that_is_not_debian_uses_debians_own_addresses() -> None:
    ubuntu = (Source(("http://archive.ubuntu.com/ubuntu",), ("jammy",)),)
    found = for_release(ubuntu, "bookworm", "")
    assert {uri for source in found for uri in source.uris} == {
        "http://deb.debian.org/debian",
        "http://deb.debian.org/debian-security",
    }
    assert all(source.signed_by for source in found)


def test_control_fields_and_versions() -> None:
    fields = parse_control("Package: a\nDepends: b,\n c\nDescription: short\n long\n .\n")
    assert fields["Depends"] == "b,\n c"
    assert fields["Description"] == "short\n long\n ."
    assert [upstream_version(v) for v in ("15.18-0+deb12u1", "5:7.0.15-1~deb12u10", "1.22.1-9")] == [
        "15.18",
        "7.0.15",
        "1.22.1",
    ]


def test_settings_of_the_host(tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / ".config/pip").mkdir(parents=True)
    (tmp_path / ".config/pip/pip.conf").write_text(
        "[global]\nindex-url = https://conf.invalid/\ntrusted-host =\n  a\n  b\n"
    )
    (tmp_path / ".npmrc").write_text("registry=https://npm.invalid/\n//npm.invalid/:_authToken=${TOKEN}\n")
    environ = {"https_proxy": "http://p:1", "TOKEN": "t", "PIP_FIND_LINKS": str(tmp_path / "links"), "OTHER": "x"}
    settings = host_settings("", "bookworm", environ, tmp_path, ordinary_user=True)
    assert settings.env["HTTPS_PROXY"] == settings.env["https_proxy"] == "http://p:1"
    assert settings.env["PIP_INDEX_URL"] == settings.env["UV_DEFAULT_INDEX"] == "https://conf.invalid/"
    assert settings.env["PIP_TRUSTED_HOST"] == "a b"
    assert settings.env["COREPACK_NPM_REGISTRY"] == "https://npm.invalid/"
    assert "OTHER" not in settings.env
    shown = {bind.target: bind for bind in settings.binds}
    assert shown[settings.env["PIP_FIND_LINKS"]].source == str(tmp_path / "links")
    assert "_authToken=t" in (shown[settings.env["npm_config_globalconfig"]].text or "")
    assert 'APT::Sandbox::User "root"' in (shown["/etc/apt/apt.conf.d/90longshore-build"].text or "")


def structure(text: bytes) -> bytes:
    """A PyASCIIObject of CPython 3.11: refcount, type, length, hash, state, wstr, then the text."""
    return struct.pack("<QQQqQQ", 999999999, 1, len(text), -1, 0xE4, 0) + text + b"\0" * (16 - len(text) % 8)


def test_frozen_site_is_given_the_official_paths() -> None:
    before = b"\x7fELF" + structure(b"dist-packages") + structure(b"local/lib") + b"/usr/local/lib/python<version>\0"
    after = unfreeze(before)
    assert len(after) == len(before)
    assert structure(b"site-packages") in after
    position = after.index(b"lib\0")
    assert struct.unpack_from("<Q", after, position - 32) == (3,)
    assert b"/usr/local/lib/python<version>\0" in after, "other texts stay"
    marshalled = b"\xda\x0ddist-packages\xfa\x09local/lib"
    assert unfreeze(marshalled) == b"\xda\x0dsite-packages\xfa\x09./././lib"
    with pytest.raises(ShoreError, match="not as expected"):
        unfreeze(b"nothing of it")
