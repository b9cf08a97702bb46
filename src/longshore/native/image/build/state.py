"""What a stage has come to: its layers, the key of their content, and the image configuration so far."""

from __future__ import annotations

import posixpath

from longshore.model.errors import ShoreError
from longshore.model.healthcheck import HealthCheck
from longshore.model.record import factory, record, replace
from longshore.native.image.build.layer import Owner
from longshore.native.image.model import Image, ImageConfig, Server
from longshore.native.image.store.cache import layer_keys
from longshore.native.image.store.tree import LayerTree

__all__ = ["StageState", "begin_from_image", "begin_from_stage", "content_key", "scratch"]

DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@record(frozen=False)
class StageState:
    """Changed by every instruction. `key` stands for the content of `layers`; `env` is the image's, `values` what the
    instructions see: it, and the ARGs declared so far, the later of two with one name. `starts_as`: a provider's own
    user where no USER was given; RUN is uid 0 there all the same. `onbuild` are triggers for whoever begins from it."""

    layers: tuple[str, ...]
    key: str
    env: dict[str, str] = factory(default_factory=dict)
    values: dict[str, str] = factory(default_factory=dict)
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
    onbuild: tuple[str, ...] = ()
    runs: str = ""
    server: Server | None = None
    deviations: tuple[str, ...] = ()

    @property
    def tree(self) -> LayerTree:
        return LayerTree(self.layers)

    def absolute(self, path: str) -> str:
        """`path` from the working directory, clean, a slash or "/." at its end kept."""
        whole = posixpath.normpath(posixpath.join(self.working_dir or "/", path))
        whole = "/" + whole.lstrip("/")
        if path in ("", ".") or path.endswith("/"):
            return whole if whole == "/" else f"{whole}/"
        return f"{whole.rstrip('/')}/." if path.endswith("/.") else whole

    def owner(self, who: str) -> Owner:
        """(uid, gid) of --chown, or of the user that a WORKDIR is made for: a number stands for the group too, a name
        that the image does not know for root."""
        name, colon, group = who.partition(":")
        uid = gid = _number(name)
        if not self.layers and any(part and _number(part) is None for part in who.split(":")):
            what = f"the user {who} cannot be looked up: there is no /etc/passwd in a stage from scratch"
            raise ShoreError(what, hint="give numbers")
        if uid is None:
            account = self.tree.account(name) if name else None
            uid, gid = (account.uid, account.gid) if account else (0, 0)
        if colon:
            number = _number(group) if _number(group) is not None else self.tree.group(group)
            gid = number if number is not None else gid if group else 0
        return uid, gid or 0

    def copy(self) -> StageState:
        return replace(self, env=dict(self.env), values=dict(self.values), labels=dict(self.labels))

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
            onbuild=self.onbuild,
        )


def _number(name: str) -> int | None:
    if name == "root":
        return 0
    return int(name) if name.isdigit() else None


def scratch() -> StageState:
    path = {"PATH": DEFAULT_PATH}
    return StageState((), "scratch", env=path, values=dict(path))


def content_key(image: Image) -> str:
    """Stands for all that is in an image: the layers' names in the cache are digests of how they were made."""
    return "+".join(layer_keys(image.layers))


def begin_from_image(image: Image) -> StageState:
    config = image.config
    env = dict(config.env)
    env.setdefault("PATH", DEFAULT_PATH)
    return StageState(
        layers=image.layers,
        key=content_key(image),
        env=env,
        values=dict(env),
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
        onbuild=config.onbuild,
        runs=image.runs,
        server=image.server,
        deviations=image.deviations,
    )


def begin_from_stage(parent: StageState) -> StageState:
    """A stage that goes on from another: all of it, its arguments too."""
    return replace(parent.copy(), cmd_here=False)
