"""Run one attempt at a training job: python train.py RUN_FOLDER/attempt-N

Reads job.json there, trains its phases in turn and publishes the final checkpoint. Progress goes to events.jsonl and
result.json beside it. Work that a later attempt can use is in RUN_FOLDER/work, so that it goes on from the last whole
checkpoint; once RUN_FOLDER/attempt-N+1 exists, this attempt writes nothing more. Exit codes: 0
succeeded, 1 failed, 85 preempted (run again), 86 superseded by a later attempt.
"""
import os
import pathlib
import shutil
import sys
import time

import processes
from artefact import describe, is_complete, publish
from checkpoints import COMPLETE_MARK, has_weights, identity
from errors import (DISK_FULL, EXIT_FAILED, EXIT_PREEMPTED, EXIT_SUPERSEDED, Preempted, Superseded, TrainingFailure,
                    may_pass, plain_reason)
from evidence import Evidence
from exclusive import hold_run_folder
from job import Job, attempt_number, read_job
from processes import is_main
from pull import files_of, pull_datasets, remove_pulled
from push import push_checkpoint
from rows import RowEncoder, read_rows
from starts import Source, base_identity, find_source, require_base, require_same_shape


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
    """Fetch the datasets, train every phase that is not finished yet, then publish. Returns the phases' metrics."""
    source = find_source(job.start, "start", job.base)
    require_same_shape(job, source)
    reference_source = find_source(job.reference, "reference", job.base) if job.reference else None
    pull_datasets(job, evidence)
    # Imported here, not above: it takes seconds, and a wrong job should fail at once.
    import torch
    import transformers
    from models import choose_device, load_policy, load_tokenizer, load_whole

    torch.set_num_threads(job.threads)
    transformers.utils.logging.disable_progress_bar()
    device = choose_device(job.device)
    processes.connect(device)
    # Nobody reads before every node has its files.
    processes.wait_for_all()
    tokenizer = load_tokenizer(job.start)
    base_sha256 = check_bases(job, work, source, reference_source)
    evidence.emit("start", jobId=job.job_id, device=device, threads=job.threads, processes=processes.world_size(),
                  initialised="weights" if has_weights(source.model) else "scratch", seed=job.seed)
    base, metrics = source.model, []
    for phase in job.phases:
        from phases import finished_metrics, train_phase
        folder = work / f"phase-{phase.index}"
        done = processes.from_main(finished_metrics(folder))
        if done is None:
            rows = read_rows(files_of(job, phase))
            encoded = RowEncoder(tokenizer, phase).encode_all(rows)
            model = load_policy(job, phase, source, device)
            reference = None
            # An adapter is its own reference: TRL keeps a copy of it as it is at the start of the phase.
            if phase.method == "dpo" and (reference_source or not job.lora):
                reference = load_whole(reference_source or source, job.seed)
            done = train_phase(job, phase, evidence, folder, device, model, reference, tokenizer, encoded, len(rows))
            del model, reference
            release_memory()
        metrics.append(done)
        source = Source(base, folder / "final", base_sha256) if job.lora else Source(folder / "final")
        evidence.check_fence()
    if is_main():
        canary = score_canary(job, load_whole(source, job.seed), tokenizer, device)
        evidence.check_fence()
        named = {"path": str(base), "sha256": base_sha256} if job.lora else None
        publish(job, source.adapter or source.model, metrics, canary, named)
    return metrics


def score_canary(job: Job, model, tokenizer, device: str) -> dict | None:
    """Return the canary under the model, whole and in float32, for which the device may have no room."""
    import torch
    from models import score_text
    if not job.canary_text:
        return None
    # Other processes have the rest of the memory of theirs.
    if processes.world_size() == 1:
        try:
            return score_text(model.to(device), tokenizer, job.canary_text)
        except torch.OutOfMemoryError:
            print(f"warning: {device} has no room for the whole model in float32: the CPU scores the canary", file=sys.stderr)
    model.to("cpu")
    release_memory()
    return score_text(model, tokenizer, job.canary_text)


def check_bases(job: Job, work: pathlib.Path, source: Source, reference: Source | None) -> str | None:
    """Return the SHA-256 of the base under adapters, if any. Raises TrainingFailure where one does not fit."""
    found, refusal = None, None
    if is_main():
        try:
            found = base_identity(job, source, work)
            require_base(source, found)
            if reference and reference.adapter:
                require_base(reference, identity(reference.model))
        except TrainingFailure as error:
            refusal = str(error)
    found, refusal = processes.from_main((found, refusal))
    if refusal:
        raise TrainingFailure(refusal)
    return found


