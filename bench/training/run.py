"""One training job: written as the control plane writes it, run by the trainer, read from its evidence."""
import datetime
import hashlib
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time

TRAINER = pathlib.Path(__file__).parents[2] / "infra" / "trainer"
# Steps at the start that are not timed: memory is allocated and libraries choose their algorithms.
UNTIMED_STEPS = 5
CANARY = "12+34=46"


class Failed(Exception):
    """The trainer did not end as it should."""


def write_dataset(store: pathlib.Path, name: str, rows: list[dict]) -> dict:
    """Write rows into the store as a dataset version. Returns its entry in a job."""
    folder = store / "datasets" / name
    folder.mkdir(parents=True)
    content = "".join(json.dumps(row) + "\n" for row in rows).encode()
    (folder / "train.jsonl").write_bytes(content)
    file = {"name": "train.jsonl", "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    return {"uri": folder.as_uri(), "files": [file]}


class Run:
    """A run folder with a job of one phase; `launcher` starts the trainer in place of Python."""

    def __init__(self, folder: pathlib.Path, store: pathlib.Path, device: str, start: pathlib.Path, phase: dict,
                 launcher: list[str] | None = None, reference: pathlib.Path | None = None):
        self.folder = folder
        self.output = folder / "checkpoint"
        self.launcher = launcher or [sys.executable]
        self.steps = phase["hyperparameters"]["maxSteps"]
        self.attempt = 0
        self.job = {
            "protocol": 3, "jobId": folder.name, "seed": 1, "device": device, "threads": 8 if device == "cuda" else 2,
            "start": {"path": str(start)}, "reference": {"path": str(reference) if reference else None}, "phases": [phase],
            "objects": {"uri": store.as_uri(), "patienceSeconds": 2}, "publish": None, "output": str(self.output),
            "checkpointEverySteps": 1000, "heartbeatSeconds": 2, "canary": {"text": CANARY}}

    def train(self, stop_at: int | None = None) -> int:
        """Run the next attempt and show its steps; send SIGTERM after the step `stop_at`. Returns the exit code."""
        self.attempt += 1
        folder = self.folder / f"attempt-{self.attempt}"
        folder.mkdir(parents=True)
        (folder / "job.json").write_text(json.dumps({**self.job, "attempt": self.attempt}), encoding="utf-8")
        with open(folder / "log.txt", "wb") as log:
            process = subprocess.Popen([*self.launcher, str(TRAINER / "train.py"), str(folder)], stdout=log, stderr=log,
                                       env={**os.environ, "TORCH_ELASTIC_SHUTDOWN_TIMEOUT": "120"})
            shown = time.monotonic()
            while process.poll() is None:
                time.sleep(0.1)
                due = time.monotonic() - shown > 10
                # The file grows with every step: it is read only for a reason.
                steps = self.events("step") if stop_at or due else []
                if stop_at and steps and steps[-1]["step"] >= stop_at:
                    process.send_signal(signal.SIGTERM)
                    stop_at = None
                if due and steps:
                    shown = time.monotonic()
                    print(f"{self.folder.name} {steps[-1]['step']}/{self.steps}, loss {steps[-1]['loss']:.4f}",
                          file=sys.stderr, flush=True)
        return process.returncode

    def finish(self) -> "Run":
        """Run the next attempt to its end. Raises Failed."""
        code = self.train()
        if code != 0:
            log = (self.folder / f"attempt-{self.attempt}" / "log.txt").read_text(encoding="utf-8", errors="replace")
            raise Failed(f"{self.folder.name} ended with {code}: {log[-2000:]}")
        return self

    def events(self, kind: str) -> list[dict]:
        """Return the current attempt's whole events of a kind."""
        path = self.folder / f"attempt-{self.attempt}" / "events.jsonl"
        lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
        return [event for event in map(json.loads, lines) if event["kind"] == kind]

    def manifest(self) -> dict:
        """Return the outcome's manifest."""
        return json.loads((self.output / "manifest.json").read_text(encoding="utf-8"))

    def speed(self) -> dict:
        """Return what the evidence says; tokens a second is the median over single steps, padding not counted."""
        steps, (phase,) = self.events("step"), self.events("phase")
        rates = [(after["tokens"] - before["tokens"]) / (moment(after) - moment(before))
                 for before, after in zip(steps[UNTIMED_STEPS:], steps[UNTIMED_STEPS + 1:])]
        return {"tokensPerSecond": statistics.median(rates) if rates else None, "tokens": steps[-1]["tokens"],
                "steps": steps[-1]["step"], "seconds": moment(steps[-1]) - moment(phase), "firstLoss": steps[0]["loss"],
                "lastLoss": statistics.fmean(step["loss"] for step in steps[-5:]),
                "rewardsAccuracy": steps[-1].get("rewardsAccuracy"), "dtype": phase["dtype"], "attention": phase["attention"],
                "distribution": phase["distribution"]}


def moment(event: dict) -> float:
    """Return when an event happened, in seconds."""
    return datetime.datetime.fromisoformat(event["at"].replace("Z", "+00:00")).timestamp()
