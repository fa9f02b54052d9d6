"""Landlock: which files a process may touch at all. Linux 5.13; the process needs NO_NEW_PRIVS."""

import ctypes
import os

from system_calls import syscall

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_READ_FILE, _READ_DIRECTORY = 1 << 2, 1 << 3
_EXECUTE = 1 << 0
_FILE_ONLY = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
# Rights that exist from a version of the interface on: refer 2, truncate 3, device control 5.
_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}


def version() -> int:
    """Return the version of the interface. Raises OSError where there is none."""
    return syscall(_CREATE, "landlock", None, ctypes.c_size_t(0), ctypes.c_uint32(1))


def restrict(readable: list[str], writable: list[str]) -> None:
    """
    Forbid this process every file that is not beneath one of the paths, TCP, and signals to processes outside.
    Raises OSError.
    """
    abi = version()
    handled = max(rights for since, rights in _RIGHTS.items() if since <= abi)
    network = 3 if abi >= 4 else 0
    scoped = 3 if abi >= 6 else 0
    attributes = (ctypes.c_uint64 * 3)(handled, network, scoped)
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    rules = syscall(_CREATE, "landlock_create_ruleset", attributes, ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for path in readable:
            _allow(rules, path, _READ_FILE | _READ_DIRECTORY)
        for path in writable:
            _allow(rules, path, handled & ~_EXECUTE)
        syscall(_RESTRICT, "landlock_restrict_self", ctypes.c_int(rules), ctypes.c_uint32(0))
    finally:
        os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not os.path.isdir(path):
            rights &= _FILE_ONLY
        rule = rights.to_bytes(8, "little") + opened.to_bytes(4, "little")
        syscall(
            _ADD, "landlock_add_rule", ctypes.c_int(rules), ctypes.c_int(1), ctypes.c_char_p(rule), ctypes.c_uint32(0)
        )
    finally:
        os.close(opened)
