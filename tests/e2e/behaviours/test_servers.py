"""Servers of the catalogue, brought up by the official image's contract, natively as root and as an ordinary user."""

from __future__ import annotations

import pytest

from tests.shore import Shore

pytestmark = [pytest.mark.e2e, pytest.mark.parametrize("engine", ["native-root", "native-user"], indirect=True)]

MEMCACHED = """
services:
  cache:
    image: memcached:1.6-alpine
    command: [-m, "32", -p, "11300"]
    healthcheck: {test: nc -z 127.0.0.1 11300, interval: 30s}
"""
ASK = r"""
id -un
exec 3<> /dev/tcp/127.0.0.1/11300
printf 'set x 0 0 4\r\nkept\r\nget x\r\nstats settings\r\nquit\r\n' >&3
cat <&3
"""


def test_memcached_takes_options_alone(shore: Shore) -> None:
    shore.write(compose=MEMCACHED)
    shore.ok("up", "-d", "--wait")
    said = shore.ok("exec", "-T", "cache", "bash", "-c", ASK).out.split()
    assert said[0] == "memcache"
    assert "kept" in said
    assert said[said.index("maxbytes") + 1] == str(32 << 20)
    assert "memcached 1.6" in shore.ok("ps").out
