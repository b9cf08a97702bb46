"""Errors and the stack's services name the file, line and column, through merges, extends and includes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from longshore.compose.read.context import MAX_FILE
from tests.compose.conftest import Folder

BASE = """services:
  web:
    image: x
    ports:
      - "8080:80"
    environment:
      A: "1"
  db:
    image: y
"""


def test_a_value_of_the_override_is_placed_there(folder: Folder) -> None:
    folder.write("compose.override.yaml", "services:\n  web:\n    privileged: maybe\n")
    assert folder.faults(BASE) == ['compose.override.yaml:3:17: services.web.privileged: "maybe" is not true or false']


def test_a_value_that_is_wrong_only_after_the_merge_has_the_place_of_the_last_word(folder: Folder) -> None:
    folder.write(
        "compose.override.yaml", "services:\n  web:\n    network_mode: host\n    networks: [n]\nnetworks: {n: }\n"
    )
    assert folder.faults(BASE) == ["compose.override.yaml:3:19: services.web.network_mode: there are also networks"]


def test_a_mistake_in_an_extended_file_is_placed_there(folder: Folder) -> None:
    folder.write("common.yaml", "services:\n  base:\n    image: x\n    ports:\n      - 'x:80'\n")
    faults = folder.faults("services:\n  web:\n    extends: {file: common.yaml, service: base}\n")
    assert faults == ['common.yaml:5:9: services.base.ports.0: published port "x" is not a number from 0 to 65535']
    folder.write("common.yaml", "services:\n  base:\n    image: x\n    restrat: always\n")
    assert folder.faults() == ["common.yaml:4:5: services.web.restrat: not known here"]


def test_a_mistake_in_an_included_file_is_placed_there(folder: Folder) -> None:
    folder.write("sub/compose.yaml", "services:\n  sub:\n    image: x\n    cpus: many\n")
    assert folder.faults("include: [sub/compose.yaml]\n" + BASE)[0].startswith(
        "sub/compose.yaml:4:11: services.sub.cpus"
    )


def test_a_clash_with_an_included_file_names_both_places(folder: Folder) -> None:
    folder.write("sub/compose.yaml", "services:\n  web:\n    image: other\n")
    assert folder.faults("include: [sub/compose.yaml]\n" + BASE) == [
        "compose.yaml:3:3: services.web is also defined in the included file sub/compose.yaml:2:3"
    ]


def test_a_mistake_in_an_anchor_is_placed_at_the_anchor(folder: Folder) -> None:
    faults = folder.faults("x-a: &a\n  restart: no-word\n  portss: []\nservices:\n  web:\n    <<: *a\n    image: x\n")
    assert faults == ["compose.yaml:3:3: services.web.portss: not known here"]


def test_all_mistakes_of_a_file_in_its_order(folder: Folder) -> None:
    faults = folder.faults(
        "services:\n  web:\n    image: ${X:?is needed}\n    imagee: y\n    tty: maybe\n"
        "    security_opt: [a, a]\n  x y: {image: z}\n"
    )
    assert faults == [
        "compose.yaml:3:12: services.web.image: required variable X is missing a value: is needed",
        "compose.yaml:4:5: services.web.imagee: not known here",
        'compose.yaml:5:10: services.web.tty: "maybe" is not true or false',
        'compose.yaml:6:19: services.web.security_opt: "a" is there twice',
        'compose.yaml:7:3: services.x y: "x y" is not a name',
    ]


def test_services_know_the_places_of_their_keys(folder: Folder) -> None:
    folder.write(
        "compose.override.yaml", "services:\n  web:\n    environment:\n      B: two\n    ports:\n      - '81:81'\n"
    )
    web = folder.load(BASE).services["web"]
    assert str(web.place()) == "compose.yaml:3:5"
    assert str(web.place("environment.A")) == "compose.yaml:7:10"
    assert str(web.place("environment.B")) == "compose.override.yaml:4:10"
    assert [str(port.place) for port in web.ports] == ["compose.yaml:5:9", "compose.override.yaml:6:9"]
    assert web.place("healthcheck") == web.place()
    assert "ports.1" in web.places
    assert "image" in list(web.places)


def test_warnings_come_once_each_with_their_place(folder: Folder) -> None:
    folder.load('version: "3"\nservices:\n  web:\n    image: x$A\n    command: $A $B\n    tty: "yes"\n')
    assert folder.warnings == [
        "compose.yaml:4:12: the variable A is not set; it is empty here",
        "compose.yaml:5:14: the variable B is not set; it is empty here",
        'compose.yaml:6:10: "yes" is not a boolean of YAML 1.2; write true',
        "compose.yaml:1:1: version is obsolete and has no meaning; remove it",
    ]


def test_a_mistake_that_ends_the_loading_comes_with_those_before_it(folder: Folder) -> None:
    faults = folder.faults("services:\n  a: {image: '${', tty: maybe}\n  b: {extends: nobody}\n")
    assert [fault.split(": ")[0] for fault in faults] == ["compose.yaml:2:14", "compose.yaml:2:25", "compose.yaml:3:16"]


def test_every_file_that_is_not_yaml_is_told_of(folder: Folder) -> None:
    folder.write("compose.override.yaml", "services: [\n")
    faults = folder.faults("services:\n\tweb: {}\n")
    assert {fault.split(":")[0] for fault in faults} == {"compose.yaml", "compose.override.yaml"}


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("", "3:5"), ("ports", "4:12"), ("ports.0", "4:13"), ("ports.0.target", "4:13"), ("ports.1", "4:22"),
        ("ports.2", None), ("ports.x", None), ("ports.-1", None), ("environment.A.B", "5:19"),
        ("environment.C", "5:26"),
        ("environment.0", "5:19"), ("environment.2", None), ("environment.D", None), ("labels.a.b", "6:19"),
        ("labels.a", None), ("labels.c", "6:25"), ("image.x", None), ("nope", None),
    ],
)  # fmt: skip
def test_the_place_of_a_key(folder: Folder, key: str, place: str | None) -> None:
    places = (
        folder.load(
            "services:\n  web:\n    image: x\n    ports: ['80:80', 81]\n    environment: [A.B=1, 'C']\n"
            "    labels: {a.b: 1, c: 2}\n"
        )
        .services["web"]
        .places
    )
    assert str(places.get(key)) == (f"compose.yaml:{place}" if place else "None")
    assert (key in places) is bool(place)
    assert {"", "ports.1", "ports.0.published", "environment.A.B", "environment.1", "labels.a.b"} <= {*places}
    assert len(places) == len([*places]) == 20


def test_what_no_file_says_has_no_places(folder: Folder) -> None:
    network = folder.load("services: {web: {image: x}}").networks["default"]
    assert ([*network.places.items()], len(network.places), network.place) == ([], 0, None)


@pytest.mark.parametrize(
    ("base", "over", "told"),
    [
        ("labels: {a: b}", "cap_add: {a: b}", "cap_add: must be a list of texts, not a mapping"),
        ("cap_add: [A]", "cap_add: b", 'cap_add: cannot override a list with "b"'),
        ("cap_add: [A]", "cap_add: {a: b}", "cap_add: cannot override a list with a mapping"),
        ("healthcheck: {test: a}", "healthcheck: [b]", "healthcheck: cannot override a mapping with a list"),
        ("deploy: {resources: {limits: {cpus: 1}}}", "deploy: {resources: {limits: 1.5}}",
         'deploy.resources.limits: cannot override a mapping with "1.5"'),
    ],
)  # fmt: skip
def test_what_cannot_be_merged_is_placed_in_the_file_that_overrides(
    folder: Folder, base: str, over: str, told: str
) -> None:
    folder.write("compose.override.yaml", f"services: {{web:\n  {{{over}}}}}\n")
    (found,) = folder.faults(f"services: {{web: {{image: x, {base}}}}}\n")
    place, _, what = found.partition(": services.web.")
    assert (place.rpartition(":")[0], what) == ("compose.override.yaml:2", told)


FILES = {
    "services: {web: {extends: {file: sub/a.yaml, service: a}}}": (
        {"sub/a.yaml": "services: {a: {extends: {file: b.yaml, service: b}}}",
         "sub/b.yaml": "services: {c: {image: x}}"},
        'sub/a.yaml:1:25: services.a.extends: there is no service "b" in sub/b.yaml',
    ),
    "services: {web: {extends: {file: a.yaml, service: a}}}": (
        {"a.yaml": "services: {a: {extends: {file: compose.yaml, service: web}}}"},
        "compose.yaml:1:27: services extend each other in a circle: web (compose.yaml) → a (a.yaml) → "
        "web (compose.yaml) [remove one extends]",
    ),
    "services: {a: {extends: b}, b: {extends: c}, c: {extends: b}}": (
        {}, "compose.yaml:1:42: services extend each other in a circle: b (compose.yaml) → c (compose.yaml) → "
        "b (compose.yaml) [remove one extends]",
    ),
    "services: {a: {extends: {file: empty.yaml, service: b}}}": (
        {"empty.yaml": "x-a: 1"}, "compose.yaml:1:25: empty.yaml, which is extended here, has no services",
    ),
    "services: {a: {extends: {file: list.yaml, service: b}}}": (
        {"list.yaml": "- a"},
        "list.yaml:1: the top level must be a mapping [it starts with services:]",
    ),
    "services: {a: {extends: {file: s.yaml, service: b}}}": (
        {"s.yaml": "services: [b]"},
        "compose.yaml:1:25: s.yaml, which is extended here, has no services",
    ),
    "services: {a: {extends: b}, b: [x]}": (
        {}, "compose.yaml:1:32: services.b must be a mapping [indent its attributes below it]",
    ),
    "services: [a]": (
        {}, "compose.yaml:1:11: services must be a mapping [names are keys: write name: instead of - name]",
    ),
    "include: [a.yaml]\nservices: {web: {image: x}}": (
        {"a.yaml": "include: [b.yaml]", "b.yaml": "include: [a.yaml]"},
        "b.yaml:1:11: files include each other in a circle: a.yaml → b.yaml → a.yaml",
    ),
    "include: [sub/a.yaml]\nservices: {web: {image: x}}": (
        {"sub/a.yaml": "networks: {n: {driver: d}}\nservices: {w: {image: x, networks: [nn]}}"},
        'sub/a.yaml:2:37: services.w.networks.nn: there is no network "nn" [did you mean n?]',
    ),
    "include: [a.yaml]\nvolumes: {v: {driver: d}}\nservices: {web: {image: x}}": (
        {"a.yaml": "volumes: {v: {driver: e}}"},
        "compose.yaml:2:11: volumes.v is also defined in the included file a.yaml:1:11 [rename one of the two, or "
        "change the included one in an override file listed under its path]",
    ),
    "include: [{path: a.yaml, env_file: nope.env}]\nservices: {web: {image: x}}": (
        {"a.yaml": "x-a: 1"},
        "compose.yaml:1:11: the env file nope.env does not exist [make it, or correct the path]",
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", FILES)
def test_what_is_wrong_between_files_is_told_in_full(folder: Folder, text: str) -> None:
    files, told = FILES[text]
    for name, content in files.items():
        folder.write(name, content)
    assert folder.told(text) == [told]


def test_a_file_may_have_four_megabytes(folder: Folder) -> None:
    text = "services: {web: {image: x}}\n#"
    folder.load(text + "x" * (MAX_FILE - len(text)))
    assert folder.told(text + "x" * (MAX_FILE - len(text) + 1)) == [
        "compose.yaml has 4 MB; a file may have 4 MB [is this the right file?]"
    ]
    os.truncate("compose.yaml", 5 << 20)
    assert folder.told() == ["compose.yaml has 5 MB; a file may have 4 MB [is this the right file?]"]


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"COMPOSE_FILE": "a.yaml:nope.yaml"},
         'COMPOSE_FILE names "nope.yaml", which does not exist [change or unset COMPOSE_FILE]'),
        ({"COMPOSE_FILE": "a.yaml,b.yaml", "COMPOSE_PATH_SEPARATOR": ","},
         'COMPOSE_FILE names "b.yaml", which does not exist [change or unset COMPOSE_FILE]'),
        ({"COMPOSE_DISABLE_ENV_FILE": "maybe"}, 'COMPOSE_DISABLE_ENV_FILE is "maybe", which is neither true nor false'),
        ({"COMPOSE_ENV_FILES": "a.yaml,,nope.env"},
         "the env file nope.env does not exist [make it, or correct the path]"),
        ({}, "there is no Compose file in FOLDER [it is called compose.yaml or docker-compose.yml; name another one "
         "with -f]"),
        ({"COMPOSE_PROJECT_NAME": "A B", "COMPOSE_FILE": "a.yaml"},
         '"A B" (COMPOSE_PROJECT_NAME) is not a project name [it has lower case letters, digits, - and _: "ab"]'),
        ({"COMPOSE_PROJECT_NAME": "!", "COMPOSE_FILE": "a.yaml"},
         '"!" (COMPOSE_PROJECT_NAME) is not a project name [it has lower case letters, digits, - and _: "project"]'),
    ],
)  # fmt: skip
def test_what_the_environment_asks_for_and_is_not_there(folder: Folder, environ: dict[str, str], told: str) -> None:
    folder.write("a.yaml", "services: {web: {image: x}}")
    (found,) = folder.told(environ={"PWD": str(folder.path), **environ})
    assert found.replace(str(folder.path), "FOLDER") == told


def test_of_several_files_of_a_kind_the_first_is_read_and_it_is_said(folder: Folder) -> None:
    for name in ("docker-compose.yml", "compose.yml", "compose.override.yaml", "docker-compose.override.yml"):
        folder.write(name, "services: {web: {image: x}}")
    assert [Path(file).name for file in folder.load().files] == ["compose.yml", "compose.override.yaml"]
    assert folder.warnings == [
        "there are compose.yml and docker-compose.yml; compose.yml is used",
        "there are compose.override.yaml and docker-compose.override.yml; compose.override.yaml is used",
    ]


@pytest.mark.parametrize(
    ("path", "found"),
    [("link/a", "real/a"), ("./link", "real"), ("real/link/b", "real/deep/b"),
     ("real/c", "real/c"), ("alink/d", "alink/d")],
)  # fmt: skip
def test_what_is_watched_is_behind_the_first_link(folder: Folder, path: str, found: str) -> None:
    (folder.path / "real/deep").mkdir(parents=True)
    (folder.path / "link").symlink_to("real")
    (folder.path / "real/link").symlink_to("deep")
    for given in (path, f"{folder.path}/{path.removeprefix('./')}"):
        text = f"services: {{web: {{image: x, develop: {{watch: [{{path: {given}, action: rebuild}}]}}}}}}"
        assert folder.load(text).services["web"].watch[0].path == f"{folder.path}/{found}"
