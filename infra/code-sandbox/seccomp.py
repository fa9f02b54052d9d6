"""A filter of system calls: no network, no processes, no signals to others, none of the kernel's exotic parts. Threads are allowed."""
import ctypes
import errno
import os
import platform
import struct

from system_calls import CLONE_THREAD, PR_SET_PDEATHSIG, PR_SET_SECCOMP, prctl

# name: (number on x86_64, number on aarch64); None where the architecture has no such call
_DENIED = {
    "kill": (62, 129), "tkill": (200, 130), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240),
    "pidfd_open": (434, 434), "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438), "process_madvise": (440, 440),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "kcmp": (312, 272),
    "fork": (57, None), "vfork": (58, None), "execve": (59, 221), "execveat": (322, 281),
    "setsid": (112, 157), "setpgid": (109, 154),
    "socket": (41, 198), "connect": (42, 203), "bind": (49, 200), "listen": (50, 201), "accept": (43, 202),
    "accept4": (288, 242),
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "swapon": (167, 224), "swapoff": (168, 225), "reboot": (169, 142), "sethostname": (170, 161),
    "setdomainname": (171, 162), "init_module": (175, 105), "delete_module": (176, 106), "finit_module": (313, 273),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "acct": (163, 89), "quotactl": (179, 60),
    "syslog": (103, 116), "settimeofday": (164, 170), "clock_settime": (227, 112), "adjtimex": (159, 171),
    "clock_adjtime": (305, 266), "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None),
    "uselib": (134, None), "mknod": (133, None), "mknodat": (259, 33), "personality": (135, 92),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "fanotify_init": (300, 262),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "shmat": (30, 196),
    "shmctl": (31, 195), "semget": (64, 190), "semop": (65, 193), "semctl": (66, 191), "semtimedop": (220, 192),
    "msgget": (68, 186), "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180),
    "name_to_handle_at": (303, 264), "open_by_handle_at": (304, 265),
}
# What Landlock lets pass: for a process that still sees files of its user.
_DENIED_AMONG_FILES = {
    "truncate": (76, 45), "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54), "utime": (132, None),
    "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88), "setxattr": (188, 5), "lsetxattr": (189, 6),
    "fsetxattr": (190, 7), "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
}
_CLONE, _CLONE3, _TGKILL, _PRCTL, _PRLIMIT = (56, 220), (435, 435), (234, 131), (157, 167), (302, 261)
_ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

_LOAD, _EQUAL, _AT_LEAST, _HAS_BITS, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL = 0x7FFF0000, 0x80000000
_NUMBER, _ARCHITECTURE = 0, 4
_ARGUMENTS = [16 + 8 * index for index in range(6)]


def restrict(among_files: bool) -> None:
    """
    Install the filter in this thread, which must be the only one, and in what it starts. `among_files`: the files of its user are there
    to be seen. Raises OSError.
    """
    if platform.machine() not in _ARCHITECTURES:
        raise OSError(errno.ENOSYS, f"no filter for {platform.machine()}")
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in _program(among_files))
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
    prctl(PR_SET_SECCOMP, 2, ctypes.c_char_p(program))


def _program(among_files: bool) -> list[tuple[int, int, int, int]]:
    column, architecture = _ARCHITECTURES[platform.machine()]
    own = os.getpid()
    refuse = _refusal(errno.EPERM)
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE), (_EQUAL, 1, 0, architecture), (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, 0x40000000), (_RETURN, 0, 0, _KILL),
    ]
    denied = _DENIED | _DENIED_AMONG_FILES if among_files else _DENIED
    for numbers in denied.values():
        if numbers[column] is not None:
            lines += [(_EQUAL, 0, 1, numbers[column]), refuse]
    # without clone3 the C library falls back to clone, whose flags can be read
    lines += [(_EQUAL, 0, 1, _CLONE3[column]), _refusal(errno.ENOSYS)]
    lines += _when(_CLONE[column], [(_LOAD, 0, 0, _ARGUMENTS[0]), (_HAS_BITS, 1, 0, CLONE_THREAD), refuse])
    # a signal to itself, but never the two that only the sandbox sends
    lines += _when(_TGKILL[column], [
        (_LOAD, 0, 0, _ARGUMENTS[0]), (_EQUAL, 1, 0, own), refuse,
        (_LOAD, 0, 0, _ARGUMENTS[2]), (_EQUAL, 0, 1, 9), refuse, (_EQUAL, 0, 1, 19), refuse,
    ])
    lines += _when(_PRCTL[column], [(_LOAD, 0, 0, _ARGUMENTS[0]), (_EQUAL, 0, 1, PR_SET_PDEATHSIG), refuse])
    lines += _when(_PRLIMIT[column], [
        (_LOAD, 0, 0, _ARGUMENTS[0]), (_EQUAL, 2, 0, 0), (_EQUAL, 1, 0, own), refuse,
    ])
    return lines + [(_RETURN, 0, 0, _ALLOW)]


def _when(number: int, lines: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    return [(_EQUAL, 0, len(lines) + 1, number), *lines, (_RETURN, 0, 0, _ALLOW)]


def _refusal(number: int) -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, 0x00050000 | number)
