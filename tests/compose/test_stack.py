"""The frozen stack: typed, resolved, nothing left to guess."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.model.healthcheck import HealthCheck
from longshore.model.service import Dependency, FileUse, Mount, NetworkUse, RestartPolicy, Ulimit
from tests.compose.conftest import Folder

SYSTEMS = Path(__file__).resolve().parents[1] / "fixtures/systems"


def test_a_service_in_types(folder: Folder) -> None:
    stack = folder.load(
        """
name: shop
x-longshore: {engine: native}
services:
  web:
    image: x
    command: run --port 80
    entrypoint: []
    environment: [A=1, B, HOME]
    ports: ["127.0.0.1:8080:80", "53:53/udp"]
    volumes: [data:/data:ro, ./src:/src, {type: tmpfs, target: /tmp, tmpfs: {size: 1m, mode: 01777}}]
    depends_on: {db: {condition: service_healthy, restart: true}}
    healthcheck: {test: curl localhost, interval: 1m30s, retries: 5, start_period: 300ms}
    restart: on-failure:3
    stop_grace_period: 1m
    mem_limit: 64m
    deploy: {resources: {limits: {cpus: "0.5", memory: 64m, pids: 10}, reservations: {memory: 1k}}}
    ulimits: {nofile: {soft: 1, hard: 2}, nproc: 5}
    networks: {back: {aliases: [api], priority: 3}}
    secrets: [token, {source: token, target: /etc/token, mode: 0400}]
    configs: [settings]
    init: true
    labels: {a: "1"}
    x-own: {b: 2}
  db: {image: y, links: [web2], command: ""}
  web2: {image: z}
