"""Making, replacing and removing containers: what must be looked up, then the calls."""

from __future__ import annotations

import tarfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

from longshore.docker.api.calls import Api
from longshore.docker.api.errors import ApiError
from longshore.docker.container.body import Context, container_body
from longshore.docker.container.endpoints import MANY_AT_CREATE, by_priority, endpoint
from longshore.docker.container.mounts import Inherited
from longshore.docker.container.portholder import is_free, with_free_ports
from longshore.docker.container.proxies import proxies
from longshore.docker.container.references import Resolved, resolve
from longshore.docker.image.presence import address
from longshore.docker.project import labels, observe
from longshore.engine.base import CreateOptions
from longshore.engine.fileobjects import FileInside, check_copied, files_inside, opened
from longshore.model.errors import ShoreError
from longshore.model.names import container_name
from longshore.model.reference import image_name
from longshore.model.service import Service
from longshore.model.stack import Stack
from longshore.state.hashes import service_hash
from longshore.state.observed import Container

__all__ = ["Creator", "archive", "take_place"]

_PIECE = 1 << 20
DOCKERS_TMPFS = 0o1777
"""The mode of a tmpfs for which the file asks none."""
PODMANS_OWN = ("/run", "/tmp", "/var/tmp")
"""Where Podman lays a writable tmpfs in a read-only container."""


class Creator:
    """Makes containers of one engine. `environ` is the command's own."""

    def __init__(self, api: Api, environ: Mapping[str, str]) -> None:
        self._api, self._environ = api, environ

    async def create(
        self, stack: Stack, service: Service, number: int, replaces: str, options: CreateOptions
    ) -> Container:
        """A service's container, not started. While the one that it replaces is there it bears a name of its own, as
        with Docker Compose."""
        name = container_name(stack.name, service, number)
        old = await self._api.find(f"/containers/{replaces}/json") if replaces else None
        if options.ports_auto and self._api.endpoint.local:
            service = with_free_ports(service, _own_or_free(old))
        resolved = await resolve(self._api, stack, service)
        image = await self._image(stack, service)
        marks = labels.container_labels(
            stack, service, number, image_id=image["Id"], replaces=replaces if old else "",
            config_hash=service_hash(service, resolved.raw),
        )  # fmt: skip
        if options.ports_auto:
            marks[labels.PORTS] = "auto"
        inherited = _inherited(old, service, image) if old and not options.renew_anonymous else ()
        context = await self._context(stack, service, resolved, image, number=number, labels=marks, inherited=inherited)
        made = await self.make(stack, service, context, f"{replaces[:12]}_{name}" if old else name)
        return observe.container(await self._api.get(f"/containers/{made}/json"))

    async def create_oneoff(
        self, stack: Stack, service: Service, name: str, slug: str, *, aliases: bool, attach_stdin: bool,
        auto_remove: bool = False,
    ) -> str:  # fmt: skip
        """A container of `run`; its id. `auto_remove`: the engine removes it when it ends."""
        resolved = await resolve(self._api, stack, service)
        image = await self._image(stack, service)
        config_hash = service_hash(service, resolved.raw)
        marks = labels.oneoff_labels(stack, service, slug, image_id=image["Id"], config_hash=config_hash)
        context = await self._context(
            stack, service, resolved, image, labels=marks, aliases=aliases, attach_stdin=attach_stdin,
            auto_remove=auto_remove,
        )  # fmt: skip
        return await self.make(stack, service, context, name)

    async def make(self, stack: Stack, service: Service, context: Context, name: str) -> str:
        """Create, join the networks that creation could not, copy secrets in. A half-made container is removed."""
        body = container_body(stack, service, context)
        made = str((await self._post(service, body, name))["Id"])
        try:
            await self._join_others(stack, service, context, made)
            for found in files_inside(stack, service):
                if not found.is_mounted:
                    await self._copy(stack, service, found, made)
        except BaseException:
            await self._api.delete(f"/containers/{made}", force=True, v=True)
            raise
        return made

    async def _post(self, service: Service, body: Mapping[str, Any], name: str) -> Any:
        try:
            return await self._api.post("/containers/create", body, name=name, platform=service.platform or None)
        except ApiError as error:
            raise ApiError(error.status, f"{service.name}: {error.what}", hint=error.hint) from error

    async def _image(self, stack: Stack, service: Service) -> Any:
        reference = image_name(stack.name, service)
        found = await self._api.find(f"{address(reference)}/json")
        if found is None:
            raise ShoreError(
                f"{service.name}: the image {reference} is gone",
                hint="run the command again: it is made or pulled anew",
            )
        return found

    async def _context(
        self, stack: Stack, service: Service, resolved: Resolved, image: Mapping[str, Any], **more: Any
    ) -> Context:
        return Context(
            image=image_name(stack.name, service),
            version=await self._api.version(),
            proxies=proxies(self._environ, self._api.endpoint.url),
            modes=resolved.modes,
            volumes_from=resolved.volumes_from,
            links=resolved.links,
            seccomp=_seccomp_profiles(stack, service),
            tmpfs_mode=await self._tmpfs_mode(service),
            opened=await self._opened(service, image),
            **more,
        )

    async def _tmpfs_mode(self, service: Service) -> int | None:
        """Docker's own, for Podman, whose own is root's alone."""
        uses = bool(service.tmpfs) or any(mount.type == "tmpfs" for mount in service.mounts)
        return DOCKERS_TMPFS if uses and await self._api.is_podman() else None

    async def _opened(self, service: Service, image: Mapping[str, Any]) -> tuple[str, ...]:
        """What Podman makes writable in a read-only container, but for the image's own volumes."""
        if not service.read_only or not await self._api.is_podman():
            return ()
        declared = (image.get("Config") or {}).get("Volumes") or {}
        return tuple(folder for folder in PODMANS_OWN if folder not in declared)

    async def _join_others(self, stack: Stack, service: Service, context: Context, made: str) -> None:
        if context.version >= MANY_AT_CREATE or service.network_mode:
            return
        for key in by_priority(service)[1:]:
            settings = endpoint(stack, service, context.number, key, aliases=context.aliases, links=context.links)
            await self._join(stack, key, settings, made)

    async def join_again(self, stack: Stack, service: Service, number: int, inspected: Mapping[str, Any]) -> None:
        """Join the networks that a container is not on any more: they were made anew (by Docker Compose without its
        names on them)."""
        joined = inspected["NetworkSettings"].get("Networks") or {}
        missing = [key for key in by_priority(service) if stack.networks[key].name not in joined]
        if not missing or service.network_mode:
            return
        links = (await resolve(self._api, stack, service)).links
        for key in missing:
            settings = endpoint(stack, service, number, key, links=links)
            await self._join(stack, key, settings, inspected["Id"])

    async def _join(self, stack: Stack, key: str, settings: Mapping[str, Any], container: str) -> None:
        network = quote(stack.networks[key].name, safe="")
        await self._api.post(f"/networks/{network}/connect", {"Container": container, "EndpointConfig": settings})

    async def _copy(self, stack: Stack, service: Service, found: FileInside, made: str) -> None:
        check_copied(service, found)
        with opened(stack, found) as (file, size):
            await self._api.put(f"/containers/{made}/archive", archive(found, file, size), path="/")


