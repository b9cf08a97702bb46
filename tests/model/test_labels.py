"""The labels are Docker Compose's own (2.40.3, pkg/api/labels.go): by them it knows what it made."""

from __future__ import annotations

from longshore.model import labels

WRITTEN = {
    "PROJECT": "com.docker.compose.project",
    "SERVICE": "com.docker.compose.service",
    "NUMBER": "com.docker.compose.container-number",
    "CONFIG_HASH": "com.docker.compose.config-hash",
    "IMAGE": "com.docker.compose.image",
    "ONEOFF": "com.docker.compose.oneoff",
    "SLUG": "com.docker.compose.slug",
    "NETWORK": "com.docker.compose.network",
    "VOLUME": "com.docker.compose.volume",
    "REPLACE": "com.docker.compose.replace",
    "WORKING_DIR": "com.docker.compose.project.working_dir",
    "CONFIG_FILES": "com.docker.compose.project.config_files",
    "ENVIRONMENT_FILE": "com.docker.compose.project.environment_file",
    "DEPENDS_ON": "com.docker.compose.depends_on",
    "VERSION": "com.docker.compose.version",
}


def test_labels_are_those_of_docker_compose() -> None:
    assert {name: getattr(labels, name) for name in labels.__all__ if name.isupper()} == {
        **WRITTEN, "COMPOSE_VERSION": "2.40.3",
    }  # fmt: skip


def test_who_a_container_is() -> None:
    assert labels.identity("demo", "web", 2, oneoff=True, config_hash="h", image_id="i") == {
        "com.docker.compose.project": "demo", "com.docker.compose.service": "web",
        "com.docker.compose.container-number": "2", "com.docker.compose.config-hash": "h",
        "com.docker.compose.oneoff": "True", "com.docker.compose.image": "i",
    }  # fmt: skip
    assert labels.of_image("demo", "web") == {
        "com.docker.compose.project": "demo", "com.docker.compose.service": "web",
        "com.docker.compose.version": "2.40.3",
    }  # fmt: skip
