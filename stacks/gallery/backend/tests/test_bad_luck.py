"""Bad input and bad luck: a clear answer with the right status, nothing lost, no secret in a log."""

from __future__ import annotations

import errno
import io
import logging
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import psycopg
import pytest
import uvicorn
from fastapi.testclient import TestClient

from app import images, jobs, logs
from app.application import create_app
from app.settings import MIB, Settings
from app.storage import Storage, shown_name
from tests.conftest import KEYS, PASSWORD, Member, join, until
from tests.pictures import bomb, draw, encoded, jpeg, png, zip_file
from tests.server import free_port
from tests.wire import Wire

GIF = encoded(draw(), "GIF")


def volume(settings: Settings) -> list[Path]:
    return [path for path in settings.upload_dir.rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("freight.png", zip_file(), 415, "not_a_picture"),
        ("page.jpg", b"<html><script>alert(1)</script>", 415, "not_a_picture"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "not_a_picture"),
        ("moving.gif", GIF, 415, "not_a_picture"),
        ("empty.jpg", b"", 415, "not_a_picture"),
        ("head.png", png()[:20], 415, "not_a_picture"),
        ("cut.jpg", jpeg(1200, 900)[:9_000], 422, "damaged"),
        ("cut.png", png(600, 400)[:-400], 422, "damaged"),
        ("bomb.png", bomb(), 422, "too_many_pixels"),
        ("big.png", encoded(draw(1500, 1500), "PNG"), 422, "too_many_pixels"),
        ("heavy.jpg", jpeg() + os.urandom(1_100_000), 413, "too_large"),
    ],
)
def test_what_is_not_a_fit_picture(
    ann: Member, settings: Settings, name: str, content: bytes, status: int, code: str
) -> None:
    response = ann.send((name, content))
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert name in response.json()["detail"]
    assert volume(settings) == []
    assert ann.get("/api/photos")["items"] == []


def test_one_bad_file_and_none_is_kept(ann: Member, settings: Settings) -> None:
    response = ann.send(("good.jpg", jpeg()), ("bad.png", zip_file()))
    assert (response.status_code, response.json()["code"]) == (415, "not_a_picture")
    assert volume(settings) == []


def test_a_picture_with_a_zip_behind_it_loses_the_zip(http: TestClient, ann: Member) -> None:
    photo = ann.photo("both.png", png() + zip_file())
    for url in photo["urls"].values():
        assert b"hidden freight" not in http.get(url).content
        assert b"PK\x03\x04" not in http.get(url).content


def test_bombs_cost_no_memory(tmp_path: Path) -> None:
    """The header is judged before a pixel is decoded: 900 megapixels would be 900 MB."""
    path = tmp_path / "bomb.png"
    path.write_bytes(bomb())
    began = time.perf_counter()
    with pytest.raises(images.TooManyPixels):
        images.inspect(path, "bomb.png", 50_000_000)
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/", "photo"),
        ("..", "photo"),
        ("", "photo"),
        (None, "photo"),
        ("a\x00b\r\nc.jpg", "abc.jpg"),
        ("gpj.\u202eexe.jpg", "gpj.exe.jpg"),
        ("x" * 500, "x" * 200),
    ],
)
def test_names_are_for_show(given: str | None, shown: str) -> None:
    assert shown_name(given) == shown


def test_a_name_with_dots_writes_nowhere_else(ann: Member, settings: Settings) -> None:
    photo = ann.photo("../../../escaped.jpg")
    assert photo["title"] == "escaped"
    assert not list(settings.upload_dir.parent.rglob("*escaped*"))


def test_too_many_files(ann: Member) -> None:
    assert ann.send(*[(f"{n}.png", png()) for n in range(5)]).status_code == 400


def test_upload_without_files_or_album(ann: Member) -> None:
    assert ann.call("POST", "/api/photos", data={"album_id": ann.album}).status_code == 422
    assert ann.send(("a.png", png()), album="not-an-id").status_code == 422
    assert ann.call("POST", "/api/photos", content=b"not a form").status_code == 422
    broken = {"Content-Type": "multipart/form-data"}
    assert ann.call("POST", "/api/photos", content=b"no boundary", headers=broken).status_code == 400


