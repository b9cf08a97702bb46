"""The client against a registry that misbehaves: what it gives out, what it sends to whom, what it keeps."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from longshore.engine.registry.client import Client
from longshore.engine.registry.credentials import Keyring
from longshore.engine.registry.download import Downloads
from longshore.engine.registry.errors import RegistryError
from longshore.engine.registry.manifests import Descriptor, own_platform
from longshore.engine.registry.settings import Settings, Target
from longshore.model.reference import parse_reference
from tests.engine.registry.fake import Answer, FakeRegistry, Request, fake_registry
from tests.images import TestImage, archive, image, index

SECRET = "s3cret-of-mine"
BLOB = bytes(range(256)) * 400


@pytest.fixture
async def registry() -> AsyncIterator[FakeRegistry]:
    async with fake_registry() as made:
        yield made


@pytest.fixture
async def other() -> AsyncIterator[FakeRegistry]:
    async with fake_registry() as made:
        yield made


class _Paused:
    """Remembers what was waited for, and waits for nothing."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def paused() -> _Paused:
    return _Paused()


@pytest.fixture
async def client(paused: _Paused) -> AsyncIterator[Client]:
    made = Client(Settings(), Keyring(()), {}, paused)
    yield made
    await made.close()


def _keys(folder: Path, registry: FakeRegistry, text: str = f"me:{SECRET}") -> Keyring:
    path = folder / "config.json"
    path.write_text(json.dumps({"auths": {registry.host: {"auth": base64.b64encode(text.encode()).decode()}}}))
    return Keyring((str(path),))


def _small() -> TestImage:
    return image(archive([("hello", "world")]))


# --- manifests ------------------------------------------------------------------------------------------------------


async def test_an_image_is_found_by_its_tag_and_by_its_digest(registry: FakeRegistry, client: Client) -> None:
    made = _small()
    by_tag = await client.find(parse_reference(registry.add(made)))
    assert (by_tag.digest, by_tag.manifest.config.digest) == (made.digest, made.id)
    by_digest = await client.find(parse_reference(f"{registry.host}/app@{made.digest}"))
    assert by_digest.raw == made.manifest
    assert (await client.head(parse_reference(f"{registry.host}/app:1"))).digest == made.digest


async def test_an_index_in_an_index_leads_to_this_machine_s_image(registry: FakeRegistry, client: Client) -> None:
    made, own = _small(), own_platform()
    registry.add(made)
    inner, media = index(made.descriptor(os="linux", architecture=own.architecture))
    registry.manifests["app", f"sha256:{hashlib.sha256(inner).hexdigest()}"] = (inner, media)
    entry = {"mediaType": media, "digest": f"sha256:{hashlib.sha256(inner).hexdigest()}", "size": len(inner)}
    outer, media = index(entry, docker=True)
    registry.manifests["app", "2"] = (outer, media)
    found = await client.find(parse_reference(f"{registry.host}/app:2"))
    assert (found.own, found.digest) == (made.digest, f"sha256:{hashlib.sha256(outer).hexdigest()}")


async def test_an_index_that_holds_itself_ends(registry: FakeRegistry, client: Client) -> None:
    made = _small()
    registry.add(made)
    bodies: list[bytes] = [made.manifest]
    for _ in range(9):
        body, media = index({"mediaType": "", "digest": f"sha256:{hashlib.sha256(bodies[-1]).hexdigest()}", "size": 1})
        registry.manifests["app", f"sha256:{hashlib.sha256(body).hexdigest()}"] = (body, media)
        bodies.append(body)
    registry.manifests["app", "deep"] = (bodies[-1], media)
    with pytest.raises(RegistryError, match="without end"):
        await client.find(parse_reference(f"{registry.host}/app:deep"))


