"""Where a marker goes in each framework, and that a file is put back whatever happens to who changed it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from longshore.model.errors import ShoreError
from longshore.model.service import Mount, Service
from longshore.model.stack import Stack
from longshore.verify.check import Subject
from longshore.verify.families.reloads import Own, criteria, own_probe
from longshore.verify.reloading.journal import changed, put_back_abandoned
from longshore.verify.reloading.probes import code_mounts, probe_for

AT = "/shore-verify-x"
FASTAPI = "from fastapi import FastAPI\napp = FastAPI()\n"
LAYOUT = {"app/layout.tsx": "", "app/page.tsx": "", "package.json": "{}"}


@pytest.mark.parametrize(
    ("files", "target", "command", "what", "file", "path"),
    [
        ({"main.py": FASTAPI}, "/srv/app", "uvicorn app.main:app --reload", "FastAPI", "main.py", AT),
        ({"app/main.py": FASTAPI}, "/srv", "uvicorn app.main:app --reload", "FastAPI", "app/main.py", AT),
        ({"api/__init__.py": "app = make()\n"}, "/srv", "uvicorn api:app", "FastAPI", "api/__init__.py", AT),
        ({"a/b/server.py": FASTAPI}, "/x", "python server.py", "FastAPI", "a/b/server.py", AT),
        ({"tests/main.py": FASTAPI, "web.py": "import flask\nweb = flask.Flask(__name__)"}, "/x", "flask run --debug",
         "Flask", "web.py", AT),
        ({"config/settings.py": "ROOT_URLCONF = 'config.urls'\n", "config/urls.py": "urlpatterns = []\n"}, "/app",
         "python manage.py runserver", "Django", "config/urls.py", AT),
        ({"config/settings/base.py": "ROOT_URLCONF = 'config.urls'\n", "config/urls.py": "urlpatterns = []\n"}, "/app",
         "gunicorn config.wsgi:application", "Django", "config/urls.py", AT),
        ({"index.html": '<script type="module" src="/src/main.tsx"></script>', "src/main.tsx": "x"}, "/app",
         "node node_modules/.bin/vite --host", "Vite", "src/main.tsx", "/src/main.tsx"),
        ({"main.jsx": "x"}, "/app/src", "vite", "Vite", "main.jsx", "/src/main.jsx"),
        (LAYOUT, "/app", "next dev", "Next.js", "app/api/shore-verify-x/route.js", "/api/shore-verify-x"),
        ({f"src/{name}": text for name, text in LAYOUT.items()}, "/app", "next-server (v16)", "Next.js",
         "src/app/api/shore-verify-x/route.js", "/api/shore-verify-x"),
        ({"pages/index.js": "x"}, "/app", "next dev", "Next.js", "pages/api/shore-verify-x.js", "/api/shore-verify-x"),
    ],
)  # fmt: skip
def test_probes(
    files: Mapping[str, str], target: str, command: str, what: str, file: str, path: str, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    probe = probe_for([Mount("bind", target, str(tmp_path))], [command], "x")
    assert probe
    assert (probe.what, probe.file.relative_to(tmp_path).as_posix(), probe.path) == (what, file, path)
    old = files.get(file, "")
    new = probe.change(old, "marker-1")
    assert new.count("marker-1") == 1
    assert new.startswith(old.rstrip())
    if file.endswith(".py"):
        compile(new, file, "exec")


def test_what_is_no_code_is_no_source(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf/nginx.conf").write_text("x")
    (tmp_path / "code/node_modules").mkdir(parents=True)
    (tmp_path / "code/node_modules/a.js").write_text("x")
    (tmp_path / "file.py").write_text("x")
    mounts = tuple(Mount("bind", "/x", str(tmp_path / name)) for name in ("conf", "code", "file.py", "gone"))
    assert code_mounts(Service("web", mounts=mounts)) == ()
    (tmp_path / "code/a.py").write_text("x")
    assert code_mounts(Service("web", mounts=mounts)) == (mounts[1],)


@pytest.mark.parametrize(
    ("command", "source", "ask"),
    [("uvicorn main:app", "async def inner(scope, receive, send):\n    raise AssertionError\n\n\n"
      "class Made:\n    def __call__(self, scope, receive, send):\n        return inner(scope, receive, send)\n\n\n"
      "def make():\n    return Made()\n\n\napp = make()\n", "asgi")],
)  # fmt: skip
def test_the_changed_code_answers(command: str, source: str, ask: str, tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(source)
    probe = probe_for([Mount("bind", "/srv", str(tmp_path))], [command], "x")
    assert probe
    space: dict[str, object] = {"__name__": "main"}
    exec(probe.change(source, "marker-1"), space)
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    app = space["app"]
    asyncio.run(app({"type": "http", "path": "/shore-verify-x"}, None, send))  # type: ignore[operator]
    assert sent[-1]["body"] == b"marker-1"
    with pytest.raises(AssertionError):
        asyncio.run(app({"type": "http", "path": "/other"}, None, send))  # type: ignore[operator]


def test_the_project_s_own_probe(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text('HELLO = "Hello"\n')
    probe = own_probe(Own("bot.py", '"Hello"', '"{marker}"', run="cat bot.py"), tmp_path)
    assert probe.change('HELLO = "Hello"\n', "m1") == 'HELLO = "m1"\n'
    with pytest.raises(ShoreError, match="2 times"):
        own_probe(Own("bot.py", "l", "{marker}", http="/"), tmp_path)
    with pytest.raises(ShoreError, match="cannot be read"):
        own_probe(Own("gone.py", "l", "{marker}", http="/"), tmp_path)


def test_a_time_that_is_none_is_said_to_be_none() -> None:
    reload = {"file": "a", "find": "b", "put": "{marker}", "run": "c", "within": "soon"}
    web = Service("web", extensions={"x-longshore": {"verify": {"reload": reload}}})
    with pytest.raises(ShoreError, match="within 'soon' is no time"):
        criteria(Subject(Stack("shop", "/", services={"web": web}), ("web",)))


@pytest.fixture
def environ(tmp_path: Path) -> Mapping[str, str]:
    return {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}


SOURCE = b"caf\xc3\xa9 = 1\r\n\tno newline at the end"


def test_a_file_is_put_back_byte_for_byte(tmp_path: Path, environ: Mapping[str, str]) -> None:
    file, new = tmp_path / "a.py", tmp_path / "deep/er/new.py"
    file.write_bytes(SOURCE)
    file.chmod(0o640)

    def interrupted() -> None:
        with changed(file, environ), changed(new, environ):
            file.write_text("changed")
            new.parent.mkdir(parents=True)
            new.write_text("made")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert file.read_bytes() == SOURCE
    assert file.stat().st_mode & 0o777 == 0o640
    assert not (tmp_path / "deep").exists()
    assert list((tmp_path / "state/longshore/.changed").iterdir()) == []
    assert put_back_abandoned(environ) == []


KILLED = """
import os, sys, time
from pathlib import Path
from longshore.verify import aftercare
from longshore.verify.reloading import journal
file, new = map(Path, sys.argv[1:])
if os.environ.get("NO_HELPER"):
    aftercare.subprocess.Popen = lambda *a, **k: type("P", (), {"stdin": open(os.devnull), "wait": lambda s: 0})()
