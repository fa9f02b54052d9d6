"""Continuous batching over blocks, for models that compute fixed shapes."""
import torch

from blocks import BlockPool
from scheduler import Scheduler
from sequences import Request

PREFILL_TOKENS = 512
NARROWEST = 32


def prefill_width(tokens: int, context: int) -> int:
    """Return the padded width of a prompt: a power of two from 32, at most the context."""
    width = NARROWEST
    while width < tokens:
        width *= 2
    return min(width, context)


def rows_for(model) -> int:
    """Return how many sequences are computed together: few where empty rows would waste seconds, or a GPU's memory."""
    if model.device != "cuda":
        return 64 if model.parameters < 20_000_000 else 8
    row_bytes = 2 * 4 * model.layers * model.key_heads * model.head_size * model.context
    return 64 if row_bytes <= 128 * 2 ** 20 else 8


class BatchedScheduler(Scheduler):
    """Computes all running sequences of a model together, in blocks of a fixed shape."""

    def __init__(self, model, max_sequences: int):
        super().__init__(max_sequences)
        self.model = model
        self.pool = BlockPool(model, rows_for(model))

    def running(self) -> int:
        return self.pool.running()

    def drop_running(self, wanted) -> None:
        self.pool.drop(wanted)

    @torch.inference_mode()
    def step(self) -> None:
        while self.waiting and self.running() < self.max_sequences:
            self._prefill(self._next_group())
        self.pool.grow()
        self.pool.compact()
        for block in self.pool.blocks():
            self._decode(block)

    def _next_group(self) -> list[Request]:
        """Take waiting requests that can be computed as one shape, in order of arrival."""
        first = self.waiting[0]
        width = prefill_width(len(first.prompt_ids), self.model.context)
        limit = max(1, PREFILL_TOKENS // width)
        group, room = [], self.max_sequences - self.running()
        while self.waiting and len(group) < limit and room > 0:
            request = self.waiting[0]
            same_kind = request.scored == first.scored
            if not same_kind or prefill_width(len(request.prompt_ids), self.model.context) != width:
                break
            room -= request.sampling.count
            group.append(self.waiting.popleft())
        return group

    def _prefill(self, group: list[Request]) -> None:
        """Compute the prompts of a group, score them where asked, and start their sequences."""
        width = prefill_width(len(group[0].prompt_ids), self.model.context)
        rows = max(1, PREFILL_TOKENS // width)
        ids = torch.zeros(rows, width, dtype=torch.long)
        last = torch.zeros(rows, dtype=torch.long)
        for row, request in enumerate(group):
            ids[row, :len(request.prompt_ids)] = torch.tensor(request.prompt_ids)
            last[row] = len(request.prompt_ids) - 1
            self.prompt_tokens += len(request.prompt_ids)
        hidden, keys, values = self.model.prefill(ids.to(self.model.device))
        if not group[0].scored:
            all_logits = self.model.logits(hidden)
            for row, request in enumerate(group):
                self.set_prompt_scores(request, all_logits[row, :len(request.prompt_ids)])
        logits = self.model.logits(hidden[torch.arange(rows), last])
        parents, sequences = [], []
        for row, request in enumerate(group):
            for sequence in request.sequences:
                if not sequence.finish_reason:
                    parents.append(row)
                    sequences.append(sequence)
        if sequences:
            self.accept(logits[parents], sequences)
        for row, sequence in zip(parents, sequences):
            if not sequence.finish_reason:
                tokens = len(sequence.request.prompt_ids) + len(sequence.token_ids)
                self.pool.place(sequence, tokens, keys[:, row], values[:, row])
        for request in group:
            if request.sampling.max_tokens == 0:
                self.finished["length"] += 1
                self.tell(request)

    def _decode(self, block) -> None:
        """Compute one token for every sequence of a block."""
        ids, positions, rows, sequences = [], [], [], []
        for row, sequence in enumerate(block.occupants):
            if sequence is None:
                ids.append(0)
                positions.append(0)
                continue
            ids.append(sequence.token_ids[-1])
            positions.append(len(sequence.request.prompt_ids) + len(sequence.token_ids) - 1)
            rows.append(row)
            sequences.append(sequence)
        device = self.model.device
        logits = self.model.decode(torch.tensor(ids, device=device), torch.tensor(positions, device=device),
                                   block.keys, block.values)
        self.accept(logits[rows], sequences)
        for row, sequence in zip(rows, sequences):
            if sequence.finish_reason:
                block.occupants[row] = None