async def test_another_manifest_than_its_digest_says_is_refused(registry: FakeRegistry, client: Client) -> None:
    made = _small()
    registry.manifests["app", made.digest] = (made.manifest + b" ", made.media)
    with pytest.raises(RegistryError, match="another manifest"):
        await client.find(parse_reference(f"{registry.host}/app@{made.digest}"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(404, b'{"errors":[{"message":"manifest unknown"}]}'), "has no app:1"),
        (Answer(403, b'{"errors":[{"message":"no pull access"}]}'), "no pull access"),
        (Answer(200, b"<html>please log in</html>"), "no manifest"),
        (Answer(200, b" " * (5 << 20)), "more than it may"),
        (Answer(418, b"x"), "answers with 418"),
        (Answer(302, b"", {"location": "ftp://elsewhere/x"}), "redirects to ftp"),
        (Answer(302, b"", {"location": "/v2/app/manifests/1"}), "redirects without end"),
    ],
)
async def test_answers_that_are_no_manifest(registry: FakeRegistry, client: Client, answer: Answer, said: str) -> None:
    registry.misbehave = lambda _, request: answer if "manifests" in request.path else None
    with pytest.raises(RegistryError, match=said):
        await client.find(parse_reference(f"{registry.host}/app:1"))


async def test_nobody_there(client: Client) -> None:
    with pytest.raises(RegistryError, match=r"127\.0\.0\.1:1 does not answer") as failure:
        await client.find(parse_reference("127.0.0.1:1/app"))
    assert failure.value.silent


async def test_trouble_that_passes_is_waited_for(registry: FakeRegistry, client: Client, paused: _Paused) -> None:
    troubles = [Answer(503), Answer(429, b"", {"retry-after": "7"}), Answer(200, b"x" * 900, cut=3)]

    def misbehave(_: FakeRegistry, request: Request) -> Answer | None:
        return troubles.pop(0) if troubles and "manifests" in request.path else None

    reference, registry.misbehave = registry.add(_small()), misbehave
    await client.find(parse_reference(reference))
    assert paused.seconds == [0.5, 7.0, 0.5]


async def test_a_registry_that_asks_us_to_wait_long_is_told_of(
    registry: FakeRegistry, client: Client, paused: _Paused
) -> None:
    registry.misbehave = lambda *_: Answer(429, b"", {"retry-after": "3600"})
    with pytest.raises(RegistryError, match="takes no more requests") as failure:
        await client.find(parse_reference(f"{registry.host}/app:1"))
    assert "log in" in failure.value.hint
    assert paused.seconds == []


# --- who we are -----------------------------------------------------------------------------------------------------


async def test_a_token_is_asked_for_once(registry: FakeRegistry, client: Client) -> None:
    registry.token = "t0ken"
    found = await client.find(parse_reference(registry.add(_small())))
    await client.small(found.target, found.manifest.config, "app")
    asked = registry.asked("/token")
    assert [(one.method, one.query) for one in asked] == [("GET", "service=fake&scope=repository%3Aapp%3Apull")]


async def test_a_login_gets_the_token_and_goes_nowhere_else(registry: FakeRegistry, tmp_path: Path) -> None:
    registry.token, registry.login = "t0ken", ("me", SECRET)
    client = Client(Settings(), _keys(tmp_path, registry), {})
    await client.find(parse_reference(registry.add(_small())))
    await client.close()
    basic = [one.path for one in registry.requests if one.headers.get("authorization", "").startswith("Basic")]
    assert basic == ["/token"]


async def test_an_identity_token_is_exchanged(registry: FakeRegistry, tmp_path: Path) -> None:
    registry.token, registry.login = "t0ken", ("nobody", "")
    (tmp_path / "config.json").write_text(json.dumps({"auths": {registry.host: {"identitytoken": SECRET}}}))
    client = Client(Settings(), Keyring((str(tmp_path / "config.json"),)), {})
    await client.find(parse_reference(registry.add(_small())))
    await client.close()
    (asked,) = registry.asked("/token")
    assert (asked.method, f"refresh_token={SECRET}".encode() in asked.body) == ("POST", True)


async def test_a_login_that_is_not_accepted_is_not_shown(registry: FakeRegistry, tmp_path: Path) -> None:
    registry.token, registry.login = "t0ken", ("me", "other")
    client = Client(Settings(), _keys(tmp_path, registry), {})
    with pytest.raises(RegistryError, match="who are you") as failure:
        await client.find(parse_reference(registry.add(_small())))
    await client.close()
    assert SECRET not in f"{failure.value} {failure.value.hint} {failure.value.details}"
    assert f"shore login {registry.host}" in failure.value.hint


