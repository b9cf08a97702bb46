"""Where an image comes from: the whole table. Pure."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.model.errors import ShoreError, UsageError
from longshore.model.stack import Stack
from longshore.native.image.catalog.provider import ImageSurvey, refused
from longshore.native.image.model import Image, ImageConfig
from longshore.native.image.source import Answer, Known, Policy, Where, asked_policy, decide, must_ask
from longshore.native.image.store.images import ImageStore

HERE = ImageSurvey("exact", "postgres 16.4", "postgres 16.4 on Debian bookworm")
NEAR = ImageSurvey("deviates", "postgres 16.4", "postgres 16.4 in place of 16.1", "ask for 16.4")
NOT_HERE = refused("no stand-in")
YES = Answer("sha256:" + "a" * 64, "docker.io")
NO = Answer(error=ShoreError("docker.io has no postgres:16", hint="check the tag"))


@pytest.mark.parametrize(
    ("policy", "held", "cached", "answer", "here", "where", "level"),
    [
        # what is there already settles it
        ("auto", None, ("registry",), None, HERE, "registry", "exact"),
        ("auto", None, ("builtin",), None, HERE, "builtin", "exact"),
        ("auto", None, ("registry", "builtin"), None, HERE, "registry", "exact"),
        # and what the project has, over the cache
        ("auto", "builtin", ("registry", "builtin"), None, HERE, "builtin", "exact"),
        ("auto", "builtin", ("registry",), YES, HERE, "builtin", "exact"),
        ("auto", "registry", ("builtin",), YES, HERE, "registry", "exact"),
        ("auto", "registry", ("builtin",), NO, HERE, "registry", "refused"),
        # else a registry that answers, else what is made here
        ("auto", None, (), YES, HERE, "registry", "exact"),
        ("auto", None, (), YES, NEAR, "registry", "exact"),
        ("auto", None, (), NO, HERE, "builtin", "exact"),
        ("auto", None, (), NO, NEAR, "builtin", "deviates"),
        ("auto", None, (), NO, NOT_HERE, "builtin", "refused"),
        ("auto", None, (), None, HERE, "builtin", "exact"),
        # who asks for one gets that one
        ("builtin", "registry", ("registry",), YES, HERE, "builtin", "exact"),
        ("builtin", None, (), YES, NOT_HERE, "builtin", "refused"),
        ("registry", "builtin", ("builtin",), YES, HERE, "registry", "exact"),
        ("registry", None, ("registry",), None, HERE, "registry", "exact"),
        ("registry", None, ("builtin",), NO, HERE, "registry", "refused"),
        ("registry", None, (), None, HERE, "registry", "refused"),
    ],
)  # fmt: skip
def test_the_table(
    policy: Policy, held: Where | None, cached: tuple[Where, ...], answer: Answer | None, here: ImageSurvey,
    where: Where, level: str,
) -> None:  # fmt: skip
    found = decide(policy, Known(held, cached, answer), "postgres:16", here)
    assert (found.where, found.level) == (where, level)


def test_both_reasons_are_told() -> None:
    found = decide("auto", Known(answer=NO), "postgres:16", NOT_HERE)
    assert found.text == "no stand-in; docker.io has no postgres:16"


@pytest.mark.parametrize(
    ("policy", "known", "asks"),
    [
        ("auto", Known(), True),
        ("auto", Known(cached=("builtin",)), False),
        ("auto", Known(cached=("registry",)), False),
        ("auto", Known(held="registry", cached=("builtin",)), True),
        ("auto", Known(held="builtin"), False),
        ("auto", Known(offline=True), False),
        ("registry", Known(cached=("builtin",)), True),
        ("registry", Known(cached=("registry",)), False),
        ("registry", Known(offline=True), False),
        ("builtin", Known(), False),
    ],
)
def test_a_registry_is_asked_only_where_its_answer_counts(policy: Policy, known: Known, asks: bool) -> None:
    assert must_ask(policy, known) is asks


def test_offline_says_what_is_needed() -> None:
    found = decide("registry", Known(offline=True), "postgres:16", HERE)
    assert "--offline forbids" in found.text
    assert "--images builtin" in found.todo


def test_who_asks_for_what() -> None:
    stack = Stack("p", "/", extensions={"x-longshore": {"images": "registry"}})
    assert asked_policy("", stack) == "registry"
    assert asked_policy("builtin", stack) == "builtin"
    assert asked_policy("", None) == "auto"
    with pytest.raises(UsageError, match="nowhere"):
        asked_policy("nowhere", None)


async def test_broken_settings_of_the_machine_leave_what_is_made_here(tmp_path: Path) -> None:
    (tmp_path / "home/.config/docker").mkdir(parents=True)
    (tmp_path / "home/.config/docker/daemon.json").write_text("{")
    store = ImageStore(tmp_path / "cache", policy="auto", environ={"HOME": str(tmp_path / "home")})
    await store.ask(["debian:12", "nobody/knows:1"])
    assert store.survey("nobody/knows:1").level == "refused"
    assert "daemon.json" in store.survey("nobody/knows:1").text


def test_names_of_one_image_are_one(tmp_path: Path) -> None:
    store = ImageStore(tmp_path / "cache", policy="registry")
    layer = store.cache.publish_layer("a" * 64, _layer(tmp_path), {"kind": "oci"})
    image = Image("app", "sha256:1", (str(layer),), ImageConfig(), source="registry")
    store._keep(image, store._record("app", "registry"), None)
    for name in ("app", "app:latest", "docker.io/library/app:latest"):
        assert store.find(name) is not None, name
    assert store.find("app:2") is None


def _layer(folder: Path) -> Path:
    (folder / "staged/root").mkdir(parents=True)
    return folder / "staged"
