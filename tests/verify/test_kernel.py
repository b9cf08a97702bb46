"""What /proc and the control groups say of a service, on both versions, inside and outside of user namespaces."""

from __future__ import annotations

from pathlib import Path

import pytest

from longshore.flow.processes import Process
from longshore.verify.safety.kernel import Owned, controls, inside, mounts_of, rootful
from longshore.verify.waiting import Waits, only_waits


@pytest.mark.parametrize(
    ("uid", "uid_map", "found"),
    [
        (1001, "0 0 4294967295", 1001),
        (0, "0 0 4294967295", 0),
        (1000, "0 1000 1", 0),
        (1000, "1001 1000 1", 1001),
        (165537, "0 1000 1\n1 165536 65536", 2),
        (7, "0 1000 1", 7),
    ],
)
def test_ids_are_those_inside(uid: int, uid_map: str, found: int) -> None:
    assert inside(uid, uid_map) == found


def owned(*rows: tuple[int, int, int]) -> list[Owned]:
    return [Owned(Process(pid, parent, uid, 0, 0, 0, f"p{pid}"), uid) for pid, parent, uid in rows]


@pytest.mark.parametrize(
    ("rows", "bad"),
    [
        ([(1, 0, 0), (2, 1, 33), (3, 1, 33)], []),  # nginx: a master and its workers
        ([(1, 0, 0)], [1]),
        ([(1, 0, 0), (2, 1, 0)], [1, 2]),
        ([(1, 0, 0), (2, 1, 0), (3, 2, 1001)], []),
        ([(1, 0, 0), (2, 1, 1001), (3, 1, 0)], [3]),
        ([(1, 0, 1001)], []),
    ],
)
def test_who_works_as_root(rows: list[tuple[int, int, int]], bad: list[int]) -> None:
    assert [one.process.pid for one in rootful(owned(*rows))] == bad


def test_a_root_that_serves_beside_others_works_as_root() -> None:
    master, worker = Process(1, 0, 0, 0, 0, 0, "master"), Process(2, 1, 33, 0, 0, 0, "worker")
    shared, alone = frozenset({"socket:[7]"}), frozenset({"socket:[8]"})
    assert rootful([Owned(master, 0, shared), Owned(worker, 33, shared)]) == []
    assert rootful([Owned(master, 0, shared | alone), Owned(worker, 33, shared)]) == [Owned(master, 0, shared | alone)]


def _looks(*places: str, steps: tuple[str, ...] = ("5",) * 6) -> list[Waits]:
    return [{pid: (place, ran) for pid, place in enumerate(places, 40)} for ran in steps]


@pytest.mark.parametrize(
    ("seen", "waits"),
    [
        (_looks("do_wait", "inet_csk_accept"), True),
        (_looks("do_wait", "hrtimer_nanosleep"), False),
        (_looks("do_wait", ""), False),
        (_looks("0"), False),
        (_looks(), False),
        (_looks("do_poll", steps=("5",) * 5), False),
        (_looks("do_poll", steps=(*("5",) * 5, "6")), False),
    ],
)
def test_a_command_only_waits_where_the_kernel_says_so(seen: list[Waits], waits: bool) -> None:
    assert only_waits(seen) is waits


def test_mounts() -> None:
    text = (
        "22 1 0:20 / / rw,relatime - overlay overlay rw,lowerdir=/a\n"
        "23 22 0:20 / /srv/a\\040b ro,nosuid master:1 - ext4 /dev/sda rw\n"
        "24 22 0:21 / /data rw - tmpfs tmpfs ro,size=4k\n"
        "25 1 0:22 / / ro,relatime - overlay overlay rw"
    )
    assert mounts_of(text) == {"/": True, "/srv/a b": True, "/data": True}


def test_limits_of_both_versions(tmp_path: Path) -> None:
    (tmp_path / "proc/7").mkdir(parents=True)
    (tmp_path / "proc/7/cgroup").write_text("3:cpu,cpuacct:/a\n2:memory:/a\n1:pids:/\n0::/b\n")

    def write(name: str, text: str) -> None:
        path = tmp_path / "cg" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def found(name: str) -> float | None:
        return controls(7, name, tmp_path / "cg", tmp_path / "proc")

    assert found("memory") is None
    write("memory/a/memory.limit_in_bytes", "9223372036854771712\n")
    assert found("memory") is None
    write("memory/a/memory.limit_in_bytes", "536870912\n")
    write("cpu/a/cpu.cfs_quota_us", "50000\n")
    write("cpu/a/cpu.cfs_period_us", "100000\n")
    write("pids/pids.max", "max\n")
    assert (found("memory"), found("cpus"), found("pids")) == (536870912, 0.5, None)
    write("b/memory.max", "1048576\n")
    write("b/cpu.max", "150000 100000\n")
    write("b/pids.max", "64\n")
    assert (found("memory"), found("cpus"), found("pids")) == (1048576, 1.5, 64)
