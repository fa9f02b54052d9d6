"""Datasets come from the object store and checkpoints go there: proven, resumed, and refused in plain words."""
import contextlib
import hashlib
import http.server
import json
import os
import threading

import pytest

from conftest import TinyJob, free_port, run_two
from errors import Preempted, TransferFailure
from job import Objects
from object_store import open_store, patiently
from push import push_files
from s3_for_tests import NO_S3, Bucket, has_s3
from test_refusals import tiny_disk

real_s3 = pytest.mark.skipif(not has_s3(), reason=NO_S3)
KINDS = ["directory", pytest.param("s3", marks=real_s3)]
MANIFEST = "checkpoints/tiny/manifest.json"


class Directory:
    """The directory store of a tiny job, with a bucket's words."""

    def __init__(self, job):
        self.root = job.store

    def put(self, key, content):
        """Put an object."""
        (self.root / key).write_bytes(content)

    def get(self, key):
        """Return an object's bytes."""
        return (self.root / key).read_bytes()

    def delete(self, key):
        """Remove an object."""
        (self.root / key).unlink()

    def keys(self):
        """Return all keys."""
        return [path.relative_to(self.root).as_posix() for path in self.root.rglob("*") if path.is_file()]


def store_for(kind, job):
    """Return the store that a tiny job uses from now on."""
    if kind == "directory":
        return Directory(job)
    bucket = Bucket.fresh()
    bucket.take(job)
    return bucket


class Watch:
    """Evidence that only remembers; `stop_at` events of a kind ask the run to end."""

    heartbeat_seconds = 0.0

    def __init__(self, stop_kind=None):
        self.told = []
        self.stop_kind = stop_kind

    def emit(self, kind, **fields):
        """Remember an event."""
        self.told.append((kind, fields))

    def check_alone(self):
        """Stop after the first event of the kind."""
        if any(kind == self.stop_kind for kind, _ in self.told):
            raise Preempted("stopped")


def pushed(job):
    """Return the names of what the current attempt put into the store, in order."""
    return [event["path"] for event in job.events() if event["kind"] == "pushed"]


