"""What is decided about registries without asking any: pure."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from longshore.engine.registry.challenge import parse_challenges, token_query
from longshore.engine.registry.client import _wished
from longshore.engine.registry.credentials import Keyring, Login, Trouble, keyring
from longshore.engine.registry.errors import RegistryError, message_in, refusal, unreachable
from longshore.engine.registry.manifests import (
    Descriptor,
    Index,
    Manifest,
    Platform,
    choose,
    own_platform,
    parse_manifest,
)
from longshore.engine.registry.proxies import is_loopback, proxy_of
from longshore.engine.registry.settings import Rule, Settings, read_settings, targets
from longshore.model.reference import parse_reference
from tests.images import archive, image, index

AMD = Platform("linux", "amd64")
ARM = Platform("linux", "arm64", "v8")


# --- the question who we are ----------------------------------------------------------------------------------------


def test_a_challenge_is_read_with_its_quotes_and_commas() -> None:
    text = 'Bearer realm="https://auth.example/token",service="reg,1",scope="repository:a/b:pull,push", Basic realm=x'
    bearer, basic = parse_challenges(text)
    assert bearer.scheme == "bearer"
    assert dict(bearer.parameters) == {
        "realm": "https://auth.example/token", "service": "reg,1", "scope": "repository:a/b:pull,push",
    }  # fmt: skip
    assert (basic.scheme, dict(basic.parameters)) == ("basic", {"realm": "x"})
    assert token_query(bearer, "repository:a/b:pull", "me").split("&")[0] == "service=reg%2C1"


@pytest.mark.parametrize("text", ["", ",,,", "=", '"', "Bearer realm=", "\x00", 'Bearer realm="open', "a" * 5000])
def test_a_broken_challenge_is_no_trouble(text: str) -> None:
    for challenge in parse_challenges(text):
        assert challenge.scheme


def test_the_wait_that_a_registry_asks_for() -> None:
    assert _wished("7", 1, 0.0) == 7.0
    assert _wished("Thu, 01 Jan 1970 00:00:30 GMT", 1, 10.0) == 20.0
    assert _wished("soon", 2, 0.0) == 1.0


# --- manifests ------------------------------------------------------------------------------------------------------


def _entry(digit: str, architecture: str, variant: str = "") -> Descriptor:
    return Descriptor("", f"sha256:{digit * 64}", 1, Platform("linux", architecture, variant))


@pytest.mark.parametrize(
    ("entries", "platform", "chosen"),
    [
        ([_entry("1", "arm64"), _entry("2", "amd64")], AMD, "2"),
        ([_entry("1", "amd64", "v3"), _entry("2", "amd64")], AMD, "2"),
        ([_entry("1", "arm64"), _entry("2", "arm64", "v8")], ARM, "2"),
        ([_entry("1", "arm", "v5"), _entry("2", "arm", "v7"), _entry("3", "arm", "v6")], Platform("linux", "arm", "v6"),
         "3"),
        ([_entry("1", "amd64"), _entry("2", "amd64")], AMD, "1"),
        ([Descriptor("", f"sha256:{'1' * 64}", 1), _entry("2", "amd64")], AMD, "2"),
        ([_entry("2", "arm64"), Descriptor("", f"sha256:{'1' * 64}", 1)], AMD, "1"),
        ([_entry("1", "arm", "v7"), _entry("2", "arm", "v5")], Platform("linux", "arm", "v6"), "2"),
    ],
)  # fmt: skip
def test_the_entry_for_this_machine(entries: list[Descriptor], platform: Platform, chosen: str) -> None:
    assert choose(Index(tuple(entries)), platform, "app").digest == f"sha256:{chosen * 64}"


def test_attestations_are_no_images_and_another_machine_is_refused_by_name() -> None:
    made = image(archive(["a/"]))
    attestation = made.descriptor(os="linux", architecture="amd64")
    attestation["annotations"] = {"vnd.docker.reference.type": "attestation-manifest"}
    body, media = index(attestation, made.descriptor(os="linux", architecture="s390x"))
    found = parse_manifest(body, media, "app")
    assert isinstance(found, Index)
    with pytest.raises(RegistryError, match=r"app is not made for linux/amd64; there are: linux/s390x$"):
        choose(found, AMD, "app")


@pytest.mark.parametrize("docker", [False, True])
def test_manifests_of_both_kinds_are_read(docker: bool) -> None:
    made = image(archive(["a/"]), archive(["b/"]), docker=docker)
    found = parse_manifest(made.manifest, made.media, "app")
    assert isinstance(found, Manifest)
    assert [layer.compression for layer in found.layers] == ["gzip", "gzip"]
    assert parse_manifest(made.manifest, "text/html; charset=utf-8", "app") == found, "it says itself what it is"
    unsaid = {name: value for name, value in json.loads(made.manifest).items() if name != "mediaType"}
    for media in (f"{made.media}; charset=utf-8", ""):
        assert parse_manifest(json.dumps(unsaid).encode(), media, "app") == found


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"schemaVersion": 1, "fsLayers": []}', "schema 1"),
        (b"<html>", "no manifest"),
        (b"[]", "no manifest"),
        (b'{"manifests": [{"digest": "sha256:short", "size": 1}]}', "not a SHA-256 digest"),
        (b'{"manifests": 3}', "no manifest"),
        (b"[" * 100_000, "no manifest"),
        (b'{"config": {"digest": "sha256:%s", "size": -1}, "layers": []}' % (b"a" * 64), "a size of -1"),
        (b'{"mediaType": "application/vnd.cncf.helm.config.v1+json"}', "no image"),
    ],
)
def test_what_is_no_manifest_is_said_to_be_none(body: bytes, said: str) -> None:
    with pytest.raises(RegistryError, match=said):
        parse_manifest(body, "", "app")


@pytest.mark.parametrize(
    "media", ["application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
              "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "text/plain"],
)  # fmt: skip
def test_layers_that_are_none_are_refused(media: str) -> None:
    made = json.loads(image(archive(["a/"])).manifest)
    made["layers"][0]["mediaType"] = media
    with pytest.raises(RegistryError, match="layer"):
        parse_manifest(json.dumps(made).encode(), "", "app")


def test_this_machine_has_a_name() -> None:
    assert str(own_platform("x86_64")) == "linux/amd64"
    assert str(own_platform("aarch64")) == "linux/arm64/v8"


def test_a_registry_s_own_words_are_told_and_html_is_not() -> None:
    assert message_in(b'{"errors":[{"code":"DENIED","message":"requested access\\nis denied"}]}') == (
        "requested access is denied"
    )
    assert message_in(b'{"errors":[{"code":"DENIED"},{"detail":1},{"message":"b"}]}') == "DENIED; b"
    for body in (b"<html>", b"", b"[]", b'{"errors": null}', b'{"errors": [1]}', b"[" * 100_000):
        assert message_in(body) == ""


@pytest.mark.parametrize(
    ("status", "what", "hint", "lasting"),
    [
        (404, "r.example has no app", "check the image's name and tag", True),
        (429, "r.example takes no more requests for now (429)", "wait, or log in (shore login): a registry gives more "
         "to whom it knows", False),
        (400, "r.example answers with 400 for app: no", "check the image's name", True),
        (499, "r.example answers with 499 for app: no", "check the image's name", True),
        (500, "r.example answers with 500 for app: no", "try again later", False),
    ],
)  # fmt: skip
def test_a_refusal_in_words(status: int, what: str, hint: str, lasting: bool) -> None:
    error = refusal("r.example", "r.example/app", status, b'{"errors": [{"message": "no"}]}')
    assert (error.what, error.hint, error.lasting, error.status) == (what, hint, lasting, status)
    assert not error.silent
    assert unreachable("r.example", "no route").silent
    assert not RegistryError("x").silent
    assert refusal("r.example", "app", 400, b"").what == "r.example answers with 400 for app"


# --- proxies --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "environ", "proxy"),
    [
        ("quay.io", {"HTTPS_PROXY": "http://p:3128"}, "http://p:3128"),
        ("quay.io", {"https_proxy": "p:3128"}, "http://p:3128"),
        ("quay.io", {"HTTP_PROXY": "http://p"}, ""),
        ("quay.io", {"HTTPS_PROXY": "p", "NO_PROXY": "example.org, .io"}, ""),
        ("notquay.io", {"HTTPS_PROXY": "http://p", "NO_PROXY": "quay.io"}, "http://p"),
        ("cdn.quay.io", {"HTTPS_PROXY": "http://p", "no_proxy": "quay.io:443"}, ""),
        ("cdn.quay.io", {"HTTPS_PROXY": "http://p", "no_proxy": "quay.io:8443"}, "http://p"),
        ("10.1.2.3", {"HTTPS_PROXY": "http://p", "NO_PROXY": "10.0.0.0/8"}, ""),
        ("localhost", {"HTTPS_PROXY": "http://p"}, ""),
        ("localhost", {"HTTPS_PROXY": "http://p", "NO_PROXY": "quay.io"}, ""),
        ("10.1.2.3", {"HTTPS_PROXY": "http://p", "NO_PROXY": "10.1.2.9/24"}, ""),
        ("quay.io", {"HTTPS_PROXY": "", "https_proxy": "http://p"}, "http://p"),
        ("127.0.0.1", {"HTTPS_PROXY": "http://p"}, ""),
        ("quay.io", {"HTTPS_PROXY": "http://p", "NO_PROXY": "*"}, ""),
    ],
)
def test_the_proxy_that_a_request_goes_through(host: str, environ: dict[str, str], proxy: str) -> None:
    assert proxy_of("https", host, 443, environ) == proxy


def test_this_machine_by_name_and_address() -> None:
    assert all(is_loopback(host) for host in ("LocalHost", "127.8.0.1", "::1", "[::1]", "a.localhost"))
    assert not any(is_loopback(host) for host in ("localhost.example.org", "128.0.0.1", "example.org", ""))


# --- mirrors and declared registries --------------------------------------------------------------------------------


def _asked(text: str, settings: Settings) -> list[str]:
    return [f"{one.host}/{one.path}" for one in targets(parse_reference(text), settings)]


def test_docker_hub_and_its_mirrors() -> None:
    assert _asked("redis", Settings(mirrors=("m.example",)))[0] == "m.example/library/redis"
    settings = Settings(mirrors=("https://mirror.example", "http://10.0.0.1:5000/hub/"))
    assert _asked("postgres:16", settings) == [
        "mirror.example/library/postgres", "10.0.0.1:5000/hub/library/postgres",
        "registry-1.docker.io/library/postgres",
    ]  # fmt: skip
    assert _asked("quay.io/org/app", settings) == ["quay.io/org/app"]
    first, second, last = targets(parse_reference("postgres"), settings)
    assert (first.insecure, second.insecure, last.insecure) == (False, True, False)
    assert (first.name, last.name) == ("mirror.example", "docker.io")


def test_rules_of_registries_conf() -> None:
    rules = (
        Rule("docker.io", mirrors=(("mirror.example/hub", False),)),
        Rule("quay.io/org", location="registry.example/team"),
        Rule("bad.example", blocked=True),
        Rule("*.internal", insecure=True),
    )
    settings = Settings(rules=rules)
    assert _asked("redis", settings) == ["mirror.example/hub/library/redis", "registry-1.docker.io/library/redis"]
    assert _asked("quay.io/org/app:1", settings) == ["registry.example/team/app"]
    assert _asked("quay.io/organisation/app", settings) == ["quay.io/organisation/app"]
    one = Settings(rules=(Rule("quay.io", location="a.example"), Rule("quay.io/org/app", location="b.example/app")))
    assert _asked("quay.io/org/app:1", one) == ["b.example/app"]
    assert _asked("quay.io/org/other", one) == ["a.example/org/other"]
    assert targets(parse_reference("reg.internal/app"), settings)[0].insecure
    with pytest.raises(RegistryError, match="blocked"):
        targets(parse_reference("bad.example/app"), settings)


def test_settings_are_read_from_the_files_of_docker_and_podman(tmp_path: Path) -> None:
    etc = tmp_path / "etc"
    for name in ("docker", "containers/registries.conf.d", "docker/certs.d/reg.example:5000"):
        (etc / name).mkdir(parents=True)
    (etc / "docker/daemon.json").write_text(
        '{"registry-mirrors": ["https://m"], "insecure-registries": ["10.0.0.0/8", "http://r:1"]}'
    )
    (etc / "containers/registries.conf").write_text('unqualified-search-registries = ["docker.io"]\n')
    (etc / "containers/registries.conf.d/a.conf").write_text(
        '[[registry]]\nlocation = "x.example"\ninsecure = true\n[[registry.mirror]]\nlocation = "y.example"\n'
    )
    (etc / "docker/certs.d/reg.example:5000/ca.crt").write_text("")
    found = read_settings({"HOME": str(tmp_path)}, str(tmp_path))
    assert found.mirrors == ("https://m",)
    assert found.rules == (Rule("x.example", insecure=True, mirrors=(("y.example", False),)),)
    assert found.trusts_blindly("10.1.1.1:5000")
    assert found.trusts_blindly("r:1")
    assert found.trusts_blindly("localhost:5000")
    assert not found.trusts_blindly("r.example")
    assert len(found.certificates_for("reg.example:5000").authorities) == 1
    (etc / "containers/registries.conf.d/a.conf").write_text(
        '[[registry]]\nlocation = "x.example"\nprefix = "p.example/a"\nblocked = true\n'
    )
    (etc / "docker/daemon.json").write_text("[]")
    found = read_settings({"HOME": str(tmp_path)}, str(tmp_path))
    assert found.rules == (Rule("p.example/a", "x.example", blocked=True),)
    assert (found.mirrors, found.insecure) == ((), ())
    (etc / "containers/registries.conf.d/a.conf").write_text("[[registry]]\n[[registry.mirror]]\ninsecure = true\n")
    with pytest.raises(RegistryError, match=r"a\.conf: a mirror without a location"):
        read_settings({"HOME": str(tmp_path)}, str(tmp_path))
    (etc / "docker/daemon.json").write_text("{")
    with pytest.raises(RegistryError, match=r"daemon\.json"):
        read_settings({"HOME": str(tmp_path)}, str(tmp_path))


# --- logins ---------------------------------------------------------------------------------------------------------


def _auth(text: str) -> dict[str, str]:
    return {"auth": base64.b64encode(text.encode()).decode()}


def _keys(folder: Path, config: object) -> Keyring:
    path = folder / "config.json"
    path.write_text(config if isinstance(config, str) else json.dumps(config))
    return Keyring((str(path),), str(folder))


def _helper(folder: Path, text: str, name: str = "test") -> None:
    path = folder / f"docker-credential-{name}"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


async def test_logins_of_a_file(tmp_path: Path) -> None:
    auths = {
        "https://index.docker.io/v1/": _auth("hub:a:b"), "https://old.example/v1/": _auth("o:1"),
        "quay.io": _auth("q:1"), "quay.io/org": _auth("r:2"), "id.example": {"identitytoken": "xyz"},
    }  # fmt: skip
    keys = _keys(tmp_path, {"auths": auths})
    assert await keys.find("docker.io", "library/redis") == Login("hub", "a:b")
    assert await keys.find("old.example", "old.example/app") == Login("o", "1")
    assert await keys.find("quay.io", "quay.io/other/app") == Login("q", "1")
    assert await keys.find("quay.io", "quay.io/org/app") == Login("r", "2")
    assert await keys.find("id.example") == Login(identity="xyz")
    assert await keys.find("ghcr.io") is None
    assert "a:b" not in repr(await keys.find("docker.io"))


async def test_logins_of_helpers(tmp_path: Path) -> None:
    _helper(tmp_path, 'read server; printf \'{"Username":"u","Secret":"%s"}\' "$server"')
    _helper(tmp_path, 'printf \'{"Username":"<token>","Secret":"t"}\'', "token")
    keys = _keys(tmp_path, {"credsStore": "test", "credHelpers": {"gcr.io": "token"}})
    assert await keys.find("docker.io") == Login("u", "https://index.docker.io/v1/")
    assert await keys.find("gcr.io") == Login(identity="t")


@pytest.mark.parametrize(
    ("script", "said"),
    [("exit 3", "failed with code 3"), ("echo hello", "gave no login"), ("sleep 60", "did not answer within")],
)
async def test_a_helper_that_is_of_no_use_is_named(
    script: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("longshore.engine.registry.credentials.HELPER_SECONDS", 0.5)
    _helper(tmp_path, f"PATH=/usr/bin:/bin; {script}")
    with pytest.raises(Trouble, match=said):
        await _keys(tmp_path, {"credsStore": "test"}).find("docker.io")


async def test_a_helper_that_has_nothing_or_is_missing(tmp_path: Path) -> None:
    _helper(tmp_path, "echo credentials not found in native keychain; exit 1")
    assert await _keys(tmp_path, {"credsStore": "test"}).find("docker.io") is None
    with pytest.raises(Trouble, match="docker-credential-none cannot be run"):
        await _keys(tmp_path, {"credsStore": "none"}).find("docker.io")
    with pytest.raises(Trouble, match="not JSON"):
        await _keys(tmp_path, "{").find("docker.io")
    with pytest.raises(Trouble, match="not base64"):
        await _keys(tmp_path, {"auths": {"r.example": {"auth": "\u00e4"}}}).find("r.example")


def test_where_logins_are_looked_for(tmp_path: Path) -> None:
    (tmp_path / ".docker").mkdir()
    (tmp_path / ".docker/config.json").write_text("{}")
    (tmp_path / "run/containers").mkdir(parents=True)
    (tmp_path / "run/containers/auth.json").write_text("{}")
    found = keyring({"HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path / "run")})
    assert [Path(name).name for name in found.files] == ["config.json", "auth.json"]
    (tmp_path / "own/containers").mkdir(parents=True)
    for name in ("own/containers/auth.json", "named.json", "own/config.json"):
        (tmp_path / name).write_text("{}")
    environ = {
        "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path / "own"), "DOCKER_CONFIG": str(tmp_path / "own"),
        "REGISTRY_AUTH_FILE": str(tmp_path / "named.json"),
    }  # fmt: skip
    files = [str(tmp_path / name) for name in ("own/config.json", "named.json", "own/containers/auth.json")]
    assert list(keyring(environ).files) == files
