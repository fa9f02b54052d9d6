"""Messages between two processes: four bytes of length, then JSON. Both ends distrust each other."""

import json
import os
import select
import time

_PIECE = 1 << 16


class Ended(BaseException):
    """
    The conversation is over for good: `why` is gone, late, large or malformed. No `except Exception` of a program
    stops it.
    """

    def __init__(self, why: str):
        super().__init__(why)
        self.why = why


class Channel:
    """
    One end of two pipes. `seconds` is all the time that may be spent waiting for the other side; None waits for
    ever.
    """

    def __init__(self, reads: int, writes: int, message_bytes: int, total_bytes: int, seconds: float | None):
        self._reads, self._writes = reads, writes
        self._message_bytes, self._left_bytes, self._seconds = message_bytes, total_bytes, seconds
        self.ended: str | None = None
        if seconds is not None:
            os.set_blocking(reads, False)
            os.set_blocking(writes, False)

    def send(self, message) -> None:
        """Raises Ended; and ValueError for a message that is too large, which leaves the channel as it was."""
        self._check()
        text = json.dumps(message, separators=(",", ":")).encode("ascii")
        if len(text) > self._message_bytes:
            raise ValueError("the value is too large")
        left = memoryview(len(text).to_bytes(4, "big") + text)
        try:
            while left:
                try:
                    left = left[os.write(self._writes, left) :]
                except BlockingIOError:
                    self._wait(self._writes, select.POLLOUT)
        except OSError:
            self._end("gone")

    def receive(self):
        """Return the next message. Raises Ended."""
        self._check()
        size = int.from_bytes(self._read(4), "big")
        self._left_bytes -= size
        if size > self._message_bytes or self._left_bytes < 0:
            self._end("large")
        try:
            return json.loads(self._read(size))
        except (ValueError, RecursionError):
            self._end("malformed")

    def malformed(self) -> None:
        self._end("malformed")

    def _read(self, size: int) -> bytes:
        pieces, missing = [], size
        while missing > 0:
            try:
                piece = os.read(self._reads, min(missing, _PIECE))
            except BlockingIOError:
                self._wait(self._reads, select.POLLIN)
                continue
            except OSError:
                piece = b""
            if not piece:
                self._end("gone")
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def _wait(self, descriptor: int, event: int) -> None:
        poll = select.poll()
        poll.register(descriptor, event)
        began = time.monotonic()
        ready = poll.poll(None if self._seconds is None else max(0.0, self._seconds) * 1000)
        if self._seconds is not None:
            self._seconds -= time.monotonic() - began
            if not ready:
                self._end("late")

    def _check(self) -> None:
        if self.ended is not None:
            raise Ended(self.ended)

    def _end(self, why: str):
        self.ended = why
        raise Ended(why)
