"""Images of a release: published where the nodes can fetch them, and known by digest; or, on a Swarm of one node, as
that node has them, by id."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from longshore.docker.api.calls import Api
from longshore.docker.api.errors import ApiError
from longshore.docker.image.presence import address, push, split_reference
from longshore.docker.image.presence import pull as pull_image
from longshore.model.errors import ShoreError
from longshore.model.healthcheck import HealthCheck
from longshore.model.quantities import in_seconds
from longshore.model.record import record, replace
from longshore.model.reference import image_name
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.ship.facts import ImageFacts
from longshore.ship.routes import IMAGE, PROXY
from longshore.ship.secrets import leaving, secret_values
from longshore.ship.settings import NONE
from longshore.state.events import Emit

__all__ = ["Source", "images_of", "proxy_image", "source_of"]


@record
class Source:
    """The commit that a release is built from, its first twelve digits; "" where there is no repository. `dirty`: a
    digest of what is not committed."""

    commit: str = ""
    dirty: str = ""

    @property
    def tag(self) -> str:
        return f"sha-{self.commit}{f'-dirty-{self.dirty}' if self.dirty else ''}" if self.commit else ""


def source_of(folder: str) -> Source:
    """What git says of the folder."""
    commit = _git(folder, "rev-parse", "--short=12", "HEAD").strip()
    if not commit:
        return Source()
    changed = _git(folder, "status", "--porcelain", "--", ".") + _git(folder, "diff", "HEAD", "--", ".")
    return Source(commit, sha256(changed.encode()).hexdigest()[:12] if changed else "")


def _git(folder: str, *words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, errors="replace", timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


async def images_of(
    api: Api,
    stack: Stack,
    registry: str,
    source: Source,
    more_secrets: tuple[str, ...],
    environ: Mapping[str, str],
    emit: Emit,
    say: Callable[[str], None],
    *,
    dry: bool = False,
) -> Mapping[str, ImageFacts]:
    """What of each service's image a spec needs. `dry`: nothing is fetched or published, and an image that is not there
    is named as what it will be."""
    values = secret_values(stack, more_secrets)
    found: dict[str, ImageFacts] = {}
    for name, service in stack.services.items():
        reference = image_name(stack.name, service)
        there = await _inspect(api, reference)
        if there is None and not dry and not service.build:
            await pull_image(api, stack.name, service, emit, environ)
            there = await _inspect(api, reference)
        if there is None:
            if not dry:
                raise ShoreError(f"{name}: the image {reference} is not there", hint="leave --no-build out",
                                 place=service.place("build", "image"))  # fmt: skip
            found[name] = ImageFacts(f"{reference} (not here yet)")
            continue
        if dry or registry == NONE:
            named = there["Id"]
        elif service.build:
            named = await _publish(api, service, there["Id"], registry, source, environ, emit, say)
        else:
            named = _digest(there, service)
        shell = not leaving(service, values, more_secrets).by_script or await _has_shell(api, there["Id"])
        found[name] = _facts(there, named, shell=shell)
    return found


async def proxy_image(
    api: Api, name: str, registry: str, environ: Mapping[str, str], emit: Emit, say: Callable[[str], None]
) -> str:
    """The proxy's image as a spec names it: by the digest of the registry it came from, or of the project's own where
    it came from none; by its id on a Swarm of one node."""
    service = Service(PROXY, image=IMAGE)
    if await _inspect(api, IMAGE) is None:
        await pull_image(api, name, service, emit, environ)
    there = await _inspect(api, IMAGE)
    if there is None:
        raise ShoreError(f"the proxy's image {IMAGE} is not there", hint=f"docker pull {IMAGE} on the manager")
    if registry == NONE:
        return str(there["Id"])
    if there.get("RepoDigests"):
        with contextlib.suppress(ShoreError):
            return _digest(there, service)
    return await _publish(api, service, there["Id"], registry, Source(), environ, emit, say)


async def _inspect(api: Api, reference: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = await api.find(f"{address(reference)}/json")
    return found


def _facts(found: Mapping[str, Any], reference: str, *, shell: bool) -> ImageFacts:
    config = found.get("Config") or {}
    return ImageFacts(
        reference, tuple(config.get("Entrypoint") or ()), tuple(config.get("Cmd") or ()),
        _check(config.get("Healthcheck")), shell,
    )  # fmt: skip


def _check(found: Mapping[str, Any] | None) -> HealthCheck | None:
    if not found or not found.get("Test"):
        return None
    return HealthCheck(
        tuple(found["Test"]), in_seconds(found.get("Interval")), in_seconds(found.get("Timeout")), found.get("Retries"),
        in_seconds(found.get("StartPeriod")), disable=found["Test"][0] == "NONE",
    )  # fmt: skip


def _digest(found: Mapping[str, Any], service: Service) -> str:
    name = split_reference(service.image)[0]
    for digest in found.get("RepoDigests") or ():
        if digest.partition("@")[0] in (name, f"docker.io/{name}", f"docker.io/library/{name}"):
            return str(digest)
    raise ShoreError(
        f"{service.name}: the image {service.image} has no digest: no registry that this engine knows has it",
        hint="push it to a registry and name it there; a Swarm of one node can do with --registry none",
        place=service.place("image"),
    )


async def _publish(
    api: Api, service: Service, image: str, registry: str, source: Source, environ: Mapping[str, str],
    emit: Emit, say: Callable[[str], None],
) -> str:  # fmt: skip
    """Send it by its tags; its digest. `latest` is what is committed."""
    repository = f"{registry}/{service.name}"
    tag = source.tag or f"id-{image.partition(':')[2][:12]}"
    for one in (tag, *(["latest"] if source.commit and not source.dirty else [])):
        await api.post(f"/images/{image}/tag", None, repo=repository, tag=one)
        reference = f"{repository}:{one}"
        await push(api, replace(service, image=reference), reference, emit, environ)
    found = await _inspect(api, image)
    digest = next((d for d in (found or {}).get("RepoDigests") or () if d.partition("@")[0] == repository), "")
    if not digest:
        raise ShoreError(f"{service.name}: {repository}:{tag} was sent, but the registry told no digest")
    say(f"published  {repository}:{tag}")
    return str(digest)


async def _has_shell(api: Api, image: str) -> bool:
    """Looked up in a container that is made and never started."""
    made = await api.post("/containers/create", {"Image": image, "Entrypoint": ["/"], "Cmd": []})
    try:
        async with await api.stream("HEAD", f"/containers/{made['Id']}/archive", query={"path": "/bin/sh"}):
            return True
    except ApiError as error:
        if error.status != 404:
            raise
        return False
    finally:
        await api.delete(f"/containers/{made['Id']}", force=True)
