"""What a build reads: its Dockerfile, its contexts, base images, secrets."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from longshore.dockerfile.ignore import dockerfile_text, find_ignore
from longshore.dockerfile.instructions import Dockerfile, parse
from longshore.model.errors import ShoreError
from longshore.model.reference import image_name, parse_reference
from longshore.model.service import Build, Service
from longshore.model.stack import Stack
from longshore.native.image.build.context import LayerSource, LocalContext, Source
from longshore.native.image.build.state import content_key
from longshore.native.image.model import Image
from longshore.native.image.store.digest import Digests
from longshore.native.image.store.tree import LayerTree
from longshore.state.events import Emit

if TYPE_CHECKING:
    from longshore.native.image.store.images import ImageStore

__all__ = ["Inputs", "read_dockerfile"]

Make = Callable[[Service], Awaitable[Image]]


def read_dockerfile(build: Build) -> Dockerfile:
    """The build's Dockerfile, parsed. ShoreError when it is not there or wrong."""
    if build.dockerfile_inline is None:
        _check_local(build.context)
    return parse(*dockerfile_text(build))


def _check_local(context: str) -> None:
    if "://" in context or context.startswith("git@"):
        raise ShoreError(
            f"the build context {context} is remote, which the native engine does not fetch",
            hint="clone it and name the directory, or run with --engine docker",
        )
    if not Path(context).is_dir():
        raise ShoreError(f"the build context {context} does not exist", hint="correct build.context")


class Inputs:
    """Reads on demand; `save` keeps the files' digests for the next build."""

    def __init__(
        self, store: ImageStore, build: Build, stack: Stack, emit: Emit, service: str, make: Make | None = None, *,
        again: bool = False,
    ) -> None:  # fmt: skip
        """`make` builds the image of another service of the stack; `again`: what registries have now is wanted."""
        self.store, self.build, self.stack, self._emit, self.service = store, build, stack, emit, service
        self._make, self._again = make, again
        self.dockerfile = read_dockerfile(build)
        self._contexts: dict[str, LocalContext] = {}
        self._images: dict[str, Image] = {}

    def context(self, name: str = "") -> LocalContext:
        """The main context, or the additional one of this name (which must be a directory)."""
        if name not in self._contexts:
            directory = self.build.additional_contexts[name] if name else self.build.context
            _check_local(directory)
            ignore = find_ignore(Path(directory), None if name else self.build)
            self._contexts[name] = LocalContext(Path(directory), ignore, Digests(self.store.cache, directory))
        return self._contexts[name]

    def named(self, name: str) -> str | None:
        """What the additional context stands for that has the name of a stage or of an image; None where none has."""
        wanted = parse_reference(name)
        for key, value in self.build.additional_contexts.items():
            known = parse_reference(key)
            if (known.name, known.version, known.digest) == (wanted.name, wanted.version, wanted.digest):
                return value
        return None

    def directory(self, name: str) -> LocalContext | None:
        """The additional context of this name if it is a directory."""
        value = self.named(name) or ""
        if not value or value.startswith(("docker-image://", "service:", "target:")):
            return None
        return self.context(next(key for key, other in self.build.additional_contexts.items() if other == value))

    async def source(self, name: str) -> Source:
        """What COPY --from=`name` reads when it names no stage: an additional context or an image."""
        if not name:
            return self.context()
        if name == "scratch":
            return LayerSource(LayerTree((self.store.cache.empty(),)), "scratch")
        directory = self.directory(name)
        if directory is not None:
            return directory
        image = await self.image(name)
        return LayerSource(LayerTree(image.layers), content_key(image))

    async def image(self, reference: str) -> Image:
        """An image for FROM or COPY --from: one that this stack builds, one in the cache, or one to be made."""
        value = self.named(reference) or reference
        value = value.removeprefix("docker-image://")
        if value.startswith("service:"):
            value = self._service_tag(value.removeprefix("service:"))
        if value not in self._images:
            self._images[value] = await self._find_or_make(value)
        return self._images[value]

    async def _find_or_make(self, reference: str) -> Image:
        """A service that begins from the image of another waits for nobody: what is not there yet is built here."""
        found = self.store.find(reference)
        if found is not None and not (self._again and found.source == "registry"):
            return found
        builds = (service for service in self.stack.services.values() if service.build and service.name != self.service)
        other = next((service for service in builds if image_name(self.stack.name, service) == reference), None)
        if other is not None and self._make is not None:
            return await self._make(other)
        return await self.store.resolve(reference, self._emit, self.service, again=self._again)

    def _service_tag(self, name: str) -> str:
        service = self.stack.known(name)
        if service is None:
            raise ShoreError(f'additional context: there is no service "{name}"', hint="correct the name")
        return image_name(self.stack.name, service)

    def secret(self, name: str) -> str | None:
        """The text of a build secret, or None when the build has none of this name."""
        for use in self.build.secrets:
            if (use.target or use.source) != name and use.source != name:
                continue
            secret = self.stack.secrets.get(use.source)
            if secret is None:
                return None
            return _secret_text(secret.file, secret.content, secret.environment, self.stack.environment)
        return None

    def save(self) -> None:
        for context in self._contexts.values():
            context.digests.save()


def _secret_text(file: str, content: str | None, variable: str, environment: Mapping[str, str]) -> str | None:
    if content is not None:
        return content
    if variable:
        return environment.get(variable, os.environ.get(variable))
    return Path(file).read_text(errors="surrogateescape") if file else None
