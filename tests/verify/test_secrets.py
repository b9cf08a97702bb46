"""No secret gets into a report, in whatever shape it was seen; and a secret that lies where it should not is found."""

from __future__ import annotations

import base64
import html
import io
import json
import tarfile
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from longshore.model.service import Service
from longshore.model.stack import FileObject, Stack
from longshore.report.verify.forms import FORMS, rendered
from longshore.verify.check import short
from longshore.verify.redact import HIDDEN, Redactor, named_secrets, secrets_of
from longshore.verify.result import Criterion, Evidence, Family, Origin, Report, Result
from longshore.verify.safety.search import in_layer, in_text, literal_secrets, sought

SECRETS = {
    "SECRET_KEY": 'p"ss & <w0rd>/+ü',
    "JWT_TOKEN": "tok.en*of+th3(house",
    "DATABASE_PASSWORD": "s3cret\\with\\slashes",
    "LINES": "",
}
IN_ADDRESS = "adr3ss-pass"
IN_FILE = "line-one-of-file\nline-two-of-file"


def stack(folder: Path) -> Stack:
    (folder / "secret.txt").write_text(IN_FILE + "\n")
    environment = {**SECRETS, "BROKER_URL": f"amqp://me:{IN_ADDRESS}@mq/", "NAME": "plain", "API_KEY": "short"}
    secrets = {
        "file": FileObject("file", "file", file=str(folder / "secret.txt")),
        "text": FileObject("text", "text", content="content-of-secret"),
        "gone": FileObject("gone", "gone", file=str(folder / "nothing")),
        "outside": FileObject("outside", "outside", external=True),
    }
    return Stack("shop", "/", services={"web": Service("web", environment=environment)}, secrets=secrets)


ALL = [*filter(None, SECRETS.values()), IN_ADDRESS, "line-one-of-file", "line-two-of-file", "content-of-secret"]


def test_every_secret_has_the_name_of_where_it_is_from(tmp_path: Path) -> None:
    named = named_secrets(stack(tmp_path))
    assert set(ALL) <= set(named)
    assert named["line-two-of-file"] == "the secret file"
    assert named[IN_ADDRESS] == "BROKER_URL"
    assert "short" not in named
    assert "plain" not in named


SHAPES = {
    "as it is": lambda one: one,
    "in an address": lambda one: f"https://x/?k={quote(one, safe='')}&z=1",
    "in a form": lambda one: f"k={quote_plus(one)}&z=1",
    "in json": lambda one: json.dumps({"k": one}),
    "in json as it is": lambda one: json.dumps({"k": one}, ensure_ascii=False),
    "in html": lambda one: f"<i>{html.escape(one)}</i>",
    "in python": lambda one: repr({"k": one}),
    "in hex": lambda one: one.encode().hex(),
    "basic 0": lambda one: base64.b64encode(f":{one}".encode()).decode(),
    "basic 1": lambda one: base64.b64encode(f"me:{one}".encode()).decode(),
    "basic 2": lambda one: base64.b64encode(f"you:{one}!".encode()).decode(),
    "for urls": lambda one: base64.urlsafe_b64encode(f"ab{one}cd".encode()).decode(),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_no_shape_of_a_secret_gets_into_any_form(shape: str, tmp_path: Path) -> None:
    redact = Redactor(secrets_of(stack(tmp_path)))
    for secret in ALL:
        text = f"before {SHAPES[shape](secret)} after"
        seen = short(text, text, reason=text, evidence=(Evidence(text, text),))
        result = redact(Result(Criterion("safe.web", Family.SAFE, text, text, text), seen))
        report = Report(Origin("shop", "native", "", "", "0", fresh=False), (result,), 1.0)
        for form in FORMS:
            shown = rendered(report, form)
            assert SHAPES[shape](secret) not in shown
            assert secret not in shown
            assert secret not in html.unescape(shown)
        if "basic" not in shape and shape != "for urls":
            assert HIDDEN in result.seen.seen
        else:
            for code in (secret.encode(), base64.b64encode(secret.encode())[2:-4]):
                assert code.decode(errors="replace") not in result.seen.seen


def test_the_password_of_any_address_is_taken_out() -> None:
    assert Redactor().text("to postgres://app:hunter2@db:5432/x and http://a/b") == (
        f"to postgres://app:{HIDDEN}@db:5432/x and http://a/b"
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer 4f2a9c.x", f"Authorization: Bearer {HIDDEN}"),
        ("proxy-authorization: dXNlcjpwYXNz", f"proxy-authorization: {HIDDEN}"),
        ("set-cookie: session=4f2a9c; HttpOnly; Path=/", f"set-cookie: session={HIDDEN}; HttpOnly; Path=/"),
        ('{"access_token":"eyJhbGciOiJI.eyJzdWIiOiIx.sig-1"}', f'{{"access_token":"{HIDDEN}"}}'),
        ("401 Unauthorized\nwww-authenticate: Bearer", "401 Unauthorized\nwww-authenticate: Bearer"),
    ],
)
def test_what_lets_in_whoever_shows_it_is_taken_out(text: str, shown: str) -> None:
    assert Redactor().text(text) == shown


def test_secrets_in_layers_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "layer/srv"
    folder.mkdir(parents=True)
    (folder / ".env").write_text("SECRET_KEY=key-of-the-house\n")
    (folder / "large.bin").write_bytes(b"\0" * ((8 << 20) - 5) + b"key-of-the-house" + b"\0" * 100)
    (folder / "link").symlink_to("/etc/passwd")
    (folder / "clean.py").write_text("print('key')")
    secrets = sought({"key-of-the-house": "SECRET_KEY"})
    assert sorted(in_layer(str(tmp_path / "layer"), secrets)) == [
        ("/srv/.env", "SECRET_KEY"), ("/srv/large.bin", "SECRET_KEY")]  # fmt: skip
    archive = tmp_path / "layer.tar"
    with tarfile.open(archive, "w") as tar:
        info = tarfile.TarInfo("srv/.env")
        data = b"x=key-of-the-house"
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
    assert in_layer(str(archive), secrets) == [("/srv/.env", "SECRET_KEY")]
    assert in_text("log: key-of-the-house", secrets) == ["SECRET_KEY"]


def test_words_that_every_project_has_are_not_looked_for() -> None:
    assert sought({"password": "a", "changeme": "b", "tiny1": "c", "pw-of-letters-1": "d"}) == {
        b"pw-of-letters-1": "d"}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ENV SECRET_KEY=hunter2", ["SECRET_KEY"]),
        ("RUN |1 NPM_TOKEN=abcdef /bin/sh -c npm ci", ["NPM_TOKEN"]),
        ("ENV SECRET_KEY_FILE=/run/secrets/key", []),
        ("ENV GPG_KEY=", []),
        ("ENV TOKEN=$TOKEN", []),
        ("ENV PATH=/usr/bin", []),
    ],
)
def test_secrets_in_what_an_image_says_of_itself(text: str, names: list[str]) -> None:
    assert literal_secrets([text]) == names
