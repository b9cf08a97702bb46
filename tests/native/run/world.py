"""A small world for scenarios: a project on the native engine whose image is the machine's own /usr, read-only."""

# ruff: noqa: ASYNC110 - scenarios poll what they look at, and say all of it when it is wrong

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from longshore.engine.base import CreateOptions, ExecRequest, LogOptions
from longshore.model.errors import ShoreError
from longshore.model.record import replace
from longshore.model.service import Mount, NetworkUse, Service
from longshore.model.stack import FileObject, Network, Stack, Volume
from longshore.native.command.engine import NativeEngine
from longshore.native.image.model import Image, ImageConfig
from longshore.state.events import Event
from longshore.state.observed import Container

USR = Mount("bind", "/usr", "/usr", read_only=True)
LINKS = ("bin", "sbin", "lib", "lib64")


class Images:
    """In place of the store: one image for every reference."""

    def __init__(self, image: Image) -> None:
        self.image, self.policy = image, "auto"
        self.held: dict[str, object] = {}

    def find(self, reference: str) -> Image:
        del reference
        return self.image

    def touch(self, image: Image) -> None:
        """Nothing of it is kept, so nothing grows old."""

    async def close(self) -> None:
        """Nothing of it is open."""


def make_root(directory: Path) -> Path:
    """A root file system that borrows /usr: a few links, users, and something at /srv/data to fill volumes from."""
    for name in LINKS:
        if Path("/", name).is_symlink():
            (directory / name).symlink_to(f"usr/{name}")
    for name in ("usr", "etc", "tmp", "root", "srv/data", "var/run", "run"):
        (directory / name).mkdir(parents=True, exist_ok=True)
    (directory / "tmp").chmod(0o1777)
    (directory / "srv/data/first").write_text("from the image\n")
    (directory / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\napp:x:1001:1002::/home/app:/bin/sh\n")
    (directory / "etc/group").write_text("root:x:0:\napp:x:1002:\nextra:x:1050:app\n")
    return directory


@dataclass
class World:
    """One project in directories of its own. Use as `async with World() as world`."""

    name: str = field(default_factory=lambda: f"t{os.getpid()}x{os.urandom(2).hex()}")
    config: ImageConfig = ImageConfig()  # noqa: RUF009
    services: dict[str, Service] = field(default_factory=dict)
    networks: dict[str, Network] = field(default_factory=dict)
    volumes: dict[str, Volume] = field(default_factory=dict)
    secrets: dict[str, FileObject] = field(default_factory=dict)
    containers: dict[str, Container] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    async def __aenter__(self) -> World:
        self._temporary = tempfile.TemporaryDirectory(prefix="shore-native-")
        self.tmp = Path(self._temporary.name)
        self.root = make_root(self.tmp / "layer") if (self.tmp / "layer").mkdir() is None else Path()
        self.environ = {
            **os.environ,
            "XDG_STATE_HOME": str(self.tmp / "state"),
            "XDG_DATA_HOME": str(self.tmp / "data"),
            "XDG_CACHE_HOME": str(self.tmp / "cache"),
        }
        self.image = Image("test", "sha256:test", (str(self.root),), self.config)
        self.engine = self.new_engine()
        self._reader: asyncio.Task[None] | None = None
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.down()
        await self.engine.close()
        assert list((self.tmp / "state/longshore").glob("[!.]*")) == [], "down left something of the project"
        self._temporary.cleanup()

    def new_engine(self) -> NativeEngine:
        engine = NativeEngine(self.environ)
        engine._store = Images(self.image)  # type: ignore[assignment]
        return engine

    @property
    def state(self) -> Path:
        return self.tmp / "state/longshore" / self.name

    @property
    def stack(self) -> Stack:
        return Stack(
            self.name,
            str(self.tmp),
            services=self.services,
            networks=self.networks,
            volumes=self.volumes,
            secrets=self.secrets,
        )

    def service(self, name: str, *command: str, networks: Sequence[str] = ("default",), **more: Any) -> Service:
        """Add a service; `command` is one shell line or several words."""
        argv = ("sh", "-c", command[0]) if len(command) == 1 else command
        for key in networks:
            self.networks.setdefault(key, Network(key, f"{self.name}_{key}"))
        mounts = (USR, *more.pop("mounts", ()))
        more.setdefault("init", True)  # a shell that is pid 1 itself does not end by SIGTERM
        uses = more.pop("uses", None) or {key: NetworkUse(key) for key in networks}
        made = Service(name, image="test", command=argv, mounts=mounts, networks=uses, **more)
        self.services[name] = made
        return made

    def volume(self, key: str) -> str:
        self.volumes[key] = Volume(key, f"{self.name}_{key}")
        return key

    async def up(self, *names: str, options: CreateOptions = CreateOptions()) -> None:
        """Create and start the named services (all of them when none is named)."""
        self._reader = self._reader or asyncio.create_task(self._read())
        for network in self.networks.values():
            await self.engine.create_network(self.stack, network)
        for volume in self.volumes.values():
            await self.engine.create_volume(self.stack, volume)
        for name in names or self.services:
            service = self.services[name]
            old = self.containers.get(name)
            made = await self.engine.create(self.stack, service, 1, old.id if old else "", options)
            if old:
                await self.engine.stop(old)
                await self.engine.replace(old, made)
            self.containers[name] = made
            await self.engine.start(self.stack, made)

    async def _read(self) -> None:
        with suppress(ShoreError):
            async for event in self.engine.events(self.name):
                self.events.append(event)

    async def down(self) -> None:
        if self._reader:
            self._reader.cancel()
        observed = await self.engine.observe(self.name)
        for container in observed.containers:
            await self.engine.stop(container, 0.2)
            await self.engine.remove(container, volumes=True)
        for network in observed.networks:
            await self.engine.remove_network(self.name, network.name)
        await self.engine.finish(self.name)
        for volume in self.volumes.values():
            await self.engine.remove_volume(volume.name)

    async def container(self, name: str) -> Container:
        """The container of a service as it is now."""
        (found,) = (await self.engine.observe(self.name)).of(name)
        return found

    async def until(self, name: str, state: str, seconds: float = 10) -> Container:
        """Wait until the service's container is in `state`."""
        async with asyncio.timeout(seconds):
            while (found := await self.container(name)).state != state:
                await asyncio.sleep(0.02)
        return found

    async def said(self, name: str, text: str = "", seconds: float = 10) -> str:
        """The service's output, once it holds `text`."""
        found = ""
        async with asyncio.timeout(seconds):
            while True:
                container = await self.container(name)
                lines = [line.text async for line in self.engine.logs(self.name, [container], LogOptions())]
                found = "\n".join(lines)
                if text in found:
                    return found
                await asyncio.sleep(0.02)

    async def ended(self, name: str) -> str:
        """All output of a service that runs to its end."""
        await self.until(name, "exited")
        return await self.said(name)

    async def execute(self, name: str, line: str, **more: Any) -> tuple[int, str]:
        """Run a shell line in a service: (exit code, output and errors together)."""
        request = ExecRequest(("sh", "-c", f"{{ {line}\n}} 2>&1"), **more)
        read, write = os.pipe()
        saved = os.dup(1)
        os.dup2(write, 1)
        try:
            code = await self.engine.execute(self.containers[name], request)
        finally:
            os.dup2(saved, 1)
            os.close(saved)
            os.close(write)
        with open(read, "rb") as file:
            return code, file.read().decode(errors="replace").strip()

    def agent_pid(self) -> int:
        import json

        return int(json.loads((self.state / "lock").read_text())["pid"])

    def change(self, name: str, **more: Any) -> None:
        self.services[name] = replace(self.services[name], **more)
