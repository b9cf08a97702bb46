"""Volumes as `volumes` and `volume ls` print them for programs."""

from __future__ import annotations

import json

from longshore.state.observed import ObservedVolume

__all__ = ["volume_json"]


def volume_json(volume: ObservedVolume) -> str:
    """One line, with the keys of `docker compose volumes --format json`."""
    labels = ",".join(f"{key}={value}" for key, value in volume.labels.items())
    facts = {
        "Driver": volume.driver or "local", "Labels": labels, "Mountpoint": volume.path, "Name": volume.name,
        "Scope": "local",
    }  # fmt: skip
    return json.dumps(facts, separators=(",", ":"))