networks: {back: {internal: true, ipam: {config: [{subnet: 10.1.0.0/24}], options: {o: p}}}}
volumes: {data: }
secrets: {token: {environment: TOKEN}}
configs: {settings: {content: "a=${B}"}}
""",
        environ={"PWD": "/", "HOME": "/home/someone", "B": "b", "TOKEN": "not-shown"},
    )
    web, db = stack.services["web"], stack.services["db"]
    assert (stack.name, stack.working_dir) == ("shop", str(folder.path))
    assert stack.longshore == {"engine": "native"}
    assert (web.command, web.entrypoint, db.command, db.entrypoint) == (("run", "--port", "80"), (), (), None)
    assert web.environment == {"A": "1", "B": "b", "HOME": "/home/someone"}
    assert [(p.target, p.published, p.host_ip, p.protocol) for p in web.ports] == [
        (80, "8080", "127.0.0.1", "tcp"), (53, "53", "", "udp"),
    ]  # fmt: skip
    assert web.mounts == (
        Mount("volume", "/data", "data", read_only=True, create_host_path=False),
        Mount("bind", "/src", str(folder.path / "src")),
        Mount("tmpfs", "/tmp", tmpfs_size=1 << 20, tmpfs_mode=0o1777, create_host_path=False),
    )
    assert web.depends_on == {"db": Dependency("db", "service_healthy", restart=True)}
    assert db.depends_on == {"web2": Dependency("web2", restart=True)}
    assert web.healthcheck == HealthCheck(("CMD-SHELL", "curl localhost"), interval=90.0, retries=5, start_period=0.3)
    assert web.restart == RestartPolicy("on-failure", 3)
    assert web.stop_grace_period == 60.0
    resources = web.resources
    assert (resources.memory, resources.cpus, resources.pids, resources.memory_reservation) == (64 << 20, 0.5, 10, 1024)
    assert web.ulimits == {"nofile": Ulimit(1, 2), "nproc": Ulimit(5, 5)}
    assert web.networks == {"back": NetworkUse("back", aliases=("api",), priority=3)}
    assert db.networks == {"default": NetworkUse("default")}
    assert web.secrets == (FileUse("token", "/run/secrets/token"), FileUse("token", "/etc/token", mode=0o400))
    assert web.configs == (FileUse("settings", "/settings"),)
    assert web.extensions == {"x-own": {"b": 2}}
    assert stack.networks["back"].internal
    assert stack.networks["back"].ipam[0].subnet == "10.1.0.0/24"
    assert stack.networks["back"].ipam_options == {"o": "p"}
    assert stack.networks["default"].name == "shop_default"
    assert stack.volumes["data"].name == "shop_data"
    assert stack.secrets["token"].environment == "TOKEN"
    assert stack.configs["settings"].content == "a=b"
    assert stack.environment["TOKEN"] == "not-shown"
    assert "not-shown" not in repr(stack)


def test_what_docker_compose_would_label_and_print(folder: Folder) -> None:
    folder.write("a.env", "FROM_FILE=1\n")
    web = folder.load("services:\n  web: {image: x, env_file: a.env, profiles: []}\n", project_name="p").services["web"]
    assert web.raw == {
        "command": None, "entrypoint": None, "environment": {"FROM_FILE": "1"}, "image": "x",
        "networks": {"default": None},
    }  # fmt: skip


def test_profiles_and_selection(folder: Folder) -> None:
    text = (
        "services:\n  a: {image: x}\n  b: {image: y, profiles: [p], depends_on: [c]}\n  c: {image: z, profiles: [p]}\n"
    )
    assert list(folder.load(text).services) == ["a"]
    assert list(folder.load().disabled) == ["b", "c"]
    assert list(folder.load(profiles=["p"]).services) == ["a", "b", "c"]
    assert list(folder.load(services=["b"]).services) == ["b", "c"]
    assert folder.faults(services=["bb"]) == ['there is no service "bb"']


def test_a_build_may_begin_from_a_service_that_is_not_selected(folder: Folder) -> None:
    stack = folder.load(
        "services:\n"
        "  app: {build: {context: ., additional_contexts: {base: 'service:lib'}}}\n"
        "  lib: {build: {context: ., secrets: [token]}}\n"
        "  other: {image: x, build: {context: ., secrets: [unused]}}\n"
        "secrets:\n  token: {environment: TOKEN}\n  unused: {environment: UNUSED}\n",
        services=["app"],
    )
    assert list(stack.services) == ["app"]
    assert list(stack.secrets) == ["token"]
    base = stack.known("lib")
    assert base is not None
    assert base.build is not None
    assert stack.known("none") is None


def test_services_keep_the_order_of_the_files(folder: Folder) -> None:
    folder.write("compose.override.yaml", "services:\n  new: {image: n}\n  a: {tty: true}\n")
    assert list(folder.load("services:\n  z: {image: z}\n  a: {image: a}\n  m: {image: m}\n").services) == [
        "z", "a", "m", "new",
    ]  # fmt: skip


@pytest.mark.parametrize("system", ["shop", "gallery", "accounts", "backend", "assistant"])
def test_the_five_systems_load(system: str, folder: Folder) -> None:
    stack = folder.load(files=[str(SYSTEMS / system / "docker-compose.yml")])
    assert stack.name == system
    assert len(stack.services) >= 3
    assert folder.warnings == (
        [f"{SYSTEMS / system}/docker-compose.yml:2:1: version is obsolete and has no meaning; remove it"]
        if system == "assistant"
        else []
    )


def test_a_name_is_asked_for_and_checked(folder: Folder) -> None:
    text = "services: {web: {image: x}}\n"
    assert folder.load(text).name == "project"
    assert folder.load("name: My-$N\n" + text, environ={"N": "App"}).name == "my-app"
    assert folder.load(environ={"COMPOSE_PROJECT_NAME": "env"}).name == "env"
    assert folder.load(project_name="flag", environ={"COMPOSE_PROJECT_NAME": "env"}).name == "flag"
    assert folder.faults(project_name="No Good") == ['"No Good" (-p) is not a project name']


def test_files_are_found_as_docker_compose_finds_them(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.write("docker-compose.yml", "services: {old: {image: x}}\n")
    folder.write("compose.yaml", "services: {web: {image: x}}\n")
    folder.write("compose.override.yml", "services: {web: {tty: true}}\n")
    below = folder.path / "a/b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    stack = folder.load()
    assert stack.services["web"].tty
    assert [Path(file).name for file in stack.files] == ["compose.yaml", "compose.override.yml"]
    other = folder.load(environ={"COMPOSE_FILE": f"{folder.path}/docker-compose.yml"})
    assert list(other.services) == ["old"]
    assert "COMPOSE_FILE names" in folder.faults(environ={"COMPOSE_FILE": "nowhere.yaml"})[0]


@pytest.mark.parametrize(
    ("text", "policy"),
    [
        ("restart: always", RestartPolicy("always")),
        ('restart: "no"', RestartPolicy("no")),
        ("restart: on-failure:5", RestartPolicy("on-failure", 5)),
        ("deploy: {restart_policy: {condition: any, delay: 5s}}", RestartPolicy("always", delay=5.0)),
        ("deploy: {restart_policy: {condition: on-failure, max_attempts: 2}}", RestartPolicy("on-failure", 2)),
        ("restart: always, deploy: {restart_policy: {condition: none}}", RestartPolicy("no")),
    ],
)
def test_restart_policies(folder: Folder, text: str, policy: RestartPolicy) -> None:
    assert folder.load(f"services: {{web: {{image: x, {text}}}}}").services["web"].restart == policy


def test_a_restart_policy_that_is_none(folder: Folder) -> None:
    assert folder.faults("services: {web: {image: x, restart: allways}}\n") == [
        'compose.yaml:1:37: services.web.restart: "allways" is not a restart policy'
    ]


def test_what_a_named_service_needs_and_no_profile_enables_is_said(folder: Folder) -> None:
    text = "services: {a: {image: x, profiles: [p, r]}, b: {image: x, profiles: [q], depends_on: [a]}}"
    assert folder.faults(text, services=("b",)) == ["b needs a, which is left out: it has the profile p or r"]
    assert [*folder.load(text, services=("b",), profiles=("r",)).services] == ["a", "b"]


def test_what_else_a_service_has_in_types(folder: Folder) -> None:
    web = folder.load(
        """