async def test_a_token_that_is_never_enough_ends(registry: FakeRegistry, client: Client) -> None:
    scheme = {"www-authenticate": f'Bearer realm="http://{registry.host}/token"'}
    registry.misbehave = lambda _, request: None if request.path == "/token" else Answer(401, b"{}", scheme)
    registry.token = "x"
    with pytest.raises(RegistryError, match="does not give out"):
        await client.find(parse_reference(f"{registry.host}/app:1"))
    assert len(registry.requests) <= 4


async def test_credentials_do_not_follow_a_redirect_to_another_host(
    registry: FakeRegistry, other: FakeRegistry, client: Client, tmp_path: Path
) -> None:
    registry.token = "t0ken"
    made = _small()
    reference = registry.add(made)
    other.add(made)

    def elsewhere(_: FakeRegistry, request: Request) -> Answer | None:
        there = f"http://{other.host}{request.path}?signed=1"
        return Answer(307, b"", {"location": there}) if "/blobs/" in request.path else None

    found = await client.find(parse_reference(reference))
    registry.misbehave = elsewhere
    blob = found.manifest.layers[0]
    await Downloads(client).fetch(found.target, blob, tmp_path / "part", "app", lambda _: None)
    assert registry.asked("/blobs/")[0].headers["authorization"] == "Bearer t0ken"
    assert [one.headers.get("authorization") for one in other.requests] == [None]
    assert (tmp_path / "part").read_bytes() == made.blobs[blob.digest]


async def test_a_realm_without_encryption_gets_no_login(registry: FakeRegistry, client: Client) -> None:
    scheme = {"www-authenticate": 'Bearer realm="http://auth.example.invalid/token"'}
    registry.misbehave = lambda *_: Answer(401, b"{}", scheme)
    with pytest.raises(RegistryError, match="without encryption"):
        await client.find(parse_reference(f"{registry.host}/app:1"))


async def test_mirrors_are_asked_first_and_may_fail(registry: FakeRegistry, other: FakeRegistry) -> None:
    made = _small()
    registry.add(made, "library/redis", "7")
    other.misbehave = lambda *_: Answer(404, b"{}")
    client = Client(Settings(mirrors=(f"http://{other.host}", f"http://{registry.host}")), Keyring(()), {})
    found = await client.find(parse_reference("redis:7"))
    await client.close()
    assert (found.digest, len(other.requests)) == (made.digest, 1)
    assert found.target.host == registry.host


# --- blobs ----------------------------------------------------------------------------------------------------------


def _blob(registry: FakeRegistry, content: bytes = BLOB) -> tuple[Target, Descriptor]:
    digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
    registry.blobs[digest] = content
    return Target(registry.host, "app", registry.host, insecure=True), Descriptor("", digest, len(content))


async def test_a_cut_line_is_gone_on_from_where_it_was(registry: FakeRegistry, client: Client, tmp_path: Path) -> None:
    target, blob = _blob(registry)
    cuts = [1000, 0, 50_000, 1]

    def cut(own: FakeRegistry, request: Request) -> Answer | None:
        if not cuts or "/blobs/" not in request.path:
            return None
        answer = own.ranged(request, own.blobs[blob.digest])
        answer.cut = cuts.pop(0)
        return answer

    registry.misbehave = cut
    told: list[int] = []
    await Downloads(client).fetch(target, blob, tmp_path / "part", "app", told.append)
    assert (tmp_path / "part").read_bytes() == BLOB
    asked = [one.headers.get("range") for one in registry.asked("/blobs/")]
    assert asked == [None, "bytes=1000-", "bytes=1000-", "bytes=51000-", "bytes=51001-"]
    assert told == sorted(told)


