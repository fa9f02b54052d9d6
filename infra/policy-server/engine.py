"""The loaded checkpoints and the one thread that computes for all of them."""
import json
import logging
import pathlib
import threading

import torch

import qwen2
from batched import BatchedScheduler
from errors import ApiError, bad_request, not_found
from sequences import Request
from solo import SoloModel, SoloScheduler
from tokens import Tokens


class Checkpoint:
    """One loaded checkpoint under its served name."""

    def __init__(self, name: str, folder: pathlib.Path, device: str, max_sequences: int):
        self.name = name
        self.folder = folder
        self.tokens = Tokens(folder)
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if qwen2.supports(config):
            model = qwen2.Qwen2(folder, device)
            self.scheduler = BatchedScheduler(model, max_sequences)
        else:
            model = SoloModel(folder, device)
            self.scheduler = SoloScheduler(model, max_sequences)
        self.context = model.context
        self.vocabulary = model.vocabulary


class Engine:
    """Holds the checkpoints by name. Public methods may be called from any thread."""

    def __init__(self, device: str, threads: int, max_sequences: int):
        self.device = device
        self.threads = threads
        self.max_sequences = max_sequences
        self.checkpoints: dict[str, Checkpoint] = {}
        self.retired: list[Checkpoint] = []
        self._inbox: list[Request] = []
        self._wake = threading.Condition()
        self._loading = threading.Lock()

    def start(self) -> None:
        """Start computing."""
        threading.Thread(target=self._run, daemon=True, name="engine").start()

    def load(self, name: str, path: str) -> Checkpoint:
        """Load a checkpoint under a name; the same name and path again is no error. Raises ApiError."""
        folder = pathlib.Path(path).absolute()
        with self._loading:
            present = self.checkpoints.get(name)
            if present:
                if present.folder != folder:
                    raise ApiError(409, "ConflictError", f"the name {name} already serves {present.folder}", "name")
                return present
            if not (folder / "config.json").is_file():
                raise not_found(f"{folder} holds no checkpoint (no config.json)", "path")
            if not any(folder.glob("*.safetensors")):
                raise not_found(f"{folder} holds no weights (no safetensors file)", "path")
            try:
                checkpoint = Checkpoint(name, folder, self.device, self.max_sequences)
            except (OSError, KeyError, ValueError, RuntimeError) as error:
                raise bad_request(f"{folder} cannot be loaded: {error}", "path") from error
            with self._wake:
                self.checkpoints = {**self.checkpoints, name: checkpoint}
            return checkpoint

    def unload(self, name: str) -> None:
        """Stop serving a name; its requests finish. Raises ApiError if there is none."""
        with self._wake:
            checkpoint = self.find(name)
            self.checkpoints = {key: value for key, value in self.checkpoints.items() if key != name}
            self.retired.append(checkpoint)

    def find(self, name: str) -> Checkpoint:
        """Return the checkpoint of a name. Raises ApiError."""
        checkpoint = self.checkpoints.get(name)
        if checkpoint is None:
            raise not_found(f"The model `{name}` does not exist.", "model")
        return checkpoint

    def submit(self, requests: list[Request]) -> None:
        """Queue requests."""
        with self._wake:
            self._inbox.extend(requests)
            self._wake.notify()

    def abort(self, requests: list[Request]) -> None:
        """Stop requests whose client is gone."""
        with self._wake:
            for request in requests:
                request.aborted.set()
            self._wake.notify()

    def _all(self) -> list[Checkpoint]:
        return [*self.checkpoints.values(), *self.retired]

    def _run(self) -> None:
        """Compute for ever; an error ends the requests of the checkpoint that it struck."""
        torch.set_num_threads(self.threads)
        while True:
            with self._wake:
                while not self._inbox and not any(one.scheduler.has_work() for one in self._all()):
                    self._wake.wait()
                arrived, self._inbox = self._inbox, []
                checkpoints = self._all()
            for request in arrived:
                request.checkpoint.scheduler.add(request)
            for checkpoint in checkpoints:
                try:
                    checkpoint.scheduler.drop_aborted()
                    if checkpoint.scheduler.has_work():
                        checkpoint.scheduler.step()
                except Exception as error:
                    logging.exception("the engine failed on %s", checkpoint.name)
                    checkpoint.scheduler.fail(f"{type(error).__name__}: {error}")
            with self._wake:
                self.retired = [one for one in self.retired if one.scheduler.has_work() or
                                any(request.checkpoint is one for request in self._inbox)]
