"""What is said of an image before anything is downloaded."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from longshore.model.reference import parse_reference
from longshore.native.image.catalog.lookup import survey
from longshore.native.image.catalog.reference import hub_name, parse_tag
from longshore.native.image.debian import releases
from longshore.native.image.interpreters import hostpython
from longshore.native.image.interpreters.hostpython import Interpreter
from longshore.native.image.store.images import ImageStore


@pytest.fixture(autouse=True)
def _on_bookworm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "host_release", lambda: "bookworm")
    monkeypatch.setattr(hostpython, "find", lambda minor: None)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mirror.gcr.io/library/python:3", "python"),
        ("mirror.gcr.io/valkey/valkey", "valkey/valkey"),
        ("public.ecr.aws/docker/library/redis:7@sha256:ab", "redis"),
        ("public.ecr.aws/org/redis", "public.ecr.aws/org/redis"),
        ("quay.io/library/redis", "quay.io/library/redis"),
    ],
)
def test_copies_of_docker_hub(text: str, name: str) -> None:
    assert hub_name(parse_reference(text)) == name


def test_tags() -> None:
    assert parse_tag("3.11.4-slim-bookworm").version == (3, 11, 4)
    assert parse_tag("22-alpine3.20").variant == "alpine"
    assert parse_tag("15-bullseye").release == "bullseye"
    assert parse_tag("1.27-alpine-perl").other == ("perl",)
    assert parse_tag("latest").version == ()


@pytest.mark.parametrize(
    ("reference", "level", "runs"),
    [
        ("python:3.11-slim", "exact", "python 3.11"),
        ("python:3.11.9-slim-bookworm", "exact", "python 3.11"),
        ("python:3.13-alpine", "exact", "python 3.13"),
        ("python:3.13-slim-bookworm", "deviates", "python 3.13"),
        ("python:3.11-slim-bullseye", "deviates", "python 3.11"),
        ("python:3.12-slim", "deviates", "python 3.13"),
        ("python:3.10-slim-buster", "deviates", "python 3.11"),
        ("python:3.14-alpine3.22", "deviates", "python 3.13"),
        ("python:3.8", "refused", ""),
        ("python:2.7", "refused", ""),
        ("node:22-alpine", "exact", "node 22.20.0"),
        ("node:9", "refused", ""),
        ("debian:12-slim", "exact", "debian 12 (bookworm)"),
        ("debian:bookworm-20240612-slim", "exact", "debian 12 (bookworm)"),
        ("debian:buster", "deviates", "debian 11 (bullseye)"),
        ("debian:9-slim", "deviates", "debian 11 (bullseye)"),
        ("debian:6", "refused", ""),
        ("debian:oldstable-slim", "exact", "debian 12 (bookworm)"),
        ("debian:sid", "deviates", "debian 13 (trixie)"),
        ("ubuntu:20.04", "deviates", "debian 11 (bullseye)"),
        ("ubuntu:jammy-20240111", "deviates", "debian 12 (bookworm)"),
        ("ubuntu:25.10", "deviates", "debian 13 (trixie)"),
        ("alpine:3.20", "deviates", "debian 12 (bookworm)"),
        ("busybox:1.36-musl", "deviates", "debian 12 (bookworm)"),
        ("postgres:15-alpine", "exact", "postgres 15"),
        ("postgres:16.2", "exact", "postgres 16"),
        ("postgres:9.6", "refused", ""),
        ("postgres:15-bullseye", "deviates", "postgres 15"),
        ("postgres:15-bookworm", "exact", "postgres 15"),
        ("redis:7-alpine", "exact", "redis 7.0"),
        ("redis:7.0.15-alpine3.19", "exact", "redis 7.0"),
        ("redis:7.2", "deviates", "redis 7.0"),
        ("redis:6.2-buster", "deviates", "redis 6.0"),
        ("redis:5", "refused", ""),
        ("valkey/valkey:8-alpine", "exact", "valkey 8.1"),
        ("docker.io/valkey/valkey:8.0", "deviates", "valkey 8.1"),
        ("valkey/valkey:7.2", "refused", ""),
        ("nginx:1.26", "exact", "nginx 1.26"),
        ("nginx:1-alpine-slim", "exact", "nginx 1.26"),
        ("nginx:1.27-alpine", "deviates", "nginx 1.26"),
        ("nginx:1.25", "deviates", "nginx 1.26"),
        ("nginx:1.21", "deviates", "nginx 1.22"),
        ("nginx:1.19", "deviates", "nginx 1.22"),
        ("nginx:1.17", "deviates", "nginx 1.18"),
        ("nginx:1.27-perl", "refused", ""),
        ("memcached:alpine", "exact", "memcached 1.6"),
        ("memcached:1.6.39-bookworm", "exact", "memcached 1.6"),
        ("memcached:1", "exact", "memcached 1.6"),
        ("memcached:1.5", "deviates", "memcached 1.6"),
        ("memcached:2", "refused", ""),
        ("rabbitmq:3-management-alpine", "exact", "rabbitmq 3.10"),
        ("rabbitmq:3.13-management", "deviates", "rabbitmq 3.10"),
        ("rabbitmq", "exact", "rabbitmq 4.0"),
        ("rabbitmq:4.1", "deviates", "rabbitmq 4.0"),
        ("rabbitmq:5", "refused", ""),
        ("mariadb", "exact", "mariadb 11.8"),
        ("mariadb:10", "exact", "mariadb 10.11"),
        ("mariadb:10.11.6", "exact", "mariadb 10.11"),
        ("mariadb:10.6", "refused", ""),
        ("mariadb:12", "refused", ""),
        ("mysql:8", "refused", ""),
        ("redis:7-management", "refused", ""),
        ("postgres:15@sha256:abc", "deviates", "postgres 15"),
        ("mirror.gcr.io/library/postgres:15", "exact", "postgres 15"),
        ("public.ecr.aws/docker/library/postgres:15", "exact", "postgres 15"),
        ("bitnami/postgresql:15", "refused", ""),
        ("bitnami/redis:7.0", "refused", ""),
        ("mongo:3.6", "refused", ""),
        ("ghcr.io/org/app:v1", "refused", ""),
    ],
)
def test_levels(reference: str, level: str, runs: str) -> None:
    found = survey(reference)
    assert (found.level, found.runs) == (level, runs)
    assert found.text
    assert found.todo or level == "exact"


def test_a_release_that_is_not_the_one_below_is_said() -> None:
    found = survey("postgres:15-bullseye")
    assert found.text == "postgres 15 on Debian bookworm in place of bullseye"
    assert found.todo == "leave bullseye out, or run with --engine docker"
    assert survey("python:3.11-slim-bullseye").text == "python 3.11 on Debian bookworm in place of bullseye"
    assert survey("python:3.10-focal").text == "python 3.11 in place of 3.10 on Debian bookworm in place of focal"
    assert survey("debian:buster").text == "debian 11 (bullseye) in place of debian buster"


def test_the_same_program_by_another_maker_is_another_image() -> None:
    for name, official in (("bitnami/redis:7.0", "redis:7.0"), ("ghcr.io/x/postgresql", "postgres")):
        assert survey(name).todo.startswith(f"{official} would run natively, but it has other paths and variables")


def test_another_minor_of_a_server_is_said() -> None:
    found = survey("memcached:1.5-alpine")
    assert found.text == "memcached 1.6 in place of 1.5"
    assert found.todo == "ask for memcached:1.6, or run with --engine docker"


def test_mysql_is_never_replaced_in_silence() -> None:
    assert "mariadb:11 would run natively" in survey("docker.io/library/mysql:8.0").todo


def test_a_databases_major_never_deviates() -> None:
    for major in range(9, 20):
        found = survey(f"postgres:{major}")
        assert found.level in ("exact", "refused")
        assert found.recipe is None or found.recipe.version == str(major)


def test_an_interpreter_of_this_machine_serves_where_debian_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hostpython, "needs", lambda interpreter: releases.Libraries(17, ()))
    monkeypatch.setattr(hostpython, "find", lambda minor: Interpreter(f"{minor}.9", Path("/opt/x")))
    assert (survey("python:3.12-slim").level, survey("python:3.12-slim").runs) == ("exact", "python 3.12.9")


OLD_SSL = ("libcrypto.so.1.1", "libffi.so.7", "libssl.so.1.1")
NEW_SSL = ("libcrypto.so.3", "libffi.so.8", "libssl.so.3")


@pytest.mark.parametrize(
    ("built", "tag", "level", "on"),
    [
        ((35, NEW_SSL), "3.9-slim-bullseye", "deviates", "bookworm in place of bullseye"),
        ((35, NEW_SSL), "3.9-slim-bookworm", "exact", "bookworm"),
        ((39, NEW_SSL), "3.9-slim-bookworm", "deviates", "trixie in place of bookworm"),
        ((31, OLD_SSL), "3.9-slim-bullseye", "exact", "bullseye"),
        ((31, OLD_SSL), "3.9-slim", "exact", "bullseye"),
        ((17, ()), "3.9-slim-bullseye", "exact", "bullseye"),
        ((17, ()), "3.9-slim-buster", "deviates", "bullseye in place of buster"),
        ((99, ()), "3.9-slim", "refused", ""),
    ],
)
def test_an_interpreter_is_put_on_a_release_that_it_runs_on(
    monkeypatch: pytest.MonkeyPatch, built: tuple[int, tuple[str, ...]], tag: str, level: str, on: str
) -> None:
    monkeypatch.setattr(hostpython, "find", lambda minor: Interpreter(f"{minor}.9", Path("/opt/x")))
    monkeypatch.setattr(hostpython, "needs", lambda interpreter: releases.Libraries(*built))
    found = survey(f"python:{tag}")
    assert found.level == level
    assert found.text.endswith(on)


def test_what_an_interpreter_needs_is_read_from_its_files(tmp_path: Path) -> None:
    library = tmp_path / "lib/python3.9/lib-dynload"
    library.mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python3.9").write_bytes(b"\x7fELF GLIBC_2.2.5\0GLIBC_2.34\0GLIBC_2.17\0")
    (library / "_ssl.so").write_bytes(b"\0libssl.so.1.1\0libcrypto.so.1.1\0libc.so.6\0GLIBC_2.14\0")
    found = hostpython.needs(Interpreter("3.9.18", tmp_path))
    assert found == releases.Libraries(34, ("libcrypto.so.1.1", "libssl.so.1.1"))


def test_a_machine_without_apt_is_told_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases.shutil, "which", lambda tool: None if tool == "apt-get" else f"/usr/bin/{tool}")
    found = ImageStore(tmp_path).survey("redis:7")
    assert (found.level, found.recipe) == ("refused", None)
    assert "no apt-get" in found.text
    assert "--engine docker" in found.todo


def test_an_architecture_without_pins_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.uname", lambda: SimpleNamespace(machine="riscv64"))
    assert survey("node:22").level == "refused"
    assert survey("postgres:16").level == "refused"
    assert survey("postgres:15").level == "exact"


def test_without_debians_keys_nothing_is_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(releases, "ARCHIVE_KEYS", str(tmp_path / "none.gpg"))
    found = ImageStore(tmp_path).survey("redis:7")
    assert found.level == "refused"
    assert "no debian-archive-keyring" in found.text
