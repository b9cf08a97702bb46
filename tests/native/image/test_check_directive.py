"""`# check=error=true`: what breaks a rule is not built."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.engine.base import BuildOptions
from longshore.model.errors import ShoreError
from longshore.model.service import Build
from longshore.model.stack import Stack
from longshore.native.image.build.builder import build_image
from longshore.native.image.model import Image
from longshore.native.image.store.images import ImageStore

ASKS = "# check=error=true\n"
BROKEN = "FROM scratch AS base\nMAINTAINER me\nFROM scratch AS last\nLABEL a=b\n"


async def build(folder: Path, text: str, target: str | None = None, **args: str) -> Image:
    context = folder / "context"
    context.mkdir(exist_ok=True)
    (context / "Dockerfile").write_text(text)
    store = ImageStore(folder / "cache")
    return await build_image(
        store,
        Build(str(context), target=target, args=args),
        "test",
        BuildOptions(),
        lambda event: None,
        "web",
        Stack("p", "/"),
    )


async def test_a_broken_rule_fails_the_build_only_where_that_is_asked(tmp_path: Path) -> None:
    await build(tmp_path, BROKEN, "base")
    await build(tmp_path, f"# check=error=false\n{BROKEN}", "base")
    with pytest.raises(ShoreError) as caught:
        await build(tmp_path, ASKS + BROKEN, "base")
    assert caught.value.what == "lint violation found for rules: MaintainerDeprecated"
    assert caught.value.place
    assert caught.value.place.line == 3
    assert caught.value.details[0].startswith("3: MaintainerDeprecated: ")
    await build(tmp_path, f"# check=skip=MaintainerDeprecated;error=true\n{BROKEN}", "base")


async def test_a_build_argument_takes_the_place_of_the_directive(tmp_path: Path) -> None:
    with pytest.raises(ShoreError, match="rules: MaintainerDeprecated"):
        await build(tmp_path, BROKEN, "base", BUILDKIT_DOCKERFILE_CHECK="error=true")
    await build(tmp_path, ASKS + BROKEN, "base", BUILDKIT_DOCKERFILE_CHECK="skip=all")


async def test_each_rule_is_named_once(tmp_path: Path) -> None:
    text = "FROM scratch\nMAINTAINER me\nLABEL a b\nLABEL c d\n"
    with pytest.raises(ShoreError, match="rules: MaintainerDeprecated, LegacyKeyValueFormat") as caught:
        await build(tmp_path, ASKS + text)
    assert len(caught.value.details) == 3


async def test_stages_that_are_not_built_may_break_rules(tmp_path: Path) -> None:
    text = "FROM scratch AS other\nCOPY $nothing /\nFROM scratch\nLABEL a=b\n"
    await build(tmp_path, ASKS + text)
    with pytest.raises(ShoreError, match="rules: UndefinedVar"):
        await build(tmp_path, ASKS + text, "other")
