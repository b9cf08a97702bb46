"""A Compose file as services of a Swarm: the Engine API's JSON, service by service."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from longshore.docker.api.versions import ApiVersion
from longshore.model.errors import ShoreError, ShoreErrors
from longshore.model.healthcheck import HealthCheck
from longshore.model.support import ATTRIBUTES
from longshore.ship.cells import CELLS, cell_of
from longshore.ship.secrets import content_name
from tests.ship.make import DIGEST, container, shipped, spec

WEB = """
services:
  web:
    image: shop/web:1
    working_dir: /app
    user: "1001"
    init: true
    read_only: true
    tmpfs: [/tmp]
    stop_grace_period: 20s
    cap_drop: [ALL]
    ulimits: {nofile: 1024}
    extra_hosts: ["mail.example.org:192.0.2.9"]
    healthcheck: {test: [CMD, probe], interval: 2s, timeout: 1s, retries: 3, start_period: 4s}
    ports: ["8000:80"]
    mem_limit: 64m
    cpus: 0.5
    pids_limit: 50
    scale: 4
    networks: {default: {aliases: [shop]}}
"""


def test_a_service_comes_out_whole(tmp_path: Path) -> None:
    ship = shipped(tmp_path, WEB)
    second = 1_000_000_000
    assert spec(ship, "web") == {
        "Name": "demo_web",
        "Labels": {"com.docker.stack.namespace": "demo", "io.longshore.service": "web"},
        "TaskTemplate": {
            "ContainerSpec": {
                "Image": f"web@{DIGEST}", "Mounts": [{"Type": "tmpfs", "Target": "/tmp"}],
                "Healthcheck": {"Test": ["CMD", "probe"], "Interval": 2 * second, "Timeout": second,
                                "StartPeriod": 4 * second, "Retries": 3},
                "Dir": "/app", "User": "1001", "ReadOnly": True, "Init": True, "StopGracePeriod": 20 * second,
                "Hosts": ["192.0.2.9 mail.example.org"], "CapabilityDrop": ["ALL"],
                "Ulimits": [{"Name": "nofile", "Soft": 1024, "Hard": 1024}],
            },
            "RestartPolicy": {"Condition": "any"},
            "Resources": {"Limits": {"NanoCPUs": second // 2, "MemoryBytes": 64 << 20, "Pids": 50}},
            "Networks": [{"Target": "demo_default", "Aliases": ["web", "shop"]}, {"Target": "longshore-edge"}],
        },
        "Mode": {"Replicated": {"Replicas": 4}},
        "UpdateConfig": (rule := {
            "Parallelism": 2, "Delay": 0, "FailureAction": "rollback", "Monitor": 13 * second, "MaxFailureRatio": 0.0,
            "Order": "start-first",
        }),
        "RollbackConfig": rule,
        "EndpointSpec": {"Mode": "dnsrr"},
    }  # fmt: skip
    assert ship.networks["demo_default"]["Driver"] == "overlay"
    assert ship.warnings == ()


# the update rule

CHECK = "healthcheck: {test: [CMD, probe], interval: 1s, timeout: 1s}"


@pytest.mark.parametrize(
    ("service", "order", "why"),
    [
        (f"{{image: web, {CHECK}}}", "start-first", ""),
        ("{image: web}", "stop-first", "it has no health check: nobody knows when a new task answers"),
        (f"{{image: 'postgres:16', {CHECK}}}", "stop-first", "two PostgreSQL servers must not share one volume"),
        (f"{{image: web, {CHECK}, deploy: {{update_config: {{order: stop-first}}}}}}", "stop-first",
         "the file says stop-first"),
        ("{image: web, deploy: {update_config: {order: start-first}}}", "start-first", ""),
        (f"{{image: web, {CHECK}, ports: [{{target: 80, published: '80', mode: host}}]}}", "stop-first",
         "its task holds port 80 of the node until it ends"),
        (f"{{image: web, {CHECK}, ports: ['127.0.0.1:80:80']}}", "start-first", ""),
    ],
)  # fmt: skip
def test_the_update_rule(tmp_path: Path, service: str, order: str, why: str) -> None:
    ship = shipped(tmp_path, f"services:\n  a: {service}\n")
    rule = ship.services[0].rule
    assert rule
    assert (rule.order, rule.interrupts) == (order, why)
    assert spec(ship, "a")["UpdateConfig"]["Order"] == order


def test_the_images_own_check_counts(tmp_path: Path) -> None:
    check = HealthCheck(("CMD", "probe"), interval=2.0, timeout=2.0, retries=2)
    ship = shipped(tmp_path, "services: {a: {image: x}}", check=check)
    assert ship.services[0].rule
    assert (ship.services[0].rule.order, ship.services[0].rule.monitor) == ("start-first", 8.0)
    assert "Healthcheck" not in container(ship, "a")


def test_a_monitor_of_the_file_holds(tmp_path: Path) -> None:
    update = "deploy: {update_config: {monitor: 40s, parallelism: 3, delay: 2s}}"
    found = spec(shipped(tmp_path, f"services: {{a: {{image: web, {CHECK}, {update}}}}}"), "a")["UpdateConfig"]
    assert (found["Monitor"], found["Parallelism"], found["Delay"]) == (40_000_000_000, 3, 2_000_000_000)


# order and jobs


def test_waves_and_jobs(tmp_path: Path) -> None:
    ship = shipped(
        tmp_path,
        """