async def take_place(api: Api, old: str, made: str, name: str) -> None:
    """The old container goes, its volumes stay: even anonymous ones that are renewed hold somebody's data."""
    try:
        await api.delete(f"/containers/{old}", force=True)
    except ApiError as error:
        if error.status != 404:
            raise
    found = await api.get(f"/containers/{made}/json")
    if found["Name"].lstrip("/") != name:  # it has its own name where somebody else took the old one away before
        await api.post(f"/containers/{made}/rename", name=name)


def _own_or_free(old: Mapping[str, Any] | None) -> Callable[[str, int, str], bool]:
    """Whether a port can be had once the old container is gone."""
    own = {(port.published, port.protocol) for port in observe.container(old).ports} if old else set()
    return lambda host, port, protocol: (port, protocol) in own or is_free(host, port, protocol)


def _inherited(old: Mapping[str, Any], service: Service, image: Mapping[str, Any]) -> tuple[Inherited, ...]:
    """The old container's anonymous volumes at places that are still anonymous: the image's VOLUMEs, the file's own."""
    declared = set((image.get("Config") or {}).get("Volumes") or {})
    named = {mount.target for mount in service.mounts if mount.source or mount.type != "volume"}
    declared |= {mount.target for mount in service.mounts if mount.type == "volume" and not mount.source}
    return tuple(
        Inherited(mount["Name"], mount["Destination"], not mount.get("RW", True))
        for mount in old.get("Mounts") or ()
        if mount.get("Type") == "volume" and mount["Destination"] in declared - named
    )


def _seccomp_profiles(stack: Stack, service: Service) -> dict[str, str]:
    """The content of the profiles that security_opt names by path."""
    found: dict[str, str] = {}
    for option in service.security_opt:
        name, _, path = option.partition("=" if "=" in option else ":")
        if name != "seccomp" or path in ("unconfined", "builtin"):
            continue
        try:
            found[path] = (Path(stack.working_dir) / path).read_text()
        except OSError as error:
            raise ShoreError(
                f"services.{service.name}.security_opt: cannot read the seccomp profile {path}: {error.strerror}",
                hint="the path is relative to the project's folder",
                place=service.place("security_opt"),
            ) from error
    return found


async def archive(found: FileInside, file: IO[bytes], size: int) -> AsyncIterator[bytes]:
    """A tar with the one file, under the owner and mode it asks for (world-readable, root's, unless it says); in
    pieces, because it may be larger than what a process should take of memory."""
    use = found.use
    entry = tarfile.TarInfo(use.target.lstrip("/"))
    entry.size, entry.mtime = size, int(time.time())
    entry.mode = use.mode if use.mode is not None else 0o444
    entry.uid, entry.gid = _number(use.uid), _number(use.gid)
    yield entry.tobuf()
    left = size
    while piece := file.read(min(left, _PIECE)):
        left -= len(piece)
        yield piece
    if left:
        raise ShoreError(f"{found.what} became shorter while it was read", hint="run the command again")
    yield bytes(-size % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE)


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