async def test_what_an_earlier_command_left_is_gone_on_from(
    registry: FakeRegistry, client: Client, tmp_path: Path
) -> None:
    target, blob = _blob(registry)
    (tmp_path / "part").write_bytes(BLOB[:77_777])
    await Downloads(client).fetch(target, blob, tmp_path / "part", "app", lambda _: None)
    assert (tmp_path / "part").read_bytes() == BLOB
    assert [one.headers["range"] for one in registry.asked("/blobs/")] == ["bytes=77777-"]
    await Downloads(client).fetch(target, blob, tmp_path / "part", "app", lambda _: None)
    assert len(registry.asked("/blobs/")) == 1  # it is whole: nobody is asked


@pytest.mark.parametrize("left", [b"x" * 100, BLOB + b"x"])
async def test_a_part_of_something_else_is_thrown_away(
    registry: FakeRegistry, client: Client, tmp_path: Path, left: bytes
) -> None:
    target, blob = _blob(registry)
    (tmp_path / "part").write_bytes(left)
    if len(left) < blob.size:
        with pytest.raises(RegistryError, match="other content"):
            await Downloads(client).fetch(target, blob, tmp_path / "part", "app", lambda _: None)
        assert not (tmp_path / "part").exists()
    await Downloads(client).fetch(target, blob, tmp_path / "part", "app", lambda _: None)
    assert (tmp_path / "part").read_bytes() == BLOB


async def test_a_server_without_ranges_begins_anew(registry: FakeRegistry, client: Client, tmp_path: Path) -> None:
    target, blob = _blob(registry)
    registry.ranges = False
    (tmp_path / "part").write_bytes(BLOB[:500])
    await Downloads(client).fetch(target, blob, tmp_path / "part", "app", lambda _: None)
    assert (tmp_path / "part").read_bytes() == BLOB


@pytest.mark.parametrize(
    "wrong",
    [
        Answer(206, BLOB[100:], {"content-range": f"bytes 100-{len(BLOB) - 1}/{len(BLOB)}"}),
        Answer(206, BLOB[500:], {"content-range": "none"}),
        Answer(206, BLOB[500:]),
        Answer(416, b"{}"),
    ],
)
async def test_a_wrong_range_is_not_believed(
    registry: FakeRegistry, client: Client, tmp_path: Path, wrong: Answer
) -> None:
    target, blob = _blob(registry)
    registry.misbehave = lambda _, request: wrong if request.headers.get("range") == "bytes=500-" else None
    (tmp_path / "part").write_bytes(BLOB[:500])
    await Downloads(client).fetch(target, blob, tmp_path / "part", "app", lambda _: None)
    assert (tmp_path / "part").read_bytes() == BLOB


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (BLOB[:-1] + b"!", "other content"),
        (BLOB + b"!", "more of app than its manifest says"),
    ],
)
async def test_content_that_is_not_the_blob_is_not_kept(
    registry: FakeRegistry, client: Client, tmp_path: Path, content: bytes, said: str
) -> None:
    target, blob = _blob(registry)
    registry.blobs[blob.digest] = content
    with pytest.raises(RegistryError, match=said):
        await Downloads(client).fetch(target, blob, tmp_path / "part", "app", lambda _: None)
    assert not (tmp_path / "part").exists() or not (tmp_path / "part").read_bytes()


async def test_too_little_is_given_up_and_kept(registry: FakeRegistry, client: Client, tmp_path: Path) -> None:
    target, blob = _blob(registry)
    registry.misbehave = lambda own, request: (
        Answer(200, BLOB[:300])
        if "range" not in request.headers
        else Answer(206, b"", {"content-range": "bytes 300-1/1"})
    )
    with pytest.raises(RegistryError, match="only 300 of"):
        await Downloads(client).fetch(target, blob, tmp_path / "part", "app", lambda _: None)
    assert (tmp_path / "part").read_bytes() == BLOB[:300]


async def test_a_blob_that_is_not_there(registry: FakeRegistry, client: Client, tmp_path: Path) -> None:
    target, blob = _blob(registry)
    del registry.blobs[blob.digest]
    with pytest.raises(RegistryError, match="has no app"):
        await Downloads(client).fetch(target, blob, tmp_path / "part", "app", lambda _: None)