@pytest.mark.parametrize("kind", KINDS)
def test_job_from_store_to_store(tmp_path, tiny_model, finished_job, kind):
    """The job trains on what it fetched and pushes its checkpoint, manifest last; nothing of it stays in the scratch."""
    job = TinyJob(tmp_path / "run", tiny_model)
    store = store_for(kind, job)
    job.environment["RATCHET_SCRATCH"] = str(tmp_path / "scratch")
    assert job.run()[0] == 0
    assert job.output_bytes() == finished_job.output_bytes()
    assert list((tmp_path / "scratch").iterdir()) == [] and not (job.attempt_folder / "data").exists()
    result = job.result()
    assert result["checkpointUri"] == job.job["publish"]["uri"] and result["retryable"] is False
    manifest = store.get(MANIFEST)
    assert hashlib.sha256(manifest).hexdigest() == result["manifestSha256"]
    files = json.loads(manifest)["files"]
    for entry in files:
        content = store.get(f"checkpoints/tiny/{entry['path']}")
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["bytes"], entry["sha256"])
    assert pushed(job) == [*(entry["path"] for entry in files), "manifest.json"]
    assert len([key for key in store.keys() if key.startswith("checkpoints/")]) == len(files) + 1
    secret = getattr(store, "secret", None)
    if secret:
        assert not any(secret.encode() in path.read_bytes() for path in job.folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("kind", KINDS)
def test_push_goes_on(tmp_path, tiny_model, kind):
    """A push that was cut off is completed by the next attempt, which sends only what is missing or differs."""
    job = TinyJob(tmp_path / "run", tiny_model, sft_steps=5)
    store = store_for(kind, job)
    assert job.run()[0] == 0
    manifest = store.get(MANIFEST)
    for key in (MANIFEST, "checkpoints/tiny/config.json"):
        store.delete(key)
    store.put("checkpoints/tiny/training.json", b"another")
    job.job["attempt"] = 2
    job.write()
    assert job.run()[0] == 0
    assert pushed(job) == ["config.json", "training.json", "manifest.json"]
    assert store.get(MANIFEST) == manifest
    told = [event for event in job.events() if event["kind"] == "push"]
    assert told and all(event["step"] == event["maxSteps"] == 6 for event in told)
    job.job["attempt"] = 3
    job.write()
    assert job.run()[0] == 0
    assert pushed(job) == []


@pytest.mark.parametrize("kind", KINDS)
def test_stopped_push_leaves_no_manifest(tmp_path, tiny_model, kind):
    """A push that is asked to end leaves whole objects without a manifest, also where there was one of other weights."""
    job = TinyJob(tmp_path / "run", tiny_model)
    bucket = store_for(kind, job)
    folder = tmp_path / "out"
    folder.mkdir()
    entries = []
    for name in ("a", "b", "manifest.json"):
        content = name.encode() * 1000
        (folder / name).write_bytes(content)
        entries.append({"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()})
    store = open_store(objects_of(job))
    store.put(MANIFEST, tmp_path / "out/a", "other", lambda count: None)
    watch = Watch("pushed")
    from object_store import Progress
    with pytest.raises(Preempted):
        push_files(store, "checkpoints/tiny/", folder, entries[:2], watch, Progress(watch, "push", 2000))
    assert [key for key in bucket.keys() if key.startswith("checkpoints/")] == ["checkpoints/tiny/a"]


def objects_of(job) -> Objects:
    """Return a job's store, for use in this process."""
    raw = job.job["objects"]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        if name in job.environment:
            os.environ[name] = job.environment[name]
    return Objects(raw["uri"], raw["endpoint"], raw["region"], 1.0)


@real_s3
def test_many_parts(tmp_path, tiny_job, monkeypatch):
    """A file of several parts arrives as it is, and is known again by its hash."""
    bucket = store_for("s3", tiny_job)
    monkeypatch.setattr("s3_store.PART_BYTES", 5 << 20)
    path = tmp_path / "large"
    path.write_bytes(os.urandom(12 << 20))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    store, counts = open_store(objects_of(tiny_job)), []
    store.put("large", path, sha256, counts.append)
    assert sum(counts) == 12 << 20 and bucket.get("large") == path.read_bytes()
    assert store.holds("large", 12 << 20, sha256)
    assert not store.holds("large", 12 << 20, "0" * 64) and not store.holds("none", 1, sha256)


def refusal(job) -> dict:
    """Run a job that must fail before it trains, and return its result."""
    assert job.run()[0] == 1
    result = job.result()
    assert result["state"] == "failed" and "\n" not in result["reason"]
    assert not list(job.folder.rglob("*.partial"))
    return result


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("damage,words", [
    (lambda store: store.put("datasets/sft/train.jsonl", b"{}"), "datasets/sft/train.jsonl has 2 bytes with the SHA-256"),
    (lambda store: store.delete("datasets/dpo/train.jsonl"), "there is no object")])
def test_dataset_that_is_not_the_one(tiny_job, kind, damage, words):
    """A changed object and one that is missing are refused for good, by name."""
    damage(store_for(kind, tiny_job))
    result = refusal(tiny_job)
    assert words in result["reason"] and "train.jsonl" in result["reason"] and result["retryable"] is False


@real_s3
@pytest.mark.parametrize("changes,words", [
    ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "403 SignatureDoesNotMatch"),
    ({"AWS_ACCESS_KEY_ID": "nobody"}, "refuses the trainer on"),
    ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_EC2_METADATA_DISABLED": "true", "HOME": "/none"},
     "has no credentials for the bucket")])
def test_denied(tiny_job, changes, words):
    """Wrong and missing credentials end the job for good, without a secret in the reason."""
    bucket = store_for("s3", tiny_job)
    tiny_job.environment.update(changes)
    result = refusal(tiny_job)
    assert words in result["reason"] and result["retryable"] is False
    assert bucket.secret not in result["reason"] and bucket.key not in result["reason"]


@real_s3
def test_no_bucket(tiny_job):
    """A bucket that does not exist is named."""
    bucket = store_for("s3", tiny_job)
    for place in (tiny_job.job["objects"], *(phase["dataset"] for phase in tiny_job.job["phases"])):
        place["uri"] = place["uri"].replace(f"s3://{bucket.name}/", "s3://there-is-none/")
    tiny_job.job["publish"] = None
    tiny_job.write()
    assert "there is no bucket there-is-none" in refusal(tiny_job)["reason"]


def to_server(job, port) -> None:
    """Let a tiny job look for its datasets at a server of S3 on this machine."""
    job.job.update(objects={"uri": "s3://b/p", "endpoint": f"http://127.0.0.1:{port}", "region": None,
                            "patienceSeconds": 1}, publish=None)
    for phase in job.job["phases"]:
        phase["dataset"]["uri"] = "s3://b/p/datasets/some"
    job.environment = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b", "AWS_MAX_ATTEMPTS": "1"}
    job.write()


def test_nobody_listens(tiny_job):
    """A server that is away is tried again, and then leaves the decision to a further attempt."""
    to_server(tiny_job, free_port())
    result = refusal(tiny_job)
    assert "cannot be reached from" in result["reason"] and result["retryable"] is True


@contextlib.contextmanager
def busy_server():
    """A server that answers 503 to all."""
    class Busy(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_error(503)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Busy)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def test_busy_server(tiny_job):
    """A server that is overloaded is tried again, and then leaves the decision to a further attempt."""
    with busy_server() as port:
        to_server(tiny_job, port)
        result = refusal(tiny_job)
    assert "503" in result["reason"] and result["retryable"] is True


def test_patience():
    """What passes is waited for, what does not is not, and an end that is asked for comes first."""
    tries = []

    def third_time():
        tries.append(1)
        if len(tries) < 3:
            raise TransferFailure("busy", retryable=True)
        return "done"

    watch = Watch()
    assert patiently(10, watch, third_time) == "done" and [kind for kind, _ in watch.told] == ["retry", "retry"]
    with pytest.raises(Preempted):
        tries.clear()
        patiently(10, Watch("retry"), third_time)


def test_store_out_of_sight(tiny_job):
    """A directory that the machine does not see is named with what to do."""
    tiny_job.store.rename(tiny_job.folder / "elsewhere")
    assert "cannot be seen from" in refusal(tiny_job)["reason"] and not tiny_job.store.exists()


def test_full_scratch(tmp_path, tiny_job):
    """A scratch directory without room is named."""
    with tiny_disk(tmp_path / "disk") as disk:
        (disk / "filler").write_bytes(b"0" * 500_000)
        tiny_job.environment["RATCHET_SCRATCH"] = str(disk)
        result = refusal(tiny_job)
    assert f"the scratch directory {disk}" in result["reason"] and "is full" in result["reason"]


def test_failed_push_names_the_weights(tmp_path, tiny_model):
    """Where the checkpoint cannot be pushed the reason says where it is, and the next attempt pushes it without training."""
    job = TinyJob(tmp_path / "run", tiny_model, sft_steps=5)
    (job.store / "checkpoints").write_text("in the way")
    assert job.run()[0] == 1
    assert job.result()["reason"].endswith(f"the weights are safe at {job.folder / 'out'}")
    (job.store / "checkpoints").unlink()
    job.job["attempt"] = 2
    job.write()
    assert job.run()[0] == 0
    assert pushed(job)[-1] == "manifest.json" and not any(event["kind"] == "step" for event in job.events())


def test_nothing_is_pushed_unasked(tmp_path, tiny_model):
    """A job without an address to publish under leaves its checkpoint where it is."""
    job = TinyJob(tmp_path / "run", tiny_model, sft_steps=5)
    job.job["publish"] = None
    job.write()
    assert job.run()[0] == 0
    assert job.result()["checkpointUri"] is None and not (job.store / "checkpoints").exists()


def test_one_process_a_node_fetches(tmp_path, tiny_model):
    """Of two processes on a node one fetches into its scratch, the other reads there, and both end well."""
    job = TinyJob(tmp_path / "run", tiny_model, sft_steps=5)
    job.job["scratch"] = str(tmp_path / "scratch")
    job.write()
    assert run_two(job) == [0, 0]
    assert list((tmp_path / "scratch").iterdir()) == [] and pushed(job)[-1] == "manifest.json"
