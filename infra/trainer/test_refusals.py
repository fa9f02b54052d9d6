"""Jobs that cannot succeed end within seconds, with one plain sentence; so do full disks and full memories."""
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import time

import pytest

from conftest import TRAINER, TinyJob, end_of, free_port
from errors import DISK_FULL, OUT_OF_MEMORY, TrainingFailure, TransferFailure, may_pass, plain_reason


def write_manifest(folder):
    """Write a manifest of a folder's files as they are."""
    files = [{"path": path.name, "bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
             for path in sorted(folder.iterdir())]
    (folder / "manifest.json").write_text(json.dumps({"format": 1, "files": files, "canary": None}))


def cut(path):
    """Take off a file's last ten bytes."""
    path.write_bytes(path.read_bytes()[:-10])


def change(path):
    """Change a file's last byte."""
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def make_foreign(folder):
    """Leave what PEFT alone writes: an adapter's two files."""
    for path in folder.iterdir():
        path.unlink()
    (folder / "adapter_config.json").write_text("{}")


BROKEN = {
    "no tokenizer": (False, lambda folder: (folder / "tokenizer.json").unlink(), "has no tokenizer"),
    "no chat template": (False, lambda folder: (folder / "chat_template.jinja").unlink(), "has no chat template"),
    "no configuration": (False, lambda folder: (folder / "config.json").unlink(), "has no config.json"),
    "weights cut off": (False, lambda folder: cut(folder / "model.safetensors"), "model.safetensors is cut off"),
    "file missing": (True, lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json, which is missing"),
    "file cut off": (True, lambda folder: cut(folder / "tokenizer.json"), "names tokenizer.json with"),
    "file changed": (True, lambda folder: change(folder / "tokenizer.json"), "tokenizer.json has another SHA-256"),
    "manifest cut off": (True, lambda folder: cut(folder / "manifest.json"), "its manifest.json cannot be read"),
    "adapter without base": (False, lambda folder: (folder / "adapter_config.json").write_text("{}"),
                             "is an adapter without a manifest.json that names its base; merge it into its base"),
    "foreign adapter without tokenizer": (False, make_foreign, "is an adapter without a manifest"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_start(tmp_path, tiny_weights, name):
    """A start checkpoint that lacks something is refused at once, by name and in one sentence."""
    has_manifest, damage, words = BROKEN[name]
    start = tmp_path / "start"
    shutil.copytree(tiny_weights, start)
    if has_manifest:
        write_manifest(start)
    damage(start)
    job = TinyJob(tmp_path / "run", start)
    began = time.monotonic()
    assert job.run()[0] == 1
    reason = job.result()["reason"]
    assert words in reason and f"the start checkpoint {start}" in reason and "\n" not in reason
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("changes", [{"lora": {"rank": 0}}, {"lora": {"r": 4}}, {"lora": {"targetModules": []}}])
def test_wrong_lora(tiny_job, changes):
    """LoRA settings that mean nothing are refused."""
    tiny_job.job["phases"][0]["hyperparameters"].update(changes)
    tiny_job.write()
    assert tiny_job.run()[0] == 1
    assert tiny_job.result()["reason"].startswith("phase 0: lora")


def test_packing_is_not_for_dpo(tiny_job):
    """Packing of preference pairs is refused."""
    tiny_job.job["phases"][1]["hyperparameters"]["packing"] = True
    tiny_job.write()
    assert tiny_job.run()[0] == 1
    assert tiny_job.result()["reason"] == "phase 1: packing is for sft, not for dpo; leave it out"


def test_gpu_memory_in_plain_words():
    """What torch says of a full GPU becomes one sentence with a remedy."""
    import torch
    text = ("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of 79.10 GiB of which 1.2 GiB "
            "is free. See documentation for Memory Management (https://pytorch.org/docs)")
    assert plain_reason(torch.OutOfMemoryError(text)) == OUT_OF_MEMORY
    assert plain_reason(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")) \
        == OUT_OF_MEMORY


@pytest.mark.parametrize("error, passes", [
    (TrainingFailure("the job has no phases"), False),
    (TransferFailure("the store refuses the key", retryable=False), False),
    (TransferFailure("the store is away", retryable=True), True),
    (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), False),
    (OSError(28, "No space left on device"), False),
    (RuntimeError("CUDA error: an illegal memory access was encountered"), True),
    (OSError(116, "Stale file handle"), True)])
def test_what_a_further_attempt_may_mend(error, passes):
    """What the trainer knows to be wrong is final; an error that nobody foresaw may pass."""
    assert may_pass(error) is passes


def test_unforeseen_error_asks_for_another_attempt(tmp_path, tiny_job):
    """An error that nobody foresaw ends the attempt with its words, and the result lets another be opened."""
    program = tmp_path / "broken.py"
    program.write_text(f"""import sys
sys.path.insert(0, {str(TRAINER.parent)!r})
import train
def broken(*arguments):
    raise ValueError("nobody foresaw this")
train.run_phases = broken
sys.exit(train.main())
""")
    assert end_of(tiny_job.start_rank(0, 1, free_port(), {}, sharded=False, program=program))[0] == 1
    result = tiny_job.result()
    assert (result["state"], result["retryable"]) == ("failed", True)
    assert result["reason"] == "ValueError: nobody foresaw this"


@contextlib.contextmanager
def tiny_disk(folder):
    """Mount a file system of half a megabyte for the block, or skip where that is not allowed."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    if os.name == "nt" or not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode != 0:
        pytest.skip("mounting a small file system needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def test_full_disk(tmp_path, tiny_model):
    """A disk that fills up while a checkpoint is written ends the run with that reason."""
    with tiny_disk(tmp_path / "disk") as disk:
        job = TinyJob(disk / "run", tiny_model)
        assert job.run()[0] == 1
        reason, retryable = job.result()["reason"], job.result()["retryable"]
        assert reason.startswith(f"the disk of {disk / 'run'} is full: free some space there") and "\n" not in reason
        assert "then retry the iteration" in reason and not retryable
