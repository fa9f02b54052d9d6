"""The finished checkpoint put into the object store: files first, the manifest last. Standard library only."""
import pathlib

from artefact import describe
from errors import TrainingFailure, TransferFailure
from files import read_json, sha256_of
from job import Job
from object_store import Progress, key_below, open_store, patiently

MANIFEST = "manifest.json"


def push_checkpoint(job: Job, evidence) -> str | None:
    """Push the job's complete output where the job says, and return its address; None where it shall not be pushed.

    Objects that are there already with the same size and hash stay, so that a push which was cut off goes on. Raises
    TransferFailure, whose reason says where the weights are.
    """
    if job.publish_uri is None:
        return None
    entries = read_json(job.output / MANIFEST)["files"]
    steps = describe(job)["metrics"]["phases"][-1]["steps"]
    progress = Progress(evidence, "push", sum(entry["bytes"] for entry in entries), step=steps, maxSteps=steps)
    try:
        store = open_store(job.objects)
        prefix = key_below(job.objects, job.publish_uri)
        patiently(job.objects.patience_seconds, evidence,
                  lambda: push_files(store, prefix, job.output, entries, evidence, progress))
    except TransferFailure as failure:
        raise TransferFailure(f"the checkpoint could not be pushed: {failure}; the weights are safe at {job.output}",
                              failure.retryable) from failure
    return job.publish_uri


def push_files(store, prefix: str, folder: pathlib.Path, entries: list[dict], evidence, progress: Progress) -> None:
    """Put what is missing, then the manifest; one of another checkpoint is removed before anything else changes."""
    progress.restart()
    manifest = folder / MANIFEST
    named = {"path": MANIFEST, "bytes": manifest.stat().st_size, "sha256": sha256_of(manifest)}
    whole = store.holds(prefix + MANIFEST, named["bytes"], named["sha256"])
    if not whole and store.exists(prefix + MANIFEST):
        store.delete(prefix + MANIFEST)
    for entry in entries:
        evidence.check_alone()
        if store.holds(prefix + entry["path"], entry["bytes"], entry["sha256"]):
            progress.add(entry["bytes"])
            continue
        path = folder / entry["path"]
        if not path.is_file() or sha256_of(path) != entry["sha256"]:
            raise TrainingFailure(f"{path} is not what was saved any more, and cannot be pushed; restore it")
        store.put(prefix + entry["path"], path, entry["sha256"], progress.add)
        evidence.emit("pushed", path=entry["path"], bytes=entry["bytes"])
    evidence.check_alone()
    if not whole:
        store.put(prefix + MANIFEST, manifest, named["sha256"], lambda _count: None)
        evidence.emit("pushed", path=MANIFEST, bytes=named["bytes"])
