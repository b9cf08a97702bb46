"""A project between reading and typing: canonical services and resources, before and after selection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from longshore.compose.types import shapes
from longshore.compose.types.decode import Decoder
from longshore.compose.values.problems import Problems
from longshore.compose.values.tree import Map, place_of
from longshore.model.errors import Place

__all__ = ["Project", "decode_project"]

Service = dict[str, Any]


class Project:
    """`tree` is the model that everything was made from; it knows the places."""

    def __init__(
        self, name: str, working_dir: str, files: Sequence[str], environment: Mapping[str, str], problems: Problems,
        tree: Map, env_files: Sequence[str] = (),
    ) -> None:  # fmt: skip
        self.name = name
        self.working_dir = working_dir
        self.files = files
        self.env_files = env_files
        self.environment = environment
        self.problems = problems
        self.tree = tree
        self.profiles: Sequence[str] = ()
        self.services: dict[str, Service] = {}
        self.disabled: dict[str, Service] = {}
        self.networks: dict[str, Any] = {}
        self.volumes: dict[str, Any] = {}
        self.secrets: dict[str, Any] = {}
        self.configs: dict[str, Any] = {}
        self.models: dict[str, Any] = {}
        self.extensions: dict[str, Any] = {}

    def place(self, *path: str | int, key: bool = False) -> Place | None:
        """Where the value at `path` (with `key`, its key) stands in the files, or what is nearest above it."""
        return place_of(self.tree, path, key=key)

    def image_of(self, name: str) -> str:
        """The image of a service; one that is built and has no name has that of the project and the service."""
        return self.services[name].get("image") or f"{self.name}-{name}"


_RESOURCES = (
    ("networks", shapes.NETWORK),
    ("volumes", shapes.VOLUME),
    ("secrets", shapes.SECRET),
    ("configs", shapes.CONFIG),
    ("models", shapes.MODEL),
)


def decode_project(project: Project) -> None:
    """Fill the services and resources of `project` from its tree."""
    decoder = Decoder(project.tree, project.problems)
    services = project.tree.get("services") or Map()
    for name, service in services.items():
        project.services[name] = decoder.convert(shapes.SERVICE, service, ("services", name))
    for kind, shape in _RESOURCES:
        made = getattr(project, kind)
        for key, value in (project.tree.get(kind) or Map()).items():
            made[key] = decoder.convert(shape, Map() if value is None else value, (kind, key))
    project.extensions = {key: value for key, value in project.tree.items() if key.startswith("x-")}
    _hide_content(project)


def _hide_content(project: Project) -> None:
    """The value of a config that comes from a variable is never printed: its variable is."""
    for config in project.configs.values():
        if isinstance(config, dict) and config.get("environment"):
            config.pop("content", None)