services:
  web:
    image: x
    build:
      context: .
      secrets: [token, {source: token, target: t, uid: "1", gid: "2", mode: 0440}]
      ssh: [default, k=/key]
      shm_size: 1k
      ulimits: {nofile: 5}
      tags: [a]
    post_start: [{command: a b, user: u, privileged: true, working_dir: /w, environment: {A: "1"}}]
    pre_stop: [{command: c}]
    develop:
      watch:
        - {path: a, action: rebuild}
        - {path: b, action: sync+exec, target: /t, ignore: i, include: [n], initial_sync: true, exec: {command: d}}
    volumes:
      - {type: bind, source: /s, target: /a, bind: {propagation: rslave}}
      - {type: bind, source: /s, target: /b, bind: {create_host_path: true, selinux: z, recursive: disabled}}
      - {type: bind, source: /s, target: /c, consistency: cached}
      - {type: volume, target: /d, volume: {nocopy: true, subpath: p, labels: {a: "1"}}}
      - {type: image, source: i, target: /e, image: {subpath: q}}
      - {type: tmpfs, target: /f}
    mem_limit: 2m
    memswap_limit: 3m
    cpu_shares: 5
    cpuset: "0"
    pids_limit: 7
    scale: 0
    attach: false
    logging: {driver: d, options: {a: "1"}}
    ulimits: {a: {soft: 1, hard: 2}, b: 3}
  plain: {image: y, deploy: {replicas: 3, resources: {limits: {cpus: "0.25", pids: 9}}}}
secrets: {token: {environment: TOKEN}}
"""
    ).services
    one, other = web["web"], web["plain"]
    build = one.build
    assert build is not None
    assert [(s.source, s.target, s.uid, s.gid, s.mode) for s in build.secrets] == [
        ("token", "", "", "", None), ("token", "t", "1", "2", 0o440),
    ]  # fmt: skip
    assert (build.ssh, build.shm_size, build.ulimits, build.tags) == (
        {"default": None, "k": "/key"}, 1024, {"nofile": Ulimit(5, 5)}, ("a",),
    )  # fmt: skip
    start, stop = one.post_start[0], one.pre_stop[0]
    assert (start.command, start.user, start.privileged, start.working_dir, start.environment) == (
        ("a", "b"), "u", True, "/w", {"A": "1"},
    )  # fmt: skip
    assert (stop.command, stop.user, stop.privileged, stop.environment) == (("c",), "", False, {})
    first, second = one.watch
    assert (first.action, first.target, first.ignore, first.include, first.initial_sync, first.exec) == (
        "rebuild", "", (), (), False, None,
    )  # fmt: skip
    assert (second.target, second.ignore, second.include, second.initial_sync) == ("/t", ("i",), ("n",), True)
    assert second.exec is not None
    assert second.exec.command == ("d",)
    assert one.mounts == (
        Mount("bind", "/a", "/s", create_host_path=False, propagation="rslave"),
        Mount("bind", "/b", "/s", create_host_path=True, selinux="z", recursive="disabled"),
        Mount("bind", "/c", "/s", create_host_path=True, consistency="cached"),
        Mount("volume", "/d", nocopy=True, subpath="p", labels={"a": "1"}, create_host_path=False),
        Mount("image", "/e", "i", subpath="q", create_host_path=False),
        Mount("tmpfs", "/f", create_host_path=False),
    )
    resources = one.resources
    assert (resources.memory, resources.memory_swap, resources.cpu_shares, resources.cpuset, resources.pids) == (
        2 << 20, 3 << 20, 5, "0", 7,
    )  # fmt: skip
    assert (one.scale, one.attach, one.logging.driver, one.logging.options) == (0, False, "d", {"a": "1"})
    assert one.ulimits == {"a": Ulimit(1, 2), "b": Ulimit(3, 3)}
    assert (other.scale, other.attach, other.resources.cpus, other.resources.pids) == (3, True, 0.25, 9)
    assert (other.build, other.shm_size, other.stop_grace_period, other.init) == (None, None, 10.0, None)
