"""A pseudo terminal of the container's own devpts, so that programs inside can name the terminal they run on."""

from __future__ import annotations

import fcntl
import os
import struct

from longshore.native.kernel.syscalls import become_session_terminal

__all__ = ["open_terminal", "use_terminal"]

_TIOCGPTN, _TIOCSPTLCK = 0x80045430, 0x40045431


def open_terminal() -> tuple[int, str]:
    """(master descriptor, path of the slave); the caller's root must be the container's."""
    master = os.open("/dev/ptmx", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
    fcntl.ioctl(master, _TIOCSPTLCK, struct.pack("i", 0))
    number = struct.unpack("i", fcntl.ioctl(master, _TIOCGPTN, struct.pack("i", 0)))[0]
    return master, f"/dev/pts/{number}"


def use_terminal(path: str) -> None:
    """Make the terminal this session leader's controlling one and its standard streams."""
    slave = os.open(path, os.O_RDWR)
    become_session_terminal(slave)
    for stream in (0, 1, 2):
        os.dup2(slave, stream)
    if slave > 2:
        os.close(slave)
