"""One training phase with TRL, resumable to the very step. Imports torch, transformers and trl."""
import math
import pathlib
import shutil
import time

import torch
from datasets import Dataset
from transformers import PrinterCallback, TrainerCallback
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

from errors import Preempted, TrainingFailure
from evidence import Evidence
from files import publish_folder, read_json, write_json
from job import Job, Phase
from rows import count_tokens

COMPLETE_MARK = "complete.json"


class EvidenceCallback(TrainerCallback):
    """Turns the trainer's steps into events and a signal into a checkpoint."""

    def __init__(self, evidence: Evidence, phase: Phase):
        self.evidence = evidence
        self.phase = phase

    def on_log(self, arguments, state, control, logs=None, **_):
        """Emit a step event. Raises TrainingFailure when the loss is no number."""
        logs = logs or {}
        if "loss" not in logs:
            return
        if not math.isfinite(logs["loss"]):
            raise TrainingFailure(f"the loss became {logs['loss']} at step {state.global_step} of phase "
                                  f"{self.phase.index}; lower the learning rate")
        self.evidence.step = state.global_step
        more = {"rewardsMargin": logs["rewards/margins"]} if "rewards/margins" in logs else {}
        self.evidence.emit("step", phase=self.phase.index, step=state.global_step, maxSteps=state.max_steps,
                           loss=logs["loss"], learningRate=logs.get("learning_rate"), gradNorm=logs.get("grad_norm"),
                           **more)

    def on_step_end(self, arguments, state, control, **_):
        """Stop for a later attempt at once, and for a signal after saving."""
        self.evidence.check_superseded()
        if self.evidence.stop_wanted() and state.global_step < state.max_steps:
            control.should_save = True
            control.should_training_stop = True
        if control.should_save:
            self.evidence.check_fence()

    def on_save(self, arguments, state, control, **_):
        """Mark the checkpoint as whole."""
        folder = pathlib.Path(arguments.output_dir) / f"checkpoint-{state.global_step}"
        write_json(folder / COMPLETE_MARK, {"step": state.global_step})
        self.evidence.emit("save", phase=self.phase.index, step=state.global_step)


class EncodedDPOTrainer(DPOTrainer):
    """DPOTrainer for rows that already are token ids."""

    def _prepare_dataset(self, dataset, *_, **__):
        return dataset


class PaddingCollator:
    """Pads encoded rows of a supervised batch on the right."""

    def __init__(self, padding_id: int):
        self.padding_id = padding_id

    def __call__(self, rows: list[dict]) -> dict:
        width = max(len(row["input_ids"]) for row in rows)
        padded = {"input_ids": self.padding_id, "labels": -100}
        batch = {name: torch.tensor([row[name] + [filler] * (width - len(row[name])) for row in rows])
                 for name, filler in padded.items()}
        lengths = torch.tensor([len(row["input_ids"]) for row in rows])
        batch["attention_mask"] = (torch.arange(width)[None] < lengths[:, None]).long()
        return batch


def last_complete_checkpoint(folder: pathlib.Path) -> pathlib.Path | None:
    """Return the newest whole checkpoint of a phase, removing those whose writing was cut off."""
    whole = []
    for path in folder.glob("checkpoint-*"):
        if (path / COMPLETE_MARK).is_file():
            whole.append(path)
        else:
            shutil.rmtree(path)
    return max(whole, key=lambda path: int(path.name.split("-")[1]), default=None)


def total_steps(values: dict, rows: int) -> int:
    """Return how many optimiser steps a phase has: maxSteps, or the epochs' worth."""
    if values["maxSteps"]:
        return int(values["maxSteps"])
    batches = math.ceil(rows / values["batchSize"])
    return math.ceil(values["epochs"] * math.ceil(batches / values["gradientAccumulation"]))


