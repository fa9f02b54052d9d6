"""System calls that Python has no function for, by ctypes. Linux on x86_64 and aarch64."""

import ctypes
import os
import platform

_libc = ctypes.CDLL(None, use_errno=True)

CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x2000000, 0x4000000, 0x8000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET, CLONE_THREAD = 0x10000000, 0x20000000, 0x40000000, 0x10000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT = 1, 2, 4, 8, 32
MS_BIND, MS_REC, MS_PRIVATE = 4096, 16384, 1 << 18
MNT_DETACH = 2
PR_SET_PDEATHSIG, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 22, 36, 38

_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_MOUNT_SETATTR = 442


def check(result: int, what: str) -> int:
    """Return the result of a call of libc. Raises OSError that names `what`."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(number: int, what: str, *arguments) -> int:
    return check(_libc.syscall(number, *arguments), what)


def prctl(option: int, *arguments) -> int:
    padded = [ctypes.c_ulong(value) if isinstance(value, int) else value for value in arguments]
    padded += [ctypes.c_ulong(0)] * (4 - len(padded))
    return check(_libc.prctl(option, *padded), f"prctl {option}")


def give_up_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    check(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")


def unshare(flags: int) -> None:
    check(_libc.unshare(flags), "unshare")


def mount(source: str, target: str, kind: str | None, flags: int, data: str | None = None) -> None:
    encoded = [None if value is None else os.fsencode(value) for value in (source, target, kind, data)]
    check(_libc.mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3]), f"mount {target}")


def umount(target: str) -> None:
    check(_libc.umount2(os.fsencode(target), MNT_DETACH), f"umount {target}")


def pivot_root(new: str, old: str) -> None:
    syscall(_PIVOT_ROOT[platform.machine()], "pivot_root", os.fsencode(new), os.fsencode(old))


def make_read_only(target: str, recursive: bool) -> None:
    """
    Make a mount of this name space read-only, without set-uid files and devices. Linux 5.12; the top mount alone
    before that.
    """
    flags = MS_RDONLY | MS_NOSUID | MS_NODEV
    attributes = (ctypes.c_uint64 * 4)(flags, 0, 0, 0)
    try:
        whole = ctypes.c_uint(0x8000 if recursive else 0)
        syscall(_MOUNT_SETATTR, "mount_setattr", -100, os.fsencode(target), whole, attributes, ctypes.c_size_t(32))
    except OSError:
        kept = os.statvfs(target).f_flag & MS_NOEXEC
        mount("none", target, None, MS_REMOUNT | MS_BIND | flags | kept)
