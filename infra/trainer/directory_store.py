"""An object store that is a directory which this machine sees. Standard library only."""
import contextlib
import errno
import os
import pathlib
import urllib.parse
import urllib.request
import uuid

from errors import TransferFailure
from files import sha256_of, sync_folder
from job import Objects
from object_store import PIECE_BYTES, this_machine

DRAFTS = ".drafts"


class DirectoryStore:
    """Objects as plain files under their keys; new ones get their names when they are whole."""

    def __init__(self, objects: Objects):
        self._root = pathlib.Path(urllib.request.url2pathname(urllib.parse.urlsplit(objects.uri).path))

    def read(self, key: str):
        """Yield an object's bytes piece by piece. Raises TransferFailure."""
        with self._plainly(key), open(self._root / key, "rb") as handle:
            while piece := handle.read(PIECE_BYTES):
                yield piece

    def exists(self, key: str) -> bool:
        """Tell whether there is such an object."""
        with self._plainly(key):
            return (self._root / key).is_file()

    def holds(self, key: str, size: int, sha256: str) -> bool:
        """Tell whether the object has this size and hash."""
        path = self._root / key
        with self._plainly(key):
            return path.is_file() and path.stat().st_size == size and sha256_of(path) == sha256

    def delete(self, key: str) -> None:
        """Remove an object; an absent one is fine."""
        with self._plainly(key):
            (self._root / key).unlink(missing_ok=True)

    def put(self, key: str, path: pathlib.Path, sha256: str, on_bytes) -> None:
        """Copy a file to a key in one step. Raises TransferFailure."""
        target = self._root / key
        draft = self._root / DRAFTS / str(uuid.uuid4())
        with self._plainly(key):
            # Not with its parents: where the store cannot be seen it must not be made anew.
            draft.parent.mkdir(exist_ok=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with open(path, "rb") as source, open(draft, "xb") as handle:
                    while piece := source.read(PIECE_BYTES):
                        handle.write(piece)
                        on_bytes(len(piece))
                    handle.flush()
                    os.fsync(handle.fileno())
                os.replace(draft, target)
            finally:
                draft.unlink(missing_ok=True)
            for folder in (target.parent, *target.parent.parents):
                sync_folder(folder)
                if folder == self._root:
                    break

    @contextlib.contextmanager
    def _plainly(self, key: str):
        """Turn errors of the file system into reasons."""
        try:
            yield
        except FileNotFoundError as error:
            if not self._root.is_dir():
                raise TransferFailure(
                    f"the object store {self._root} cannot be seen from {this_machine()}; put DATA_DIR on storage that "
                    "it shares, or keep objects in S3", retryable=False) from error
            raise TransferFailure(f"there is no object {key} in {self._root}; somebody removed it", False) from error
        except PermissionError as error:
            raise TransferFailure(f"the trainer's user may not use {key} in the object store {self._root}; "
                                  "change its permissions", retryable=False) from error
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise TransferFailure(f"the disk of the object store {self._root} is full; free some space",
                                      retryable=False) from error
            raise TransferFailure(f"{key} in the object store {self._root} cannot be used: {error.strerror}",
                                  retryable=True) from error
