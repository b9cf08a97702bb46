"""What the agent tells a new container's first process: the spec, with everything of the host already resolved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from longshore.model.record import record
from longshore.model.service import EMPTY
from longshore.native.shared.spec import ContainerSpec

__all__ = ["ExecOrder", "Identity", "Interface", "Order", "PlacedFile", "PlacedMount"]


@record
class Interface:
    """One end of a veth pair as the container sees it; `gateway` is set on the one with the way out."""

    name: str
    address: str
    prefix: int
    gateway: str = ""


@record
class PlacedMount:
    """A mount whose source is a path on the host ("" for a tmpfs). `device`: the file is a device node. `over`: the
    source is a volume, to be laid over the image's path, as it is this container's alone. `make`: a missing source is
    made."""

    type: Literal["bind", "tmpfs"]
    target: str
    source: str = ""
    read_only: bool = False
    data: str = ""
    executable: bool = True
    device: bool = False
    over: bool = False
    make: bool = False


@record
class PlacedFile:
    """A secret or config with its content (base64), or that of the file `source`."""

    target: str
    content: str
    uid: int = 0
    gid: int = 0
    mode: int = 0o444
    source: str = ""


@record
class Identity:
    """Who a process is to be, before the container's /etc/passwd is read. `nested`: this is an ordinary user's
    container, so a user namespace of its own carries the uid."""

    user: str
    groups: tuple[str, ...] = ()
    nested: bool = False


@record
class Order:
    """`directory` is scratch space of the container's own; its changes are kept there too, in a private layer, or in
    `layer` where one is named: a build step's. `etc` are the texts of files such as /etc/hosts, by path;
    `etc_from` is the directory of another container whose files they are in place of these texts. `own_network` is
    False when the network namespace is another's or the host's; `groups` are the control groups' files to enter by.
    `pretends`: calls that give files or processes to another user do nothing and succeed (for uid 0 of an ordinary
    user's container). `gains`: set-user-ID programs work. `asks`: calls by which a process of uid 0 would be
    somebody else ("users"), or would give files away ("owners"), are asked about, by a descriptor that goes to who
    ordered it. `becomes` is the user that it is known to become
    in the end: it is that from the beginning, in the place of the spec's. `nested`: an ordinary user's container with
    one id; `mapped`: one that has many, in the namespace of who made it, as root's are in the machine's."""

    spec: ContainerSpec
    directory: str
    nested: bool
    layer: str = ""
    interfaces: tuple[Interface, ...] = ()
    mounts: tuple[PlacedMount, ...] = ()
    files: tuple[PlacedFile, ...] = ()
    etc: Mapping[str, str] = EMPTY
    etc_from: str = ""
    own_network: bool = True
    name_server: bool = True
    fallback_limits: bool = False
    groups: tuple[str, ...] = ()
    pretends: bool = False
    gains: bool = False
    asks: Literal["", "users", "owners"] = ""
    becomes: str = ""
    mapped: bool = False

    @property
    def by_user(self) -> bool:
        """Whether an ordinary user makes it, whose overlays keep their notes in attributes of its own."""
        return self.nested or self.mapped


@record
class ExecOrder:
    """A command to run in a container that already runs. `join` says that a descriptor of the service's own user
    namespace comes along, to be used when the user is the service's."""

    argv: tuple[str, ...]
    environment: dict[str, str]
    working_dir: str
    identity: Identity
    capabilities: tuple[str, ...]
    seccomp: bool = True
    tty: bool = False
    service_user: str = ""
    pretends: bool = False
    groups: tuple[str, ...] = ()
