"""The labels by which Docker Compose 2.40 knows what it made, so that each takes the other's stacks as its own; native
gives its containers the same. No imports: `ps` reads them in a few milliseconds."""

__all__ = [
    "COMPOSE_VERSION",
    "CONFIG_FILES", "CONFIG_HASH", "DEPENDS_ON", "ENVIRONMENT_FILE", "IMAGE", "NETWORK", "NUMBER", "ONEOFF", "PROJECT",
    "REPLACE", "SERVICE", "SLUG", "VERSION", "VOLUME", "WORKING_DIR", "identity", "of_image",
]  # fmt: skip

_PREFIX = "com.docker.compose."
PROJECT, SERVICE, NUMBER = _PREFIX + "project", _PREFIX + "service", _PREFIX + "container-number"
CONFIG_HASH, IMAGE, ONEOFF, SLUG = _PREFIX + "config-hash", _PREFIX + "image", _PREFIX + "oneoff", _PREFIX + "slug"
NETWORK, VOLUME, REPLACE = _PREFIX + "network", _PREFIX + "volume", _PREFIX + "replace"
WORKING_DIR, CONFIG_FILES = _PREFIX + "project.working_dir", _PREFIX + "project.config_files"
ENVIRONMENT_FILE, DEPENDS_ON = _PREFIX + "project.environment_file", _PREFIX + "depends_on"
VERSION = _PREFIX + "version"
COMPOSE_VERSION = "2.40.3"
"""Whose labels these are; `docker compose` reads it nowhere, other tools show it."""


def identity(
    project: str, service: str, number: int, *, oneoff: bool, config_hash: str, image_id: str
) -> dict[str, str]:
    """Which container this is, of which service and project, and what it was made from."""
    return {
        PROJECT: project, SERVICE: service, NUMBER: str(number), CONFIG_HASH: config_hash, ONEOFF: str(oneoff),
        IMAGE: image_id,
    }  # fmt: skip


def of_image(project: str, service: str) -> dict[str, str]:
    """For whom an image was built."""
    return {PROJECT: project, SERVICE: service, VERSION: COMPOSE_VERSION}
