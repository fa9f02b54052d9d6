"""The trainer as a process: success, resumption to the byte, the fence, and plain failures."""
import datetime
import json
import signal
import threading
import time

import pytest

from conftest import TinyJob, adapter_job


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


def test_the_last_step_is_not_saved(finished_job):
    """Whoever resumed from a checkpoint of the last step would take one step more."""
    steps = {event["phase"]: event["maxSteps"] for event in finished_job.events() if event["kind"] == "phase"}
    saves = [event for event in finished_job.events() if event["kind"] == "save"]
    assert saves and all(event["step"] < steps[event["phase"]] for event in saves)


def test_the_heartbeat_outlives_a_disk_that_is_away(tmp_path):
    """Events that cannot be written for a while are no reason to be silent for good."""
    import evidence
    folder = tmp_path / "attempt-1"
    one = evidence.Evidence(folder, 1, 0.1, None, 1.0)
    threading.Thread(target=one._beat, daemon=True).start()
    time.sleep(0.5)
    folder.mkdir()
    deadline = time.monotonic() + 20
    while not (folder / "events.jsonl").is_file() and time.monotonic() < deadline:
        time.sleep(0.05)
    one._ended.set()
    assert '"heartbeat"' in (folder / "events.jsonl").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind,number,phase", [
    ("whole", signal.SIGKILL, 0), ("whole", signal.SIGTERM, 0), ("whole", signal.SIGUSR1, 1),
    ("adapter", signal.SIGKILL, 0), ("adapter", signal.SIGTERM, 1)])
def test_interrupted_run_gives_the_same_bytes(request, tmp_path, kind, number, phase):
    """A run that was killed or preempted and resumed equals an undisturbed one byte for byte, with packs and LoRA too."""
    if kind == "whole":
        finished, job = request.getfixturevalue("finished_job"), request.getfixturevalue("tiny_job")
    else:
        finished = request.getfixturevalue("finished_adapter")
        job = adapter_job(tmp_path / "run", request.getfixturevalue("tiny_weights"))
    process = job.start()
    step = 12 if phase == 0 else 2
    wait_for(job, lambda event: event["kind"] == "step" and event["phase"] == phase and event["step"] >= step, process)
    process.send_signal(number)
    process.communicate(timeout=60)
    if number != signal.SIGKILL:
        assert process.returncode == 85
        assert job.result()["state"] == "preempted"
        assert any(event["kind"] == "signal" for event in job.events())
    job.job["attempt"] = 2
    job.write()
    assert job.run()[0] == 0
    resumed = [event for event in job.events() if event["kind"] == "phase"]
    assert resumed[0]["phase"] == phase and resumed[0]["resumedFrom"]
    assert job.output_bytes() == finished.output_bytes()
    # The last step counts the same tokens as if nothing had happened.
    assert [event["tokens"] for event in job.events() if event["kind"] == "step"][-1] == \
        [event["tokens"] for event in finished.events() if event["kind"] == "step"][-1]


def instant(event) -> float:
    """Return an event's time in seconds."""
    return datetime.datetime.fromisoformat(event["at"].replace("Z", "+00:00")).timestamp()


def test_time_limit_ends_the_attempt_before_it_is_killed(tmp_path, tiny_model, finished_job):
    """An attempt saves and ends by itself when its limit is near."""
    told = finished_job.events()
    start_up = instant(next(event for event in told if event["kind"] == "step")) - instant(told[0])
    job = TinyJob(tmp_path / "run", tiny_model, sft_steps=5000)
    job.job.update(timeLimitSeconds=2 * start_up + 4, graceSeconds=2)
    job.write()
    assert job.run()[0] == 85
    result = job.result()
    assert result["state"] == "preempted" and result["reason"].startswith("stopped by TIME_LIMIT")
    events = job.events()
    (stop,) = [event for event in events if event["kind"] == "signal"]
    assert stop["name"] == "TIME_LIMIT" and instant(stop) - instant(events[0]) < job.job["timeLimitSeconds"]
    assert [event["step"] for event in events if event["kind"] == "save"][-1:] in ([result["step"]], [])


def test_long_saves_move_the_end_forward(tmp_path):
    """Time is up when three saves, or the grace, would no longer fit; half of the limit is for training in any case."""
    import evidence
    def is_up(limit, grace, save, past):
        one = evidence.Evidence(tmp_path, 1, 1.0, limit, grace)
        one.longest_save_seconds = save
        began, evidence.BEGAN = evidence.BEGAN, time.monotonic() - past
        try:
            return one.time_is_up()
        finally:
            evidence.BEGAN = began
    assert not is_up(1000, 60, 10, 930) and is_up(1000, 60, 10, 950)
    assert not is_up(1000, 60, 100, 690) and is_up(1000, 60, 100, 710)
    assert not is_up(60, 60, 1, 20) and is_up(60, 60, 1, 40)
    assert not is_up(None, 60, 1, 10 ** 6)


def test_stale_attempt_stops_and_writes_nothing(tmp_path, tiny_model):
    """When a later attempt was opened, the running one stops without a result."""
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
    wanted = tiny_job.job["phases"][1]["dataset"]["files"][0]["sha256"]
    path = tiny_job.store / "datasets/dpo/train.jsonl"
    path.write_text(path.read_text() + "\n")
    assert tiny_job.run()[0] == 1
    result = tiny_job.result()
    assert result["state"] == "failed" and "datasets/dpo/train.jsonl" in result["reason"] and wanted in result["reason"]


def test_missing_start(tiny_job):
    """A missing start checkpoint fails in one sentence."""
    tiny_job.job["start"]["path"] = "/nowhere"
    tiny_job.write()
    assert tiny_job.run()[0] == 1
    assert tiny_job.result()["reason"].startswith("the start checkpoint /nowhere does not exist on the trainer's machine; ")


def test_exploding_loss(tiny_job):
    """A loss that is no number fails with its step."""
    tiny_job.job["phases"][0]["hyperparameters"].update(learningRate=1e38, maxGradNorm=1e38)
    tiny_job.write()
    assert tiny_job.run()[0] == 1
    assert "the loss became nan at step" in tiny_job.result()["reason"]
