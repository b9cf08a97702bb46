"""Histories as they lie in folders: which files are migrations, what comes after what, and what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.migrations.find import histories_in, sources_of
from longshore.migrations.history import History, Revision
from longshore.migrations.tools import statement
from longshore.model.service import Build, Mount, Service


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def only(folder: Path) -> History:
    (found,) = histories_in([folder])
    return found


DJANGO = {
    "manage.py": "",
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": "import x\n\n\nclass Migration(x.M):\n    initial = True\n",
    "shop/migrations/0002_more.py": (
        "class Other: pass\nclass Migration:\n"
        '    dependencies: list = [("shop", "0001_initial"), swappable("auth"), ("auth", "__first__"), '
        '("auth", "0002_x")]\n'
        '    operations = [("shop", "no_parent")]\n'
    ),
    "shop/migrations/0003_both.py": (
        "class Migration:\n"
        '    replaces = (("shop", "0001_initial"), ("shop", "0002_more"))\n'
        "    dependencies = WANTED\n"
    ),
    "shop/migrations/broken.py": "class (",
    "shop/migrations/helper.py": "x = 1\n",
    "paid/apps.py": 'class Config:\n    name = "paid"\n    label = "billing"\n',
    "paid/migrations/__init__.py": "",
    "paid/migrations/0001_initial.py": 'class Migration:\n    dependencies = [("shop", "0001_initial")]\n',
    "no_package/migrations/0001_initial.py": "class Migration: pass\n",
    "tests/app/migrations/__init__.py": "",
    "tests/app/migrations/0001_initial.py": "class Migration: pass\n",
}


def test_django(tmp_path: Path) -> None:
    found = only(write(tmp_path, DJANGO))
    assert (found.tool, found.folder, found.apps) == ("django", str(tmp_path), {"shop", "billing"})
    assert [(one.id, one.parents, one.replaces, one.line, one.branch) for one in found.revisions] == [
        ("billing.0001_initial", ("shop.0001_initial",), (), 1, "billing"),
        ("shop.0001_initial", (), (), 4, "shop"),
        ("shop.0002_more", ("shop.0001_initial", "auth.0002_x"), (), 2, "shop"),
        ("shop.0003_both", (), ("shop.0001_initial", "shop.0002_more"), 1, "shop"),
    ]
    assert found.missing() == [], "auth is an installed package's"


def test_apps_lie_at_most_five_folders_below(tmp_path: Path) -> None:
    app = {"m.py": "", "migrations/__init__.py": "", "migrations/0001_initial.py": "class Migration: pass\n"}
    write(tmp_path, {"manage.py": ""})
    write(tmp_path / "a/b/c/near", app)
    write(tmp_path / "a/b/c/d/far", app)
    assert [one.id for one in only(tmp_path).revisions] == ["near.0001_initial"]
    (tmp_path / "manage.py").unlink()
    assert histories_in([tmp_path]) == ()


@pytest.mark.parametrize(
    ("settings", "scripts", "versions"),
    [
        ({"alembic.ini": "[alembic]\nscript_location = moves\n"}, "moves", "moves/versions"),
        ({"alembic.ini": "[alembic]\nscript_location = %(here)s/moves\n"}, "moves", "moves/versions"),
        ({"alembic.ini": "[alembic]\nscript_location = my.app:moves\n"}, "my/app/moves", "my/app/moves/versions"),
        ({"alembic.ini": "[alembic]\nscript_location = m\nversion_locations = %(here)s/v1 v2\n"}, "m", "v2"),
        ({"alembic.ini": "[alembic]\nscript_location = m\nversion_path_separator = ;\nversion_locations = v1;v2\n"},
         "m", "v2"),
        ({"alembic.ini": "[alembic]\nscript_location = m\npath_separator = os\nversion_locations = v1:v2\n"},
         "m", "v2"),
        ({"pyproject.toml": '[tool.alembic]\nscript_location = "moves"\n'}, "moves", "moves/versions"),
    ],
)  # fmt: skip
def test_where_alembic_has_its_files(tmp_path: Path, settings: dict[str, str], scripts: str, versions: str) -> None:
    write(tmp_path, {**settings, f"{scripts}/env.py": "", f"{versions}/a.py": 'revision = "a"\n'})
    found = only(tmp_path)
    assert (found.tool, found.folder) == ("alembic", str(tmp_path / scripts))
    assert [one.id for one in found.revisions] == ["a"]


@pytest.mark.parametrize(
    "settings", [{}, {"alembic.ini": "script_location"}, {"pyproject.toml": "alembic ="}, {"pyproject.toml": "x = 1"},
                 {"pyproject.toml": "[tool]\nalembic = 3\n"}, {"alembic.ini": "[alembic]\nx = 1\n"}],
)  # fmt: skip
def test_where_it_has_none(tmp_path: Path, settings: dict[str, str]) -> None:
    write(tmp_path, {**settings, "moves/versions/a.py": 'revision = "a"\n'})
    assert histories_in([tmp_path]) == ()


def test_what_a_version_file_says(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "alembic.ini": "[alembic]\nscript_location = m\n",
            "m/versions/1.py": '"""x"""\nrevision: str = "one"\ndown_revision: str | None = None\nmade = now()\n',
            "m/versions/2.py": 'down_revision = "one"\ndepends_on = ["zero"]\nbranch_labels = ("left", "x")\n'
            'revision = "two"\n',
            "m/versions/3.py": 'revision, down_revision = "no", "plain"\n',
            "m/versions/4.py": "revision = 4\n",
            "m/versions/5.py": "def (",
        },
    )
    assert [(one.id, one.parents, one.line, one.branch) for one in only(tmp_path).revisions] == [
        ("one", (), 2, ""),
        ("two", ("one", "zero"), 4, "left"),
    ]


def test_where_a_service_has_its_sources(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "file").touch()
    binds = (Mount("bind", "/a", str(tmp_path / "code")), Mount("bind", "/b", str(tmp_path / "file")))
    service = Service("a", mounts=(*binds, Mount("volume", "/c", "data")), build=Build(str(tmp_path)))
    assert [*sources_of(service)] == [tmp_path / "code", tmp_path]
    assert [*sources_of(Service("a", build=Build("https://x.test/y.git")))] == [*sources_of(Service("a"))] == []


def test_one_history_is_found_once(tmp_path: Path) -> None:
    write(tmp_path / "app", {"alembic.ini": "[a]\nscript_location = m\n", "m/versions/a.py": 'revision = "a"\n'})
    assert len(histories_in([tmp_path, tmp_path / "app", tmp_path])) == 1


def history(*revisions: Revision, tool: str = "alembic", apps: str = "") -> History:
    return History(tool, ".", revisions, frozenset(apps.split()))


def revision(id_: str, *parents: str, replaces: tuple[str, ...] = (), branch: str = "", file: str = "") -> Revision:
    return Revision(id_, file or f"{id_}.py", parents, replaces, branch=branch)


def test_what_is_wrong_with_a_history() -> None:
    found = history(revision("a"), revision("b", "a"), revision("c", "gone"), revision("b", "a", file="again.py"))
    assert [[one.file for one in several] for several in found.duplicates()] == [["b.py", "again.py"]]
    assert [(one.id, parent) for one, parent in found.missing()] == [("c", "gone")]
    assert found.cycles() == []
    assert {branch: [one.id for one in heads] for branch, heads in found.heads().items()} == {"": ["b", "c"]}


def test_a_circle_is_found_once_and_has_no_head() -> None:
    found = history(revision("a", "c"), revision("b", "a"), revision("c", "b"), revision("d", "c"), revision("e", "e"))
    assert [[one.id for one in circle] for circle in found.cycles()] == [["a", "c", "b"], ["e"]]
    assert [one.id for heads in found.heads().values() for one in heads] == ["d"]


def test_heads_of_each_app_with_a_squashed_one() -> None:
    old = [revision("s.1", branch="s"), revision("s.2", "s.1", branch="s")]
    squashed = revision("s.both", replaces=("s.1", "s.2"), branch="s")
    found = history(*old, squashed, revision("b.1", "s.2", branch="b"), tool="django", apps="s b")
    assert {branch: [one.id for one in heads] for branch, heads in found.heads().items()} == {
        "s": ["s.both"],
        "b": ["b.1"],
    }
    after = history(*old, squashed, revision("s.3", "s.2", branch="s"), tool="django", apps="s")
    assert [one.id for one in after.heads()["s"]] == ["s.3"]
    gone = history(squashed, revision("s.3", "s.2", "auth.9", "s.4", branch="s"), tool="django", apps="s")
    assert [parent for _, parent in gone.missing()] == ["s.4"]


def test_of_many_lines_the_last_eight_and_of_several_errors_the_last() -> None:
    assert statement("".join(f"{n}\n\n" for n in range(12))) == tuple(map(str, range(4, 12)))
    said = "a.Error: one\n[SQL: x]\nLINE 1: x\nERROR: two\n[SQL: y]\nLINE 2: y\n"
    assert statement(said) == ("ERROR: two", "SQL: y", "LINE 2: y")
