"""What an image is to the native engine: layers in the cache and a configuration. A provider is just an image."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from longshore.model.healthcheck import HealthCheck
from longshore.model.record import record
from longshore.model.service import EMPTY

__all__ = ["Client", "Image", "ImageConfig", "Recipe", "Server", "Source"]

Source = Literal["provider", "registry", "build"]


@record
class Recipe:
    """How an image is made here: `kind` names the provider, `version` what it makes ("3.11", "15"), on Debian
    `release`, with what the asked `variant` carries, and the `extra` that the tag asks for."""

    kind: str
    version: str
    release: str
    variant: str = ""
    extra: str = ""


@record
class Client:
    """A client program that asks its own server for a sign of life, and how to ask the same with no process.

    The program is one of `programs`, called with no options but those of `options` (each with what its value is:
    "host", "port", "user", "database", or "" for what makes no difference) and, in the end, `words`; a variable of
    `unless` makes it do something else. `ask` is sent to `port`, in Latin-1, with `sized` after four bytes that say how
    long the whole is; USER in it is who asks: whom the call names, else whom the variable `user` names, else
    `usual_user`, so that the server has nothing to complain of in its log. Any answer is a healthy server's, unless
    `refuses` is in it; without an answer the code is `silent`. `healthy` and `unhealthy` is what the program says then
    (else the answer itself). `sockets`: where nobody listens on the port, it would try a socket file."""

    programs: tuple[str, ...]
    port: int
    ask: str
    sized: bool = False
    user: str = ""
    usual_user: str = ""
    options: Mapping[str, str] = EMPTY
    words: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    refuses: str = ""
    healthy: str = ""
    unhealthy: str = ""
    silent: int = 1
    sockets: bool = False


@record
class Server:
    """The kind and major version of a server whose data on a volume must stay with it, and where the data lie (a
    variable `moved_by` may name another place). `client` is how it is asked with no process; `offers` the port that
    others use, where a usual health check passes before it is open, else 0. `libc` is the C library whose rules it
    sorts text by, `source` where its image is from; "" where that is not known."""

    kind: str
    major: str
    data: str
    client: Client | None = None
    offers: int = 0
    moved_by: str = ""
    libc: str = ""
    source: str = ""

    def on(self, target: str, environment: Mapping[str, str]) -> bool:
        """Whether what is mounted at `target` holds the data of this server in `environment`."""
        data = environment.get(self.moved_by) or self.data
        return f"{data.rstrip('/')}/".startswith(f"{target.rstrip('/')}/")


@record
class ImageConfig:
    """The image's own defaults, as a Dockerfile sets them. `user` is "name", "uid", "name:group" or "". `starts_as`:
    where `user` is "", whom to start as instead of root, since this engine's user cannot step down; RUN is root all the
    same. `onbuild` are instructions that a stage carries out first when it begins from the image."""

    env: Mapping[str, str] = EMPTY
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    working_dir: str = ""
    user: str = ""
    starts_as: str = ""
    exposed: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    labels: Mapping[str, str] = EMPTY
    healthcheck: HealthCheck | None = None
    stop_signal: str = ""
    shell: tuple[str, ...] = ("/bin/sh", "-c")
    onbuild: tuple[str, ...] = ()


@record
class Image:
    """`id` is a digest of content; `layers` are directories in the cache, lowest first, ready as overlay lower
    directories; `runs` says what it is ("postgres 15.18"), `asked` the reference it stands for; `deviations` are
    differences from the asked image worth telling; `server` is set for database servers. `source` is where it is from:
    a registry, a provider or a Dockerfile; `digest` what the reference stood for in the registry; `dated` the
    SOURCE_DATE_EPOCH of its build: elsewhere nothing of it is younger than that."""

    reference: str
    id: str
    layers: tuple[str, ...]
    config: ImageConfig
    runs: str = ""
    asked: str = ""
    deviations: tuple[str, ...] = ()
    server: Server | None = None
    created: float = 0.0
    source: Source = "provider"
    digest: str = ""
    dated: int | None = None

    @property
    def where(self) -> Literal["registry", "builtin"]:
        """Under which of the two it is kept: what comes from no registry is made here."""
        return "registry" if self.source == "registry" else "builtin"
