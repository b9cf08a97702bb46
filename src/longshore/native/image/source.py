"""Where an image comes from: the registry that its name says, or what stands in for it here. Pure, one table.

A project stays with what it has: data that another build of the same server wrote may be read wrongly by this one."""

from __future__ import annotations

from typing import Literal

from longshore.model.errors import ShoreError, UsageError
from longshore.model.record import record, replace
from longshore.model.stack import Stack
from longshore.native.image.catalog.provider import ImageSurvey

__all__ = ["POLICIES", "Answer", "Known", "Policy", "Where", "asked_policy", "decide", "must_ask"]

Where = Literal["registry", "builtin"]
Policy = Literal["auto", "registry", "builtin"]
POLICIES: tuple[Policy, ...] = ("auto", "registry", "builtin")
VARIABLE = "SHORE_IMAGES"


@record
class Answer:
    """What a registry said when it was asked: the `digest` that the reference stands for and the bytes to fetch, `size`
    (-1: not known), or its `error`."""

    digest: str = ""
    registry: str = ""
    error: ShoreError | None = None
    size: int = -1


@record
class Known:
    """All that the choice for one reference depends on. `held`: what this project's containers or volumes were made
    from; `cached`: what the cache has; `answer`: a registry's, where one was asked; `offline`: none may be."""

    held: Where | None = None
    cached: tuple[Where, ...] = ()
    answer: Answer | None = None
    offline: bool = False


def asked_policy(given: str, stack: Stack | None) -> Policy:
    """The policy that is asked for, by SHORE_IMAGES (which --images sets) or the file. UsageError for one that is
    none."""
    written = str(stack.longshore.get("images", "")) if stack else ""
    for place, text in ((f"--images or {VARIABLE}", given), ("x-longshore.images", written)):
        if text:
            for policy in POLICIES:
                if text == policy:
                    return policy
            raise UsageError(f"{place}: {text!r} is no source of images", hint=f"one of {', '.join(POLICIES)}")
    return "auto"


def wanted(policy: Policy, known: Known) -> Where | None:
    """The source that is settled before any registry is asked; None where that decides."""
    if policy != "auto":
        return policy
    if known.held is not None:
        return known.held
    return known.cached[0] if known.cached else None


def must_ask(policy: Policy, known: Known) -> bool:
    """Whether the choice wants a registry's answer."""
    settled = wanted(policy, known)
    return not known.offline and settled in (None, "registry") and "registry" not in known.cached


def decide(policy: Policy, known: Known, reference: str, builtin: ImageSurvey) -> ImageSurvey:
    """What would run for `reference`, and where it comes from; `builtin` is what stands in for it here."""
    settled = wanted(policy, known)
    if settled == "builtin":
        return builtin
    if "registry" in known.cached:
        return _real(reference, f"{reference}, in the cache")
    answer = known.answer
    if answer is not None and answer.error is None:
        much = f", {answer.size / 1e6:.1f} MB to fetch" if answer.size >= 0 else ""
        return _real(reference, f"{reference} from {answer.registry}, {answer.digest[:19] or 'not fetched yet'}{much}")
    missing = _missing(reference, answer, offline=known.offline)
    if settled == "registry":
        return missing
    if builtin.level != "refused":
        return builtin
    return replace(builtin, text=f"{builtin.text}; {missing.text}", todo=builtin.todo)


def _real(reference: str, text: str) -> ImageSurvey:
    return ImageSurvey("exact", reference, text, where="registry")


def _missing(reference: str, answer: Answer | None, *, offline: bool) -> ImageSurvey:
    if answer is not None and answer.error is not None:
        return ImageSurvey("refused", "", answer.error.what, answer.error.hint, where="registry")
    if offline:
        text = f"{reference} is not in the cache, and --offline forbids a download"
        todo = "run once without --offline, or with --images builtin"
        return ImageSurvey("refused", "", text, todo, where="registry")
    return ImageSurvey("refused", "", f"{reference} is not in the cache", "shore pull fetches it", where="registry")
