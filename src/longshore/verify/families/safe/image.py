"""What an image holds: no secret, and no more than it may weigh."""

from __future__ import annotations

import asyncio
import tempfile
from functools import partial

from longshore.doctor.ground.project import Ground
from longshore.doctor.silence import lived_with
from longshore.engine.capabilities import Contents, opening
from longshore.model.quantities import size_in_bytes
from longshore.model.service import Service
from longshore.verify.check import Check, Subject, holds, short
from longshore.verify.families.safe.criterion import criterion_of
from longshore.verify.live import Live, cannot
from longshore.verify.redact import named_secrets
from longshore.verify.result import Evidence, Seen
from longshore.verify.settings import told

__all__ = ["checks"]


def checks(subject: Subject) -> tuple[Check, ...]:
    built = [service for service in subject.chosen if service.build]
    return (
        *(_image_secrets(service) for service in built),
        *(_size(service) for service in built if told(service, "safe", "image-size")),
    )


# Secrets.


def _image_secrets(service: Service) -> Check:
    criterion = criterion_of(
        "image-secrets",
        f"the image of {service.name} holds no secret",
        "its layers, its environment and its history, searched for what .env and the secrets hold",
        "a .dockerignore that keeps .env out; RUN --mount=type=secret; the environment at run time in place of ENV",
        service.name,
    )
    return Check(criterion, partial(_try_image_secrets, service), limit=300, aside=True)


async def _try_image_secrets(service: Service, live: Live) -> Seen:
    from longshore.verify.safety.search import in_layer, in_text, literal_secrets, sought

    secrets = sought(named_secrets(live.stack))
    found: list[str] = []
    count = 0
    with tempfile.TemporaryDirectory(prefix="shore-verify-") as folder:
        contents = await _contents(service, live, folder)
        for text in contents.texts:
            found += [f"{name}, in {text.split('=')[0][:60]}" for name in in_text(text, secrets)]
        found += [f"{name}, in its environment or history" for name in literal_secrets(contents.texts)]
        for layer in contents.layers if secrets else ():
            found += [f"{name}, in {path}" for path, name in await asyncio.to_thread(in_layer, layer.path, secrets)]
            count += 1
    found += _in_dockerfile(service, live)
    expected = "no secret"
    if found:
        rows = list(dict.fromkeys(found))
        evidence = (Evidence("secrets in the image, by name", "\n".join(rows[:50])),)
        return short(expected, f"{len(rows)}: {rows[0]}", evidence=evidence)
    return holds(expected, f"none of {len(secrets)} in {count} layers, environment and history")


async def _contents(service: Service, live: Live, folder: str) -> Contents:
    async with live.engine_of_its_own() as engine:
        opens = opening(engine)
        if opens is None:
            raise cannot(f"{live.engine_name} lets nobody look into its images")
        own = live.stack.services[service.name]  # of a copy: by the name that its image has there
        return await opens.contents(live.stack, own, _base(own, live), folder)


def _base(service: Service, live: Live) -> str:
    """The image that the service's is built on; "" where the Dockerfile does not say."""
    file = Ground.of(live.where, live.stack).build_file(service.name)
    return file.base if file else ""


def _in_dockerfile(service: Service, live: Live) -> list[str]:
    from longshore.doctor.rules.dockerfile_secret import RULE

    if lived_with(live.stack, service.name, RULE.id):
        return []
    findings = RULE.check(RULE, Ground.of(live.where, live.stack))
    return [finding.text for finding in findings if finding.service == service.name]


# Its size.


def _size(service: Service) -> Check:
    budget = str(told(service, "safe", "image-size"))
    criterion = criterion_of(
        "image-size",
        f"the image of {service.name} is no larger than {budget}",
        "the size of all its layers",
        "several stages, so that the last has only what runs; no build tools, caches and tests in it",
        service.name,
    )
    return Check(criterion, partial(_try_size, service, budget), limit=300, aside=True)


async def _try_size(service: Service, budget: str, live: Live) -> Seen:
    with tempfile.TemporaryDirectory(prefix="shore-verify-") as folder:
        size = (await _contents(service, live, folder)).size
    if not size:
        raise cannot(f"{live.engine_name} does not tell how large the image is")
    words = f"{size / 1e6:.0f} MB"
    measured = (("bytes of the image", float(size)),)
    fits = size <= size_in_bytes(budget)
    return (holds if fits else short)(f"at most {budget}", words, measured=measured)
