"""What a stack says of its parts."""

from __future__ import annotations

import pytest

from longshore.model.stack import Volume


@pytest.mark.parametrize(
    ("options", "folder"),
    [
        ({"type": "none", "o": "bind", "device": "/srv"}, "/srv"),
        ({"type": "none", "o": "rw,rbind", "device": "/srv"}, "/srv"),
        ({"type": "nfs", "o": "addr=10.0.0.1", "device": ":/srv"}, ""),
        ({"o": "bind"}, ""),
        ({}, ""),
    ],
)
def test_a_local_volume_that_stands_for_a_folder(options: dict[str, str], folder: str) -> None:
    assert Volume("data", "demo_data", driver_opts=options).bound_to == folder