def release_memory() -> None:
    """Give back what the last phase held before the next model is loaded."""
    import gc

    import torch
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def run_job(job: Job, evidence: Evidence) -> int:
    """Run a valid job to its end and write the result. Returns the exit code."""
    work = job.run_folder / "work"
    was_complete = is_complete(job)
    metrics = None
    if not was_complete:
        if job.output.exists() and any(job.output.iterdir()):
            raise TrainingFailure(f"the output folder {job.output} holds something else")
        work.mkdir(exist_ok=True)
        try:
            metrics = run_phases(job, evidence, work)
        finally:
            remove_pulled(job)
    if is_main():
        uri = push_checkpoint(job, evidence)
        told = {**describe(job), **({} if metrics is None else {"metrics": {"phases": metrics}}), "checkpointUri": uri}
        evidence.finish("succeeded", 0, "the output was already complete" if was_complete else None, **told)
        shutil.rmtree(work, ignore_errors=True)
    end_together(job)
    return 0


def end_together(job: Job) -> None:
    """Wait for the main process: launchers end a job soon after the first of its processes."""
    if processes.world_size() == 1:
        return
    from models import choose_device
    try:
        processes.connect(choose_device(job.device))
        processes.wait_for_all()
    except Exception as error:
        # Whatever becomes of the others, what the main process has written holds.
        if not is_main():
            raise
        print(f"another process went away at the end: {error}", file=sys.stderr)


def main() -> int:
    """Read the command line, run the job and put every ending into result.json."""
    if len(sys.argv) != 2 or not pathlib.Path(sys.argv[1]).is_dir():
        print("usage: train.py RUN_FOLDER/attempt-N (a folder that holds job.json)", file=sys.stderr)
        return 2
    last_line = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the libraries print goes to standard error
    attempt_folder = pathlib.Path(sys.argv[1]).absolute()
    evidence = Evidence(attempt_folder, attempt_number(attempt_folder))
    lock = None
    try:
        job = read_job(attempt_folder)
        prepare_process(job)
        evidence = Evidence.of(job)
        if is_main():
            try:
                lock = hold_run_folder(job.run_folder, job.attempt, 3 * job.heartbeat_seconds + 5)
            except TrainingFailure as error:
                # The other process owns the result.
                print(f"failed: {error}", file=sys.stderr)
                return EXIT_FAILED
        evidence.begin()
        evidence.emit("heartbeat", step=0)
        code = run_job(job, evidence)
        if is_main():
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
        if processes.lost_contact(error):
            return close_without_others(evidence)
        return close(evidence, "failed", EXIT_FAILED, plain_reason(error), may_pass(error))
    finally:
        if lock:
            lock.close()


def close(evidence: Evidence, state: str, code: int, reason: str, retryable: bool = False) -> int:
    """Write an unsuccessful result, or a note to the main process, if the disk allows. Returns the exit code."""
    full = reason == DISK_FULL
    if full:
        reason = (f"the disk of {evidence.attempt_folder.parent} is full: free some space there, or name another "
                  "cluster.runsDirectory, then retry the iteration")
    print(f"{state}: {reason}", file=sys.stderr)
    try:
        evidence.check_fence()
        if not is_main() and state == "failed":
            evidence.leave_note(reason, retryable)
        if full and is_main():
            # What was cut off is of no use, and the result needs a little room.
            discard_unfinished(evidence.attempt_folder.parent / "work")
        evidence.finish(state, code, reason, retryable=retryable)
    except Superseded:
        return EXIT_SUPERSEDED
    except OSError as error:
        print(f"the result could not be written: {error}", file=sys.stderr)
    return code


def discard_unfinished(work: pathlib.Path) -> None:
    """Remove the half-written checkpoints of all phases."""
    for path in [*work.glob("phase-*/checkpoint-*"), *work.glob("phase-*/final.partial")]:
        if not (path / COMPLETE_MARK).is_file():
            shutil.rmtree(path, ignore_errors=True)


def close_without_others(evidence: Evidence) -> int:
    """End after another process went away. Returns the exit code.

    If it failed, its note decides; if all were signalled, the next attempt goes on from the last checkpoint. Otherwise
    the process or its node was lost: that is no verdict on the job, so no result is written and the run counts as lost.
    """
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if evidence.was_signalled():
            reason = f"stopped by {evidence.was_signalled()} before it could save"
            return close(evidence, "preempted", EXIT_PREEMPTED, reason)
        time.sleep(0.1)  # the heartbeat reads the note, writes the result and ends this process
    print("lost: another process of this job went away", file=sys.stderr)
    return EXIT_FAILED


def leave(exit_code: int) -> None:
    """End this process."""
    if processes.world_size() > 1:
        # Taking the process group apart, or the interpreter's end, aborts the process at times for threads of the group.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(exit_code)
    sys.exit(exit_code)


if __name__ == "__main__":
    leave(main())
