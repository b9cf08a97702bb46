"""What lies on disk: the state file, volumes, logs, paths inside a root, first-use fill."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from longshore.model.codec import decode, encode
from longshore.model.errors import ShoreError
from longshore.model.healthcheck import HealthCheck
from longshore.model.service import RestartPolicy, Ulimit
from longshore.native.agent.container.logs import LogWriter
from longshore.native.image.model import Server
from longshore.native.image.store.tree import LayerTree
from longshore.native.inside.over import MANY, lay_over
from longshore.native.inside.root import inside
from longshore.native.shared.fill import fill, has_many
from longshore.native.shared.logfiles import log_files
from longshore.native.shared.places import Places
from longshore.native.shared.records import (
    NetworkRecord,
    ProjectRecord,
    Record,
    after_agent,
    as_container,
    load,
    save,
)
from longshore.native.shared.removal import remove_tree
from longshore.native.shared.spec import ContainerSpec, LogSpec, MountSpec, NetworkSpec, PortSpec
from longshore.native.shared.volumes import VolumeMeta, Volumes
from longshore.state.observed import Published

SPEC = ContainerSpec(
    "0123456789ab",
    "shop-web-1",
    "shop",
    "web",
    ("sh", "-c", "x"),
    ("/a", "/b"),
    server=Server("postgres", "15", "/data"),
    environment={"A": "b"},
    mounts=(MountSpec("volume", "/data", "shop_data"), MountSpec("bind", "/code", "/src")),
    networks=(NetworkSpec("shop_default", ("www",)),),
    ports=(PortSpec(80, "8080"),),
    restart=RestartPolicy("always", delay=0.5),
    health=HealthCheck(("CMD", "true"), interval=1.0),
    ulimits={"nofile": Ulimit(1, 2)},
)
RECORD = Record(
    SPEC,
    "running",
    "healthy",
    wanted=True,
    addresses={"shop_default": "172.18.0.2"},
    ports=(Published("", 8080, 80),),
    pid=77,
)


def test_a_spec_comes_back_as_it_went() -> None:
    assert decode(ContainerSpec, encode(SPEC)) == SPEC
    assert decode(ContainerSpec, {**encode(SPEC), "from_a_later_version": 1}) == SPEC


def test_the_state_file_is_replaced_whole(tmp_path: Path) -> None:
    import json

    path = tmp_path / "state.json"
    network = NetworkRecord("shop_default", "default", "172.18.0.0/16", "172.18.0.1")
    head = ProjectRecord("shop", boot="b", networks={"shop_default": network})
    save(path, encode(head), {SPEC.id: json.dumps(encode(RECORD))})
    assert load(path) == ProjectRecord("shop", boot="b", networks=head.networks, containers={SPEC.id: RECORD})
    assert path.stat().st_mode & 0o777 == 0o600
    save(path, encode(ProjectRecord("shop")), {})
    assert load(path) == ProjectRecord("shop", networks={}, containers={})
    assert [entry.name for entry in tmp_path.iterdir()] == ["state.json"]


@pytest.mark.parametrize("text", ["", "{", "nonsense"])
def test_a_broken_state_file_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text)
    assert load(tmp_path / "state.json") is None
    assert load(tmp_path / "missing/state.json") is None


def test_without_its_agent_nothing_runs() -> None:
    gone = after_agent(RECORD)
    assert (gone.state, gone.exit_code, gone.pid, gone.ports, gone.health) == ("exited", 137, 0, (), "")
    created = Record(SPEC)
    assert after_agent(created) is created


def test_a_record_as_everyone_sees_it() -> None:
    container = as_container(RECORD)
    assert (container.name, container.service, container.state, container.health) == (
        "shop-web-1",
        "web",
        "running",
        "healthy",
    )
    assert container.volumes == ("shop_data",)
    assert container.labels["com.docker.compose.project"] == "shop"


def test_volumes_remember_whose_they_are(tmp_path: Path) -> None:
    volumes = Volumes(tmp_path / "volumes")
    assert volumes.all() == ()
    assert volumes.create(VolumeMeta("shop_data", "data", "shop"))
    (volumes.data("shop_data") / "precious").write_text("x")
    assert not volumes.create(VolumeMeta("shop_data", "data", "another"))
    volumes.create(VolumeMeta("anonymous", anonymous=True))
    volumes.remember_server("shop_data", Server("postgres", "15", "/data", libc="musl", source="registry"))
    volumes.remember_server("shop_data", Server("postgres", "16", "/data"))
    (found,) = volumes.all()
    assert (found.name, found.project, found.path) == ("shop_data", "shop", str(volumes.data("shop_data")))
    meta = volumes.meta("shop_data")
    assert meta is not None
    assert (meta.server, meta.major) == ("postgres", "15")
    assert volumes.remove("shop_data")
    assert not volumes.remove("shop_data")


def test_a_removal_that_is_killed_leaves_no_part_of_a_volume(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that finds half its data does not start, and who has to mend it does not know why."""
    volumes = Volumes(tmp_path / "volumes")
    volumes.create(VolumeMeta("shop_data", "data", "shop"))
    (volumes.data("shop_data") / "PG_VERSION").write_text("15")

    def killed(tree: Path) -> None:
        raise KeyboardInterrupt(tree)

    monkeypatch.setattr("longshore.native.shared.volumes.remove_tree", killed)
    with pytest.raises(KeyboardInterrupt):
        volumes.remove("shop_data")
    monkeypatch.undo()
    assert volumes.all() == ()
    assert volumes.meta("shop_data") is None
    assert [entry.name[:9] for entry in volumes.root.iterdir()] == [".removed-"]
    assert volumes.create(VolumeMeta("shop_data", "data", "shop"))
    assert list(volumes.data("shop_data").iterdir()) == []
    assert [entry.name for entry in volumes.root.iterdir()] == ["shop_data"], "what was left is gone, too"


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden"])
def test_a_volumes_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    with pytest.raises(ShoreError, match="cannot be the name of a volume"):
        Volumes(tmp_path).directory(name)


