"""One trainer process at a time in a run folder. Standard library only."""
import os
import pathlib
import time

from errors import TrainingFailure


def hold_run_folder(run_folder: pathlib.Path, attempt: int, patience_seconds: float):
    """Lock the run folder for this process's life and return the open file that holds the lock.

    An earlier attempt gets `patience_seconds` to notice that it is superseded; one that is frozen keeps the lock, and
    the fence alone then stops it. Raises TrainingFailure if the same or a later attempt is running.
    """
    handle = open(run_folder / "trainer.lock", "a+", encoding="utf-8")
    if os.name == "nt":
        return handle
    import fcntl
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except OSError:
            handle.seek(0)
            holder = handle.read().strip()
            if holder.isdigit() and int(holder) >= attempt:
                raise TrainingFailure(f"attempt {holder} of this job is already running here") from None
            if time.monotonic() > deadline:
                return handle
            time.sleep(0.1)
    handle.seek(0)
    handle.truncate()
    handle.write(str(attempt))
    handle.flush()
    return handle
