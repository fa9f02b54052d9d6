"""Runs the examiner and the candidate beside each other, watches both, and turns what it sees into a verdict."""

import json
import os
import secrets
import select
import signal
import time

from confinement import holds
from interpreter import needed_paths, package_folders
from launch import Ends, Process, Unstartable, set_up, start
from processes import become_reaper, end, ends_by_itself, is_starved, task_limit
from roles import be_candidate, be_examiner

_REMEDY = (
    "the sandbox has not enough isolation here: it needs Linux with seccomp and either user name spaces or Landlock; "
    "allow one of them in the container, or allow weak isolation in the settings"
)
_LONGEST_LINE = 1 << 20
_STARTING_SECONDS = 60


def verify(limits: dict, allow_weak_isolation: bool, read_request) -> dict | None:
    """
    Return decision, reason, the index of the program tested (or null) and the layers of isolation; null when there
    is no request. The request is read only when both processes exist: they are copies of this one, and the
    candidate must never have held the tests.
    """
    become_reaper()
    paths = needed_paths()
    to_candidate, to_examiner, output = os.pipe(), os.pipe(), os.pipe()
    processes: list[Process] = []
    try:
        ends = Ends(to_candidate[0], to_examiner[1], output[1])
        processes.append(start(be_candidate, paths, ends, limits["folderBytes"]))
        ends = Ends(to_examiner[0], to_candidate[1], output[1])
        processes.append(start(be_examiner, paths, ends, limits["folderBytes"]))
        for descriptor in (*to_candidate, *to_examiner, output[1]):
            os.close(descriptor)
        request = read_request()
        if request is None:
            return None
        candidate, examiner = processes
        nonce = secrets.token_hex(16)
        common = {"paths": paths, "packages": package_folders(), "prompt": request["prompt"]}
        own = {**limits, "tasks": task_limit(candidate, limits["threads"])}
        set_up(candidate, {**common, "programs": request["programs"], "limits": own})
        # reading megabytes that the candidate says must not be what ends the examiner first
        generous = {**limits, "cpuSeconds": 3 * limits["cpuSeconds"], "memoryBytes": 2 * limits["memoryBytes"]}
        set_up(examiner, {**common, "tests": request["tests"], "nonce": nonce, "limits": generous})
        return Watch(candidate, examiner, output[0], limits, nonce, allow_weak_isolation).verdict()
    except Unstartable as error:
        return _verdict("undecided", f"the sandbox cannot be started: {error}")
    finally:
        for process in processes:
            end(process.number)


class Watch:
    """Waits for the examiner's verdict while it guards the limits that no process can guard itself."""

    def __init__(self, candidate: Process, examiner: Process, output: int, limits: dict, nonce: str, allow_weak: bool):
        self._candidate, self._examiner, self._output = candidate, examiner, output
        self._limits, self._nonce, self._allow_weak = limits, nonce, allow_weak
        self._printed = 0
        self._layers: dict[int, list[str]] = {}
        self._lines: dict[int, bytes] = {candidate.says: b"", examiner.says: b""}

    def verdict(self) -> dict:
        # the examiner bounds the candidate's time; this is for an examiner that does not end itself
        deadline = time.monotonic() + 2 * self._limits["wallSeconds"] + _STARTING_SECONDS
        poll = select.poll()
        for descriptor in (self._candidate.says, self._examiner.says, self._output, 0):
            poll.register(descriptor, select.POLLIN)
        while True:
            events = poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
            if not events:
                return self._said("undecided", "the examination took too long")
            for descriptor, _ in events:
                data = os.read(descriptor, 1 << 16)
                if descriptor == 0:
                    if not data:
                        return self._said("undecided", "the verification was cancelled")
                elif descriptor == self._output:
                    self._printed += len(data)
                    if self._printed > self._limits["outputBytes"]:
                        return self._said(
                            "incorrect", f"the program prints more than {self._limits['outputBytes']} bytes"
                        )
                    if not data:
                        poll.unregister(descriptor)
                elif (result := self._hear(descriptor, data)) is not None:
                    return result
                elif not data:
                    poll.unregister(descriptor)

    def _hear(self, descriptor: int, data: bytes) -> dict | None:
        self._lines[descriptor] = (self._lines[descriptor] + data)[:_LONGEST_LINE]
        while b"\n" in self._lines[descriptor]:
            line, _, self._lines[descriptor] = self._lines[descriptor].partition(b"\n")
            said = json.loads(line)
            if descriptor not in self._layers:
                self._layers[descriptor] = said["layers"]
                if not self._allow_weak and not holds(said["layers"]):
                    return self._said("undecided", _REMEDY)
            elif descriptor == self._examiner.says and said.get("nonce") == self._nonce:
                return self._judge(said)
        if data or descriptor != self._examiner.says:
            return None
        if self._candidate.says not in self._layers:
            return self._said(
                "undecided", f"the sandbox cannot be started: the candidate {_how(end(self._candidate.number)[0])}"
            )
        return self._said("undecided", f"the examiner {_how(end(self._examiner.number)[0])}")

    def _judge(self, said: dict) -> dict:
        index = said.get("index")
        ended = said.get("ended")
        if self._candidate.says not in self._layers:
            return self._said(
                "undecided", f"the sandbox cannot be started: the candidate {_how(end(self._candidate.number)[0])}"
            )
        if ended == "gone":
            return self._said(*self._fate(), index)
        if ended == "late":
            limit = self._limits["wallSeconds"]
            if is_starved(self._candidate.number):
                return self._said(
                    "undecided",
                    f"the program was not done after {limit} s, but the machine was too busy to tell",
                    index,
                )
            return self._said("incorrect", f"the program does not answer within {limit} s", index)
        return self._said(said["decision"], said["reason"], index)

    def _fate(self) -> tuple[str, str]:
        if not ends_by_itself(self._candidate.number):
            return "incorrect", "the program closes its pipes instead of answering"
        status, seconds = end(self._candidate.number)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGKILL, signal.SIGXCPU):
            if seconds >= self._limits["cpuSeconds"] - 0.5:
                return "incorrect", f"the program uses more than {self._limits['cpuSeconds']} s of processor time"
            return "undecided", "the program was killed from outside: is the machine short of memory?"
        return "incorrect", f"the program {_how(status)} before it has answered"

    def _said(self, decision: str, reason: str, index: int | None = None) -> dict:
        return {**_verdict(decision, reason, index), "layers": self._layers.get(self._candidate.says, [])}


def _how(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"is ended by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"ends with exit code {os.WEXITSTATUS(status)}"


def _verdict(decision: str, reason: str, index: int | None = None) -> dict:
    return {"decision": decision, "reason": reason[:300], "index": index, "layers": []}
