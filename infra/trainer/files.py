"""Files written so that a reader never sees half of one, and their digests. Standard library only."""
import hashlib
import json
import os
import pathlib


def sha256_of(path: pathlib.Path) -> str:
    """Return the hex SHA-256 of a file's bytes."""
    digest = hashlib.sha256()
    with open(path, "rb") as handle:
        while block := handle.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def sync_folder(folder: pathlib.Path) -> None:
    """Make a folder's entries durable (a no-op where folders cannot be opened, as on Windows)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_atomic(path: pathlib.Path, text: str) -> None:
    """Replace a file in one step; after a crash it holds either the old or the new text."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with open(partial, "w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    sync_folder(path.parent)


def write_json(path: pathlib.Path, value) -> None:
    """Write a value as indented JSON, atomically and always with the same bytes for the same value."""
    write_atomic(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: pathlib.Path):
    """Return a JSON file's value, or None where the file is missing or not whole."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def publish_folder(partial: pathlib.Path, final: pathlib.Path) -> None:
    """Make every file of a folder durable, then give the folder its final name in one step."""
    for path in sorted(partial.rglob("*")):
        if path.is_file():
            with open(path, "rb") as handle:
                os.fsync(handle.fileno())
    sync_folder(partial)
    os.rename(partial, final)
    sync_folder(final.parent)