with journal.changed(file, os.environ), journal.changed(new, os.environ):
    file.write_text("changed"); new.write_text("made")
    print("ready", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("helper", [True, False], ids=["by its helper", "by the next run"])
def test_a_file_is_put_back_when_who_changed_it_is_killed(
    tmp_path: Path, environ: Mapping[str, str], helper: bool
) -> None:
    file, new = tmp_path / "a.py", tmp_path / "new.py"
    file.write_bytes(SOURCE)
    more = {} if helper else {"NO_HELPER": "1"}
    words = [sys.executable, "-c", KILLED, str(file), str(new)]
    with subprocess.Popen(words, env={**environ, **more}, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        assert put_back_abandoned(environ) == []  # it lives, and keeps what it has
        process.send_signal(signal.SIGKILL)
    if helper:
        end = time.monotonic() + 30
        while (file.read_bytes() != SOURCE or new.exists()) and time.monotonic() < end:
            time.sleep(0.05)
    else:
        assert set(put_back_abandoned(environ)) == {str(file), str(new)}
    assert file.read_bytes() == SOURCE
    assert not new.exists()


def test_a_file_that_may_not_be_written_is_left_alone(tmp_path: Path, environ: Mapping[str, str]) -> None:
    with pytest.raises(ShoreError, match="cannot be changed and put back"), changed(tmp_path, environ):
        pass
