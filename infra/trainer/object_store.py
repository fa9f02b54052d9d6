"""The object store as the trainer sees it: a directory, or a bucket of S3. What differs between them is in their modules."""
import pathlib
import socket
import threading
import time
import urllib.parse

from errors import TrainingFailure, TransferFailure
from job import Objects

PIECE_BYTES = 1 << 20
LONGEST_PAUSE_SECONDS = 30.0


def open_store(objects: Objects):
    """Return the store that a job names. Raises TrainingFailure where its address is none, or credentials are missing."""
    scheme = urllib.parse.urlsplit(objects.uri).scheme
    if scheme == "file":
        from directory_store import DirectoryStore
        return DirectoryStore(objects)
    if scheme == "s3":
        # Imported here: it takes a third of a second.
        from s3_store import S3Store
        return S3Store(objects)
    raise TrainingFailure(f"objects.uri must begin with s3:// or file://, not {objects.uri!r}")


def key_below(objects: Objects, uri: str) -> str:
    """Return what keys of a part of the store begin with. Raises TrainingFailure for an address outside of it."""
    root = objects.uri.rstrip("/") + "/"
    key = uri.removeprefix(root).strip("/")
    if not uri.startswith(root) or not key:
        raise TrainingFailure(f"{uri} is not in the object store {objects.uri}")
    return (urllib.parse.unquote(key) if root.startswith("file:") else key) + "/"


def safe_name(name: str) -> pathlib.PurePosixPath:
    """Return a file's name below a folder. Raises TrainingFailure for one that leads out of it."""
    path = pathlib.PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or "\\" in name:
        raise TrainingFailure(f"{name!r} cannot be a file's name")
    return path


def this_machine() -> str:
    """Return how reasons name the machine that they come from."""
    return socket.gethostname() or "the trainer's machine"


class Progress:
    """Counts bytes that several threads move, tells of them as events, and stops the transfer when the run shall stop."""

    def __init__(self, evidence, kind: str, total_bytes: int, **fields):
        self._evidence = evidence
        self._kind = kind
        self._fields = {**fields, "totalBytes": total_bytes}
        self._bytes = 0
        self._told = 0.0
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        """Count bytes. Raises Preempted or Superseded."""
        with self._lock:
            self._bytes += count
            now = time.monotonic()
            if now - self._told < self._evidence.heartbeat_seconds:
                return
            self._told = now
            moved = self._bytes
        self._evidence.check_alone()
        self._evidence.emit(self._kind, bytes=moved, **self._fields)

    def take_back(self, count: int) -> None:
        """Count bytes off that are to be moved again."""
        with self._lock:
            self._bytes -= count

    def restart(self) -> None:
        """Count from nothing, as a further try does."""
        with self._lock:
            self._bytes = 0


def patiently(seconds: float, evidence, action):
    """Return the action's result, trying again with growing pauses while it fails for reasons that pass.

    Raises its TransferFailure when `seconds` would be over or the reason does not pass, Preempted or Superseded when the
    run shall stop.
    """
    deadline = time.monotonic() + seconds
    pause = 0.5
    while True:
        try:
            return action()
        except TransferFailure as failure:
            evidence.check_alone()
            if not failure.retryable or time.monotonic() + pause > deadline:
                raise
            evidence.emit("retry", reason=str(failure))
        resume = time.monotonic() + pause
        while time.monotonic() < resume:
            evidence.check_alone()
            time.sleep(min(0.25, pause))
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