def test_directories_made_unreadable_are_removed_too(tmp_path: Path) -> None:
    deep = tmp_path / "tree/shut/deep"
    deep.mkdir(parents=True)
    (deep / "file").write_text("x")
    deep.chmod(0)
    deep.parent.chmod(0o500)
    remove_tree(tmp_path / "tree")
    assert not (tmp_path / "tree").exists()


def test_a_path_never_leaves_its_root(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "run").mkdir()
    for name, target in {
        "var/run": "/run",
        "up": "../../../..",
        "etc": "/var/../../etc-inside",
        "loop": "loop",
    }.items():
        (tmp_path / name).symlink_to(target)
    assert inside(tmp_path, "/var/run/x") == tmp_path / "run/x"
    assert inside(tmp_path, "/up/etc/passwd") == tmp_path / "etc-inside/passwd"
    assert inside(tmp_path, "/../../etc") == tmp_path / "etc-inside"
    assert inside(tmp_path, "/") == tmp_path
    with pytest.raises(ValueError, match="too many links"):
        inside(tmp_path, "/loop/x")


def test_a_volume_is_filled_with_what_the_layers_show(tmp_path: Path) -> None:
    lower, upper, data = tmp_path / "lower", tmp_path / "upper", tmp_path / "volume/_data"
    for path, text in (("srv/data/old", "lower"), ("srv/data/kept/a", "a"), ("elsewhere/x", "x")):
        (lower / path).parent.mkdir(parents=True, exist_ok=True)
        (lower / path).write_text(text)
    (upper / "srv/data").mkdir(parents=True)
    (upper / "srv/data/old").write_text("upper")
    (upper / "srv/data").chmod(0o2770)
    (upper / "var").symlink_to("/srv")
    data.mkdir(parents=True)
    fill(data, LayerTree([lower, upper]), "/var/data", owners=False)
    found = {str(path.relative_to(data)): path.read_text() for path in data.rglob("*") if path.is_file()}
    assert found == {"old": "upper", "kept/a": "a"}
    assert data.stat().st_mode & 0o7777 == 0o2770


def test_an_image_with_nothing_at_its_place_leaves_a_volume_as_it_is(tmp_path: Path) -> None:
    data = tmp_path / "volume/_data"
    data.mkdir(parents=True)
    data.chmod(0o1777)
    fill(data, LayerTree([tmp_path]), "/nowhere", owners=os.geteuid() == 0)
    assert (data.stat().st_mode & 0o7777, list(data.iterdir())) == (0o1777, [])


def test_many_files_are_counted_no_further_than_that(tmp_path: Path) -> None:
    (tmp_path / "few").mkdir()
    (tmp_path / "many/sub").mkdir(parents=True)
    for number in range(200):
        (tmp_path / "many/sub" / str(number)).touch()
    image = LayerTree([tmp_path])
    assert [has_many(image, path) for path in ("/few", "/nowhere", "/many")] == [False, False, True]


