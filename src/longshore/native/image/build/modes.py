"""--chmod: octal digits, or the symbols of chmod(1), such as u=rwX,go=rX."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable

__all__ = ["Mode", "parse_mode"]

Mode = Callable[[int], int]
"""From the mode that a file has, its type included, to the permissions that it is to have."""
CLAUSE = re.compile(r"([ugoa]*)((?:[-+=](?:[rwxXst]+|[ugo])?)+)$")
ACTION = re.compile(r"([-+=])([rwxXst]+|[ugo])?")
SHIFTS = {"u": 6, "g": 3, "o": 0}
BITS = {"r": 4, "w": 2, "x": 1}
SET_ID = {"u": stat.S_ISUID, "g": stat.S_ISGID}
LARGEST = 0o7777


def parse_mode(text: str) -> Mode:
    """What --chmod=`text` does to a mode. ValueError when it is none."""
    if re.fullmatch(r"[0-7]+", text) and int(text, 8) <= LARGEST:
        number = int(text, 8)
        return lambda _: number
    if text[:1].isdigit():
        raise ValueError(f"--chmod={text}: octal digits up to 7777 are expected, or symbols such as u=rwX,go=rX")
    clauses = [CLAUSE.match(part) for part in text.split(",")]
    if not all(clauses):
        raise ValueError(f"--chmod={text} is not a mode: octal digits are expected, or symbols such as u=rwX,go=rX")
    actions = [(found[1], sign, what) for found in clauses if found for sign, what in ACTION.findall(found[2])]

    def changed(mode: int) -> int:
        new = stat.S_IMODE(mode)
        executable = stat.S_ISDIR(mode) or bool(mode & 0o111)
        for who, sign, what in actions:
            new = _act(new, who, sign, what, executable)
        return new

    return changed


def _act(mode: int, who: str, sign: str, what: str, executable: bool) -> int:
    classes = "ugo" if not who or "a" in who else who
    reached = sum(7 << SHIFTS[name] for name in set(classes))
    special = sum(SET_ID.get(name, 0) for name in set(classes))
    bits = 0
    if what and what in SHIFTS:
        source = (mode >> SHIFTS[what]) & 7
        bits = sum(source << shift for shift in SHIFTS.values()) & reached
    else:
        for letter in what:
            if letter in BITS or (letter == "X" and executable):
                bit = BITS.get(letter, 1)
                bits |= sum(bit << SHIFTS[name] for name in set(classes))
            elif letter == "s":
                bits |= special
            elif letter == "t" and classes != "o":
                bits |= stat.S_ISVTX
    if sign == "+":
        return mode | bits
    if sign == "-":
        return mode & ~bits
    return (mode & ~(reached | special)) | bits
