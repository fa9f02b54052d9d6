"""What a run tells the outside: events, heartbeats, the result, and the fence between attempts.

Standard library only, so that heartbeats start before the slow imports do.
"""
import datetime
import json
import math
import os
import pathlib
import signal
import threading
import time

from errors import Preempted, Superseded
from files import write_json
from job import newest_attempt


class Evidence:
    """Writes `events.jsonl` and `result.json` of one attempt, and watches for signals and later attempts."""

    def __init__(self, attempt_folder: pathlib.Path, attempt: int, heartbeat_seconds: float):
        self.attempt_folder = attempt_folder
        self.attempt = attempt
        self.signal_name: str | None = None
        self.step = 0
        self._signal_told = False
        self._heartbeat_seconds = heartbeat_seconds
        self._last = 0.0
        self._lock = threading.Lock()
        self._superseded = threading.Event()
        self._ended = threading.Event()

    def begin(self) -> None:
        """Start the heartbeat and catch SIGTERM and SIGUSR1."""
        for name in ("SIGTERM", "SIGUSR1"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), self._on_signal)
        threading.Thread(target=self._beat, daemon=True).start()

    def _on_signal(self, number, _frame) -> None:
        # Only a flag: an event written here could wait for a lock that the interrupted code holds.
        self.signal_name = signal.Signals(number).name

    def _beat(self) -> None:
        """Emit a heartbeat whenever nothing else was said for a while, and look at the fence."""
        while not self._ended.wait(self._heartbeat_seconds / 4):
            if newest_attempt(self.attempt_folder.parent) > self.attempt:
                self._superseded.set()
            elif time.monotonic() - self._last > self._heartbeat_seconds / 2:
                self.emit("heartbeat", step=self.step)

    def emit(self, kind: str, **fields) -> None:
        """Append one event and make it durable. Numbers that JSON cannot hold become null."""
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
            raise Superseded("a later attempt has taken over")

    def check_superseded(self) -> None:
        """Like check_fence, but relies on the heartbeat's last look: cheap enough for every step."""
        if self._superseded.is_set():
            raise Superseded("a later attempt has taken over")

    def stop_wanted(self) -> bool:
        """Tell whether a signal came; the first time it is noticed it becomes an event."""
        if self.signal_name and not self._signal_told:
            self._signal_told = True
            self.emit("signal", name=self.signal_name, step=self.step)
        return self.signal_name is not None

    def check_stop(self) -> None:
        """Raise Preempted if a signal came, Superseded if a later attempt took over."""
        self.check_fence()
        if self.stop_wanted():
            raise Preempted(f"stopped by {self.signal_name}")

    def finish(self, state: str, exit_code: int, reason: str | None, **more) -> None:
        """Write the last event and the result, unless a later attempt took over (then raises Superseded)."""
        self.check_fence()
        self.emit({"succeeded": "done"}.get(state, state), step=self.step, reason=reason)
        self._ended.set()
        write_json(self.attempt_folder / "result.json", {
            "attempt": self.attempt, "exit": exit_code, "state": state, "reason": reason, "step": self.step, **more})
