"""Values that no engine takes, natively refused before anything starts."""

from __future__ import annotations

import pytest

from longshore.model.service import Service
from longshore.native.command.refusals import refusals


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"hostname": "own"}, "hostname"),
        ({"extra_hosts": ("x=10.0.0.1",)}, "extra_hosts"),
        ({"dns": ("9.9.9.9",)}, "dns"),
        ({"expose": ("80",)}, "expose"),
    ],
)
def test_what_another_s_network_brings_along_is_not_given_twice(given: dict[str, object], key: str) -> None:
    (error,) = refusals(Service("app", image="x", network_mode="service:vpn", **given))  # type: ignore[arg-type]
    assert error.what == f"app: conflicting options: {key} and the network mode service:vpn"
    assert error.hint == f"give {key} to the service whose network it is"
    assert not list(refusals(Service("app", image="x", **given))), "on a network of its own"  # type: ignore[arg-type]
