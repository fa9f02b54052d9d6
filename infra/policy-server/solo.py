"""Any causal language model that transformers can load, one sequence at a time: slow, but not tied to Qwen2."""
import copy
import pathlib

import torch

from scheduler import Scheduler


class SoloModel:
    """A transformers model and how to call it."""

    def __init__(self, folder: pathlib.Path, device: str):
        from transformers import AutoModelForCausalLM
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
        self.model.to(device).eval()
        self.device = device
        self.context = self.model.config.max_position_embeddings
        self.vocabulary = self.model.config.vocab_size

    @torch.inference_mode()
    def forward(self, ids: list[int], cache=None):
        """Compute tokens after a cache. Returns logits [tokens, vocabulary] and the longer cache."""
        result = self.model(input_ids=torch.tensor([ids], device=self.device), past_key_values=cache, use_cache=True)
        return result.logits[0], result.past_key_values


class SoloScheduler(Scheduler):
    """Runs sequences side by side but computes each alone, so results depend on nothing else."""

    def __init__(self, model: SoloModel, max_sequences: int):
        super().__init__(max_sequences)
        self.model = model
        self.active: list[list] = []

    def running(self) -> int:
        return len(self.active)

    def drop_running(self, wanted) -> None:
        self.active = [pair for pair in self.active if not wanted(pair[0])]

    def step(self) -> None:
        while self.waiting and len(self.active) < self.max_sequences:
            self._start(self.waiting.popleft())
        for pair in list(self.active):
            sequence, cache = pair
            logits, pair[1] = self.model.forward([sequence.token_ids[-1]], cache)
            self.accept(logits[-1:], [sequence])
        self.active = [pair for pair in self.active if not pair[0].finish_reason]

    def _start(self, request) -> None:
        """Compute a prompt and start its sequences."""
        logits, cache = self.model.forward(request.prompt_ids)
        self.prompt_tokens += len(request.prompt_ids)
        if not request.scored:
            self.set_prompt_scores(request, logits)
        if request.sampling.max_tokens == 0:
            self.finished["length"] += 1
            self.tell(request)
            return
        for sequence in request.sequences:
            self.accept(logits[-1:], [sequence])
            if not sequence.finish_reason:
                self.active.append([sequence, copy.deepcopy(cache)])