services:
  web: {image: a, depends_on: {migrate: {condition: service_completed_successfully}}}
  migrate: {image: a, command: [up], depends_on: [db]}
  db: {image: postgres}
""",
    )
    assert [(one.service, one.wave, one.job) for one in ship.services] == [
        ("db", 0, False), ("migrate", 1, True), ("web", 2, False)]  # fmt: skip
    job = spec(ship, "migrate")
    assert job["Mode"] == {"ReplicatedJob": {"MaxConcurrent": 1, "TotalCompletions": 1}}
    assert job["TaskTemplate"]["RestartPolicy"] == {"Condition": "none"}
    assert not {"UpdateConfig", "RollbackConfig", "EndpointSpec"} & job.keys()


# secrets

SECRETS = """
services:
  web:
    image: shop/web
    environment:
      DB_PASSWORD: hunter22
      DATABASE_URL: postgres://app:hunter22@db/app
      GREETING: "say hunter22"
      SMTP_LOGIN: deep-blue
      MODE: fast
    healthcheck: {test: "probe $$DB_PASSWORD"}
  db:
    image: postgres:16
    environment: {POSTGRES_PASSWORD: hunter22, POSTGRES_USER: app}
  cache:
    image: redis:7
    configs: [conf]
configs:
  conf: {content: "requirepass hunter22"}
