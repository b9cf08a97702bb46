"""What an image is elsewhere: its configuration and manifest. Pure."""

from __future__ import annotations

import json

from longshore.engine.registry.manifests import Descriptor, Manifest, parse_manifest
from longshore.model.healthcheck import HealthCheck
from longshore.native.image.model import ImageConfig
from longshore.native.image.oci.config import parse_configuration
from longshore.native.image.oci.export import LAYER, Packed, described
from longshore.native.image.oci.push import _oci

CONFIG = ImageConfig(
    env={"A": "b=c"}, entrypoint=("/e",), cmd=("x",), working_dir="/srv", user="app", exposed=("80/tcp",),
    volumes=("/data",), labels={"l": "1"}, stop_signal="SIGQUIT", shell=("/bin/bash", "-c"), onbuild=("RUN x",),
    healthcheck=HealthCheck(("CMD", "true"), interval=1.5, retries=2),
)  # fmt: skip
LAYERS = (Packed(Descriptor(LAYER, "sha256:" + "a" * 64, 10), "sha256:" + "b" * 64, ""),)


def test_what_is_written_is_read_as_the_same() -> None:
    found = described(CONFIG, LAYERS)
    assert parse_configuration(found.config, "app").config == CONFIG
    assert parse_configuration(found.config, "app").diff_ids == ("sha256:" + "b" * 64,)
    manifest = parse_manifest(found.manifest, "", "app")
    assert isinstance(manifest, Manifest)
    assert (manifest.layers[0].digest, manifest.config.size) == ("sha256:" + "a" * 64, len(found.config))


def test_the_same_image_has_the_same_digest_and_says_nothing_that_is_empty() -> None:
    assert described(CONFIG, LAYERS).digest == described(CONFIG, LAYERS).digest
    assert json.loads(described(ImageConfig(), ()).config)["config"] == {}


def test_an_image_is_as_old_as_it_is_told() -> None:
    assert json.loads(described(CONFIG, LAYERS).config)["created"] == "1970-01-01T00:00:00Z"
    found = json.loads(described(CONFIG, LAYERS, 1_700_000_000).config)
    assert (found["created"], found["history"][0]["created"]) == ("2023-11-14T22:13:20Z",) * 2


def test_docker_s_kinds_of_layers_are_oci_s() -> None:
    assert _oci("application/vnd.docker.image.rootfs.diff.tar.gzip") == LAYER
    assert _oci(LAYER) == LAYER
    assert _oci("application/vnd.oci.image.layer.v1.tar+zstd").endswith("tar+zstd")
    assert _oci("application/vnd.oci.image.layer.v1.tar").endswith(".tar")
