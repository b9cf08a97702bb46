"""An image's configuration, as OCI and Docker write it, to ours. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from longshore.engine.registry.manifests import Platform
from longshore.model.errors import ShoreError
from longshore.model.healthcheck import HealthCheck
from longshore.model.record import record
from longshore.native.image.model import ImageConfig

__all__ = ["Configuration", "parse_configuration"]

_SECOND = 1_000_000_000


@record
class Configuration:
    """`diff_ids` are the digests of the unpacked layers, the lowest first."""

    config: ImageConfig
    diff_ids: tuple[str, ...]
    platform: Platform


def parse_configuration(body: bytes, image: str) -> Configuration:
    """ShoreError for what is no configuration of an image."""
    try:
        found = json.loads(body)
        config = found.get("config") or {}
        return Configuration(
            _config(config),
            tuple(str(digest) for digest in found["rootfs"]["diff_ids"] or ()),
            Platform(str(found.get("os", "linux")), str(found.get("architecture", "")), str(found.get("variant", ""))),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        what = f"{image}: its configuration is not an image's ({type(error).__name__}: {error})"
        raise ShoreError(what, hint="is it an image at all? Charts and other things lie in registries too") from None


def _config(value: Mapping[str, Any]) -> ImageConfig:
    """Null is as good as nothing, everywhere: Docker writes it so."""
    given = {key: part for key, part in value.items() if part is not None}
    shell = _words(given.get("Shell", ()))
    return ImageConfig(
        env=dict(_pair(text) for text in _words(given.get("Env", ()))),
        entrypoint=_words(given.get("Entrypoint", ())),
        cmd=_words(given.get("Cmd", ())),
        working_dir=str(given.get("WorkingDir", "")),
        user=str(given.get("User", "")),
        exposed=tuple(given.get("ExposedPorts", ())),
        volumes=tuple(given.get("Volumes", ())),
        labels={str(key): str(text) for key, text in given.get("Labels", {}).items()},
        healthcheck=_healthcheck(given.get("Healthcheck")),
        stop_signal=str(given.get("StopSignal", "")),
        shell=shell or ("/bin/sh", "-c"),
        onbuild=_words(given.get("OnBuild", ())),
    )


def _words(value: Iterable[Any]) -> tuple[str, ...]:
    if isinstance(value, str):
        raise TypeError("a text where a list of them should be")
    return tuple(str(word) for word in value)


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _healthcheck(value: Mapping[str, Any] | None) -> HealthCheck | None:
    if not value:
        return None
    return HealthCheck(
        test=_words(value.get("Test") or ()),
        interval=_seconds(value.get("Interval")),
        timeout=_seconds(value.get("Timeout")),
        retries=int(value["Retries"]) if value.get("Retries") else None,
        start_period=_seconds(value.get("StartPeriod")),
        start_interval=_seconds(value.get("StartInterval")),
    )


def _seconds(value: Any) -> float | None:
    """Of nanoseconds; 0 is as good as not given."""
    return int(value) / _SECOND if value else None
