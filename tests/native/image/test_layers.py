"""Looking into layers, and writing COPY's files over them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from longshore.dockerfile.ignore import find_ignore
from longshore.model.errors import ShoreError
from longshore.native.image.build.context import LayerSource, LocalContext
from longshore.native.image.build.copying import Copier, Wish, select
from longshore.native.image.build.layer import WrittenLayer
from longshore.native.image.build.modes import parse_mode
from longshore.native.image.build.unpacking import unpack
from longshore.native.image.oci.tarstream import attribute_header
from longshore.native.image.store.cache import Cache
from longshore.native.image.store.digest import Digests
from longshore.native.image.store.tree import LayerTree
from tests.images import archive, member

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can make whiteouts by hand")


def make(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text.startswith("->"):
            path.symlink_to(text[2:])
        else:
            path.write_text(text)
    root.mkdir(parents=True, exist_ok=True)
    return root


def whiteout(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.mknod(path, 0o020000, os.makedev(0, 0))


def names(tree: LayerTree, path: str = "/") -> list[str]:
    return [name for name, _, _ in tree.walk(path)]


def test_upper_layers_cover_lower_ones(tmp_path: Path) -> None:
    one = make(tmp_path / "1", {"a": "low", "d/x": "1", "bin": "->usr/bin", "usr/bin/sh": "s"})
    two = make(tmp_path / "2", {"a": "high", "d/y": "2"})
    tree = LayerTree([one, two])
    assert tree.read_text("/a") == "high"
    assert sorted(tree.listdir("/d")) == ["x", "y"]
    assert tree.resolve("/bin/sh") == "/usr/bin/sh"
    assert tree.is_dir("/bin")
    assert names(tree) == ["a", "bin", "d", "d/x", "d/y", "usr", "usr/bin", "usr/bin/sh"]


@needs_root
def test_whiteouts_and_opaque_directories_hide(tmp_path: Path) -> None:
    one = make(tmp_path / "1", {"gone": "1", "d/x": "1", "o/old": "1"})
    two = make(tmp_path / "2", {"o/new": "2"})
    whiteout(two / "gone")
    whiteout(two / "d/x")
    os.setxattr(two / "o", "trusted.overlay.opaque", b"y")
    tree = LayerTree([one, two])
    assert tree.real("/gone") is None
    assert tree.real("/o/old") is None
    assert list(tree.listdir("/d")) == []
    assert names(tree) == ["d", "o", "o/new"]
    assert list(tree.listdir("/o")) == ["new"]


def test_links_stay_inside_and_loops_end(tmp_path: Path) -> None:
    one = make(tmp_path / "1", {"etc/passwd": "inside", "up": "->../../../etc", "loop": "->loop"})
    tree = LayerTree([one])
    assert tree.read_text("/up/passwd") == "inside"
    with pytest.raises(FileNotFoundError):
        tree.resolve("/loop")


def test_accounts(tmp_path: Path) -> None:
    passwd = "root:x:0:0::/root:/bin/sh\napp:x:1001:1002::/home/app:/bin/sh\n"
    tree = LayerTree([make(tmp_path / "1", {"etc/passwd": passwd, "etc/group": "app:x:1002:\nwork:x:50:app\n"})])
    app = tree.account("app")
    assert app is not None
    assert (app.uid, app.gid, app.home, app.groups) == (1001, 1002, "/home/app", (50,))
    by_number = tree.account("1001:work")
    assert by_number is not None
    assert (by_number.uid, by_number.gid) == (1001, 50)
    unknown = tree.account("4000")
    assert unknown is not None
    assert (unknown.uid, unknown.gid) == (4000, 0)
    assert tree.account("nobody-here") is None


class World:
    """A context, a layer below, and the layer that COPY writes."""

    def __init__(self, tmp_path: Path) -> None:
        self.context_directory = make(tmp_path / "context", {"a.txt": "A", "src/m.py": "M", "src/sub/n.py": "N"})
        self.below = make(tmp_path / "below", {"bin": "->usr/bin", "usr/bin/sh": "s", "app/old": "o", "file": "f"})
        self.root = tmp_path / "layer"
        self.cache = Cache(tmp_path / "cache")

    def copy(self, *sources: str, to: str, **more: object) -> list[str]:
        ignore = find_ignore(self.context_directory)
        context = LocalContext(self.context_directory, ignore, Digests(self.cache, str(self.context_directory)))
        wish = Wish(sources, to, **more)  # type: ignore[arg-type]
        layer = WrittenLayer(self.root, LayerTree([self.below]))
        for selected in select(wish, context):
            Copier(layer, wish, context).copy(selected)
        return sorted(str(path.relative_to(self.root)) for path in self.root.rglob("*") if not path.is_dir())


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize(
    ("sources", "target", "there"),
    [
        (["a.txt"], "/b.txt", ["b.txt"]),
        (["a.txt"], "/new/", ["new/a.txt"]),
        (["a.txt"], "/app", ["app/a.txt"]),
        (["src"], "/app", ["app/m.py", "app/sub/n.py"]),
        (["src/"], "/new", ["new/m.py", "new/sub/n.py"]),
        (["src", "a.txt"], "/x/", ["x/a.txt", "x/m.py", "x/sub/n.py"]),
        (["."], "/", ["a.txt", "src/m.py", "src/sub/n.py"]),
        (["*.txt"], "/t/", ["t/a.txt"]),
        (["s*/m.py"], "/t/", ["t/m.py"]),
        (["../../a.txt"], "/up/", ["up/a.txt"]),
        (["a.txt"], "/bin/", ["usr/bin/a.txt"]),
        (["none*.json", "a.txt"], "/t/", ["t/a.txt"]),
    ],
)
def test_where_files_go(world: World, sources: list[str], target: str, there: list[str]) -> None:
    assert world.copy(*sources, to=target) == there


def test_parents_keeps_the_directories(world: World) -> None:
    assert world.copy("src/sub/n.py", to="/p/", parents=True) == ["p/src/sub/n.py"]


def test_parents_from_a_point_on(world: World) -> None:
    assert world.copy("src/./sub/n.py", to="/p/", parents=True) == ["p/sub/n.py"]


def test_exclude(world: World) -> None:
    assert world.copy("src", to="/p/", exclude=("**/*n.py",)) == ["p/m.py"]


def test_dockerignore_holds_for_every_source(world: World) -> None:
    (world.context_directory / ".dockerignore").write_text("src/sub\n")
    assert world.copy("src", to="/p/") == ["p/m.py"]
    with pytest.raises(ShoreError, match="src/sub is not there"):
        world.copy("src/sub", to="/p/")


def test_modes_and_times(world: World) -> None:
    (world.context_directory / "a.txt").chmod(0o640)
    os.utime(world.context_directory / "a.txt", (1000, 1000))
    world.copy("a.txt", to="/kept")
    world.copy("a.txt", to="/given", chmod="755")
    assert (world.root / "kept").stat().st_mode & 0o777 == 0o640
    assert (world.root / "kept").stat().st_mtime == 1000
    assert (world.root / "given").stat().st_mode & 0o777 == 0o755


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("755", 0o100600, 0o755),
        ("u+x", 0o100640, 0o740),
        ("a+x", 0o100640, 0o751),
        ("+x", 0o100640, 0o751),
        ("go-w", 0o100666, 0o644),
        ("u=rwX,go=rX", 0o100600, 0o644),
        ("u=rwX,go=rX", 0o100700, 0o755),
        ("u=rwX,go=rX", 0o040700, 0o755),
        ("go=", 0o100777, 0o700),
        ("g=u", 0o100640, 0o660),
        ("o=g-w", 0o100664, 0o664),
        ("u+s,+t", 0o100755, 0o5755),
        ("u=r+x", 0o100600, 0o500),
    ],
)
def test_modes_in_octal_digits_and_in_symbols(text: str, before: int, after: int) -> None:
    assert oct(parse_mode(text)(before)) == oct(after)


@pytest.mark.parametrize("text", ["", "x", "u", "u+q", "888", "17777", "u+x,", "z+x"])
def test_what_is_no_mode(text: str) -> None:
    with pytest.raises(ValueError, match="chmod"):
        parse_mode(text)


@needs_root
def test_owners(world: World) -> None:
    (world.below / "app").chmod(0o750)
    os.chown(world.below / "app", 7, 8)
    world.copy("src", to="/app/deep/er", owner=(1001, 1002))
    seen = {name: (world.root / name).stat() for name in ("app", "app/deep", "app/deep/er/m.py")}
    assert (seen["app"].st_uid, seen["app"].st_mode & 0o777) == (7, 0o750)
    assert seen["app/deep"].st_uid == 1001
    assert (seen["app/deep/er/m.py"].st_uid, seen["app/deep/er/m.py"].st_gid) == (1001, 1002)


def test_links_are_copied_as_links_and_followed_when_named(world: World) -> None:
    (world.context_directory / "src/link").symlink_to("m.py")
    world.copy("src", to="/p")
    assert (world.root / "p/link").readlink() == Path("m.py")
    world.copy("src/link", to="/q")
    assert (world.root / "q").read_text() == "M"


def test_a_link_leads_nowhere_out_of_the_context(world: World, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("key")
    (world.context_directory / "out").symlink_to(secret)
    (world.context_directory / "outdir").symlink_to(tmp_path)
    for word in ("out", "outdir/secret", "outdir/"):
        with pytest.raises(ShoreError, match="is not there"):
            world.copy(word, to="/p/")
    assert not list(world.root.rglob("secret"))


def test_a_file_is_no_directory(world: World) -> None:
    with pytest.raises(ShoreError, match="is not a directory"):
        world.copy("src", to="/file/sub/")


def test_from_a_stage_links_stay_in_the_stage(tmp_path: Path) -> None:
    stage = make(tmp_path / "stage", {"abs": "->/data", "data/x": "X"})
    source = LayerSource(LayerTree([stage]), "key")
    wish = Wish(("/abs",), "/t/")
    layer = WrittenLayer(tmp_path / "layer", LayerTree([]))
    for selected in select(wish, source):
        Copier(layer, wish, source).copy(selected)
    assert (tmp_path / "layer/t/x").read_text() == "X"


def test_digests_follow_content_and_mode_not_time(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "cache")
    file = tmp_path / "f"
    file.write_text("x")
    os.utime(file, (1, 1))
    digests = Digests(cache, "ctx")
    first = digests.of(str(file))
    os.utime(file, (2, 2))
    assert digests.of(str(file)) == first
    file.chmod(0o600)
    assert digests.of(str(file)) != first
    file.chmod(0o644)
    file.write_text("y")
    assert digests.of(str(file)) != first


def test_a_file_changed_a_moment_ago_is_read_again(tmp_path: Path) -> None:
    """Same size and same time stamp as when it was hashed: only a fresh read tells."""
    file = tmp_path / "f"
    file.write_text("x")
    stamp = file.stat()
    digests = Digests(Cache(tmp_path / "cache"), "ctx")
    first = digests.of(str(file))
    file.write_text("y")
    os.utime(file, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert digests.of(str(file)) != first


def test_an_archive_s_attribute_of_any_bytes_is_kept(tmp_path: Path) -> None:
    value = b"\x01\0\0\x02\x80\xff"
    info = member("file")
    info.pax_headers = attribute_header("user.note", value)
    (tmp_path / "some.tar").write_bytes(archive([info]))
    root = tmp_path / "layer"
    root.mkdir()
    unpack(str(tmp_path / "some.tar"), WrittenLayer(root, LayerTree([])), "/", None)
    assert (root / "file").is_file()
    if os.listxattr(root / "file"):  # none on a file system that keeps none
        assert os.getxattr(root / "file", "user.note") == value
