"""What the supervisor does with its children from outside: ends them, and looks how they are."""

import os
import signal
import sys
import time

from launch import Process


def become_reaper() -> None:
    if sys.platform == "linux":
        import system_calls

        system_calls.prctl(system_calls.PR_SET_CHILD_SUBREAPER, 1)


def task_limit(process: Process, threads: int) -> int | None:
    """
    Return the limit of tasks of the candidate's user. Name spaces count their own since Linux 5.14; elsewhere what
    the user already runs comes on top.
    """
    if sys.platform != "linux":
        return None
    version = tuple(int(part) for part in os.uname().release.split("-")[0].split(".")[:2])
    return (
        threads
        if process.inside and version >= (5, 14)
        else threads + _tasks_of(os.stat(f"/proc/{process.number}").st_uid)
    )


def _tasks_of(user: int) -> int:
    tasks = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.stat(f"/proc/{name}").st_uid == user:
                tasks += len(os.listdir(f"/proc/{name}/task"))
        except OSError:
            continue
    return tasks


_ended: dict[int, tuple[int, float]] = {}


def end(process: int) -> tuple[int, float]:
    """
    Kill a child, and with it everything in its name space; return its status and the seconds of processor time it
    used. Idempotent.
    """
    if process not in _ended:
        try:
            os.kill(process, signal.SIGKILL)
        except ProcessLookupError:
            pass
        _, status, usage = os.wait4(process, 0)
        _ended[process] = (status, usage.ru_utime + usage.ru_stime)
    return _ended[process]


def ends_by_itself(process: int) -> bool:
    """Whether a child that has fallen silent ends within a second."""
    for _ in range(100):
        if process not in _ended:
            found, status, usage = os.wait4(process, os.WNOHANG)
            if found == process:
                _ended[process] = (status, usage.ru_utime + usage.ru_stime)
        if process in _ended:
            return True
        time.sleep(0.01)
    return False


def is_starved(process: int) -> bool:
    """Whether a process that did not answer mostly wanted to run; one that sleeps was not kept from answering."""
    runnable = 0
    for _ in range(20):
        try:
            with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
                runnable += file.read().rpartition(") ")[2][0] == "R"
        except OSError:
            return False
        time.sleep(0.02)
    return runnable > 10
