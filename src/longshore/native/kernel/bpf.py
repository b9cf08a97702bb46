"""A tiny assembler for seccomp filters: rules on system call numbers (and one argument each) to a BPF program.

The program refuses any other architecture than this machine's, so that the numbers it knows are the numbers meant."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable, Sequence
from typing import Literal

from longshore.model.record import record
from longshore.native.kernel.syscalls import call, prctl

__all__ = ["ALLOW", "ASK", "Condition", "Rule", "assemble", "errno_action", "install", "install_asking", "numbers"]

ALLOW = 0x7FFF0000
ASK = 0x7FC00000
"""SECCOMP_RET_USER_NOTIF: whoever holds the listener's descriptor answers for the kernel."""
_ERRNO = 0x00050000
_KILL_PROCESS = 0x80000000

_LD_ABS, _JEQ, _JGE, _ALU_AND, _RET = 0x20, 0x15, 0x35, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32_BIT = 0x40000000

_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_SET_MODE_FILTER, _NEW_LISTENER = 1, 8


def errno_action(code: int) -> int:
    """The action that makes a call fail with `code`; 0 makes it do nothing and succeed."""
    return _ERRNO | code


@record
class Condition:
    """On the low 32 bits of one argument: `equal` to `value`, not equal, or `masked`: (argument & value) is not 0."""

    argument: int
    test: Literal["equal", "unequal", "masked"]
    value: int


@record
class Rule:
    """Calls with one of `numbers` (and meeting `when`) get `action`. The first rule that fits wins."""

    numbers: tuple[int, ...]
    action: int
    when: Condition | None = None


def _instruction(code: int, jump_true: int = 0, jump_false: int = 0, value: int = 0) -> bytes:
    return struct.pack("=HBBI", code, jump_true, jump_false, value)


def _prologue() -> list[bytes]:
    """Kill what comes by another architecture's gate; x32's numbers do not exist for us."""
    machine = os.uname().machine
    code = [
        _instruction(_LD_ABS, value=_ARCHITECTURE),
        _instruction(_JEQ, 1, 0, _AUDIT_ARCH[machine]),
        _instruction(_RET, value=_KILL_PROCESS),
        _instruction(_LD_ABS, value=_NUMBER),
    ]
    if machine == "x86_64":
        code += [_instruction(_JGE, 0, 1, _X32_BIT), _instruction(_RET, value=errno_action(errno.ENOSYS))]
    return code


def _condition(condition: Condition, action: int) -> list[bytes]:
    """Test an argument; return `action` when it holds, else load the number again and go on."""
    load = [_instruction(_LD_ABS, value=_ARGUMENTS + 8 * condition.argument)]
    give, again = _instruction(_RET, value=action), _instruction(_LD_ABS, value=_NUMBER)
    match condition.test:
        case "equal":
            return [*load, _instruction(_JEQ, 0, 1, condition.value), give, again]
        case "unequal":
            return [*load, _instruction(_JEQ, 1, 0, condition.value), give, again]
        case "masked":
            mask = _instruction(_ALU_AND, value=condition.value)
            return [*load, mask, _instruction(_JEQ, 1, 0, 0), give, again]


def _rule(rule: Rule) -> list[bytes]:
    code: list[bytes] = []
    for number in rule.numbers:
        then = _condition(rule.when, rule.action) if rule.when else [_instruction(_RET, value=rule.action)]
        code += [_instruction(_JEQ, 0, len(then), number), *then]
    return code


def assemble(rules: Sequence[Rule], *, highest: int | None = None, default: int = ALLOW) -> bytes:
    """The program for `rules`; what none of them names gets `default`. Numbers above `highest` do not exist: ENOSYS."""
    code = _prologue()
    if highest is not None:
        code += [_instruction(_JGE, 0, 1, highest + 1), _instruction(_RET, value=errno_action(errno.ENOSYS))]
    for rule in rules:
        code += _rule(rule)
    return b"".join([*code, _instruction(_RET, value=default)])


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]


def install(program: bytes) -> None:
    """Put this process and all it starts under `program`, for good. Needs no_new_privs (or CAP_SYS_ADMIN)."""
    buffer = ctypes.create_string_buffer(program, len(program))
    header = _Program(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(header))


def install_asking(program: bytes) -> int:
    """As `install`; a descriptor by which calls that the program gives ASK are asked about."""
    buffer = ctypes.create_string_buffer(program, len(program))
    header = _Program(len(program) // 8, ctypes.cast(buffer, ctypes.c_void_p))
    number = _SECCOMP[os.uname().machine]
    return call("seccomp", number, _SET_MODE_FILTER, _NEW_LISTENER, ctypes.byref(header))


def numbers(table: dict[str, int], names: Iterable[str]) -> tuple[int, ...]:
    """The numbers of those `names` that this architecture has."""
    return tuple(table[name] for name in names if name in table)