@pytest.fixture
def live(settings: Settings) -> Iterator[int]:
    """The application under its real server: for what a test client cannot send."""
    config = uvicorn.Config(create_app(settings), port=free_port(), log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    until(lambda: server.started)
    yield config.port
    server.should_exit = True
    thread.join()


def exchange(port: int, head: str, body: Iterable[bytes] = ()) -> bytes:
    """Send a request piece by piece until the server answers; return the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
        link.sendall(head.encode())
        try:
            for piece in body:
                link.sendall(piece)
        except OSError:
            pass  # the server answered and hung up: what is wanted
        link.settimeout(10)
        answer = b""
        try:
            while piece := link.recv(65536):
                answer += piece
        except OSError:
            pass
        return answer


def test_ten_gigabytes_are_refused_before_they_are_sent(live: int) -> None:
    head = "POST /api/photos HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    answer = exchange(live, head + f"Content-Length: {10 * 1024 * MIB}\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413"), answer
    assert b'"too_large"' in answer


@pytest.mark.parametrize(("path", "limit"), [("/api/photos", 2_200_000), ("/api/auth/login", 80_000)])
def test_a_body_without_a_length_is_cut_off_at_the_limit(live: int, settings: Settings, path: str, limit: int) -> None:
    token = exchange_token(live)
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="x.jpg"\r\n\r\n'
        yield b"%x\r\n%s\r\n" % (len(part), part)
        for _ in range(2000):
            sent += 64 * 1024
            yield b"10000\r\n" + b"x" * 65536 + b"\r\n"
            time.sleep(0.001)

    kind = "multipart/form-data; boundary=b" if path == "/api/photos" else "application/json"
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: {kind}\r\n"
    answer = exchange(live, head + "Transfer-Encoding: chunked\r\n\r\n", endless())
    assert answer.startswith(b"HTTP/1.1 413"), answer[:300]
    assert sent < limit * 40, "it stopped long before the end"
    assert volume(settings) == []


def exchange_token(port: int) -> str:
    import httpx2

    body = {"username": "live", "password": PASSWORD}
    return str(httpx2.post(f"http://127.0.0.1:{port}/api/auth/register", json=body).json()["access_token"])


def full_disk(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_volume_says_so_and_keeps_nothing_half(
    ann: Member, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full_disk)
        response = ann.send(("one.jpg", jpeg()))
        assert (response.status_code, response.json()["code"]) == (507, "no_space")
    assert volume(settings) == []
    assert ann.get("/api/photos")["items"] == []
    assert ann.photo("later.jpg")["status"] == "ready"


@pytest.fixture
def small_volume(tmp_path: Path) -> Iterator[Path]:
    """A real file system of one megabyte."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small file system can be mounted by root only")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_really_full_volume(settings: Settings, small_volume: Path) -> None:
    here = settings.model_copy(update={"upload_dir": small_volume})
    with TestClient(create_app(here)) as http:
        ann = join(http, "ann")
        filler = small_volume / "filler"
        filler.write_bytes(b"x" * 600_000)
        heavy = encoded(draw(900, 900), quality=90) + os.urandom(700_000)
        response = ann.send(("heavy.jpg", heavy))
        assert (response.status_code, response.json()["code"]) == (507, "no_space")
        assert volume(here) == [filler]
        filler.unlink()
        assert ann.send(("heavy.jpg", heavy)).status_code == 201


def test_thumbnails_wait_for_space_and_come(
    ann: Member, monkeypatch: pytest.MonkeyPatch, sql_shell: psycopg.Connection
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(images, "render", full_disk)
        photo = ann.send(("one.jpg", jpeg())).json()[0]["id"]
        query = "SELECT attempts FROM jobs WHERE last_error = 'no space'"
        assert until(lambda: sql_shell.execute(query).fetchone()) == (0,), "does not count as a try"
    assert ann.get(f"/api/photos/{photo}")["status"] == "processing"
    sql_shell.execute("UPDATE jobs SET run_at = now()")
    jobs.wake.set()
    assert ann.settled(photo)["status"] == "ready"


def test_a_worker_that_dies_leaves_its_job_to_another(
    ann: Member, monkeypatch: pytest.MonkeyPatch, sql_shell: psycopg.Connection
) -> None:
    """What a kill -9 leaves behind: the row, claimed, with a lease."""
    monkeypatch.setattr("app.worker.IDLE_SECONDS", 0.1)
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "claim", lambda _: None)
        time.sleep(0.2)
        photo = ann.send(("one.jpg", jpeg())).json()[0]["id"]
        sql_shell.execute("UPDATE jobs SET attempts = 1, locked_until = now() + interval '1 second'")
    assert ann.get(f"/api/photos/{photo}")["status"] == "processing"
    jobs.wake.set()
    until(lambda: jobs.wake.set() or ann.get(f"/api/photos/{photo}")["status"] == "ready")


