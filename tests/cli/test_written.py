"""Files that commands write into a project, or where they belong: schedules, workflows, an overlay."""

from __future__ import annotations

import os
import shutil
from argparse import Namespace
from pathlib import Path

import pytest
import yaml

from longshore.cli.writing import write_files
from longshore.model.errors import ShoreError
from tests.cli.conftest import Stage

COMPOSE = """
name: shop
x-longshore: {ship: {registry: ghcr.io/example/shop}}
services:
  db: {image: "postgres:16", volumes: ["data:/var/lib/postgresql/data"]}
  web: {image: nginx, ports: ["8000:80"], healthcheck: {test: curl -f http://localhost:8080/health}}
volumes: {data: }
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path) -> Path:
    (tmp_path / "compose.yaml").write_text(COMPOSE)
    return tmp_path


def test_what_is_kept_and_what_is_written_over(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine, new = project / "mine", project / "deep/new"
    mine.write_text("mine")
    args = Namespace(dry_run=False)
    with pytest.raises(ShoreError, match="mine is there already, and is yours") as caught:
        write_files(args, {new: "x", mine: "other"}, keep=True)
    assert caught.value.hint == "move it away, then ask again"
    assert not new.exists(), "none is written"
    write_files(args, {new: "x", mine: "mine"}, keep=True)
    write_files(args, {mine: "other"})
    assert (new.read_text(), mine.read_text()) == ("x", "other")
    assert capsys.readouterr().out == f"wrote  {new}\nwrote  {mine}\nwrote  {mine}\n"
    write_files(Namespace(dry_run=True), {mine: "third"})
    assert (mine.read_text(), capsys.readouterr().out) == ("other", f"write  {mine}\n")
    with pytest.raises(ShoreError, match="mine/below"):
        write_files(args, {mine / "below": "x"})


def test_a_schedule_of_an_ordinary_user(shore: Stage, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(shutil, "which", lambda name, **_: f"/usr/bin/{name}")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(project / "config"))
    monkeypatch.setenv("RESTIC_PASSWORD", "sesame")
    units = project / "config/systemd/user"
    said = shore("--dry-run", "backup", "schedule")
    assert not units.exists()
    assert said.out.count("write  ") == 4
    said = shore("backup", "schedule", "--to", "sftp:nas:/shop", "--metrics", "figures")
    assert said.code == 0, said.err
    assert "systemctl --user enable --now longshore-backup-shop.timer longshore-drill-shop.timer" in said.out
    assert "RESTIC_PASSWORD is not written down" in said.err
    text = (units / "longshore-backup-shop.service").read_text()
    assert f"-f {project}/compose.yaml --project-directory {project} -p shop backup --to sftp:nas:/shop" in text
    assert f"--metrics {project}/figures/longshore-backup-shop.prom\n" in text


def test_a_schedule_for_cron_and_for_github(shore: Stage, project: Path) -> None:
    said = shore("--engine", "native", "--profile", "x", "backup", "schedule", "--cron")
    assert [line[:10] for line in said.out.splitlines()] == ["30 2 * * *", "30 4 * * 0"]
    assert f"--profile x --project-directory {project} -p shop --engine native backup 2>&1" in said.out
    assert shore("backup", "schedule", "--ci").code == 0
    text = yaml.safe_load((project / ".github/workflows/drill.yml").read_text())
    assert list(text["jobs"]) == ["drill"]


def test_a_workflow_that_ships_is_the_users_own(shore: Stage, project: Path) -> None:
    path = project / ".github/workflows/ship.yml"
    assert shore("ship", "ci").out == f"wrote  {path}\n"
    job = yaml.safe_load(path.read_text())["jobs"]["ship"]
    assert job["permissions"] == {"contents": "read", "packages": "write"}
    assert shore("ship", "ci").code == 0
    path.write_text("mine")
    said = shore("ship", "ci", "--registry", "none")
    assert (said.code, path.read_text()) == (1, "mine")
    assert "is there already, and is yours" in said.err
    assert shore("ship", "ci", "more").code == 2


def test_an_overlay(shore: Stage, project: Path) -> None:
    assert shore("ship", "overlay").code == 2
    assert shore("ship", "overlay", "monitoring").code == 0
    said = shore("-f", "compose.yaml", "-f", "compose.monitoring.yml", "config", "-q")
    assert said.code == 1
    assert "GRAFANA_PASSWORD" in said.err
    prometheus = yaml.safe_load((project / "monitoring/prometheus.yml").read_text())
    jobs = {job["job_name"]: job["params"]["module"] for job in prometheus["scrape_configs"] if "params" in job}
    assert jobs == {"service-db": ["tcp"], "service-web": ["http"]}
