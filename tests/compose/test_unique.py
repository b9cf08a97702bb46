"""Which items of lists are one: the last one holds."""

from __future__ import annotations

from pathlib import Path

from longshore.flow.home import Where, load_stack


def service(tmp_path: Path, first: str, second: str) -> object:
    (tmp_path / "a.yaml").write_text(f"name: demo\nservices:\n  web:\n    image: web\n    {first}\n")
    (tmp_path / "b.yaml").write_text(f"services:\n  web:\n    {second}\n")
    files = (str(tmp_path / "a.yaml"), str(tmp_path / "b.yaml"))
    return load_stack(Where(files=files, environ={"PATH": "/bin"})).services["web"]


def test_devices_by_their_place_in_the_container(tmp_path: Path) -> None:
    web = service(
        tmp_path,
        "devices: ['/dev/ttyUSB0:/dev/serial', '/dev/null', {source: /dev/zero, target: /dev/z}]",
        "devices: ['/dev/ttyUSB1:/dev/serial:r', '/dev/null:/dev/null:rw', {source: /dev/full, target: /dev/z}]",
    )
    found = [(one.source, one.target, one.permissions) for one in web.devices]  # type: ignore[attr-defined]
    assert found == [
        ("/dev/ttyUSB1", "/dev/serial", "r"),
        ("/dev/null", "/dev/null", "rw"),
        ("/dev/full", "/dev/z", "rwm"),
    ]


def test_of_one_list_one_device_at_two_places_stays_and_of_two_at_one_place_the_last(tmp_path: Path) -> None:
    devices = ["/dev/zero:/dev/a:r", "/dev/zero:/dev/b:r", "/dev/full:/dev/b", "/dev/null"]
    web = service(tmp_path, "user: a", f"devices: {devices}")
    assert [(one.source, one.target) for one in web.devices] == [  # type: ignore[attr-defined]
        ("/dev/zero", "/dev/a"),
        ("/dev/full", "/dev/b"),
        ("/dev/null", "/dev/null"),
    ]
