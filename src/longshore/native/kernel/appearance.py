"""What others see of this process in /proc: its name, its command line, its environment (prctl(2), PR_SET_MM_MAP)."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from longshore.native.kernel.syscalls import prctl

__all__ = ["appear"]

_PR_SET_NAME, _PR_SET_MM, _PR_SET_MM_MAP = 15, 35, 14
_NO_FILE = 0xFFFFFFFF
_STAT = {"start_code": 26, "end_code": 27, "start_stack": 28, "start_data": 45, "end_data": 46, "start_brk": 47}
"""proc(5): the fields of /proc/self/stat that hold addresses."""

_kept: list[ctypes.Array[ctypes.c_char]] = []
"""What the kernel shows must stay where it is."""


class _Map(ctypes.Structure):
    """struct prctl_mm_map of linux/prctl.h."""

    _fields_ = [
        *((name, ctypes.c_uint64) for name in (
            "start_code", "end_code", "start_data", "end_data", "start_brk", "brk", "start_stack",
            "arg_start", "arg_end", "env_start", "env_end", "auxv",
        )),
        ("auxv_size", ctypes.c_uint32),
        ("exe_fd", ctypes.c_uint32),
    ]  # fmt: skip


def appear(name: str, argv: Iterable[str], environment: Mapping[str, str]) -> None:
    """Be called `name`, with this command line and environment to be read in /proc. Where the kernel cannot do it
    (CONFIG_CHECKPOINT_RESTORE) the process looks as it did."""
    short = ctypes.create_string_buffer(name.encode())
    prctl(_PR_SET_NAME, ctypes.addressof(short))
    with suppress(OSError):
        _show([*argv], [f"{key}={value}" for key, value in environment.items()])


def _show(argv: list[str], environment: list[str]) -> None:
    fields = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    shown = _Map(exe_fd=_NO_FILE, brk=_end_of_heap())
    for field, number in _STAT.items():
        setattr(shown, field, int(fields[number - 3]))  # the first that is left is the third
    shown.arg_start, shown.arg_end = _placed(argv)
    shown.env_start, shown.env_end = _placed(environment)
    prctl(_PR_SET_MM, _PR_SET_MM_MAP, ctypes.addressof(shown), ctypes.sizeof(shown))


def _placed(texts: list[str]) -> tuple[int, int]:
    """Where these texts lie now, each with a zero at its end."""
    data = b"".join(text.encode("utf-8", "surrogateescape") + b"\0" for text in texts)
    place = ctypes.create_string_buffer(data, len(data) or 1)
    _kept.append(place)
    start = ctypes.addressof(place)
    return start, start + len(data)


def _end_of_heap() -> int:
    sbrk = ctypes.CDLL(None).sbrk
    sbrk.restype = ctypes.c_void_p
    return int(sbrk(0) or 0)
