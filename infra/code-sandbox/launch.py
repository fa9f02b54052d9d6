"""Starting one of the two processes, in name spaces of its own where the kernel lets us."""

import fcntl
import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import NamedTuple

from launch_inside import fork_inside

_NOBODY = 65534


class Process(NamedTuple):
    number: int
    """As seen from here; a child of this process, which has set itself as the reaper of orphans."""
    says: int
    setup: int
    inside: bool


class Ends(NamedTuple):
    """Descriptors of a process: the other's messages, its own messages, and what the program prints."""

    reads: int
    writes: int
    output: int


class Unstartable(Exception):
    """A process of the sandbox cannot be started; the text says why."""


def start(role: Callable[[], None], paths: list[str], ends: Ends, folder_bytes: int) -> Process:
    """
    Start a role in a copy of this process, which must not know anything yet that the role may not know. It begins
    with `set_up`. Raises Unstartable.
    """
    if sys.platform == "linux":
        try:
            return _start(role, paths, ends, folder_bytes, inside=True)
        except Unstartable:
            pass
    return _start(role, paths, ends, folder_bytes, inside=False)


def set_up(process: Process, setup: dict) -> None:
    """Tell a role what to do. A role that has already ended is noticed by the silence that follows."""
    try:
        with os.fdopen(process.setup, "wb") as file:
            file.write(json.dumps({**setup, "inside": process.inside}).encode() + b"\n")
    except BrokenPipeError:
        pass


def _start(role: Callable[[], None], paths: list[str], ends: Ends, folder_bytes: int, inside: bool) -> Process:
    setup_out, setup_in = os.pipe()
    says_out, says_in = os.pipe()

    def become() -> None:
        _become(role, [*ends, setup_out, says_in])

    try:
        number = fork_inside(become, paths, folder_bytes) if inside else _fork_beside(become, paths)
    except OSError as error:
        os.close(setup_in)
        os.close(says_out)
        raise Unstartable(str(error)) from None
    finally:
        os.close(setup_out)
        os.close(says_in)
    return Process(number, says_out, setup_in, inside)


def _fork_beside(become: Callable[[], None], paths: list[str]) -> int:
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                _become_nobody(paths)
            os.chdir("/")
            become()
        finally:
            os._exit(1)
    return child


def _become_nobody(paths: list[str]) -> None:
    """As root, if nobody may be and may read the interpreter; else root stays, and gives up its capabilities later."""
    try:
        os.setgroups([])
        os.setegid(_NOBODY)
        os.seteuid(_NOBODY)
    except OSError:
        return
    if all(os.access(path, os.R_OK, effective_ids=True) for path in paths):
        os.seteuid(0)
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    else:
        os.seteuid(0)


def _become(role: Callable[[], None], descriptors: list[int]) -> None:
    null = os.open("/dev/null", os.O_RDONLY)
    reads, writes, output, setup, says = descriptors
    wanted = [null, output, output, reads, writes, setup, says]
    # first out of the way of the numbers that they shall have
    moved = [_above(descriptor, len(wanted)) for descriptor in wanted]
    for number, descriptor in enumerate(moved):
        os.dup2(descriptor, number)
    os.closerange(len(wanted), 1024)
    try:
        role()
    except BaseException:
        traceback.print_exc()


def _above(descriptor: int, lowest: int) -> int:
    return fcntl.fcntl(descriptor, fcntl.F_DUPFD, lowest)
