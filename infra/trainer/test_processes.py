"""Several processes: one job, one outcome, one end."""
import json
import signal
import time

import pytest
import torch
from safetensors.torch import load_file

from conftest import TRAINER, TinyJob, end_of, free_port, run_two
from test_train import wait_for

# Steps in which no row comes twice: at the end of an epoch two processes fill up the last step, and one does not.
ROWS_ONCE = 12


def weights(job):
    """Return the weights of a job's output."""
    return load_file(job.folder / "out" / "model.safetensors")


def steps(job):
    """Return the step events of the current attempt."""
    return [event for event in job.events() if event["kind"] == "step"]


@pytest.fixture(scope="module")
def single(tmp_path_factory, tiny_model):
    """A job that one process ran with twice the batch."""
    job = TinyJob(tmp_path_factory.mktemp("single") / "run", tiny_model, ROWS_ONCE, more={"batchSize": 8})
    assert job.run()[0] == 0
    return job


@pytest.fixture(scope="module")
def sharded(tmp_path_factory, tiny_model):
    """A job that two processes ran with FSDP2."""
    job = TinyJob(tmp_path_factory.mktemp("sharded") / "run", tiny_model, ROWS_ONCE)
    assert run_two(job, sharded=True) == [0, 0]
    return job


def assert_same_outcome(job, single):
    """Assert that a job equals the one of a single process to rounding: losses, tokens and weights."""
    assert [event["tokens"] for event in steps(job)] == [event["tokens"] for event in steps(single)]
    losses = [event["loss"] for event in steps(single)]
    assert [event["loss"] for event in steps(job)] == pytest.approx(losses, abs=1e-4)
    for name, tensor in weights(single).items():
        torch.testing.assert_close(weights(job)[name], tensor, atol=1e-4, rtol=1e-3)


def test_two_processes_see_what_one_sees(tmp_path, tiny_model, single):
    """Two processes with half the batch take the same rows in the same steps; only the main one writes."""
    job = TinyJob(tmp_path / "run", tiny_model, ROWS_ONCE)
    assert run_two(job) == [0, 0]
    phase = next(event for event in job.events() if event["kind"] == "phase")
    assert (phase["rowsPerStep"], phase["distribution"]) == (8, "MULTI_CPU")
    assert len({(event["phase"], event["step"]) for event in steps(job)}) == len(steps(job))
    assert_same_outcome(job, single)


def test_sharded_outcome_is_a_plain_checkpoint(sharded, single):
    """FSDP2 gives the same model, as safetensors whose configuration names the model's own class."""
    assert any(event.get("distribution") == "FSDP" for event in sharded.events())
    assert_same_outcome(sharded, single)
    config = json.loads((sharded.folder / "out" / "config.json").read_text())
    assert config["architectures"] == ["Qwen2ForCausalLM"] and config["dtype"] == "float32"


def test_the_recipe_decides_the_precision(sharded):
    """A job in float32 stays in it although the launcher's configuration asks for bf16."""
    assert [event["dtype"] for event in sharded.events() if event["kind"] == "phase"] == ["float32", "float32"]


def test_signal_to_one_rank_stops_all_at_one_step(tmp_path, tiny_model, sharded):
    """A signal that only the second process gets stops both with a checkpoint, and the run resumes to the same end."""
    job = TinyJob(tmp_path / "run", tiny_model, ROWS_ONCE)
    processes = job.start_two(sharded=True)
    wait_for(job, lambda event: event["kind"] == "step" and event["step"] >= 5, processes[0])
    processes[1].send_signal(signal.SIGTERM)
    assert [end_of(process)[0] for process in processes] == [85, 85]
    assert job.result()["state"] == "preempted"
    assert [event["name"] for event in job.events() if event["kind"] == "signal"] == ["SIGTERM"]
    job.job["attempt"] = 2
    job.write()
    assert run_two(job, sharded=True) == [0, 0]
    resumed = next(event for event in job.events() if event["kind"] == "phase")
    assert resumed["resumedFrom"] and steps(job)[-1]["tokens"] == steps(sharded)[-1]["tokens"]
    for name, tensor in weights(sharded).items():
        torch.testing.assert_close(weights(job)[name], tensor)


def test_failure_of_another_rank_becomes_the_result(tiny_job):
    """The main process reports what another one left as its reason, although it waits for it."""
    process = tiny_job.start_rank(0, 2, free_port(), {}, sharded=False)
    wait_for(tiny_job, lambda event: event["kind"] == "heartbeat", process)
    (tiny_job.attempt_folder / "failed-rank-1.txt").write_text("out of memory (on rank 1)")
    assert end_of(process)[0] == 1
    assert tiny_job.result()["reason"] == "out of memory (on rank 1)"


SLOW_PUBLISHER = f"""import sys, time
sys.path.insert(0, {str(TRAINER.parent)!r})
import train
publish = train.publish
def publish_slowly(*arguments):
    time.sleep(6)
    publish(*arguments)
train.publish = publish_slowly
train.leave(train.main())
"""


def test_nobody_leaves_before_the_outcome_is_published(tmp_path, tiny_model):
    """The other process waits while the main one publishes, since launchers end a job soon after its first process."""
    job = TinyJob(tmp_path / "run", tiny_model, 2)
    program = tmp_path / "slow_publisher.py"
    program.write_text(SLOW_PUBLISHER)
    main, other = job.start_two(program=program)
    while other.poll() is None:
        time.sleep(0.05)
    assert job.result()["state"] == "succeeded"
    assert [end_of(process)[0] for process in (main, other)] == [0, 0]
