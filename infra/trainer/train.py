"""Run one attempt at a training job: python train.py RUN_FOLDER/attempt-N

Reads job.json there, trains its phases in turn and publishes the final checkpoint. Progress goes to events.jsonl and
result.json beside it. Work that a later attempt can use is in RUN_FOLDER/work, so that it goes on from the last whole
checkpoint; once RUN_FOLDER/attempt-N+1 exists, this attempt writes nothing more. Exit codes: 0 succeeded, 1 failed, 85 preempted (run again), 86 superseded by a later attempt.
"""
import os
import pathlib
import shutil
import sys

from artefact import describe, is_complete, publish
from checkpoints import has_weights, require_checkpoint
from errors import EXIT_FAILED, EXIT_PREEMPTED, EXIT_SUPERSEDED, Preempted, Superseded, TrainingFailure, plain_reason
from evidence import Evidence
from exclusive import hold_run_folder
from job import Job, attempt_number, read_job
from rows import RowEncoder, check_digests, read_rows


def prepare_process(job: Job) -> None:
    """Set what the libraries read when they are first imported."""
    # Compiled bytecode halves every later start, and a shared folder may forbid writing it by environment only.
    sys.dont_write_bytecode = False
    os.environ.update(HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", OMP_NUM_THREADS=str(job.threads),
                      TRL_EXPERIMENTAL_SILENCE="1", HF_HUB_DISABLE_TELEMETRY="1", HF_DATASETS_OFFLINE="1")
    if job.device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    elif "WORLD_SIZE" not in os.environ:
        # One process with several GPUs in view would train on all of them and change the batch size.
        os.environ["CUDA_VISIBLE_DEVICES"] = os.environ.get("CUDA_VISIBLE_DEVICES", "0").split(",")[0]


def run_phases(job: Job, evidence: Evidence, work: pathlib.Path) -> list[dict]:
    """Train every phase that is not finished yet, then publish. Returns the phases' metrics."""
    require_checkpoint(job.start, "start")
    if job.reference:
        require_checkpoint(job.reference, "reference")
    for phase in job.phases:
        check_digests(phase)
    # Imported here, not above: it takes seconds, and a wrong job should fail at once.
    import torch
    import transformers
    from models import choose_device, load_model, load_tokenizer, score_text

    torch.set_num_threads(job.threads)
    transformers.utils.logging.disable_progress_bar()
    device = choose_device(job.device)
    tokenizer = load_tokenizer(job.start)
    evidence.emit("start", jobId=job.job_id, device=device, threads=job.threads,
                  initialised="weights" if has_weights(job.start) else "scratch", seed=job.seed)
    metrics, source, model = [], job.start, None
    for phase in job.phases:
        from phases import finished_metrics, train_phase
        folder = work / f"phase-{phase.index}"
        done = finished_metrics(folder)
        if done is None:
            rows = read_rows(phase)
            encoded = RowEncoder(tokenizer, phase).encode_all(rows)
            model = load_model(source, job.seed)
            reference = load_model(job.reference or source, job.seed) if phase.method == "dpo" else None
            done = train_phase(job, phase, evidence, folder, device, model, reference, tokenizer, encoded, len(rows))
        metrics.append(done)
        source = folder / "final"
        evidence.check_fence()
    saved = load_model(source, job.seed).to(device)
    canary = score_text(saved, tokenizer, job.canary_text) if job.canary_text else None
    evidence.check_fence()
    publish(job, source, metrics, canary)
    return metrics


def run_job(job: Job, evidence: Evidence) -> int:
    """Run a valid job to its end and write the result. Returns the exit code."""
    if is_complete(job):
        evidence.finish("succeeded", 0, "the output was already complete", **describe(job))
        return 0
    if job.output.exists() and any(job.output.iterdir()):
        raise TrainingFailure(f"the output folder {job.output} holds something else")
    work = job.run_folder / "work"
    work.mkdir(exist_ok=True)
    metrics = run_phases(job, evidence, work)
    evidence.finish("succeeded", 0, None, **{**describe(job), "metrics": {"phases": metrics}})
    shutil.rmtree(work, ignore_errors=True)
    return 0


def main() -> int:
    """Read the command line, run the job and put every ending into result.json."""
    if len(sys.argv) != 2 or not pathlib.Path(sys.argv[1]).is_dir():
        print("usage: train.py RUN_FOLDER/attempt-N (a folder that holds job.json)", file=sys.stderr)
        return 2
    last_line = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the libraries print goes to standard error
    attempt_folder = pathlib.Path(sys.argv[1]).absolute()
    evidence = Evidence(attempt_folder, attempt_number(attempt_folder), 2.0)
    try:
        job = read_job(attempt_folder)
        prepare_process(job)
        evidence = Evidence(attempt_folder, job.attempt, job.heartbeat_seconds)
        try:
            lock = hold_run_folder(job.run_folder, job.attempt, 3 * job.heartbeat_seconds + 5)
        except TrainingFailure as error:
            # The other process owns the result.
            print(f"failed: {error}", file=sys.stderr)
            return EXIT_FAILED
        with lock:
            evidence.begin()
            evidence.emit("heartbeat", step=0)
            code = run_job(job, evidence)
        print(f"succeeded: {job.output}", file=last_line, flush=True)
        return code
    except Superseded:
        evidence.emit("superseded", step=evidence.step)
        print("superseded: a later attempt has taken over", file=sys.stderr)
        return EXIT_SUPERSEDED
    except Preempted as ending:
        return close(evidence, "preempted", EXIT_PREEMPTED, str(ending))
    except Exception as error:
        if not isinstance(error, TrainingFailure):
            import traceback
            traceback.print_exc()
        return close(evidence, "failed", EXIT_FAILED, plain_reason(error))


def close(evidence: Evidence, state: str, code: int, reason: str) -> int:
    """Write an unsuccessful result as well as the disk allows. Returns the exit code."""
    print(f"{state}: {reason}", file=sys.stderr)
    try:
        evidence.finish(state, code, reason, metrics=None, checkpoint=None, manifestSha256=None)
    except Superseded:
        return EXIT_SUPERSEDED
    except OSError as error:
        print(f"the result could not be written: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
