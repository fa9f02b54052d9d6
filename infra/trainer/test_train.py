"""The trainer as a process: success, resumption to the byte, the fence, and plain failures."""
import json
import signal
import time

import pytest


def wait_for(job, wanted, process, seconds=90):
    """Wait until an event satisfies `wanted`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if any(wanted(event) for event in job.events()):
            return
        assert process.poll() is None, process.stderr.read()[-2000:]
        time.sleep(0.005)
    raise AssertionError("the event did not come")


def test_success_is_complete_and_repeatable(finished_job):
    """The result names a checkpoint whose manifest fits; a second run changes nothing."""
    result = finished_job.result()
    assert (result["state"], result["exit"], result["reason"]) == ("succeeded", 0, None)
    assert [phase["method"] for phase in result["metrics"]["phases"]] == ["sft", "dpo"]
    before = finished_job.output_bytes()
    manifest = json.loads(before["manifest.json"])
    assert {entry["path"] for entry in manifest["files"]} == set(before) - {"manifest.json", "origin.json"}
    assert manifest["canary"]["logprobs"][0] is None and manifest["canary"]["logprobs"][1] < 0
    code, output = finished_job.run()
    assert code == 0 and output.count("\n") == 1
    assert finished_job.output_bytes() == before


@pytest.mark.parametrize("number,phase", [(signal.SIGKILL, 0), (signal.SIGTERM, 0), (signal.SIGUSR1, 1)])
def test_interrupted_run_gives_the_same_bytes(finished_job, tiny_job, number, phase):
    """A run that was killed or preempted and resumed equals an undisturbed one byte for byte."""
    process = tiny_job.start()
    step = 12 if phase == 0 else 2
    wait_for(tiny_job, lambda event: event["kind"] == "step" and event["phase"] == phase and event["step"] >= step, process)
    process.send_signal(number)
    process.communicate(timeout=60)
    if number != signal.SIGKILL:
        assert process.returncode == 85
        assert tiny_job.result()["state"] == "preempted"
        assert any(event["kind"] == "signal" for event in tiny_job.events())
    tiny_job.job["attempt"] = 2
    tiny_job.write()
    assert tiny_job.run()[0] == 0
    resumed = [event for event in tiny_job.events() if event["kind"] == "phase"]
    assert resumed[0]["phase"] == phase and resumed[0]["resumedFrom"]
    assert tiny_job.output_bytes() == finished_job.output_bytes()


def test_stale_attempt_stops_and_writes_nothing(tmp_path, tiny_model):
    """When a later attempt was opened, the running one stops without a result."""
    from conftest import TinyJob
    job = TinyJob(tmp_path / "run", tiny_model, sft_steps=2000)
    process = job.start()
    wait_for(job, lambda event: event["kind"] == "step", process)
    job.job["attempt"] = 2
    job.write()
    process.communicate(timeout=60)
    assert process.returncode == 86
    assert not list(job.folder.glob("*/result.json")) and not (job.folder / "out").exists()


def test_digest_mismatch(tiny_job):
    """A changed dataset fails with the file and both digests."""
    wanted = tiny_job.job["phases"][1]["dataset"]["sha256"][0]
    path = tiny_job.folder / "dpo.jsonl"
    path.write_text(path.read_text() + "\n")
    assert tiny_job.run()[0] == 1
    result = tiny_job.result()
    assert result["state"] == "failed" and str(path) in result["reason"] and wanted in result["reason"]


def test_missing_start(tiny_job):
    """A missing start checkpoint fails in one sentence."""
    tiny_job.job["start"]["path"] = "/nowhere"
    tiny_job.write()
    assert tiny_job.run()[0] == 1
    assert tiny_job.result()["reason"] == "the start checkpoint /nowhere does not exist"


def test_exploding_loss(tiny_job):
    """A loss that is no number fails with its step."""
    tiny_job.job["phases"][0]["hyperparameters"].update(learningRate=1e38, maxGradNorm=1e38)
    tiny_job.write()
    assert tiny_job.run()[0] == 1
    assert "the loss became nan at step" in tiny_job.result()["reason"]
