"""What a run tells the outside: events, heartbeats, the result, and the fence between attempts.

Standard library only, so that heartbeats start before the slow imports do. Of several processes only the main one
writes; the others watch for the same reasons to stop, and leave a note for the main one when they fail.
"""
import datetime
import json
import math
import os
import pathlib
import signal
import sys
import threading
import time

from errors import EXIT_FAILED, Preempted, Superseded
from files import write_atomic, write_json
from job import Job, newest_attempt
from processes import from_all, is_main, rank

SUPERSEDED = "SUPERSEDED"
TIME_LIMIT = "TIME_LIMIT"
# The later one wins where processes see different reasons.
STOPS = [None, TIME_LIMIT, "SIGUSR1", "SIGTERM", SUPERSEDED]
LATER_ATTEMPT = "a later attempt has taken over"
BEGAN = time.monotonic()


class Evidence:
    """Writes `events.jsonl` and `result.json` of one attempt, and watches for signals, the time and later attempts."""

    def __init__(self, attempt_folder: pathlib.Path, attempt: int, heartbeat_seconds: float = 2.0,
                 time_limit_seconds: float | None = None, grace_seconds: float = 0.0):
        self.attempt_folder = attempt_folder
        self.attempt = attempt
        self.step = 0
        self.stopped_by: str | None = None
        self.longest_save_seconds = 0.0
        self._signal_name: str | None = None
        self._time_limit_seconds = time_limit_seconds
        self._grace_seconds = grace_seconds
        self.heartbeat_seconds = heartbeat_seconds
        self._last = 0.0
        self._lock = threading.Lock()
        self._finishing = threading.Lock()
        self._superseded = threading.Event()
        self._ended = threading.Event()

    @classmethod
    def of(cls, job: Job) -> "Evidence":
        """Return the evidence of a job's attempt."""
        return cls(job.attempt_folder, job.attempt, job.heartbeat_seconds, job.time_limit_seconds, job.grace_seconds)

    def begin(self) -> None:
        """Start the heartbeat and catch SIGTERM and SIGUSR1."""
        for name in ("SIGTERM", "SIGUSR1"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._on_signal)
        threading.Thread(target=self._beat, daemon=True).start()

    def _on_signal(self, number, _frame) -> None:
        # Only a flag: an event written here could wait for a lock that the interrupted code holds.
        self._signal_name = signal.Signals(number).name

    def _beat(self) -> None:
        """Emit a heartbeat when nothing was said for a while, and look at the fence and for others' failures."""
        while not self._ended.wait(self.heartbeat_seconds / 4):
            try:
                self._beat_once()
            except OSError as error:
                # A disk that is full or away for a moment is no reason to be silent for good.
                print(f"warning: no heartbeat: {error}", file=sys.stderr)

    def _beat_once(self) -> None:
        if newest_attempt(self.attempt_folder.parent) > self.attempt:
            self._superseded.set()
            return
        if is_main():
            self._end_with_another()
        if time.monotonic() - self._last > self.heartbeat_seconds / 2:
            self.emit("heartbeat", step=self.step)

    def _end_with_another(self) -> None:
        """Write the result and end at once if another process failed: the main thread may wait for it for ever."""
        for note in self.attempt_folder.glob("failed-rank-*.txt"):
            retryable = note.with_name(f"{note.stem}.retryable").exists()
            try:
                self.finish("failed", EXIT_FAILED, note.read_text(encoding="utf-8"), retryable=retryable)
            except (OSError, Superseded):
                pass
            os._exit(EXIT_FAILED)

    def leave_note(self, reason: str, retryable: bool) -> None:
        """Tell the main process why this other one cannot go on, and whether a further attempt may."""
        if retryable:
            (self.attempt_folder / f"failed-rank-{rank()}.retryable").touch()
        write_atomic(self.attempt_folder / f"failed-rank-{rank()}.txt", f"{reason} (on rank {rank()})")

    def emit(self, kind: str, **fields) -> None:
        """Append one event and make it durable. Numbers that JSON cannot hold become null."""
        if not is_main():
            return
        fields = {name: None if isinstance(value, float) and not math.isfinite(value) else value
                  for name, value in fields.items()}
        now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
        event = {"at": now.replace("+00:00", "Z"), "attempt": self.attempt, "kind": kind, **fields}
        line = (json.dumps(event, ensure_ascii=False) + "\n").encode()
        with self._lock:
            handle = os.open(self.attempt_folder / "events.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                os.write(handle, line)
                os.fsync(handle)
            finally:
                os.close(handle)
            self._last = time.monotonic()

    def check_fence(self) -> None:
        """Raise Superseded if a later attempt was opened."""
        if self._superseded.is_set() or newest_attempt(self.attempt_folder.parent) > self.attempt:
            self._superseded.set()
            raise Superseded(LATER_ATTEMPT)

    def time_is_up(self) -> bool:
        """Tell whether what is left of the time limit is only just enough to save: the grace, or three saves.

        At least half of the limit is for training, or a short limit would end every attempt at its first step.
        """
        if self._time_limit_seconds is None:
            return False
        spare = min(max(self._grace_seconds, 3 * self.longest_save_seconds), self._time_limit_seconds / 2)
        return time.monotonic() - BEGAN > self._time_limit_seconds - spare

    def _own_reason(self) -> str | None:
        """Return why this process by itself would stop."""
        if self._superseded.is_set():
            return SUPERSEDED
        return self._signal_name or (TIME_LIMIT if self.time_is_up() else None)

    def agree(self, tokens: int = 0) -> tuple[bool, int]:
        """Return whether all processes shall stop now, and the sum of their tokens.

        All processes must call it at the same point, and all get the same answer. The first time that they stop becomes
        an event. Raises Superseded in all of them if one saw a later attempt.
        """
        gathered = from_all([STOPS.index(self._own_reason()), tokens])
        reason = STOPS[max(code for code, _ in gathered)]
        if reason == SUPERSEDED:
            raise Superseded(LATER_ATTEMPT)
        if reason and not self.stopped_by:
            self.stopped_by = reason
            self.emit("signal", name=reason, step=self.step)
        return reason is not None, sum(count for _, count in gathered)

    def check_stop(self) -> None:
        """Raise Preempted if a signal came or time is up, Superseded if a later attempt took over. For all at once."""
        self.look_at_fence()
        if self.agree()[0]:
            raise Preempted(f"stopped by {self.stopped_by}")

    def check_alone(self) -> None:
        """The same for one process while the others are elsewhere."""
        self.check_fence()
        if reason := self._own_reason():
            if not self.stopped_by:
                self.stopped_by = reason
                self.emit("signal", name=reason, step=self.step)
            raise Preempted(f"stopped by {reason}")

    def look_at_fence(self) -> None:
        """Look for a later attempt now; the next `agree` acts on it."""
        if newest_attempt(self.attempt_folder.parent) > self.attempt:
            self._superseded.set()

    def was_signalled(self) -> str | None:
        """Return the signal that this process got, if any."""
        return self._signal_name

    def finish(self, state: str, exit_code: int, reason: str | None, **more) -> None:
        """Write the last event and the result, unless a later attempt took over (then raises Superseded)."""
        self.check_fence()
        if not is_main():
            return
        with self._finishing:
            if self._ended.is_set():
                return
            self.emit({"succeeded": "done"}.get(state, state), step=self.step, reason=reason)
            self._ended.set()
            write_json(self.attempt_folder / "result.json", {
                "attempt": self.attempt, "exit": exit_code, "state": state, "reason": reason, "step": self.step,
                "retryable": False, "metrics": None, "checkpoint": None, "manifestSha256": None, "checkpointUri": None,
                **more})
