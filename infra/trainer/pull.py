"""The dataset files of a job on this node: fetched from the object store, each proven by its hash. Standard library only."""
import errno
import hashlib
import os
import pathlib
import shutil
import uuid

from errors import TransferFailure
from job import DataFile, Job, Phase
from object_store import Progress, key_below, open_store, patiently, safe_name
from processes import is_main, local_rank


def scratch_folder(job: Job) -> pathlib.Path:
    """Return where this attempt's dataset files are: below RATCHET_SCRATCH or the job's scratch, else with the attempt."""
    named = named_scratch(job)
    return pathlib.Path(named) / f"ratchet-{job.job_id}-{job.attempt}" if named else job.attempt_folder / "data"


def named_scratch(job: Job) -> str | None:
    """Return the node's own directory for passing files, or None where there is none."""
    return os.environ.get("RATCHET_SCRATCH") or job.scratch


def fetches(job: Job) -> bool:
    """Tell whether this process fetches: one a node, or the main one alone where all nodes share the folder."""
    return local_rank() == 0 if named_scratch(job) else is_main()


def files_of(job: Job, phase: Phase) -> list[pathlib.Path]:
    """Return where a phase's files are once they are fetched."""
    return [scratch_folder(job) / f"phase-{phase.index}" / safe_name(file.name) for file in phase.files]


def pull_datasets(job: Job, evidence) -> None:
    """Fetch the files of all phases if it is this process's task. Raises TransferFailure with one plain reason."""
    if not fetches(job):
        return
    remove_earlier(job)
    store = open_store(job.objects)
    progress = Progress(evidence, "pull", sum(file.bytes for phase in job.phases for file in phase.files))
    for phase in job.phases:
        prefix = key_below(job.objects, phase.uri)
        for file, path in zip(phase.files, files_of(job, phase)):
            patiently(job.objects.patience_seconds, evidence, lambda: fetch(store, prefix + file.name, file, path, progress))


def fetch(store, key: str, file: DataFile, path: pathlib.Path, progress: Progress) -> None:
    """Write one object to a path, which appears when the whole of it has been proven. Raises TransferFailure."""
    partial = path.with_name(f"{path.name}.{uuid.uuid4()}.partial")
    digest, size = hashlib.sha256(), 0
    try:
        with Scratch(path.parent, file.bytes):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = open(partial, "xb")
        with handle:
            for piece in store.read(key):
                with Scratch(path.parent, file.bytes):
                    handle.write(piece)
                digest.update(piece)
                size += len(piece)
                progress.add(len(piece))
            with Scratch(path.parent, file.bytes):
                handle.flush()
        require_same(key, file, size, digest.hexdigest())
        os.replace(partial, path)
    except BaseException:
        progress.take_back(size)
        raise
    finally:
        partial.unlink(missing_ok=True)


def require_same(key: str, file: DataFile, size: int, sha256: str) -> None:
    """Raise TransferFailure unless an object is the one that the job was made for."""
    if sha256 != file.sha256.lower():
        raise TransferFailure(f"the dataset file {key} has {size} bytes with the SHA-256 {sha256}, but the job says "
                              f"{file.bytes} bytes with {file.sha256}: somebody changed it; make the dataset anew with "
                              "another iteration", retryable=False)


def remove_pulled(job: Job) -> None:
    """Remove what this process fetched."""
    if fetches(job):
        shutil.rmtree(scratch_folder(job), ignore_errors=True)


def remove_earlier(job: Job) -> None:
    """Remove what earlier attempts left on this node when they were killed."""
    if not named_scratch(job):
        return
    for attempt in range(1, job.attempt):
        shutil.rmtree(scratch_folder(job).with_name(f"ratchet-{job.job_id}-{attempt}"), ignore_errors=True)


class Scratch:
    """Turns what the file system says of the scratch folder within the block into a plain reason."""

    def __init__(self, folder: pathlib.Path, wanted_bytes: int):
        self._folder = folder
        self._wanted = wanted_bytes

    def __enter__(self):
        return self

    def __exit__(self, _kind, error, _trace):
        if not isinstance(error, OSError):
            return
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise TransferFailure(f"the scratch directory {self._folder} is full, and {self._wanted} bytes must fit; free "
                                  "some, or name another in RATCHET_SCRATCH or cluster.scratchDirectory", False) from error
        raise TransferFailure(f"the scratch directory {self._folder} cannot be written ({error.strerror}); name another in "
                              "RATCHET_SCRATCH or cluster.scratchDirectory", retryable=False) from error
