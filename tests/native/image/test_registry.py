"""Providers: every module is registered under the names that its record says, the page is up to date, and the guide's
example, which is not in the tree, is found by its entry point and runs."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from longshore.model.errors import ShoreError
from longshore.native.image.catalog import lookup, registry
from longshore.native.image.catalog.provider import Provider, Refusal
from longshore.native.image.catalog.reference import Tag
from longshore.native.image.debian.releases import RELEASES
from longshore.native.image.fetch import ferretdb
from longshore.native.image.store.images import ImageStore
from tests.shore import Shore, shared_cache

REPOSITORY = Path(__file__).resolve().parents[3]
SCRIPT = REPOSITORY / "scripts/images_page.py"
GUIDE = REPOSITORY / "docs/how-to/add-a-provider.md"
FOLDER = REPOSITORY / "src/longshore/native/image/providers"

OTHERS = {"mongo": "ferretdb", "alpine": "", "busybox": "", "ubuntu": ""}
"""Images for which another server serves: its data are not the asked one's."""


def records() -> list[Provider | Refusal]:
    """Every record that a module of the folder holds."""
    modules = [import_module(f"{registry.HERE}.{path.stem}") for path in sorted(FOLDER.glob("[!_]*.py"))]
    return [value for module in modules for value in vars(module).values() if isinstance(value, Provider | Refusal)]


def test_every_module_has_a_record_and_every_name_of_it_a_row() -> None:
    for path in FOLDER.glob("[!_]*.py"):
        module = import_module(f"{registry.HERE}.{path.stem}")
        assert any(isinstance(value, Provider) for value in vars(module).values()), f"{path.name} holds no Provider"
    named = {name: record for record in records() for name in record.names}
    assert sorted(registry.OWN) == sorted(named)
    assert all(registry.find(name) is record for name, record in named.items())


@pytest.mark.parametrize("record", [r for r in records() if isinstance(r, Provider)], ids=lambda r: r.name)
def test_what_a_record_says_holds_together(record: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ferretdb, "find_go", lambda: "/usr/bin/go")
    assert record.versions
    assert {*record.versions.values()} <= {*RELEASES, ""}
    assert {*record.sources} <= {*record.versions}
    for version, release in record.versions.items():
        found = record.choose(Tag(tuple(int(number) for number in version.split("."))))
        assert found.level == ("deviates" if record.name in OTHERS else "exact"), found.text
        assert found.recipe
        assert record.own_release or (found.recipe.kind, found.recipe.version) == (record.name, version)
        assert found.recipe.release == release or not release
        if record.server:
            assert record.server(version).kind == OTHERS.get(record.name, record.name)


def test_the_page_is_up_to_date() -> None:
    script = runpy.run_path(str(SCRIPT))
    assert script["PAGE"].read_text() == script["page"](), "run: python scripts/images_page.py"


# providers of other distributions


def block(language: str) -> str:
    """The guide's code in `language`."""
    found = re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.S)
    assert len(found) == 1
    return str(found[0])


def distribution(folder: Path, entry: str) -> Path:
    """What an installer would make of the guide's module, with `entry` as its entry points."""
    (folder / "nats_for_longshore.py").write_text(block("python"))
    info = folder / "nats_for_longshore-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: nats-for-longshore\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(entry)
    return folder


ENTRY = "[longshore.providers]\nnats = nats_for_longshore:PROVIDER\n"


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "nats_for_longshore", raising=False)
    return tmp_path


def test_the_guide_says_the_entry_point_as_installers_write_it() -> None:
    said = tomllib.loads(block("toml"))["project"]["entry-points"]
    assert said == {registry.GROUP: {"nats": "nats_for_longshore:PROVIDER"}}


def test_an_entry_point_brings_a_provider(beside: Path) -> None:
    assert lookup.survey("nats:2").level == "refused"
    distribution(beside, ENTRY)
    found = lookup.survey("docker.io/library/nats:2.9-alpine")
    assert (found.level, found.text) == ("exact", "nats 2.9 on Debian bookworm")
    assert lookup.survey("nats:2.11").text == "nats 2.10 in place of 2.11"
    assert "nats" in lookup.survey("mongo-express").todo
    assert lookup.made_by("nats:2") == ["nats", 1, *lookup.made_by("redis:7")[2:]]


def test_our_own_are_never_replaced(beside: Path) -> None:
    distribution(beside, ENTRY.replace("nats =", "redis ="))
    assert lookup.survey("redis:7").runs == "redis 7.0"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("nowhere_at_all:PROVIDER", "cannot be loaded: ModuleNotFoundError"),
        ("nats_for_longshore:VERSIONS", "nats_for_longshore:VERSIONS is not a Provider"),
    ],
)
def test_a_broken_entry_point_names_its_distribution(beside: Path, value: str, says: str) -> None:
    distribution(beside, f"[longshore.providers]\nnats = {value}\n")
    with pytest.raises(ShoreError, match=says) as failure:
        lookup.survey("nats:2")
    assert failure.value.hint == "mend or uninstall nats-for-longshore"


def test_no_entry_point_is_asked_for_what_we_know(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_foreign", lambda: pytest.fail("all distributions were read"))
    assert ImageStore(tmp_path).survey("redis:7").level == "exact"
    assert ImageStore(tmp_path).find("redis:7") is None


@pytest.mark.e2e
def test_the_guides_example_runs(tmp_path: Path) -> None:
    site, project = tmp_path / "site", tmp_path / "queue"
    site.mkdir()
    project.mkdir()
    distribution(site, ENTRY)
    shore = Shore(project, tmp_path / "home", cache=shared_cache(), extra={"PYTHONPATH": str(site)})
    shore.write(compose=block("yaml"))
    try:
        assert "nats 2.10 in place of 2.11" in shore.ok("up", "-d", "--wait").text
        table = shore.ok("ps").out
        assert re.search(r"queue .*nats 2\.10", table), table
    finally:
        shore.down()


def test_deciding_loads_what_was_asked_for_and_nothing_that_makes_images() -> None:
    program = (
        "import sys\nfrom longshore.native.image.catalog.lookup import survey\n"
        "for name in ('postgres:16', 'redis:7', 'python:3.13', 'node:22', 'nginx'): assert survey(name).recipe, name\n"
        "print(*sys.modules)"
    )
    loaded = set(
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not loaded & {"ctypes", "zipfile", "tempfile", "platform", "importlib.metadata", "importlib.resources"}
    ours = {name.rpartition(".")[2] for name in loaded if name.startswith(f"{registry.HERE}.")}
    assert ours == {"postgres", "redis", "python", "node", "nginx"}
    assert not loaded & {f"longshore.native.image.debian.{name}" for name in ("apt", "base", "debs", "alpine")}
