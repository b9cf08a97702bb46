"""What each flag of the commands that look at a project, or work in a service, changes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import tarfile
from pathlib import Path
from typing import IO, Any

import pytest

from longshore.engine.base import ExecRequest, LogOptions
from longshore.engine.capabilities import Committing
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.state.events import LogLine
from longshore.state.observed import Container, Observed, Published
from tests.cli.conftest import Stage
from tests.cli.scenes import Scene, gallery, service, stack
from tests.cli.stage import Act, StageEngine


@pytest.fixture
def two(shore: Stage) -> Scene:
    """Two containers of one service, and a one-off one."""
    made = stack(service("web"), service("other"))
    scene = shore.set(Scene(made, StageEngine({"web": Act(lines=("line",))})))
    assert shore("up", "-d", "--scale", "web=2").code == 0
    oneoff = Container("x", "demo-web-run-1", "web", 1, state="running", oneoff=True)
    scene.engine.containers[oneoff.name] = oneoff
    scene.engine.forget()
    return scene


def change(scene: Scene, name: str, **fields: Any) -> None:
    scene.engine.containers[name] = replace(scene.engine.containers[name], **fields)


def test_logs_and_their_flags(shore: Stage, two: Scene) -> None:
    two.engine.written.append(LogLine("web", "demo-web-run-1", "of a one-off", two.engine.written[0].time))
    assert shore("logs").out == "web-1 │ line\nweb-2 │ line\n"
    assert "of a one-off" in shore("logs", "web").out
    assert shore("logs", "--index", "2", "web").out == "web-2 │ line\n"
    assert shore("logs", "--index", "3", "web").out == ""
    two.engine.forget()
    shore("logs", "--until", "2020-01-01T00:00:00Z", "--since", "2019-01-01T00:00:00Z", "-n", "5")
    assert two.engine.asked_for(LogOptions) == [LogOptions(False, 5, 1546300800.0, 1577836800.0)]
    two.engine.forget()
    shore("logs", "--tail", "-1")
    assert two.engine.asked_for(LogOptions) == [LogOptions()]
    said = shore("logs", "--tail", "many")
    assert (said.code, said.err) == (2, "✗ --tail: 'many' is not a number of lines\n  a number, or \"all\"\n")


def test_ls_and_its_filter(shore: Stage, two: Scene) -> None:
    assert shore("ls", "--filter", "name=em", "-q").out == "demo\n"
    assert shore("ls", "--filter", "name=shop", "-q").out == ""
    assert shore("ls", "--filter", "x=y").code == 2
    (row,) = json.loads(shore("ls", "--format", "json").out)
    assert (row["Name"], row["Status"]) == ("demo", "running(4)")


def test_port_and_its_flags(shore: Stage, two: Scene) -> None:
    change(two, "demo-web-1", ports=(Published("0.0.0.0", 81, 80), Published("::1", 82, 80, "udp")))
    change(two, "demo-web-2", ports=(Published("127.0.0.1", 83, 80), Published("", 84, 81), Published("", 0, 85)))
    assert shore("port", "web", "80").out == "0.0.0.0:81\n"
    assert shore("port", "--protocol", "udp", "web", "80").out == "[::1]:82\n"
    assert shore("port", "--index", "2", "web", "80").out == "127.0.0.1:83\n"
    assert shore("port", "--index", "2", "web", "81").out == "0.0.0.0:84\n"
    assert shore("port", "--index", "2", "web", "85").failure.endswith("it publishes 80/tcp, 81/tcp\n")
    said = shore("port", "web", "443")
    assert (said.code, said.err) == (1, "✗ web does not publish 443/tcp\n  it publishes 80/tcp, 80/udp\n")
    assert shore("port", "other", "1").failure == "✗ other does not publish 1/tcp\n  it publishes no port\n"


def test_ps_and_its_flags(shore: Stage, two: Scene) -> None:
    names = shore("ps", "--format", "{{.Name}}").out.split()
    assert names == ["demo-other-1", "demo-web-1", "demo-web-2"]
    shore("stop", "other")
    assert shore("ps", "--format", "{{.Name}}").out.split() == ["demo-web-1", "demo-web-2"]
    everything = ["demo-other-1", "demo-web-1", "demo-web-2", "demo-web-run-1"]
    assert shore("ps", "--all", "--format", "{{.Name}}").out.split() == everything
    assert shore("ps", "-a", "--services").out == "other\nweb\n"
    assert shore("ps", "--status", "running", "--format", "{{.Name}}").out.split() == everything[1:]
    assert shore("ps", "--filter", "state=running").code == 2


def test_stats_and_its_flags(shore: Stage, two: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.cli.commands.stats.EVERY", 0.02)
    shore("stop", "other")
    child = subprocess.Popen(["sleep", "30"])
    long = "0123456789abcdef0123456789abcdef"
    change(two, "demo-web-1", pid=child.pid, id=long)
    try:
        running = shore("stats", "--no-stream", "--format", "json").out.splitlines()
        every = shore("stats", "--no-stream", "-a", "--format", "json").out.splitlines()
        assert len(every) == len(running) + 1
        assert {"demo-other-1"} == {json.loads(x)["Name"] for x in every} - {json.loads(x)["Name"] for x in running}
        full = shore("stats", "--no-stream", "--no-trunc", "--format", "json", "web").out.splitlines()
        assert [json.loads(line)["ID"] for line in (running[0], full[0])] == [long[:12], long]
        table = shore("stats", "--no-stream", "web").out.splitlines()
        assert [line.split()[0] for line in table] == ["CONTAINER", "demo-web-1", "demo-web-2", "demo-web-run-1"]
        looks, observe = [0], two.engine.observe

        async def twice(project: str) -> Observed:
            looks[0] += 1
            if looks[0] > 3:
                raise ShoreError("enough")
            return await observe(project)

        monkeypatch.setattr(two.engine, "observe", twice)
        said = shore("stats", "web")
        assert (said.code, said.out.count("CONTAINER"), "\x1b" in said.out) == (1, 2, False), "into a file: no drawing"
    finally:
        child.kill()
        child.wait()


def test_exec_and_its_flags(shore: Stage, two: Scene) -> None:
    plain = ExecRequest(("true",))
    for words, asked in (
        ((), plain),
        (("--privileged",), replace(plain, privileged=True)),
        (("-i", "-T"), plain),
        (("--interactive", "-T"), plain),
        (("-d",), replace(plain, detach=True)),
        (("--detach",), replace(plain, detach=True)),
        (("-u", "app"), replace(plain, user="app")),
        (("-w", "/srv"), replace(plain, working_dir="/srv")),
        (("-e", "A=1"), replace(plain, environment={"A": "1"})),
    ):
        two.engine.forget()
        assert shore("exec", *words, "web", "true").code == 0
        assert two.engine.asked == [asked], words
        assert two.engine.calls[0].startswith("exec demo-web-1")
    shore("exec", "--index", "2", "web", "true")
    assert two.engine.calls[-1].startswith("exec demo-web-2")
    assert shore("exec", "web").failure == "✗ shore exec: no command\n  for example shore exec SERVICE sh\n"
    two.engine.forget()
    assert shore("--dry-run", "exec", "web", "echo", "x").out == "1  exec   demo-web-1   echo x\n"
    assert two.engine.calls == []


def test_exec_has_the_value_of_a_variable_named_alone_from_the_project(shore: Stage, two: Scene) -> None:
    shore.set(Scene(replace(two.stack, environment={"A": "the project's"}), two.engine))
    two.engine.forget()
    assert shore("exec", "-T", "-e", "A", "-e", "NONE", "-e", "B=", "web", "true").code == 0
    environment = {"A": "the project's", "NONE": None, "B": ""}
    assert two.engine.asked == [replace(ExecRequest(("true",)), environment=environment)]


class Joins(StageEngine):
    """An engine that joins streams, exports and commits."""

    joined: list[tuple[str, bool, str]]
    committed: list[tuple[str, Committing]]

    async def attach(self, container: Container, *, stdin: bool, detach_keys: str) -> None:
        self.joined.append((container.name, stdin, detach_keys))

    async def export(self, container: Container, file: IO[bytes]) -> None:
        file.write(f"archive of {container.name}".encode())

    async def commit(self, container: Container, asked: Committing) -> str:
        self.committed.append((container.name, asked))
        return "sha256:made"


@pytest.fixture
def joins(shore: Stage) -> Joins:
    engine = Joins()
    engine.capabilities = frozenset({"attach", "export", "commit"})
    engine.joined, engine.committed = [], []
    shore.set(Scene(stack(service("web")), engine))
    assert shore("up", "-d", "--scale", "web=2").code == 0
    return engine


def test_attach_and_its_flags(shore: Stage, joins: Joins) -> None:
    for words, joined in (
        ((), ("demo-web-1", True, "")),
        (("--index", "2"), ("demo-web-2", True, "")),
        (("--no-stdin",), ("demo-web-1", False, "")),
        (("--detach-keys", "ctrl-x"), ("demo-web-1", True, "ctrl-x")),
    ):
        assert shore("attach", *words, "web").code == 0
        assert joins.joined[-1] == joined
    assert shore("--dry-run", "attach", "web").out == "attach  demo-web-1\n"
    assert len(joins.joined) == 4


def test_signals_go_to_the_service_unless_that_is_not_wanted(
    shore: Stage, joins: Joins, monkeypatch: pytest.MonkeyPatch
) -> None:
    import signal

    async def attach(self: Joins, container: Container, *, stdin: bool, detach_keys: str) -> None:
        import asyncio

        handled = signal.getsignal(signal.SIGHUP)
        if handled is not signal.SIG_DFL:
            os.kill(os.getpid(), signal.SIGHUP)
            await asyncio.sleep(0.1)
        self.joined.append((container.name, handled is not signal.SIG_DFL, ""))

    monkeypatch.setattr(Joins, "attach", attach)
    assert shore("attach", "web").code == 137, "stopped by what was passed on"
    assert "kill demo-web-1 SIGHUP" in joins.calls
    shore("attach", "--sig-proxy=false", "--index", "2", "web")
    assert "kill demo-web-2 SIGHUP" not in joins.calls
    assert joins.joined == [("demo-web-1", True, ""), ("demo-web-2", False, "")]


def test_export_and_its_flags(shore: Stage, joins: Joins, tmp_path: Path) -> None:
    assert shore("export", "-o", "whole.tar", "web").code == 0
    assert (tmp_path / "whole.tar").read_text() == "archive of demo-web-1"
    assert (tmp_path / "whole.tar").stat().st_mode & 0o777 == 0o600
    assert shore("export", "--index", "2", "--output", "whole.tar", "web").code == 0
    assert (tmp_path / "whole.tar").read_text() == "archive of demo-web-2"
    assert shore("--dry-run", "export", "-o", "x", "web").out == "export  demo-web-1  to  x\n"
    assert shore("--dry-run", "export", "web").out == "export  demo-web-1  to  standard output\n"
    for name, why in (("none/x", "there is no folder none"), (str(tmp_path), f"{tmp_path} is a folder")):
        said = shore("export", "-o", name, "web")
        assert (said.code, said.err.splitlines()[0]) == (1, f"✗ nothing can be written to it: {why}")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["whole.tar"]


def test_an_export_that_fails_leaves_nothing(shore: Stage, joins: Joins, tmp_path: Path) -> None:
    joins.capabilities = frozenset()
    said = shore("export", "-o", "whole.tar", "web")
    assert (said.code, said.err) == (1, "✗ export is not for native\n  copy what is needed with shore cp\n")
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []


def test_commit_and_its_flags(shore: Stage, joins: Joins) -> None:
    plain = Committing()
    for words, asked, name in (
        (("web",), plain, "demo-web-1"),
        (("web", "me/web:2"), replace(plain, reference="me/web:2"), "demo-web-1"),
        (("-a", "Ada", "web"), replace(plain, author="Ada"), "demo-web-1"),
        (("--message", "why", "web"), replace(plain, message="why"), "demo-web-1"),
        (("-c", "USER x", "--change", "CMD y", "web"), replace(plain, changes=("USER x", "CMD y")), "demo-web-1"),
        (("--pause=false", "web"), replace(plain, pause=False), "demo-web-1"),
        (("-p", "--index", "2", "web"), plain, "demo-web-2"),
    ):
        assert shore("commit", *words).err == f"{name} is the image {asked.reference or 'sha256:made'}\n"
        assert joins.committed[-1] == (name, asked)
    assert shore("--dry-run", "commit", "web", "x").out == "commit  demo-web-1  as  x\n"
    assert shore("--dry-run", "commit", "web").out == "commit  demo-web-1  as  an image without a name\n"
    assert len(joins.committed) == 7


class Archiving(StageEngine):
    """An engine that gives and takes archives; `there` says what is at a path."""

    there: dict[str, str]
    packed: list[tuple[str, str, bool]]
    unpacked: list[tuple[str, str, str, bool, list[tuple[str, int]]]]

    async def kind(self, container: Container, path: str) -> str:
        return self.there.get(path, "")

    async def led_to(self, container: Container, path: str) -> str:
        return self.there.get(f"link {path}", path)

    async def pack(self, container: Container, path: str, file: IO[bytes], *, follow: bool) -> None:
        self.packed.append((container.name, path, follow))
        with tarfile.open(fileobj=file, mode="w") as archive:
            member = tarfile.TarInfo(path.rpartition("/")[2])
            member.size, member.uid, member.mode = 4, 4242, 0o640
            archive.addfile(member, io.BytesIO(b"text"))

    async def unpack(self, container: Container, folder: str, file: IO[bytes], *, top: str, owners: bool) -> None:
        with tarfile.open(fileobj=file) as archive:
            members = [(member.name, member.uid) for member in archive]
        self.unpacked.append((container.name, folder, top, owners, members))


@pytest.fixture
def archives(shore: Stage) -> Archiving:
    engine = Archiving()
    engine.capabilities = frozenset({"archives"})
    engine.there, engine.packed, engine.unpacked = {"/srv": "folder", "/srv/f": "file"}, [], []
    shore.set(Scene(stack(service("web")), engine))
    assert shore("up", "-d", "--scale", "web=2").code == 0
    oneoff = Container("x", "demo-web-run-1", "web", 1, state="running", oneoff=True)
    engine.containers[oneoff.name] = oneoff
    return engine


def test_cp_into_a_service(shore: Stage, archives: Archiving, tmp_path: Path) -> None:
    (tmp_path / "here").write_text("x")
    os.chown(tmp_path / "here", 77, 77) if os.geteuid() == 0 else None
    (tmp_path / "link").symlink_to("here")
    own = (tmp_path / "here").stat().st_uid
    for words, names, top, owners, member in (
        ((), ["demo-web-1", "demo-web-2"], "here", False, ("here", 0)),
        (("-a",), ["demo-web-1", "demo-web-2"], "here", True, ("here", own)),
        (("--archive", "--index", "2"), ["demo-web-2"], "here", True, ("here", own)),
        (("--all",), ["demo-web-1", "demo-web-2", "demo-web-run-1"], "here", False, ("here", 0)),
    ):
        archives.unpacked.clear()
        assert shore("cp", *words, "here", "web:/srv").code == 0
        assert archives.unpacked == [(name, "/srv", top, owners, [member]) for name in names], words
    assert shore("cp", "--index", "9", "here", "web:/srv").failure == (
        "✗ web has no container\n  make it: shore up -d web\n"
    )


def test_cp_follows_links_only_where_that_is_asked(shore: Stage, archives: Archiving, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/f").write_text("x")
    (tmp_path / "link").symlink_to("folder")
    shore("cp", "link", "web:/srv")
    assert archives.unpacked[0][2:] == ("link", False, [("link", 0)])
    archives.unpacked.clear()
    shore("cp", "-L", "link", "web:/srv")
    assert archives.unpacked[0][2:] == ("", False, [("link", 0), ("link/f", 0)])
    shore("cp", "--follow-link", "web:/srv/f", str(tmp_path / "out"))
    assert archives.packed == [("demo-web-1", "/srv/f", True)]


def test_cp_from_a_service(shore: Stage, archives: Archiving, tmp_path: Path) -> None:
    assert shore("cp", "web:srv/f", "mine").code == 0
    assert (tmp_path / "mine").read_text() == "text"
    assert (tmp_path / "mine").stat().st_uid == os.getuid()
    shore("cp", "--index", "2", "web:/srv/f", "mine")
    assert [name for name, _, _ in archives.packed] == ["demo-web-1", "demo-web-2"]
    if os.geteuid() == 0:
        shore("cp", "-a", "web:/srv/f", "owned")
        assert (tmp_path / "owned").stat().st_uid == 4242
    said = shore("cp", "web:/none", "x")
    assert (said.code, said.err) == (1, "✗ web: /none does not exist\n  is the path right?\n")
    assert shore("cp", "web:/srv/f", "no/such").failure.endswith("make it first\n")
    assert shore("--dry-run", "cp", "web:/srv/f", "x").out == "copy  web:/srv/f  to  x\n"
    assert not (tmp_path / "x").exists()


def test_cp_of_what_only_runs_of_it_have(shore: Stage, archives: Archiving) -> None:
    del archives.containers["demo-web-1"], archives.containers["demo-web-2"]
    assert shore("cp", "web:/srv/f", "x").code == 1
    assert shore("cp", "--all", "web:/srv/f", "x").code == 0
    assert archives.packed == [("demo-web-run-1", "/srv/f", False)]


def test_cp_without_archives_needs_a_service_that_runs(shore: Stage) -> None:
    scene = shore.set(gallery())
    shore("up", "-d")
    shore("stop", "db")
    Path("f").write_text("x")
    said = shore("cp", "f", "db:/srv")
    assert (said.code, said.err) == (1, "✗ db: demo-db-1 is not running\n  start it: shore up -d db\n")
    assert not [call for call in scene.engine.calls if call.startswith("exec")]
