"""What happens at each step of a phase: events, agreement on stopping, marks on checkpoints. Imports transformers."""
import math
import pathlib
import shutil
import time

from transformers import TrainerCallback

from checkpoints import COMPLETE_MARK
from collators import count_tokens
from errors import TrainingFailure
from evidence import Evidence
from files import read_json, write_json
from job import Phase
from processes import from_main, is_main, wait_for_all, world_size

# The names of a step's figures: TRL's and ours.
SERIES = {"learning_rate": "learningRate", "grad_norm": "gradNorm", "rewards/margins": "rewardsMargin",
          "rewards/accuracies": "rewardsAccuracy", "logps/chosen": "chosenLogps", "logps/rejected": "rejectedLogps"}


class TokenCounter:
    """Mixed into a trainer: counts the tokens of this process's batches until they are taken."""

    untaken_tokens = 0

    def training_step(self, model, inputs, *more, **named):
        """Count a batch and train on it."""
        self.untaken_tokens = self.untaken_tokens + count_tokens(inputs)
        return super().training_step(model, inputs, *more, **named)

    def take_tokens(self) -> int:
        """Return the tokens since the last call."""
        taken, self.untaken_tokens = int(self.untaken_tokens), 0
        return taken


class EvidenceCallback(TrainerCallback):
    """Turns the trainer's steps into events, and a reason to stop into a checkpoint. Set `trainer` before training."""

    def __init__(self, evidence: Evidence, phase: Phase):
        self.evidence = evidence
        self.phase = phase
        self.trainer = None
        self.tokens = 0
        self._save_began = 0.0

    def resume(self, checkpoint: pathlib.Path | None) -> None:
        """Take over what was counted up to a checkpoint. Raises TrainingFailure if other processes wrote it."""
        mark = (read_json(checkpoint / COMPLETE_MARK) if checkpoint else None) or {}
        wrote = mark.get("processes", world_size())
        if wrote != world_size():
            raise TrainingFailure(f"the checkpoint {checkpoint} was written by {wrote} processes, but this attempt has "
                                  f"{world_size()}; start it with {wrote}")
        self.tokens = mark.get("tokens", 0)
        self.evidence.longest_save_seconds = max(self.evidence.longest_save_seconds, mark.get("saveSeconds", 0.0))

    def on_log(self, arguments, state, control, logs=None, **_):
        """Emit a step event. Raises TrainingFailure when the loss is no number."""
        logs = logs or {}
        if "loss" not in logs:
            return
        if not math.isfinite(logs["loss"]):
            raise TrainingFailure(f"the loss became {logs['loss']} at step {state.global_step} of phase "
                                  f"{self.phase.index}; lower the learning rate")
        self.evidence.step = state.global_step
        series = {ours: logs[theirs] for theirs, ours in SERIES.items() if theirs in logs}
        self.evidence.emit("step", phase=self.phase.index, step=state.global_step, maxSteps=state.max_steps,
                           loss=logs["loss"], **series, tokens=self.tokens)

    def on_step_end(self, arguments, state, control, **_):
        """Stop for a later attempt at once, and for a signal or the time limit after saving; all processes alike.

        Nothing is saved at the last step: whoever resumed from there would take one step more.
        """
        if state.global_step >= state.max_steps:
            control.should_save = False
        if control.should_save:
            self.evidence.look_at_fence()
        stop, tokens = self.evidence.agree(self.trainer.take_tokens())
        self.tokens += tokens
        if stop and state.global_step < state.max_steps:
            control.should_save = True
            control.should_training_stop = True
        self._save_began = time.monotonic()

    def on_save(self, arguments, state, control, **_):
        """Mark the checkpoint as whole once every process has written its part."""
        wait_for_all()
        seconds = time.monotonic() - self._save_began
        self.evidence.longest_save_seconds = max(self.evidence.longest_save_seconds, seconds)
        if not is_main():
            return
        folder = pathlib.Path(arguments.output_dir) / f"checkpoint-{state.global_step}"
        write_json(folder / COMPLETE_MARK, {"step": state.global_step, "tokens": self.tokens,
                                           "saveSeconds": seconds, "processes": world_size()})
        self.evidence.emit("save", phase=self.phase.index, step=state.global_step, seconds=round(seconds, 3))


def last_complete_checkpoint(folder: pathlib.Path, steps: int) -> pathlib.Path | None:
    """Return the newest whole checkpoint of a phase of `steps` from which there is a step to go.

    Removes those whose writing was cut off. For all processes at once.
    """
    newest = None
    if is_main():
        whole = []
        for path in folder.glob("checkpoint-*"):
            if not (path / COMPLETE_MARK).is_file():
                shutil.rmtree(path)
            elif step_of(path) < steps:
                whole.append(path)
        newest = max(whole, key=step_of, default=None)
    return from_main(newest)


def step_of(checkpoint: pathlib.Path) -> int:
    """Return the step at which a checkpoint was saved, from its name."""
    return int(checkpoint.name.split("-")[1])
