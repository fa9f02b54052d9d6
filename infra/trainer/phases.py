"""One training phase with TRL, resumable to the very step. Imports torch, transformers and trl."""
import math
import os
import pathlib
import shutil
import sys
import time

import torch
from datasets import Dataset
from transformers import PrinterCallback
from trl import DPOConfig, DPOTrainer, SFTConfig, SFTTrainer

from callbacks import EvidenceCallback, TokenCounter, last_complete_checkpoint
from collators import PackedCollator, PaddingCollator
from errors import Preempted
from files import publish_folder, read_json, write_json
from job import Job, Phase
from packing import masked_note, pack_rows
from processes import is_main, wait_for_all, world_size


class EncodedSFTTrainer(TokenCounter, SFTTrainer):
    """SFTTrainer that counts tokens."""


class EncodedDPOTrainer(TokenCounter, DPOTrainer):
    """DPOTrainer that counts tokens, for rows that already are token ids."""

    def _prepare_dataset(self, dataset, *_, **__):
        return dataset


def total_steps(values: dict, rows: int) -> int:
    """Return how many optimiser steps a phase has: maxSteps, or the epochs' worth for all processes together."""
    if values["maxSteps"]:
        return int(values["maxSteps"])
    batches = math.ceil(math.ceil(rows / values["batchSize"]) / world_size())
    return math.ceil(values["epochs"] * math.ceil(batches / values["gradientAccumulation"]))


def trainer_arguments(job: Job, phase: Phase, folder: pathlib.Path, steps: int, device: str) -> dict:
    """Return the settings that both trainers share."""
    values = phase.hyperparameters
    backend = {"ddp_backend": "gloo"} if device == "cpu" and world_size() > 1 else {}
    return dict(
        output_dir=str(folder), max_steps=steps, per_device_train_batch_size=int(values["batchSize"]),
        gradient_accumulation_steps=int(values["gradientAccumulation"]), learning_rate=values["learningRate"],
        lr_scheduler_type=values["scheduler"], warmup_steps=math.ceil(values["warmupRatio"] * steps),
        weight_decay=values["weightDecay"], max_grad_norm=values["maxGradNorm"], adam_beta2=values["adamBeta2"],
        bf16=values["dtype"] == "bfloat16", gradient_checkpointing=bool(values["gradientCheckpointing"]),
        max_length=None, seed=job.seed, data_seed=job.seed, use_cpu=device == "cpu", dataloader_num_workers=0,
        dataloader_pin_memory=device != "cpu", remove_unused_columns=False, logging_steps=1,
        logging_nan_inf_filter=False, save_strategy="steps", save_steps=job.checkpoint_every_steps,
        save_total_limit=2, report_to=[], disable_tqdm=True, ddp_find_unused_parameters=False, **backend)


def build_trainer(job, phase, callback, folder, steps, device, model, reference, tokenizer, rows):
    """Return the TRL trainer of a phase. A DPO model with an adapter and no reference is its own, as it is now."""
    values = phase.hyperparameters
    # A launcher's configuration names a precision for all jobs, and wins over bf16=False.
    os.environ["ACCELERATE_MIXED_PRECISION"] = "bf16" if values["dtype"] == "bfloat16" else "no"
    common = trainer_arguments(job, phase, folder, steps, device)
    dataset = Dataset.from_list(rows)
    if phase.method == "sft":
        collator = PackedCollator() if values["packing"] else PaddingCollator(tokenizer.pad_token_id)
        settings = SFTConfig(**common, loss_type="nll", dataset_kwargs={"skip_prepare_dataset": True})
        trainer = EncodedSFTTrainer(model=model, args=settings, train_dataset=dataset, processing_class=tokenizer,
                                    data_collator=collator, callbacks=[callback])
    else:
        if values["sftWeight"]:
            common.update(loss_type=["sigmoid", "sft"], loss_weights=[1.0, values["sftWeight"]])
        settings = DPOConfig(**common, beta=values["beta"])
        trainer = EncodedDPOTrainer(model=model, ref_model=reference, args=settings, train_dataset=dataset,
                                    processing_class=tokenizer, callbacks=[callback])
    trainer.remove_callback(PrinterCallback)
    callback.trainer = trainer
    return trainer