def trainer_arguments(job: Job, phase: Phase, folder: pathlib.Path, steps: int, device: str) -> dict:
    """Return the settings that both trainers share."""
    values = phase.hyperparameters
    return dict(
        output_dir=str(folder), max_steps=steps, per_device_train_batch_size=int(values["batchSize"]),
        gradient_accumulation_steps=int(values["gradientAccumulation"]), learning_rate=values["learningRate"],
        lr_scheduler_type=values["scheduler"], warmup_steps=math.ceil(values["warmupRatio"] * steps),
        weight_decay=values["weightDecay"], max_grad_norm=values["maxGradNorm"], adam_beta2=values["adamBeta2"],
        bf16=values["dtype"] == "bfloat16", gradient_checkpointing=bool(values["gradientCheckpointing"]),
        max_length=None, seed=job.seed, data_seed=job.seed, use_cpu=device == "cpu", dataloader_num_workers=0,
        dataloader_pin_memory=device != "cpu", remove_unused_columns=False, logging_steps=1,
        logging_nan_inf_filter=False, save_strategy="steps", save_steps=job.checkpoint_every_steps,
        save_total_limit=2, report_to=[], disable_tqdm=True)


def build_trainer(job, phase, evidence, folder, steps, device, model, reference, tokenizer, encoded):
    """Return the TRL trainer of a phase."""
    values = phase.hyperparameters
    common = trainer_arguments(job, phase, folder, steps, device)
    callbacks = [EvidenceCallback(evidence, phase)]
    dataset = Dataset.from_list(encoded)
    if phase.method == "sft":
        settings = SFTConfig(**common, loss_type="nll", dataset_kwargs={"skip_prepare_dataset": True})
        return SFTTrainer(model=model, args=settings, train_dataset=dataset, processing_class=tokenizer,
                          data_collator=PaddingCollator(tokenizer.pad_token_id), callbacks=callbacks)
    if values["sftWeight"]:
        common.update(loss_type=["sigmoid", "sft"], loss_weights=[1.0, values["sftWeight"]])
    settings = DPOConfig(**common, beta=values["beta"])
    return EncodedDPOTrainer(model=model, ref_model=reference, args=settings, train_dataset=dataset,
                             processing_class=tokenizer, callbacks=callbacks)


def train_phase(job, phase, evidence, work, device, model, reference, tokenizer, encoded, row_count) -> dict:
    """Train one phase from its last whole checkpoint and save its model in `work`/final. Returns its metrics."""
    began = time.monotonic()
    steps = total_steps(phase.hyperparameters, len(encoded))
    trainer = build_trainer(job, phase, evidence, work, steps, device, model, reference, tokenizer, encoded)
    trainer.remove_callback(PrinterCallback)
    resumed = last_complete_checkpoint(work)
    evidence.emit("phase", phase=phase.index, method=phase.method, maxSteps=steps, rows=len(encoded),
                  droppedRows=row_count - len(encoded), resumedFrom=resumed.name if resumed else None)
    evidence.check_stop()
    trainer.train(resume_from_checkpoint=str(resumed) if resumed else None)
    if trainer.state.global_step < steps:
        raise Preempted(f"stopped by {evidence.signal_name} at step {trainer.state.global_step}")
    losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    last_tenth = losses[-max(1, len(losses) // 10):]
    seen_rows = steps * phase.hyperparameters["batchSize"] * phase.hyperparameters["gradientAccumulation"]
    metrics = {
        "method": phase.method, "steps": steps, "firstLoss": losses[0], "trainLoss": sum(last_tenth) / len(last_tenth),
        "rows": len(encoded), "droppedRows": row_count - len(encoded),
        "tokens": round(count_tokens(encoded) * seen_rows / len(encoded)), "seconds": round(time.monotonic() - began, 2)}
    margins = [entry["rewards/margins"] for entry in trainer.state.log_history if "rewards/margins" in entry]
    if margins:
        metrics["rewardsMargin"] = margins[-1]
    evidence.check_fence()
    save_phase_model(trainer.accelerator.unwrap_model(trainer.model), phase, work, metrics)
    return metrics


def save_phase_model(model, phase: Phase, work: pathlib.Path, metrics: dict) -> None:
    """Save a phase's model and metrics in one step."""
    partial = work / "final.partial"
    shutil.rmtree(partial, ignore_errors=True)
    if phase.hyperparameters["dtype"] == "bfloat16":
        model.to(torch.bfloat16)
    model.save_pretrained(partial)
    write_json(partial / "phase.json", metrics)
    publish_folder(partial, work / "final")


def finished_metrics(work: pathlib.Path) -> dict | None:
    """Return the metrics of a phase that an earlier attempt finished, or None."""
    return read_json(work / "final" / "phase.json")