x-longshore: {ship: {secrets: [SMTP_LOGIN]}}
"""


def test_secret_values_stand_in_no_spec(tmp_path: Path) -> None:
    ship = shipped(tmp_path, SECRETS, files={"config:conf": b"requirepass hunter22"})
    text = json.dumps([dict(one.spec) for one in ship.services]) + json.dumps(dict(ship.networks))
    assert "hunter22" not in text
    assert "deep-blue" not in text
    assert all(b"hunter22" not in one.content for one in ship.stored if one.kind == "config")
    assert "hunter22" not in repr(ship)


def test_variables_leave_through_the_script(tmp_path: Path) -> None:
    web = container(shipped(tmp_path, SECRETS, files={"config:conf": b"x"}), "web")
    assert web["Env"] == ["MODE=fast"]
    assert (web["Command"], web["Args"]) == (["/run/longshore/enter", "/entry"], ["serve"])
    assert web["Healthcheck"]["Test"] == ["CMD", "/run/longshore/enter", "/bin/sh", "-c", "probe $DB_PASSWORD"]
    assert [one["File"]["Name"] for one in web["Secrets"]] == [
        f"/run/longshore/env/{name}" for name in ("DATABASE_URL", "DB_PASSWORD", "GREETING", "SMTP_LOGIN")]  # fmt: skip
    assert [(one["File"]["Name"], one["File"]["Mode"]) for one in web["Configs"]] == [("/run/longshore/enter", 0o555)]


def test_an_image_that_knows_name_file_reads_it_itself(tmp_path: Path) -> None:
    db = container(shipped(tmp_path, SECRETS, files={"config:conf": b"x"}), "db")
    assert db["Env"] == ["POSTGRES_USER=app", "POSTGRES_PASSWORD_FILE=/run/longshore/env-files/POSTGRES_PASSWORD"]
    assert "Command" not in db


def test_a_config_with_a_secret_in_it_is_one(tmp_path: Path) -> None:
    cache = container(shipped(tmp_path, SECRETS, files={"config:conf": b"requirepass hunter22"}), "cache")
    assert "Configs" not in cache
    assert cache["Secrets"][0]["File"]["Name"] == "/conf"


def test_names_follow_the_content() -> None:
    one, other = content_name("demo", "env.KEY", b"a"), content_name("demo", "env.KEY", b"b")
    assert one != other
    assert one == content_name("demo", "env.KEY", b"a")
    assert len(content_name("demo", "x" * 90, b"a")) <= 64


def test_a_password_that_is_a_servers_name_hides_nothing_else(tmp_path: Path) -> None:
    check = "healthcheck: {test: pg_isready -U postgres}"
    ship = shipped(
        tmp_path, f"services: {{db: {{image: postgres, environment: {{POSTGRES_PASSWORD: postgres}}, {check}}}}}"
    )
    assert container(ship, "db")["Env"] == ["POSTGRES_PASSWORD_FILE=/run/longshore/env-files/POSTGRES_PASSWORD"]


# what does not come over


def _refused(folder: Path, text: str, **more: object) -> list[str]:
    with pytest.raises(ShoreError) as caught:
        shipped(folder, text, **more)
    errors = caught.value.errors if isinstance(caught.value, ShoreErrors) else (caught.value,)
    return [str(one).replace(f"{folder}/", "") for one in errors]


@pytest.mark.parametrize(
    ("service", "words"),
    [
        ("network_mode: host", "compose.yaml:5:19: services.a.network_mode: a service that may run on any node"),
        ("privileged: true", "compose.yaml:5:17: services.a.privileged: a service that may run on any node"),
        ("volumes: ['./:/data']", "services.a.volumes:  is on this machine alone"),
        ("command: run --password hunter22", "services.a.command holds the value of APP_PASSWORD"),
        ("post_start: [{command: x}]", "compose.yaml:5:17: services.a.post_start: a Swarm runs no hooks"),
    ],
)
def test_refused_with_its_place(tmp_path: Path, service: str, words: str) -> None:
    head = "services:\n  a:\n    image: x\n    environment: {APP_PASSWORD: hunter22}\n    "
    bound = {f"bind:{tmp_path}/file": b"x"}
    assert words in "\n".join(_refused(tmp_path, head + service, files=bound)).replace(str(tmp_path), "")


def test_an_image_without_a_shell_is_refused_where_it_would_be_needed(tmp_path: Path) -> None:
    (text,) = _refused(tmp_path, "services: {a: {image: x, environment: {API_KEY: abcdef}}}", shell=False)
    assert "its image has no shell that could export API_KEY" in text
    assert shipped(tmp_path, "services: {a: {image: x}}", shell=False).services


def test_a_port_of_an_address_is_never_widened(tmp_path: Path) -> None:
    ship = shipped(tmp_path, "services: {a: {image: x, ports: ['127.0.0.1:8000:80']}}")
    assert "Ports" not in spec(ship, "a")["EndpointSpec"]
    assert "127.0.0.1:8000:80 is not published" in ship.warnings[0]


def test_what_is_left_out_is_said_and_strict_refuses(tmp_path: Path) -> None:
    text = "services: {a: {image: x, container_name: other, security_opt: ['no-new-privileges:true']}}"
    warnings = shipped(tmp_path, text).warnings
    assert [warning.partition("services.")[2] for warning in warnings] == [
        "a.container_name is left out: tasks have names of their own; the service's name resolves",
        "a.security_opt: no-new-privileges:true is left out: the Swarm's API 1.41 has no field for it",
    ]
    assert len(_refused(tmp_path, text, strict=True)) == 2
    newer = container(shipped(tmp_path, text, version=ApiVersion(1, 46)), "a")
    assert newer["Privileges"] == {"NoNewPrivileges": True}


def test_a_bound_file_becomes_a_config(tmp_path: Path) -> None:
    (tmp_path / "site.conf").write_text("site")
    text = "services: {a: {image: x, volumes: ['./site.conf:/etc/site.conf:ro']}}"
    ship = shipped(tmp_path, text, files={f"bind:{tmp_path}/site.conf": b"site"})
    assert container(ship, "a")["Configs"][0]["File"]["Name"] == "/etc/site.conf"
    assert [one.content for one in ship.stored] == [b"site"]


def test_a_bound_file_to_write_to_is_left_out_and_said(tmp_path: Path) -> None:
    text = "services: {a: {image: x, volumes: ['./error.log:/app/error.log']}}"
    ship = shipped(tmp_path, text, files={f"bind:{tmp_path}/error.log": b""})
    assert not container(ship, "a").keys() & {"Configs", "Mounts"}
    (warning,) = ship.warnings
    assert warning.startswith(f"{tmp_path}/compose.yaml:1:36: services.a.volumes: {tmp_path}/error.log is left out")


def test_a_service_stays_where_its_volume_is(tmp_path: Path) -> None:
    text = "services: {a: {image: x, volumes: ['data:/data']}}\nvolumes: {data: {}}"
    ship = shipped(tmp_path, text, pins={"data": "node.labels.longshore.demo_data==here"})
    assert spec(ship, "a")["TaskTemplate"]["Placement"] == {"Constraints": ["node.labels.longshore.demo_data==here"]}
    assert container(ship, "a")["Mounts"][0]["Source"] == "demo_data"


# the table


def test_every_attribute_has_a_cell_and_no_cell_is_of_nothing() -> None:
    paths = {attribute.path for attribute in ATTRIBUTES}
    assert CELLS.keys() <= paths, CELLS.keys() - paths
    for path in paths:
        cell = cell_of(path)
        assert cell.words or cell.level == "yes", path
    direct = {path for path in paths if path.startswith("services.*.") and path.count(".") == 2}
    assert direct <= CELLS.keys(), direct - CELLS.keys()
