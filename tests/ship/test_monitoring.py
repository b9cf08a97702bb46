"""What `shore ship overlay monitoring` and `shore ship ci` write, by the programs that read it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from longshore.flow.home import Where, load_stack
from longshore.ship.ci import workflow
from longshore.ship.monitoring import Target, monitoring, targets_of
from tests.ship.make import stack_of

STACK = """
services:
  db: {image: "postgres:16", networks: [inside]}
  web: {image: nginx, ports: ["8000:80"], networks: [inside], healthcheck: {test: curl -f http://localhost:8080/health}}
  front: {image: nginx, ports: ["80"], networks: [inside, outside], logging: {driver: none}}
  worker: {image: python, networks: [inside]}
networks: {inside: , outside: , far: {external: true}}
"""


def check(*words: str, folder: Path) -> str:
    """What a program says that must be content; skips without it."""
    program = shutil.which(words[0], path=f"{os.environ.get('LONGSHORE_TOOLS', '')}:{os.environ['PATH']}")
    if program is None:
        pytest.skip(f"{words[0]} is not on this machine (LONGSHORE_TOOLS names a folder that has it)")
    done = subprocess.run([program, *words[1:]], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def written(tmp_path: Path) -> Path:
    for name, text in monitoring(stack_of(tmp_path, STACK), ("shop.example.org",)).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_services_are_asked_by_their_health_check_their_port_or_their_kind(tmp_path: Path) -> None:
    assert targets_of(stack_of(tmp_path, STACK)) == (
        Target("db", 5432),
        Target("web", 8080, "/health"),
        Target("front", 80, "/"),
    )


def test_the_overlay_adds_to_the_stack_and_publishes_nothing(written: Path) -> None:
    files = (str(written / "compose.yaml"), str(written / "compose.monitoring.yml"))
    both = load_stack(
        Where(project="demo", project_directory=str(written), files=files, environ={"GRAFANA_PASSWORD": "sesame"})
    )
    added = {"prometheus", "alertmanager", "node-exporter", "figures", "blackbox", "grafana"}
    assert added < set(both.services)
    assert not [port for name in added for port in both.services[name].ports]
    assert not [mount for name in added for mount in both.services[name].mounts if mount.type == "bind"]
    assert all(one.logging.driver for one in both.services.values())
    assert both.services["worker"].logging.options["max-size"] == "10m"
    assert set(both.services["prometheus"].networks) == {"inside", "outside"}


def test_prometheus_takes_its_files_and_the_rules_hold(written: Path) -> None:
    folder = written / "monitoring"
    check("promtool", "check", "config", "prometheus.yml", folder=folder)
    assert "SUCCESS" in check("promtool", "test", "rules", "alerts.test.yml", folder=folder)


def test_alertmanager_takes_its_file(written: Path) -> None:
    check("amtool", "check-config", "alertmanager.yml", folder=written / "monitoring")


def test_each_panel_of_grafana_asks_what_prometheus_understands(written: Path) -> None:
    board = json.loads((written / "monitoring/grafana-dashboard.json").read_text())
    rules = [{"record": f"panel:{one['id']}", "expr": one["targets"][0]["expr"]} for one in board["panels"]]
    assert len(rules) == 6
    (written / "panels.yml").write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))
    check("promtool", "check", "rules", "panels.yml", folder=written)


@pytest.mark.parametrize("registry", ["ghcr.io/example/shop", "registry.example:5000/shop", "none"])
def test_the_workflow_is_what_its_readers_take(registry: str, tmp_path: Path) -> None:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "ship.yml").write_text(workflow("shop", "1.2.3", registry, fresh=True))
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    check("actionlint", str(folder / "ship.yml"), folder=tmp_path)
    check("check-jsonschema", "--builtin-schema", "vendor.github-workflows", "ship.yml", folder=folder)
    assert "No findings" in check("zizmor", "--offline", str(folder), folder=tmp_path)
