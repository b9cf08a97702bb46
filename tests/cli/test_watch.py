"""develop.watch: which files concern a rule, and what a batch of changes asks for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from longshore.flow.audience import Audience
from longshore.flow.home import Where
from longshore.flow.watch import Watcher, files_of, ignored_by_build
from longshore.flow.watchrules import Step, decide, first_sync, matches, roots
from longshore.model.record import replace
from longshore.model.service import Build, Hook, WatchRule
from tests.cli.conftest import Stage
from tests.cli.scenes import gallery, service, stack
from tests.cli.stage import StageEngine


@pytest.mark.parametrize(
    ("path", "patterns", "matched"),
    [
        ("node_modules/x/y.js", ["node_modules/"], True),
        ("a/node_modules/x", ["node_modules"], False),
        ("a/node_modules/x", ["**/node_modules"], True),
        ("a.pyc", ["*.pyc"], True),
        ("a/b.pyc", ["*.pyc"], False),
        ("a/b.pyc", ["**/*.pyc"], True),
        ("b.pyc", ["**/*.pyc"], True),
        ("a/keep.log", ["**/*.log", "!a/keep.log"], False),
        ("src/a.c", ["src/?.[ch]"], True),
        ("src/a.py", ["src/?.[ch]"], False),
        ("a+b", ["a+b"], True),
    ],
)
def test_patterns_are_those_of_dockerignore(path: str, patterns: list[str], matched: bool) -> None:
    assert matches(path, patterns) is matched


SYNC = WatchRule("sync", "/p/src", "/app/src", ignore=("*.tmp",))
BUILD = WatchRule("rebuild", "/p/requirements.txt")
RESTART = WatchRule("sync+restart", "/p/conf", "/etc/app")
EXEC = WatchRule("sync+exec", "/p/site", "/srv", include=("*.html",), exec=Hook(("nginx", "-s", "reload")))
WEB = service("web", watch=(SYNC, BUILD, RESTART, EXEC))


@pytest.mark.parametrize(
    ("changed", "step"),
    [
        ({"/p/src/a.py": True}, Step(copy=[("/p/src/a.py", "/app/src/a.py")])),
        ({"/p/src/a.py": False}, Step(remove=["/app/src/a.py"])),
        ({"/p/src/x.tmp": True}, None),
        ({"/p/src/.git/index": True}, None),
        ({"/p/src/.a.py.swp": True}, None),
        ({"/p/source/a.py": True}, None),
        ({"/p/requirements.txt": True}, Step(rebuild=True)),
        ({"/p/conf/a/b": True}, Step(copy=[("/p/conf/a/b", "/etc/app/a/b")], restart=True)),
        ({"/p/site/i.css": True}, None),
        ({"/p/site/i.html": True, "/p/site/j.html": True},
         Step(copy=[("/p/site/i.html", "/srv/i.html"), ("/p/site/j.html", "/srv/j.html")],
              commands=[Hook(("nginx", "-s", "reload"))])),
    ],
)  # fmt: skip
def test_what_a_change_asks_for(changed: dict[str, bool], step: Step | None) -> None:
    assert decide([WEB], changed) == ({"web": step} if step else {})


@pytest.mark.parametrize(
    "name",
    [".git/index", ".DS_Store", "a.py~", ".a.py.swp", ".a.py.swo", ".a.py.swx", ".a.py.swpx", "4913", ".#a.py",
     "#a.py#", ".idea/workspace.xml", "a.py___jb_tmp___", "a.py___jb_old___", "a.py___jb_bak___", ".a.py.kate-swp",
     ".goutputstream-S3FBGX", "x-go-tmp-umask"],
)  # fmt: skip
def test_what_editors_leave_is_ignored(name: str) -> None:
    assert decide([WEB], {f"/p/src/{name}": True, f"/p/src/deep/er/{name}": True}) == {}


@pytest.mark.parametrize(
    "name",
    ["sedatives", "sedan2014", "a.swf", "a.swx", "idea", "14913", "a.tmpl", "a.bak", "file.new", "goutputstream-x",
     ".env", "jb_tmp", "a#b", ".gitignore", "kate-swp"],
)  # fmt: skip
def test_files_that_people_mean_are_not_ignored(name: str) -> None:
    assert decide([WEB], {f"/p/src/{name}": True})["web"].copy == [(f"/p/src/{name}", f"/app/src/{name}")]


def test_a_step_is_something_where_any_part_of_it_is() -> None:
    assert not Step()
    for step in (
        Step(copy=[("/a", "/b")]), Step(remove=["/b"]), Step(commands=[Hook(("x",))]), Step(restart=True),
        Step(rebuild=True),
    ):  # fmt: skip
        assert step


def test_roots_and_first_sync() -> None:
    assert roots([WEB]) == ["/p/conf", "/p/requirements.txt", "/p/site", "/p/src"]
    assert first_sync(WEB) == [("/p/src", "/app/src"), ("/p/conf", "/etc/app"), ("/p/site", "/srv")]


def test_what_the_build_leaves_out_is_not_synced(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_text("# not these\nsrc/secret\n**/*.log\n!src/keep.log\n")
    built = replace(WEB, build=Build(str(tmp_path)))
    excludes = ignored_by_build(built)
    assert excludes is not None
    names = ["src/secret", "src/secret/deep", "src/a.log", "src/keep.log", "src/a.py"]
    assert [excludes(f"{tmp_path}/{name}") for name in names] == [True, True, True, False, False]
    assert not excludes("/elsewhere/a.log")
    changed = {"/p/src/a.py": True, "/p/src/b.py": True}
    assert decide([WEB], changed, {"web": lambda path: path.endswith("b.py")})["web"].copy == [
        ("/p/src/a.py", "/app/src/a.py")
    ]
    (tmp_path / "Dockerfile.dockerignore").write_text("nothing")
    own = ignored_by_build(built)
    assert own is not None
    assert not own(f"{tmp_path}/src/a.log"), "a Dockerfile's own file counts in its place"
    assert ignored_by_build(WEB) is None


def test_a_folder_that_comes_stands_for_what_is_in_it(tmp_path: Path) -> None:
    (tmp_path / "new/deep").mkdir(parents=True)
    (tmp_path / "new/deep/f").touch()
    (tmp_path / "new/empty").mkdir()
    (tmp_path / "new/l").symlink_to("nowhere")
    (tmp_path / "old").mkdir()
    (tmp_path / "old/g").touch()
    new, old, gone = (str(tmp_path / name) for name in ("new", "old", "gone"))
    assert files_of({new}, {new, old, gone}) == {
        f"{new}/deep/f": True, f"{new}/empty": True, f"{new}/l": True, gone: False,
    }  # fmt: skip


def test_nothing_to_watch(shore: Stage) -> None:
    shore.set(gallery())
    said = shore("watch")
    assert (said.code, said.err.splitlines()[0]) == (1, "✗ no service has develop.watch")


@pytest.mark.parametrize(
    ("count", "words"),
    [(1, "synced /app/0"), (3, "synced /app/0, /app/1, /app/2"), (5, "synced /app/0, /app/1, /app/2 and 2 more")],
)
async def test_a_few_of_many_files_are_named(count: int, words: str, tmp_path: Path) -> None:
    watched, said = service("web", watch=(replace(SYNC, path=str(tmp_path)),)), list[str]()
    made, engine = stack(watched), StageEngine()
    await engine.start(made, await engine.create(made, watched, 1, "", None))  # type: ignore[arg-type]
    watcher = Watcher(Where(say=said.append), made, engine, [watched], Audience())
    await watcher._carry_out(watched, Step(remove=[f"/app/{number}" for number in range(count)]))
    await engine.close()
    assert said == [f"web: {words}"]


async def test_a_change_reaches_the_container(tmp_path: Path) -> None:
    """The files go as one tar stream on the standard input of an exec."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src/a.py").write_text("1")
    (tmp_path / "src/.idea").mkdir()
    (tmp_path / "src/a.py~").write_text("0")
    watched = service("web", watch=(replace(SYNC, path=str(tmp_path / "src")),))
    made, engine = stack(watched), StageEngine()
    await engine.start(made, await engine.create(made, watched, 1, "", None))  # type: ignore[arg-type]
    watcher = Watcher(Where(), made, engine, [watched], Audience())
    begun = asyncio.Event()
    following = asyncio.create_task(watcher.follow(begun.set))
    await asyncio.wait_for(begun.wait(), 10)
    deadline = asyncio.get_running_loop().time() + 10
    try:
        while not any("rm -rf -- /app/src/a.py" in call for call in engine.calls):
            if (tmp_path / "src/b.py").exists():
                (tmp_path / "src/a.py").unlink(missing_ok=True)
            (tmp_path / "src/b.py").write_text("2")
            assert asyncio.get_running_loop().time() < deadline, engine.calls
            await asyncio.sleep(0.2)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await engine.close()
    assert engine.received[0] == ["app/src", "app/src/a.py"]
    assert ["app/src/b.py"] in engine.received
