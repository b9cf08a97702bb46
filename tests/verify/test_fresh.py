"""What a copy of a project is: its own names, ports, volumes and files, decided from the files alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.flow.home import Where, load_stack
from longshore.model.stack import Stack
from longshore.verify.fresh.layout import Layout, layout_of, paths_named
from longshore.verify.fresh.override import images_of, override_text, ports_of
from longshore.verify.fresh.place import abandoned, make_place, project_name

FILE = """\
name: shop
services:
  web:
    build: .
    image: shop/web:dev
    container_name: the-web
    ports: ["8000:8000", "127.0.0.1:8443:443", "9000"]
    networks: [front, fixed]
    volumes: ["./src:/src", "{outside}:/data", "/etc/hosts:/etc/host-names:ro"]
  worker:
    image: shop/web:dev
    networks: {{fixed: {{ipv4_address: 172.29.5.5}}}}
  db:
    image: postgres:16
    volumes: ["data:/var/lib/postgresql/data", "other:/other", "bound:/bound"]
networks:
  front: {{name: shop-front, ipam: {{config: [{{subnet: 172.28.0.0/24}}]}}}}
  fixed: {{ipam: {{config: [{{subnet: 172.29.0.0/16}}]}}}}
  theirs: {{external: true}}
  shut: {{internal: true}}
volumes:
  data: {{name: shop-data, labels: {{keep: "yes"}}}}
  other: {{external: true, name: precious}}
  bound: {{driver: local, driver_opts: {{type: none, o: bind, device: "{outside}"}}}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "deep/shop"
    (folder / "src").mkdir(parents=True)
    (tmp_path / "deep/data").mkdir()
    (folder / "compose.yaml").write_text(FILE.format(outside=tmp_path / "deep/data"))
    return folder


def load(project: Path, *files: Path, name: str = "", folder: Path | None = None) -> Stack:
    where = Where(files=tuple(map(str, files or [project / "compose.yaml"])), project=name, environ={"PATH": "/bin"},
                  project_directory=str(folder or ""))  # fmt: skip
    return load_stack(where)


def layout_for(stack: Stack, tree: Path) -> Layout:
    return layout_of(stack, str(tree), [path for path in paths_named(stack) if Path(path).exists()])


def test_where_things_lie(project: Path, tmp_path: Path) -> None:
    layout = layout_for(load(project), tmp_path / "copy")
    assert layout.base == str(project.parent)
    assert set(layout.copied) == {str(project), str(project.parent / "data")}
    assert layout.place(str(project / "src")) == str(tmp_path / "copy/shop/src")
    assert layout.place(str(project.parent / "data")) == str(tmp_path / "copy/data")
    assert layout.place("/etc/hosts") == "/etc/hosts"


def test_nothing_of_the_copy_is_the_original_s(project: Path, tmp_path: Path) -> None:
    stack = load(project)
    layout = layout_for(stack, tmp_path / "copy")
    there = tmp_path / "copy/shop"
    (there / "src").mkdir(parents=True)
    (there / "compose.yaml").write_text((project / "compose.yaml").read_text())
    draft = load(there, name="shop-fresh-1")
    ports = {(name, number): 50000 + number for name, number, _ in ports_of(draft)}
    override = tmp_path / "override.yaml"
    override.write_text(override_text(draft, "shop-fresh-1", ports, layout))
    copy = load(there, there / "compose.yaml", override, name="shop-fresh-1", folder=there)

    web, db = copy.services["web"], copy.services["db"]
    assert [(p.host_ip, p.published, p.target) for p in web.ports] == [
        ("", "50000", 8000), ("127.0.0.1", "50001", 443), ("", "", 9000)]  # fmt: skip
    assert web.container_name == ""
    assert {web.image, copy.services["worker"].image} == {"shop-fresh-1-web"}
    assert images_of(draft, "shop-fresh-1") == {"shop/web:dev": "shop-fresh-1-web"}
    assert web.build
    assert web.build.context == str(there)
    sources = {mount.target: mount.source for mount in web.mounts}
    assert sources == {"/src": str(there / "src"), "/data": str(tmp_path / "copy/data"),
                       "/etc/host-names": "/etc/hosts"}  # fmt: skip
    assert {volume.name for volume in copy.volumes.values()} == {f"shop-fresh-1_{key}" for key in copy.volumes}
    assert not any(volume.external for volume in copy.volumes.values())
    assert copy.volumes["bound"].bound_to == str(tmp_path / "copy/data")
    assert {network.name for network in copy.networks.values()} >= {"shop-fresh-1_front", "shop-fresh-1_fixed"}
    assert not copy.networks["front"].ipam
    assert copy.networks["fixed"].ipam[0].subnet == "172.29.0.0/16"
    assert db.image == "postgres:16"
    assert "the-web" in web.networks["front"].aliases


def test_a_place_is_owned_until_its_owner_goes(tmp_path: Path) -> None:
    environ = {"XDG_STATE_HOME": str(tmp_path)}
    place = make_place("shop", environ)
    assert list(abandoned(environ)) == []
    place.write("native", ("shop-fresh-web",), {"HOME": "/root", "SECRET": "x"})
    place.leave()
    (left,) = abandoned(environ)
    assert left.folder == place.folder
    assert left.read() == ("native", ("shop-fresh-web",), {"HOME": "/root"})
    assert list(abandoned(environ)) == []


def test_names_of_copies_are_short_and_differ() -> None:
    names = {project_name("a" * 40) for _ in range(20)}
    assert len(names) == 20
    assert max(map(len, names)) < 40
