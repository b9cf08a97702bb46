"""The keys that leave a container which goes on."""

from __future__ import annotations

import pytest

from longshore.model.detachkeys import DetachKeys
from longshore.model.errors import ShoreError


@pytest.mark.parametrize(
    ("keys", "typed", "passed", "left"),
    [
        ("", b"ls\n", b"ls\n", False),
        ("", b"\x10\x11", b"", True),
        ("", b"ls\x10\x11more", b"ls", True),
        ("", b"\x10x", b"\x10x", False),
        ("", b"\x10\x10\x11", b"\x10", True),
        ("ctrl-x", b"a\x18", b"a", True),
        ("a,b,c", b"aab", b"a", False),
        ("ctrl-@", b"\0", b"", True),
        ("CTRL-P", b"\x10", b"", True),
        ("ctrl-[,ctrl-_", b"\x1b\x1f", b"", True),
    ],
)
def test_what_goes_on_and_when_it_is_left(keys: str, typed: bytes, passed: bytes, left: bool) -> None:
    assert DetachKeys(keys).feed(typed) == (passed, left)


def test_the_keys_may_come_one_at_a_time() -> None:
    keys = DetachKeys()
    assert keys.feed(b"\x10") == (b"", False)
    assert keys.feed(b"z\x10") == (b"\x10z", False)
    assert keys.feed(b"\x11") == (b"", True)


@pytest.mark.parametrize("keys", ["ctrl-", "ctrl-pp", "ctrl-1", "up", "a,,b", "ä"])
def test_what_is_no_key(keys: str) -> None:
    with pytest.raises(ShoreError, match="is no key"):
        DetachKeys(keys)
