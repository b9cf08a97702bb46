"""What Docker makes of a stack: everything as written, but for what this engine's version does not know. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from longshore.docker.api.versions import ApiVersion, too_old, words
from longshore.engine.base import Survey, SurveyLine
from longshore.model.reference import image_name
from longshore.model.stack import Stack

__all__ = ["survey"]


def survey(stack: Stack, version: ApiVersion) -> Survey:
    road = f"API {version[0]}.{version[1]}"
    return Survey("docker", (*_images(stack), *_attributes(stack, version)), road=road)


def _images(stack: Stack) -> Iterator[SurveyLine]:
    for service in stack.services.values():
        reference = image_name(stack.name, service)
        yield SurveyLine(service.name, f"image {reference}", "exact", reference, place=service.place("image", "build"))


def _attributes(stack: Stack, version: ApiVersion) -> Iterator[SurveyLine]:
    for service, need in too_old(stack, stack.services, version):
        text = words(need, version) + (f"; {need.instead}" if need.instead else "")
        level: Literal["deviates", "refused"] = "deviates" if need.instead else "refused"
        yield SurveyLine(service.name, need.key, level, text, "upgrade Docker", service.place(need.key.split(".")[0]))