def test_a_photo_that_cannot_be_made_is_said_to_have_failed(ann: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise images.Damaged("one.jpg")

    with monkeypatch.context() as patch:
        patch.setattr(images, "render", refuse)
        photo = ann.send(("one.jpg", jpeg())).json()[0]["id"]
        assert ann.settled(photo)["status"] == "failed"
    assert ann.call("DELETE", f"/api/photos/{photo}").status_code == 204


def test_files_of_broken_off_uploads_are_swept(settings: Settings, http: TestClient, ann: Member) -> None:
    from app.worker import Workers

    stray = Storage(settings.upload_dir).incoming_dir / "0b5b9a4e-8d8c-4a4e-9d0e-9a8b7c6d5e4f.part"
    fresh = stray.with_name("fresh.part")
    for path in (stray, fresh):
        path.write_bytes(b"half")
    os.utime(stray, (1, 1))
    Workers(http.app.state.engine, settings, Storage(settings.upload_dir)).keep_house()  # type: ignore[attr-defined]
    assert not stray.exists()
    assert fresh.exists()


def test_the_database_goes_away_and_comes_back(wired: Settings, wire: Wire) -> None:
    with TestClient(create_app(wired), raise_server_exceptions=False) as http:
        ann = join(http, "ann")
        photo = ann.photo()["id"]
        wire.cut()
        tries: list[Callable[[], object]] = [
            lambda: http.get("/health"),
            lambda: ann.call("GET", "/api/photos"),
            lambda: ann.call("PUT", f"/api/photos/{photo}/like"),
            lambda: ann.send(("lost.jpg", jpeg())),
            lambda: http.post("/api/auth/login", json={"username": "ann", "password": PASSWORD}),
            lambda: http.post("/api/auth/refresh"),
        ]
        for attempt in tries:
            response = attempt()
            assert (response.status_code, response.json()["code"]) == (503, "unavailable")  # type: ignore[attr-defined]
            assert int(response.headers["Retry-After"]) > 0  # type: ignore[attr-defined]
        assert http.get("/health/live").status_code == 200
        wire.mend()
        assert http.get("/health").status_code == 200
        assert [item["id"] for item in ann.get("/api/photos")["items"]] == [photo]
        assert ann.photo("after.jpg")["status"] == "ready", "the workers are back as well"
        assert sorted(path.parent.name for path in volume(wired) if path.name == "small.webp") == sorted(
            item["id"] for item in ann.get("/api/photos")["items"]
        )
        assert not list(wired.upload_dir.glob("incoming/*")), "the refused upload left nothing"


def test_no_secret_reaches_a_log(wired: Settings, wire: Wire, tmp_path: Path) -> None:
    root = logging.getLogger()
    before = (root.level, root.handlers[:])
    secretive = wired.model_copy(update={"debug": True, "error_log": tmp_path / "error.log"})
    captured = io.StringIO()
    try:
        logs.configure(secretive)
        mirror = logging.StreamHandler(captured)
        mirror.setFormatter(root.handlers[0].formatter)
        root.addHandler(mirror)
        with TestClient(create_app(secretive), raise_server_exceptions=False) as http:
            ann = join(http, "ann")
            url = ann.photo()["urls"]["small"]
            http.get(url)
            http.post("/api/auth/login", json={"username": "ann", "password": "a guessed password"})
            ann.call("POST", "/api/photos", params={"token": "in-the-query"})
            for value in secretive.secrets():
                logging.getLogger("test").error("leaking %s", value)
            wire.cut()
            http.get("/health")
            cookie = http.cookies["gallery_refresh"]
    finally:
        for handler in root.handlers:
            handler.close()
        root.setLevel(before[0])
        root.handlers[:] = before[1]
    seen = captured.getvalue() + (tmp_path / "error.log").read_text()
    assert "GET /api/media/" in seen
    assert "leaking ***" in seen
    signature = url.split("s=")[1]
    for secret in (*KEYS.values(), PASSWORD, "a guessed password", ann.token, cookie, signature, "in-the-query"):
        assert secret not in seen
    assert "bot-token-of-the-tests" not in seen


def test_an_error_log_that_cannot_be_written_is_no_reason_to_stop(tmp_path: Path) -> None:
    assert logs.error_file(tmp_path / "not" / "there.log") is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY: must have at least 32 characters"),
        ({"REFRESH_SECRET_KEY": "a" * 40}, "SECRET_KEY and REFRESH_SECRET_KEY must differ"),
        ({"DATABASE_URL": None}, "DATABASE_URL: Field required"),
    ],
)
def test_wrong_settings_are_one_line_each(change: dict[str, str | None], said: str) -> None:
    import sys

    right = {"DATABASE_URL": "postgresql://db/x", "SECRET_KEY": "a" * 40, "REFRESH_SECRET_KEY": "b" * 40}
    env = {key: value for key, value in (right | change).items() if value is not None} | {"PATH": os.environ["PATH"]}
    here = Path(__file__).parent.parent
    done = subprocess.run([sys.executable, "-c", "import app.main"], env=env, cwd=here, capture_output=True, text=True)
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "short" not in done.stderr
