"""Limits, devices and ulimits as the Engine API wants them. Pure.

Some attributes that few files use are read from the service's canonical mapping directly: the model types only what
every engine acts on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from longshore.model.quantities import size_in_bytes
from longshore.model.service import Device, Service

__all__ = ["resources"]

NANO = 1_000_000_000


def resources(service: Service) -> dict[str, Any]:
    """The part of HostConfig that limits a container; what is not limited is left out."""
    given = service.resources
    found: dict[str, Any] = {
        "Memory": given.memory,
        "MemoryReservation": given.memory_reservation,
        "MemorySwap": given.memory_swap,
        "NanoCpus": round(given.cpus * NANO) if given.cpus else None,
        "PidsLimit": given.pids,
        "CpuShares": given.cpu_shares,
        "CpusetCpus": given.cpuset,
        "CgroupParent": service.cgroup_parent,
        "OomKillDisable": service.oom_kill_disable or None,
        "Devices": [_device(device) for device in service.devices if not _cdi(device)],
        "DeviceRequests": _device_requests(service),
        "Ulimits": [
            {"Name": name, "Soft": limit.soft, "Hard": limit.hard} for name, limit in sorted(service.ulimits.items())
        ],
        **{field: _plain(service.raw.get(key)) for key, field in _RAW.items()},
        **_blkio(service.raw.get("blkio_config") or {}),
    }
    return {name: value for name, value in found.items() if value not in _NOT_LIMITED or (value == 0 and name == _ZERO)}


_NOT_LIMITED: tuple[Any, ...] = (None, "", [], 0)
_ZERO = "MemorySwappiness"
"""The one limit whose 0 says something."""

_RAW: Mapping[str, str] = {
    "mem_swappiness": "MemorySwappiness",
    "cpu_count": "CpuCount",
    "cpu_percent": "CpuPercent",
    "cpu_period": "CpuPeriod",
    "cpu_quota": "CpuQuota",
    "cpu_rt_period": "CpuRealtimePeriod",
    "cpu_rt_runtime": "CpuRealtimeRuntime",
    "device_cgroup_rules": "DeviceCgroupRules",
}


def _plain(value: Any) -> Any:
    """Sizes are texts in the canonical mapping, as in Compose's own JSON; the API wants numbers."""
    return size_in_bytes(value) if isinstance(value, str) else value


def _device(device: Device) -> dict[str, str]:
    return {
        "PathOnHost": device.source,
        "PathInContainer": device.target or device.source,
        "CgroupPermissions": device.permissions,
    }


def _cdi(device: Device) -> bool:
    """A Container Device Interface name (vendor.com/class=name) instead of a path."""
    return not device.source.startswith("/") and "=" in device.source


def _device_requests(service: Service) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    named = [device.source for device in service.devices if _cdi(device)]
    if named:
        found.append({"Driver": "cdi", "DeviceIDs": named})
    found += [_request(gpu, ["gpu"]) for gpu in service.raw.get("gpus") or ()]
    reserved = service.deploy.resources.get("reservations") if service.deploy else None
    found += [_request(device, []) for device in (reserved or {}).get("devices") or ()]
    return found


def _request(device: Mapping[str, Any], more: list[str]) -> dict[str, Any]:
    count = device.get("count")
    found = {
        "Driver": device.get("driver"),
        "Count": -1 if count == "all" else int(count or 0),
        "DeviceIDs": list(device.get("device_ids") or ()),
        "Capabilities": [[*(device.get("capabilities") or ()), *more]],
        "Options": dict(device.get("options") or {}),
    }
    return {name: value for name, value in found.items() if value}


def _blkio(config: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {"BlkioWeight": config.get("weight")}
    weights = _devices(config, "weight_device")
    found["BlkioWeightDevice"] = [{"Path": w["path"], "Weight": int(w["weight"])} for w in weights]
    for key, field in _THROTTLES.items():
        found[field] = [{"Path": t["path"], "Rate": size_in_bytes(str(t["rate"]))} for t in _devices(config, key)]
    return found


def _devices(config: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Entries with small keys: in the canonical mapping they are Path, Rate and Weight, as in Compose's own JSON."""
    return [{name.lower(): value for name, value in entry.items()} for entry in config.get(key) or ()]


_THROTTLES: Mapping[str, str] = {
    "device_read_bps": "BlkioDeviceReadBps",
    "device_read_iops": "BlkioDeviceReadIOps",
    "device_write_bps": "BlkioDeviceWriteBps",
    "device_write_iops": "BlkioDeviceWriteIOps",
}
