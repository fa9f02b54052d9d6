"""
A filter of system calls: no network, no processes, no signals to others, none of the kernel's exotic parts. Threads
are allowed.
"""

import ctypes
import errno
import os
import platform
import struct

from denied_calls import DENIED, DENIED_AMONG_OTHERS
from system_calls import CLONE_THREAD, PR_SET_PDEATHSIG, PR_SET_SECCOMP, prctl

_CLONE, _CLONE3, _TGKILL, _PRCTL, _PRLIMIT = (56, 220), (435, 435), (234, 131), (157, 167), (302, 261)
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

_LOAD, _EQUAL, _AT_LEAST, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_NUMBER, _ARCHITECTURE = 0, 4
_ARGUMENTS = [16 + 8 * index for index in range(6)]


def restrict(among_others: bool) -> None:
    """
    Install the filter in this thread, which must be the only one, and in what it starts. `among_others`: the files
    of its user are there to be seen. Raises OSError.
    """
    if platform.machine() not in _ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no filter for {platform.machine()}")
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in _program(among_others))
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
    prctl(PR_SET_SECCOMP, 2, ctypes.c_char_p(program))


def _program(among_others: bool) -> list[tuple[int, int, int, int]]:
    column, architecture = _ARCHITECTURES[platform.machine()]
    own = os.getpid()
    refuse = _refusal(errno.EPERM)
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, 0x40000000),
        (_RETURN, 0, 0, _KILL),
    ]
    denied = DENIED | DENIED_AMONG_OTHERS if among_others else DENIED
    for numbers in denied.values():
        if numbers[column] is not None:
            lines += [(_EQUAL, 0, 1, numbers[column]), refuse]
    # without clone3 the C library falls back to clone, whose flags can be read
    lines += [(_EQUAL, 0, 1, _CLONE3[column]), _refusal(errno.ENOSYS)]
    lines += _when(_CLONE[column], [(_LOAD, 0, 0, _ARGUMENTS[0]), (_HAS_BITS, 1, 0, CLONE_THREAD), refuse])
    # a signal to itself, but never the two that only the sandbox sends
    lines += _when(
        _TGKILL[column],
        [
            (_LOAD, 0, 0, _ARGUMENTS[0]),
            (_EQUAL, 1, 0, own),
            refuse,
            (_LOAD, 0, 0, _ARGUMENTS[2]),
            (_EQUAL, 0, 1, 9),
            refuse,
            (_EQUAL, 0, 1, 19),
            refuse,
        ],
    )
    lines += _when(_PRCTL[column], [(_LOAD, 0, 0, _ARGUMENTS[0]), (_EQUAL, 0, 1, PR_SET_PDEATHSIG), refuse])
    lines += _when(
        _PRLIMIT[column],
        [
            (_LOAD, 0, 0, _ARGUMENTS[0]),
            (_EQUAL, 2, 0, 0),
            (_EQUAL, 1, 0, own),
            refuse,
        ],
    )
    return lines + [(_RETURN, 0, 0, _ALLOW)]


def _when(number: int, lines: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    return [(_EQUAL, 0, len(lines) + 1, number), *lines, (_RETURN, 0, 0, _ALLOW)]


def _refusal(number: int) -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, 0x00050000 | number)
