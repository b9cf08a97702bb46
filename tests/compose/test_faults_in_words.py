"""A wrong value in words: what was expected there, and what to write; with what just passes beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from longshore.compose.read.quickname import quick_name
from longshore.compose.write.yamltext import yaml_text
from longshore.model.errors import ShoreError, ShoreErrors
from tests.compose.conftest import Folder

SERVICE = "services:\n  web:\n    image: x\n"


@pytest.mark.parametrize(
    ("rest", "said", "hint"),
    [
        ("command: {a: b}", "14: services.web.command: must be a text or a list of texts, not a mapping", ""),
        ("user: [a]", "11: services.web.user: must be a text, not a list", ""),
        ("user:", "10: services.web.user: must be a text, not nothing", "give it a value, or remove the key"),
        ("environment: 3", "18: services.web.environment: must be a mapping of names to values, or a list of "
         "NAME=value, not 3", ""),
        ("healthcheck: [a]", "18: services.web.healthcheck: must be a mapping, not a list",
         "names are keys: write name: instead of - name"),
        ("healthcheck: x", '18: services.web.healthcheck: must be a mapping, not "x"', ""),
        ("healthcheck: {interval: 5}", "29: services.web.healthcheck.interval: must be a duration, such as 30s or "
         "1m30s, not 5", "write 5s, if it is seconds"),
        ("expose: 80", "13: services.web.expose: must be a list of texts or numbers, not 80",
         "write it as a list: [80]"),
        ("image: y", '5: the key "image" is already set in line 3', "keep one of the two"),
        ("extra_hosts: {'a=b': 1.2.3.4}", '18: services.web.extra_hosts: "a=b" is not a host name', ""),
        ("extra_hosts: {'a:b': 1.2.3.4}", '18: services.web.extra_hosts: "a:b" is not a host name', ""),
        ("extra_hosts: ['a']", '18: services.web.extra_hosts: "a" has no address; write name=address', ""),
        ("volumes: [[a]]", "15: services.web.volumes.0: must be a text or a mapping, not a list", ""),
        ("environment: [{a: b}]", "19: services.web.environment.0: a mapping cannot stand here: "
         "services.web.environment is a mapping of names to values, or a list of NAME=value", ""),
        ("labels: {a: {b: c}}", "17: services.web.labels.a: a mapping cannot stand here: services.web.labels is a "
         "mapping of names to values, or a list of NAME=value", ""),
        ("ports: ['[::1]:80:80', '[::1:80:80']", '28: services.web.ports.1: "[::1" is not an IP address',
         'write "published:target", such as "8080:80"'),
        ("tmpfs: 3", "12: services.web.tmpfs: must be a text or a list of texts, not 3", 'quote it: "3"'),
        ("scale: x", '12: services.web.scale: "x" is not a whole number', ""),
        ("scale: 1.5", "12: services.web.scale: must be a whole number or a text, not 1.5", 'quote it: "1.5"'),
        ("init: maybe", '11: services.web.init: "maybe" is not true or false', ""),
    ],
)  # fmt: skip
def test_what_is_wrong_and_what_to_write(folder: Folder, rest: str, said: str, hint: str) -> None:
    with pytest.raises(ShoreError) as caught:
        folder.load(f"{SERVICE}    {rest}\n")
    error = caught.value
    (one,) = error.errors if isinstance(error, ShoreErrors) else (error,)
    assert (str(one), one.hint) == (f"compose.yaml:4:{said}", hint)


def test_a_tab_is_named_where_it_indents(folder: Folder) -> None:
    for rest, tab in (("\tcommand: x\n", True), ("    command:\tx\n    a:\t\t- b\n", False)):
        with pytest.raises(ShoreError) as caught:
            folder.load(SERVICE + rest)
        assert ("never with tabs" in caught.value.hint) is tab


def test_addresses_lose_their_brackets(folder: Folder) -> None:
    hosts = folder.load(f"{SERVICE}    extra_hosts: ['a:[::1]', 'b=[]', 'c=1.1.1.1,2.2.2.2', 'd=x]']\n")
    assert hosts.services["web"].extra_hosts == ("a=::1", "b=[]", "c=1.1.1.1", "c=2.2.2.2", "d=x]")


def test_every_profile_is_enabled_by_a_star(folder: Folder) -> None:
    text = "services: {a: {image: x, profiles: [p]}, b: {image: x}, c: {image: x, profiles: [q, r]}}"
    for profiles, names in (((), "b"), (("*",), "abc"), (("r",), "bc"), (("p", "none"), "ab")):
        assert "".join(folder.load(text, profiles=profiles).services) == names


def test_what_is_built_from_text_has_no_file(folder: Folder) -> None:
    text = 'services: {a: {build: {dockerfile_inline: "FROM x"}}, b: {build: {dockerfile: D}}, c: {build: .}}'
    builds = [service.raw["build"] for service in folder.load(text).services.values()]
    assert [build.get("dockerfile") for build in builds] == [None, "D", "Dockerfile"]


def test_address_pools_of_two_files_are_one_by_their_subnet(folder: Folder) -> None:
    pools = "services: {{a: {{image: x, networks: [n]}}}}\nnetworks: {{n: {{ipam: {{config: [{}]}}}}}}\n"
    folder.write("a.yaml", pools.format("{subnet: 10.1.0.0/24, gateway: 10.1.0.1}"))
    folder.write("b.yaml", pools.format("{subnet: 10.1.0.0/24, ip_range: 10.1.0.128/25}, {subnet: 10.2.0.0/24}"))
    found = folder.load(files=("a.yaml", "b.yaml")).networks["n"].raw["ipam"]["config"]
    assert [dict(pool) for pool in found] == [
        {"subnet": "10.1.0.0/24", "gateway": "10.1.0.1", "ip_range": "10.1.0.128/25"}, {"subnet": "10.2.0.0/24"},
    ]  # fmt: skip


@pytest.mark.parametrize("text", [" a\nb", "\na\n", "a\n\n", "a\nb", "\n", "\n\n", "a\n b\n\n\n", " \n", "a\n\n b"])
def test_texts_of_several_lines_are_read_back(text: str) -> None:
    assert yaml.safe_load(yaml_text({"k": [text], "l": text})) == {"k": [text], "l": text}


def test_the_quick_name_is_that_of_the_first_files_folder(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "compose.yaml").write_text(SERVICE)
    files = [str(tmp_path / name / "compose.yaml") for name in ("one", "two")]
    assert quick_name(files, "", {}) == "one"
    assert quick_name(files[::-1], "", {}) == "two"
    assert quick_name(files, "asked", {"COMPOSE_PROJECT_NAME": "other"}) == "asked"
    assert quick_name(files, "", {"COMPOSE_PROJECT_NAME": "other"}) == "other"
    (tmp_path / "two/compose.yaml").write_text(f"name: named\n{SERVICE}")
    assert quick_name(files, "", {}) == "named"