def test_an_empty_volume_is_filled_once(tmp_path: Path) -> None:
    image, data = tmp_path / "image", tmp_path / "volume/_data"
    (image / "sub").mkdir(parents=True)
    (image / "sub/file").write_text("x")
    (image / "sub/file").chmod(0o640)
    (image / "link").symlink_to("/nowhere")
    (image / "sub").chmod(0o750)
    data.mkdir(parents=True)
    fill(data, LayerTree([image]), "/", owners=False)
    assert (data / "sub/file").read_text() == "x"
    assert (data / "sub").stat().st_mode & 0o777 == 0o750
    assert (data / "sub/file").stat().st_mode & 0o777 == 0o640
    assert (data / "link").readlink() == Path("/nowhere")
    (image / "later").write_text("y")
    fill(data, LayerTree([image]), "/", owners=False)
    assert not (data / "later").exists()


def test_a_fill_that_was_broken_off_starts_again(tmp_path: Path) -> None:
    image, data = tmp_path / "image", tmp_path / "volume/_data"
    image.mkdir()
    (image / "whole").write_text("x")
    data.mkdir(parents=True)
    (data.parent / "_filling").mkdir()
    (data.parent / "_filling/half").write_text("x")
    fill(data, LayerTree([image]), "/", owners=False)
    assert [entry.name for entry in data.iterdir()] == ["whole"]


def test_filling_leaves_the_directory_itself_for_others_have_it_mounted(tmp_path: Path) -> None:
    image, data = tmp_path / "image", tmp_path / "volume/_data"
    image.mkdir()
    image.chmod(0o770)
    data.mkdir(parents=True)
    before = data.stat().st_ino
    fill(data, LayerTree([image]), "/", owners=False)
    (image / "file").write_text("x")
    fill(data, LayerTree([image]), "/", owners=False)
    assert data.stat().st_ino == before
    assert data.stat().st_mode & 0o777 == 0o770
    assert (data / "file").read_text() == "x"


def test_a_whole_copy_that_was_broken_off_while_it_moved_in_goes_on(tmp_path: Path) -> None:
    image, data = tmp_path / "image", tmp_path / "volume/_data"
    image.mkdir()
    for name in ("a", "b"):
        (image / name).write_text(name)
    data.mkdir(parents=True)
    (data / "a").write_text("changed since")
    (data.parent / "_filled").mkdir()
    for name in ("a", "b"):
        (data.parent / "_filled" / name).write_text(name)
    fill(data, LayerTree([image]), "/", owners=False)
    assert {entry.name: entry.read_text() for entry in data.iterdir()} == {
        "a": "changed since",
        "b": "b",
    }
    assert not (data.parent / "_filled").exists()


def test_logs_rotate(tmp_path: Path) -> None:
    writer = LogWriter(tmp_path, "web", LogSpec(size=500, files=3))
    heard: list[int] = []
    writer.listeners.append(lambda when, number, stream, text: heard.append(number))
    writer.write("o", [f"line {number}" for number in range(100)])
    writer.close()
    assert [path.name for path in log_files(tmp_path, "web")] == ["web.jsonl.2", "web.jsonl.1", "web.jsonl"]
    assert heard == list(range(1, 101))
    again = LogWriter(tmp_path, "web", LogSpec(size=500, files=3))
    again.listeners.append(lambda when, number, stream, text: heard.append(number))
    again.write("e", ["after"])
    again.close()
    assert heard[-1] == 101


def test_one_projects_names_are_under_one_directory(tmp_path: Path) -> None:
    places = Places.of({"HOME": "/home/a", "XDG_STATE_HOME": str(tmp_path), "XDG_DATA_HOME": "relative"})
    project = places.project("shop")
    assert project.directory == tmp_path / "longshore/shop"
    for path in (project.lock, project.state, project.socket, project.logs, project.container("x")):
        assert path.is_relative_to(project.directory)
    assert places.volumes == Path("/home/a/.local/share/longshore/volumes")
    assert list(places.projects()) == []


def test_a_volume_is_laid_over_many_files_of_the_image_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mounted: list[str] = []
    monkeypatch.setattr("longshore.native.inside.over.mount", lambda *words: mounted.append(str(words[1])))
    root, data = tmp_path / "root", tmp_path / "volume/_data"
    image = root / "app"
    image.mkdir(parents=True)
    data.mkdir(parents=True)
    for number in range(MANY - 1):
        (image / str(number)).touch()
    assert lay_over(data, root, image, ["/layer"], by_user=False, owners=True) is None
    assert not mounted
    (image / "last").touch()
    assert lay_over(data, root, image, ["/layer"], by_user=False, owners=True) == data.parent / "_merged"
    assert mounted == [str(data.parent / "_lower"), "_merged"]
