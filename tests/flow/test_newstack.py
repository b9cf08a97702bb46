"""`shore new`: a copy under its own names, with fresh secrets and nothing of what work has made."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

import longshore
from longshore.cli import main
from longshore.compose.load import LoadOptions, load
from longshore.flow import newstack
from longshore.flow.newstack import BEGINNINGS, Beginning, begin, stacks_folder
from longshore.model.errors import ShoreError

NAMES = [one.name for one in BEGINNINGS]


def compose_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("docker-compose*.yml"))


def test_every_stack_can_be_begun_with() -> None:
    assert sorted(NAMES) == sorted(path.name for path in stacks_folder().iterdir() if path.is_dir())


@pytest.mark.parametrize("one", BEGINNINGS, ids=NAMES)
def test_a_copy_has_its_own_names_and_secrets(one: Beginning, tmp_path: Path) -> None:
    folders = [tmp_path / "a" / "my-own", tmp_path / "b" / "my-own"]
    for folder in folders:
        begin(one, folder)
    texts = [(folder / ".env").read_text() for folder in folders]
    assert texts[0] != texts[1]
    assert stat.S_IMODE((folders[0] / ".env").stat().st_mode) == 0o600
    files = compose_files(folders[0])
    assert len(files) >= 2
    named = 0
    for path in files:
        text = path.read_text()
        assert f"name: {one.project}" not in text
        assert f"image: {one.images}" not in text
        named += "name: my-own" in text
    assert named >= 2
    for path in folders[0].rglob("*"):
        assert path.is_dir() or path.stat().st_mode & 0o600 == 0o600


@pytest.mark.parametrize("one", BEGINNINGS, ids=NAMES)
def test_a_copy_is_a_stack(one: Beginning, tmp_path: Path) -> None:
    folder = tmp_path / "my-own"
    begin(one, folder)
    words = one.up.split()
    files = tuple(str(folder / word) for word in words if word.endswith(".yml"))
    stack = load(LoadOptions(files=files, project_directory=str(folder), environ={"PATH": "/bin"}))
    assert stack.name.startswith("my-own")
    images = [service.image for service in stack.services.values() if service.build and service.image]
    assert all(image.startswith("my-own/") for image in images if "/" in image)


def test_what_work_has_made_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "stacks/shop"
    for path in ("a/node_modules/x", "a/__pycache__/y.pyc", ".env", "data/rows.db", "data/.gitkeep", "src/data/kept",
                 "a/tsconfig.tsbuildinfo", "run.sh"):  # fmt: skip
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        (source / path).write_text("x")
    (source / "run.sh").chmod(0o555)
    (source / "new-env.sh").write_text("echo SECRET=1\n")
    monkeypatch.setattr(newstack, "stacks_folder", lambda: tmp_path / "stacks")
    begin(BEGINNINGS[0], tmp_path / "mine")
    found = sorted(str(p.relative_to(tmp_path / "mine")) for p in (tmp_path / "mine").rglob("*") if p.is_file())
    assert found == [".env", "data/.gitkeep", "new-env.sh", "run.sh", "src/data/kept"]
    assert stat.S_IMODE((tmp_path / "mine/run.sh").stat().st_mode) == 0o755
    assert (tmp_path / "mine/.env").read_text() == "SECRET=1\n"


@pytest.mark.parametrize("name", ["My-Own", "-x", "a--b", "a.b", "x_"])
def test_a_name_that_can_name_no_image_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ShoreError, match="cannot name a project"):
        begin(BEGINNINGS[0], tmp_path / name)


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/file").touch()
    with pytest.raises(ShoreError, match="is there already"):
        begin(BEGINNINGS[0], tmp_path / "mine")


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main.main(["new", "--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == NAMES
    assert main.main(["new", "backend", "my-api"]) == 0
    assert "cd my-api && shore up -d --wait" in capsys.readouterr().out
    assert main.main(["new", "galery", "x"]) == 1
    assert "did you mean gallery?" in capsys.readouterr().err
    assert main.main(["new", "gallery"]) == 2


def test_an_installed_package_has_its_stacks_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "src/longshore"
    package.mkdir(parents=True)
    monkeypatch.setattr(longshore, "__file__", str(package / "__init__.py"))
    assert stacks_folder() == tmp_path / "stacks"
    (package / "stacks").mkdir()
    assert stacks_folder() == package / "stacks"
