"""What a stage has come to: its layers, the key of their content, and the image configuration so far."""

from __future__ import annotations

from pathlib import Path

from longshore.model.errors import Place, ShoreError
from longshore.model.healthcheck import HealthCheck
from longshore.model.record import factory, record
from longshore.native.image.model import Image, ImageConfig, Server
from longshore.native.image.store.tree import LayerTree

__all__ = ["StageState", "begin_from_image", "begin_from_stage", "scratch"]

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@record(frozen=False)
class StageState:
    """Changed by every instruction. `key` stands for the content of `layers`; `args` are the ARGs declared so far.
    `starts_as`: a provider's own user where no USER was given; RUN is uid 0 there all the same."""

    layers: tuple[str, ...]
    key: str
    env: dict[str, str] = factory(default_factory=dict)
    args: dict[str, str] = factory(default_factory=dict)
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    cmd_here: bool = False
    working_dir: str = ""
    user: str = ""
    starts_as: str = ""
    exposed: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    labels: dict[str, str] = factory(default_factory=dict)
    healthcheck: HealthCheck | None = None
    stop_signal: str = ""
    shell: tuple[str, ...] = ("/bin/sh", "-c")
    runs: str = ""
    server: Server | None = None
    deviations: tuple[str, ...] = ()

    @property
    def tree(self) -> LayerTree:
        return LayerTree(self.layers)

    @property
    def values(self) -> dict[str, str]:
        """What variables of an instruction are replaced from: ENV beats ARG."""
        return {**self.args, **self.env}

    def absolute(self, path: str) -> str:
        """`path` from the working directory, a trailing slash kept."""
        base = self.working_dir or "/"
        return path if path.startswith("/") else f"{base.rstrip('/')}/{path}"

    def owner(self, who: str, place: Place) -> tuple[int, int]:
        """(uid, gid) of `--chown` or of a user name; the group defaults to the same number, as Docker has it."""
        account = self.tree.account(who)
        if account is None:
            raise ShoreError(
                f"{who!r} is not in the image's /etc/passwd or /etc/group",
                place=place,
                hint="make the user first (RUN useradd …), or give numbers",
            )
        name, _, group = who.partition(":")
        gid = account.uid if name.isdigit() and not group else account.gid
        return account.uid, gid

    def config(self) -> ImageConfig:
        return ImageConfig(
            env=dict(self.env),
            entrypoint=self.entrypoint,
            cmd=self.cmd,
            working_dir=self.working_dir,
            user=self.user,
            starts_as=self.starts_as,
            exposed=self.exposed,
            volumes=self.volumes,
            labels=dict(self.labels),
            healthcheck=self.healthcheck,
            stop_signal=self.stop_signal,
            shell=self.shell,
        )


def scratch() -> StageState:
    return StageState((), "scratch", env={"PATH": DEFAULT_PATH})


def begin_from_image(image: Image) -> StageState:
    """A stage that starts from an image; the layers' names in the cache are digests of how they were made."""
    config = image.config
    return StageState(
        layers=image.layers,
        key="+".join(Path(layer).parent.name for layer in image.layers),
        env=dict(config.env),
        entrypoint=config.entrypoint,
        cmd=config.cmd,
        working_dir=config.working_dir,
        user=config.user,
        starts_as=config.starts_as,
        exposed=config.exposed,
        volumes=config.volumes,
        labels=dict(config.labels),
        healthcheck=config.healthcheck,
        stop_signal=config.stop_signal,
        shell=config.shell,
        runs=image.runs,
        server=image.server,
        deviations=image.deviations,
    )


def begin_from_stage(parent: StageState) -> StageState:
    """A stage that goes on from another: all but its arguments."""
    return StageState(
        layers=parent.layers,
        key=parent.key,
        env=dict(parent.env),
        entrypoint=parent.entrypoint,
        cmd=parent.cmd,
        working_dir=parent.working_dir,
        user=parent.user,
        starts_as=parent.starts_as,
        exposed=parent.exposed,
        volumes=parent.volumes,
        labels=dict(parent.labels),
        healthcheck=parent.healthcheck,
        stop_signal=parent.stop_signal,
        shell=parent.shell,
        runs=parent.runs,
        server=parent.server,
        deviations=parent.deviations,
    )
