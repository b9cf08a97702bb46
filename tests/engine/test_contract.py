"""What a request asks for when nothing is said, and what follows from what an engine can do."""

from __future__ import annotations

from typing import Any

import pytest

from longshore.engine import capabilities
from longshore.engine.base import BuildOptions, CreateOptions, ExecRequest, ImageInfo, LogOptions, Survey, SurveyLine
from longshore.engine.executor import ExecuteOptions
from longshore.model.errors import ShoreError
from longshore.model.record import asdict, replace
from tests.cli.stage import StageEngine


@pytest.mark.parametrize("kind", [BuildOptions, CreateOptions, LogOptions])
def test_nothing_is_asked_unless_it_is_said(kind: Any) -> None:
    assert not any(asdict(kind()).values())


def test_a_plain_command_an_image_and_a_plan_carried_out_as_it_is() -> None:
    assert asdict(ExecRequest(("true",))) == {
        "argv": ("true",), "user": "", "working_dir": "", "environment": {}, "tty": False, "detach": False,
        "privileged": False, "visit": False,
    }  # fmt: skip
    assert asdict(ImageInfo("a", "1")) == {
        "reference": "a", "id": "1", "runs": "", "created": 0.0, "size": 0, "environment": {}, "tagged": 0.0,
    }  # fmt: skip
    options = asdict(ExecuteOptions())
    assert {name: options[name] for name in ("offline", "timeout", "signal", "remove_volumes", "parallel")} == {
        "offline": False, "timeout": None, "signal": "SIGKILL", "remove_volumes": False, "parallel": 0,
    }  # fmt: skip


def line(subject: str, level: Any = "exact") -> SurveyLine:
    return SurveyLine("web", subject, level, "text")


def test_what_a_survey_says() -> None:
    whole = Survey("native", (line("image"), line("build"), line("ports"), line("image", "deviates")))
    assert whole.images == (line("image"), line("build"))
    assert whole.deviations == (line("image", "deviates"),)
    assert not whole.exact
    assert Survey("native", (line("image"),)).exact
    assert not Survey("native", (line("init", "refused"),)).exact
    assert not Survey("native", blocked=ShoreError("x")).exact


CAN: dict[str, str] = {
    "archiving": "archives", "attaching": "attach", "caching": "cache", "committing": "commit", "exporting": "export",
    "loading": "load", "mending": "mend", "opening": "contents", "preparing": "prepare", "publishing": "push",
}  # fmt: skip


@pytest.mark.parametrize("name", CAN)
def test_what_an_engine_can_is_what_it_declares(name: str) -> None:
    engine, asked = StageEngine(), getattr(capabilities, name)
    if name in ("archiving", "attaching", "mending", "opening", "preparing"):
        assert asked(engine) is None
    else:
        with pytest.raises(ShoreError, match="native"):
            asked(engine)
    engine.capabilities = frozenset({CAN[name]})
    assert asked(engine) is engine


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (BuildOptions(builder="b"), "--builder is not for native: it builds itself"),
        (BuildOptions(sbom="true"), "--sbom is not for native: it attests nothing of what it builds"),
        (BuildOptions(provenance="mode=max"), "--provenance is not for native: it attests nothing of what it builds"),
        (BuildOptions(sbom="false", provenance="false"), ""),
        (BuildOptions(), ""),
    ],
)
def test_what_only_an_engine_that_hands_on_can_do(options: BuildOptions, said: str) -> None:
    engine = StageEngine()
    if said:
        with pytest.raises(ShoreError) as refused:
            capabilities.check_handed_on(engine, options)
        assert refused.value.what == said
    else:
        capabilities.check_handed_on(engine, options)
    engine.capabilities = frozenset({"hands on"})
    capabilities.check_handed_on(engine, replace(options, builder="b"))