def train_phase(job, phase, evidence, work, device, model, reference, tokenizer, encoded, row_count) -> dict:
    """Train one phase from its last whole checkpoint and save its model in `work`/final. Returns its metrics."""
    began = time.monotonic()
    values = phase.hyperparameters
    packed = {"packs": pack_rows(encoded, int(values["maxLength"]))} if values["packing"] else {}
    rows = packed.get("packs", encoded)
    steps = total_steps(values, len(rows))
    callback = EvidenceCallback(evidence, phase)
    trainer = build_trainer(job, phase, callback, work, steps, device, model, reference, tokenizer, rows)
    resumed = last_complete_checkpoint(work, steps)
    callback.resume(resumed)
    counts = {"rows": len(encoded), "droppedRows": row_count - len(encoded),
              **{name: len(value) for name, value in packed.items()}}
    attention = getattr(model.config, "_attn_implementation", None)
    note = masked_note(int(values["maxLength"]), attention) if values["packing"] else None
    if note and is_main():
        print(f"warning: {note}", file=sys.stderr)
    rows_per_step = int(values["batchSize"]) * int(values["gradientAccumulation"]) * world_size()
    evidence.emit("phase", phase=phase.index, method=phase.method, maxSteps=steps, **counts, rowsPerStep=rows_per_step,
                  distribution=trainer.accelerator.distributed_type.value,
                  dtype="bfloat16" if trainer.accelerator.mixed_precision == "bf16" else "float32",
                  attention=attention, resumedFrom=resumed.name if resumed else None, note=note)
    evidence.check_stop()
    trainer.train(resume_from_checkpoint=str(resumed) if resumed else None)
    if trainer.state.global_step < steps:
        raise Preempted(f"stopped by {evidence.stopped_by} at step {trainer.state.global_step}")
    history = trainer.state.log_history
    losses = [entry["loss"] for entry in history if "loss" in entry]
    last_tenth = losses[-max(1, len(losses) // 10):]
    metrics = {
        "method": phase.method, "steps": steps, "firstLoss": losses[0], "trainLoss": sum(last_tenth) / len(last_tenth),
        **counts, "tokens": callback.tokens, "seconds": round(time.monotonic() - began, 2)}
    margins = [entry["rewards/margins"] for entry in history if "rewards/margins" in entry]
    if margins:
        metrics["rewardsMargin"] = margins[-1]
    evidence.check_fence()
    save_phase_model(trainer, phase, work, metrics)
    return metrics


def save_phase_model(trainer, phase: Phase, work: pathlib.Path, metrics: dict) -> None:
    """Save a phase's model, or its adapter, and metrics in one step. For all processes at once."""
    gathered = gather_weights(trainer, phase.hyperparameters)
    if is_main():
        partial = work / "final.partial"
        shutil.rmtree(partial, ignore_errors=True)
        model = trainer.accelerator.unwrap_model(trainer.model)
        if phase.hyperparameters["lora"]:
            save_adapter(model, partial, gathered)
        else:
            save_whole(model, partial, gathered, phase.hyperparameters["dtype"])
        write_json(partial / "phase.json", metrics)
        publish_folder(partial, work / "final")
    wait_for_all()


def gather_weights(trainer, values: dict) -> dict | None:
    """Return what is to be saved of a model in shards, whole and in the precision of the outcome, on the main process.

    None where each process has the whole model anyway. For all processes at once; one tensor at a time is whole.
    """
    if trainer.is_deepspeed_enabled:
        return trainer.accelerator.get_state_dict(trainer.model_wrapped)
    if not trainer.is_fsdp_enabled:
        return None
    from torch.distributed.tensor import DTensor
    wanted = getattr(torch, "float32" if values["lora"] else values["dtype"])
    gathered = {}
    for name, value in trainer.model.state_dict().items():
        if values["lora"] and "lora_" not in name:
            continue
        whole = value.full_tensor() if isinstance(value, DTensor) else value
        if is_main():
            gathered[name] = whole.detach().to("cpu", wanted if whole.is_floating_point() else None, copy=True)
    return gathered


def save_adapter(model, folder: pathlib.Path, gathered: dict | None) -> None:
    """Save PEFT's two files. A reference adapter of DPO is not part of the outcome."""
    model.save_pretrained(folder, selected_adapters=["default"], state_dict=gathered, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)
    config = read_json(folder / "adapter_config.json")
    # PEFT writes a set, in an order that differs from run to run.
    if isinstance(config["target_modules"], list):
        config["target_modules"].sort()
    write_json(folder / "adapter_config.json", config)


def save_whole(model, folder: pathlib.Path, gathered: dict | None, dtype: str) -> None:
    """Save a model as safetensors in the precision that it was trained for."""
    if gathered is None:
        if dtype == "bfloat16":
            model.to(torch.bfloat16)
        model.save_pretrained(folder)
        return
    model.save_pretrained(folder, state_dict=gathered)
    config = read_json(folder / "config.json")
    # The sharded model in memory has another precision and class name than what was saved.
    config["dtype"] = dtype
    config["architectures"] = [name.removeprefix("FSDP") for name in config.get("architectures") or []]
    write_json(folder / "config.json", config)


def finished_metrics(work: pathlib.Path) -> dict | None:
    """Return the metrics of a phase that an earlier attempt finished, or None."""
    return read_json(work / "final" / "phase.json")
