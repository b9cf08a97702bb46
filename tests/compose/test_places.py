"""Errors and the stack's services name the file, line and column, through merges, extends and includes."""

from __future__ import annotations

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
