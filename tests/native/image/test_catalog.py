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
        ("python:3.12-slim", "refused", ""),
        ("python:2.7", "refused", ""),
        ("node:22-alpine", "exact", "node 22.20.0"),
        ("node:9", "refused", ""),
        ("debian:12-slim", "exact", "debian 12 (bookworm)"),
        ("debian:buster", "refused", ""),
        ("postgres:15-alpine", "exact", "postgres 15"),
        ("postgres:16.2", "exact", "postgres 16"),
        ("postgres:9.6", "refused", ""),
        ("redis:7-alpine", "exact", "redis 7"),
        ("redis:5", "refused", ""),
        ("valkey:8", "exact", "valkey 8"),
        ("nginx:1.27-alpine", "exact", "nginx 1.26"),
        ("nginx:1.21", "exact", "nginx 1.22"),
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
        ("mongo:3.6", "refused", ""),
        ("ghcr.io/org/app:v1", "refused", ""),
    ],
)
def test_levels(reference: str, level: str, runs: str) -> None:
    found = survey(reference)
    assert (found.level, found.runs) == (level, runs)
    assert found.text
    assert found.todo or level == "exact"


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
    monkeypatch.setattr(hostpython, "find", lambda minor: Interpreter(f"{minor}.9", Path("/opt/x")))
    assert survey("python:3.12-slim").runs == "python 3.12.9"


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
