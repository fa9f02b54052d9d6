"""A tiny job that the trainer's tests run as a real process."""
import hashlib
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys

import pytest

from make_tiny_model import write_model

TRAINER = pathlib.Path(__file__).parent / "train.py"
# What `accelerate launch --config_file accelerate/fsdp2.yaml` puts into the environment.
FSDP2 = {"ACCELERATE_USE_FSDP": "true", "FSDP_VERSION": "2", "FSDP_AUTO_WRAP_POLICY": "TRANSFORMER_BASED_WRAP",
         "FSDP_RESHARD_AFTER_FORWARD": "true", "FSDP_STATE_DICT_TYPE": "SHARDED_STATE_DICT",
         "FSDP_CPU_RAM_EFFICIENT_LOADING": "true", "FSDP_SYNC_MODULE_STATES": "true",
         "ACCELERATE_MIXED_PRECISION": "bf16"}


def write_rows(store: pathlib.Path, name: str, rows: list[dict]) -> dict:
    """Write a JSONL dataset into a store and return its entry in a job."""
    path = store / "datasets" / name / "train.jsonl"
    path.parent.mkdir(parents=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    content = path.read_bytes()
    file = {"name": path.name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return {"uri": path.parent.as_uri(), "files": [file], "rows": len(rows)}


def turn(role: str, content: str) -> list[dict]:
    """Return a conversation of one message."""
    return [{"role": role, "content": content}]


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def without_keys(environment) -> dict[str, str]:
    """Return an environment without what would lead to somebody's S3."""
    return {name: value for name, value in environment.items() if not name.startswith(("AWS_", "S3_", "RATCHET_"))}


class TinyJob:
    """A run folder with a two-phase job. `more` goes to both phases' hyperparameters, `sft_more` to the first's."""

    def __init__(self, folder: pathlib.Path, model: pathlib.Path, sft_steps: int = 24, more: dict | None = None,
                 sft_more: dict | None = None):
        folder.mkdir()
        self.folder = folder
        self.store = folder / "store"
        self.environment: dict[str, str] = {}
        pairs = [(a, b) for a in range(10) for b in range(10)]
        sft = write_rows(self.store, "sft", [
            {"id": str(index), "prompt": turn("user", f"{a}+{b}"),
             "completion": turn("assistant", f"<think>{a}+{b}</think>Answer: {(a + b) % 10}")}
            for index, (a, b) in enumerate(pairs)])
        dpo = write_rows(self.store, "dpo", [
            {"id": str(index), "prompt": turn("user", f"{a}+{b}"),
             "chosen": turn("assistant", f"<think>{a}+{b}</think>Answer: {(a + b) % 10}"),
             "rejected": turn("assistant", f"<think>{b}-{a}</think>Answer: {(a - b) % 10}")}
            for index, (a, b) in enumerate(pairs)])
        shared = {"batchSize": 4, "learningRate": 1e-3, "maxLength": 64, "warmupRatio": 0.1, "scheduler": "cosine",
                  **(more or {})}
        self.job = {
            "protocol": 3, "jobId": "tiny", "attempt": 1, "seed": 3, "device": "cpu", "threads": 1,
            "start": {"path": str(model)}, "reference": {"path": None},
            "phases": [
                {"method": "sft", "dataset": sft, "hyperparameters": {
                    **shared, "maxSteps": sft_steps, **(sft_more or {})}},
                {"method": "dpo", "dataset": dpo, "hyperparameters": {
                    **shared, "maxSteps": 6, "learningRate": 1e-4, "beta": 0.1, "sftWeight": 1.0, "scope": "thought"}}],
            "objects": {"uri": self.store.as_uri(), "endpoint": None, "region": None, "patienceSeconds": 2},
            "publish": {"uri": f"{self.store.as_uri()}/checkpoints/tiny"},
            "output": str(folder / "out"), "checkpointEverySteps": 5, "heartbeatSeconds": 1,
            "canary": {"text": "1+2"}}
        self.write()

    @property
    def attempt_folder(self) -> pathlib.Path:
        """The folder of the job's current attempt."""
        return self.folder / f"attempt-{self.job['attempt']}"

    def write(self) -> None:
        """Write the current attempt's job.json."""
        self.attempt_folder.mkdir(exist_ok=True)
        (self.attempt_folder / "job.json").write_text(json.dumps(self.job), encoding="utf-8")

    def start(self) -> subprocess.Popen:
        """Start the trainer."""
        return subprocess.Popen([sys.executable, str(TRAINER), str(self.attempt_folder)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env={**without_keys(os.environ), **self.environment})

    def start_rank(self, rank: int, world: int, port: int, environment: dict, sharded: bool,
                   program: pathlib.Path | None = None) -> subprocess.Popen:
        """Start one of several processes that train together on this machine; `program` stands for the trainer."""
        program = program or (TRAINER.with_name("sharded_on_cpu.py") if sharded else TRAINER)
        together = {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(world),
                    "LOCAL_WORLD_SIZE": str(world), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
        return subprocess.Popen([sys.executable, str(program), str(self.attempt_folder)], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True, env={**without_keys(os.environ), **self.environment, **environment, **together})

    def start_two(self, sharded: bool = False, program: pathlib.Path | None = None) -> list[subprocess.Popen]:
        """Start the trainer as two processes, as a launcher would; sharded with FSDP2, or each with a whole model."""
        port = free_port()
        environment = FSDP2 if sharded else {}
        return [self.start_rank(rank, 2, port, environment, sharded, program) for rank in range(2)]

    def run(self) -> tuple[int, str]:
        """Run the trainer to its end. Returns its exit code and standard output."""
        return end_of(self.start())

    def events(self) -> list[dict]:
        """Return all whole events of the current attempt so far."""
        path = self.attempt_folder / "events.jsonl"
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [json.loads(line) for line in lines]

    def result(self) -> dict:
        """Return the current attempt's result.json."""
        return json.loads((self.attempt_folder / "result.json").read_text(encoding="utf-8"))

    def output_bytes(self) -> dict[str, bytes]:
        """Return the output's files by name."""
        return {path.name: path.read_bytes() for path in (self.folder / "out").iterdir()}


def end_of(process: subprocess.Popen) -> tuple[int, str]:
    """Wait for a trainer. Returns its exit code and standard output."""
    try:
        output, errors = process.communicate(timeout=120)
    except subprocess.TimeoutExpired:
        process.kill()
        output, errors = process.communicate()
    print(errors[-3000:])
    return process.returncode, output


def run_two(job: TinyJob, sharded: bool = False) -> list[int]:
    """Run a job as two processes. Returns their exit codes."""
    return [end_of(process)[0] for process in job.start_two(sharded)]


@pytest.fixture(scope="session")
def tiny_weights(tmp_path_factory, tiny_model):
    """The tiny model with weights."""
    from models import load_model
    folder = tmp_path_factory.mktemp("weights") / "tiny"
    shutil.copytree(tiny_model, folder)
    load_model(tiny_model, 1).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """A tiny model without weights."""
    folder = tmp_path_factory.mktemp("model") / "tiny"
    write_model(folder, "test")
    return folder


@pytest.fixture
def tiny_job(tmp_path, tiny_model):
    """A fresh two-phase job."""
    return TinyJob(tmp_path / "run", tiny_model)


@pytest.fixture(scope="session")
def finished_job(tmp_path_factory, tiny_model):
    """A job that ran undisturbed."""
    job = TinyJob(tmp_path_factory.mktemp("finished") / "run", tiny_model)
    assert job.run()[0] == 0
    return job


@pytest.fixture(scope="session")
def finished_adapter(tmp_path_factory, tiny_weights):
    """A LoRA job with packed rows that ran undisturbed."""
    job = adapter_job(tmp_path_factory.mktemp("adapter") / "run", tiny_weights)
    assert job.run()[0] == 0
    return job


def adapter_job(folder: pathlib.Path, weights: pathlib.Path) -> TinyJob:
    """Return a fresh LoRA job with packed rows."""
    return TinyJob(folder, weights, more={"lora": {"rank": 4, "alpha": 8}}, sft_more={"packing": True, "batchSize": 1})
