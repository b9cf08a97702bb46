"""Which images are built or pulled, and when it is an error."""

from __future__ import annotations

import pytest

from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.model.service import Build
from longshore.plan.images import image_plan, refreshed_after
from tests.plan.make import healthy, service, stack

BUILT = replace(service("app"), image="", build=Build("/demo"))
PLAIN = service("db")


def text(*services: object, present: dict[str, bool] | None = None, **options: object) -> str:
    wanted = stack(*services)  # type: ignore[arg-type]
    plan = image_plan(wanted, wanted.services, present or {}, **options)  # type: ignore[arg-type]
    return "\n".join(" ".join(line.split()) for line in str(plan).splitlines())


def test_missing_images_are_built_or_pulled() -> None:
    assert text(BUILT, PLAIN) == "1 build demo-app no image\n2 pull db:1 no image"


def test_present_images_need_nothing_unless_asked() -> None:
    there = {"app": True, "db": True}
    assert text(BUILT, PLAIN, present=there) == ""
    assert text(BUILT, PLAIN, present=there, build=True) == "1 build demo-app --build"
    assert text(PLAIN, present=there, pull="always") == "1 pull db:1 pull_policy: always"


def test_a_shared_image_is_built_once_by_the_service_that_can() -> None:
    user = replace(service("worker"), image="app:dev")
    maker = replace(BUILT, image="app:dev")
    assert text(user, maker) == "1 build app:dev no image"


def test_never_pulling_a_missing_image_is_an_error() -> None:
    with pytest.raises(ShoreError, match="no image db:1 here"):
        text(replace(PLAIN, pull_policy="never"))


def test_a_build_on_another_services_image_comes_after_it() -> None:
    child = replace(service("child"), image="", build=Build("/c", additional_contexts={"base": "service:app"}))
    assert text(BUILT, child) == "1 build demo-app no image\n2 build demo-child no image; after 1"


def test_a_base_that_is_not_selected_is_built_all_the_same() -> None:
    child = replace(service("child"), image="", build=Build("/c", additional_contexts={"base": "service:app"}))
    wanted = stack(child, disabled=(BUILT,))
    plan = image_plan(wanted, ["child"], {})
    assert [(operation.service, operation.after) for operation in plan.operations] == [("app", ()), ("child", (1,))]
    assert not image_plan(wanted, ["child"], {"child": True})


def test_of_two_builds_the_one_that_is_depended_on_comes_first() -> None:
    """Its image may be what the other's Dockerfile begins from."""
    child = replace(service("child", healthy("app")), image="", build=Build("/c"))
    assert text(child, BUILT) == "1 build demo-app no image\n2 build demo-child no image; after 1"


@pytest.mark.parametrize(
    ("policy", "seconds"),
    [
        ("daily", 86_400),
        ("weekly", 604_800),
        ("every_1d12h", 129_600),
        ("every_90s", 90),
        ("every_1h1m", 3660),
        ("always", None),
        ("", None),
    ],
)
def test_policies_that_go_by_time(policy: str, seconds: float | None) -> None:
    assert refreshed_after(policy) == seconds


def test_an_image_is_pulled_again_when_it_is_old_enough() -> None:
    daily = replace(PLAIN, pull_policy="daily")
    assert text(daily, present={"db": True}, ages={"db": 86_000.0}) == ""
    assert text(daily, present={"db": True}, ages={"db": 87_000.0}) == "1 pull db:1 pull_policy: daily"
    assert text(daily, present={"db": True}) == ""
    assert text(daily) == "1 pull db:1 no image"


def test_what_is_not_to_be_built_is_there_or_pulled() -> None:
    named = replace(BUILT, image="app:dev")
    assert text(named, no_build=True) == "1 pull app:dev no image"
    assert text(named, present={"app": True}, no_build=True, pull="always") == "1 pull app:dev pull_policy: always"
    with pytest.raises(ShoreError, match="no image built here") as caught:
        text(BUILT, no_build=True)
    assert caught.value.hint == "build it with --build"


def test_what_is_pulled_waits_for_no_build() -> None:
    assert text(BUILT, service("db", healthy("app"))) == "1 build demo-app no image\n2 pull db:1 no image"
