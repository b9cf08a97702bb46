"""One set of attacks, tried by a service and by a RUN of its build: neither gets further than the other."""

from __future__ import annotations

import pytest

from tests.shore import Shore

pytestmark = pytest.mark.e2e

ATTACKS = r"""
try() { name=$1; shift; if sh -c "$*" >/dev/null 2>&1; then echo "$name WORKED"; else echo "$name refused"; fi; }
for path in /proc/kcore /proc/keys /proc/timer_list /proc/interrupts; do
  try "read $path" "test -e $path && head -c 1 $path | grep -q ."
done
for path in /proc/acpi /sys/firmware; do
  try "look into $path" "ls -A $path | grep -q ."
done
try "write core_pattern" "echo '|/x' > /proc/sys/kernel/core_pattern"
try "write sysrq" "echo h > /proc/sysrq-trigger"
try "write to sys" "echo 1 > /sys/kernel/profiling"
try "mount a file system" "mkdir -p /tmp/m && mount -t tmpfs none /tmp/m"
try "mount the root anew" "mount -o remount,rw /proc/sys"
try "make a namespace" "unshare --mount true"
try "make a user namespace" "unshare --user --map-root-user true"
try "set the clock" "date -s 2001-01-01"
try "set the host name" "hostname attacked"
try "a keyring" "python3 -c 'import ctypes, sys; sys.exit(ctypes.CDLL(None).syscall(250, 0, -3, 1) < 0)'"
try "a disk" "mknod /tmp/disk b 254 0 && head -c 1 /tmp/disk | grep -q ."
echo done
"""
DOCKERFILE = """\
FROM python:3.11-slim
COPY attacks.sh /
RUN sh /attacks.sh > /at-build
CMD ["sh", "-c", "sh /attacks.sh > /at-run; sleep 1000"]
"""
COMPOSE = """
services:
  app: {build: ., init: true, stop_grace_period: 1s}
"""


def test_neither_a_service_nor_a_run_gets_out(shore: Shore) -> None:
    shore.write(compose=COMPOSE, **{"attacks.sh": ATTACKS, "Dockerfile": DOCKERFILE})
    shore.ok("up", "-d", "--build", timeout=600)
    wait = "until grep -q done /at-run; do sleep 0.1; done; cat /at-run"
    at_run = shore.ok("exec", "-T", "app", "sh", "-c", wait).out.splitlines()
    at_build = shore.ok("exec", "-T", "app", "cat", "/at-build").out.splitlines()
    worked = [line for line in (*at_run, *at_build) if line.endswith("WORKED")]
    if shore.engine == "docker":  # hidden by Docker since 28 only
        worked = [line for line in worked if "/proc/interrupts" not in line]
    assert worked == []
    assert at_run == at_build
    assert at_run[-1] == "done"
