"""
A world of its own for a process: no network, no other process, and a file system that holds an interpreter and one
small folder.
"""

import os

import system_calls as system

FOLDER = "/tmp"
_ALL = (
    system.CLONE_NEWUSER
    | system.CLONE_NEWNS
    | system.CLONE_NEWPID
    | system.CLONE_NEWNET
    | system.CLONE_NEWIPC
    | system.CLONE_NEWUTS
    | system.CLONE_NEWCGROUP
)
_NOBODY = 65534


def enter(paths: list[str], folder_bytes: int, map_as_parent) -> None:
    """
    Move this process into new name spaces; its next child is the first process in there. As root, `map_as_parent`
    lets the parent give it a user who owns nothing. Raises OSError where the kernel does not let us.
    """
    user, group, root = os.getuid(), os.getgid(), os.geteuid() == 0
    if root:
        os.setgroups([])
    system.unshare(_ALL)
    # opened in the new name space, and before this user becomes one who may not look into the directories on the way
    sources = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in paths if not os.path.islink(path)}
    devices = {
        f"/dev/{name}": os.open(f"/dev/{name}", os.O_PATH | os.O_CLOEXEC) for name in ("null", "zero", "urandom")
    }
    if root:
        map_as_parent()
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    else:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{user} {user} 1")
        _write("/proc/self/gid_map", f"{group} {group} 1")
    _build_root(paths, sources, devices, folder_bytes)


def map_nobody(process: int) -> None:
    """Called by the parent, as root: the process becomes nobody, inside and outside."""
    _write(f"/proc/{process}/uid_map", f"{_NOBODY} {_NOBODY} 1")
    _write(f"/proc/{process}/gid_map", f"{_NOBODY} {_NOBODY} 1")


def _build_root(paths: list[str], sources: dict[str, int], devices: dict[str, int], folder_bytes: int) -> None:
    system.mount("none", "/", None, system.MS_REC | system.MS_PRIVATE)
    base = "/tmp" if os.path.isdir("/tmp") else "/"
    links = {path: os.readlink(path) for path in paths if os.path.islink(path)}
    system.mount("tmpfs", base, "tmpfs", system.MS_NOSUID | system.MS_NODEV, "size=1m,nr_inodes=2000,mode=755")
    os.chdir(base)
    for path, link in links.items():
        os.makedirs(os.path.dirname(f".{path}"), exist_ok=True)
        os.symlink(link, f".{path}")
    for path, opened in sources.items():
        _bind(opened, f".{path}")
        system.make_read_only(f".{path}", recursive=True)
    for path, opened in devices.items():
        _bind(opened, f".{path}")
    os.makedirs(f".{FOLDER}", exist_ok=True)
    system.mount(
        "tmpfs",
        f".{FOLDER}",
        "tmpfs",
        system.MS_NOSUID | system.MS_NODEV | system.MS_NOEXEC,
        f"size={folder_bytes},nr_inodes=2000,mode=700",
    )
    system.pivot_root(".", ".")
    system.umount(".")
    os.chdir("/")
    system.make_read_only("/", recursive=False)
    os.chdir(FOLDER)


def _bind(opened: int, target: str) -> None:
    source = f"/proc/self/fd/{opened}"
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644))
    system.mount(source, target, None, system.MS_BIND | system.MS_REC)


def _write(path: str, text: str) -> None:
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
