"""What every scheduler shares: the queue, counters, scoring, and taking in sampled tokens."""
import collections

import numpy
import torch

from sampling import choose
from sequences import Request, Sequence


class Scheduler:
    """Runs the requests of one checkpoint. Used from the engine's thread alone, except for the counters."""

    def __init__(self, max_sequences: int):
        self.max_sequences = max_sequences
        self.waiting: collections.deque[Request] = collections.deque()
        self.open: set[Request] = set()
        self.prompt_tokens = 0
        self.generated_tokens = 0
        self.finished = collections.Counter()

    def add(self, request: Request) -> None:
        """Queue a request."""
        self.open.add(request)
        self.waiting.append(request)

    def tell(self, request: Request) -> None:
        """Notify a request's client, and forget the request if nothing more will come."""
        if request.is_done():
            self.open.discard(request)
        request.notify(request)

    def fail(self, message: str) -> None:
        """End everything with an error."""
        self.waiting.clear()
        self.drop_running(lambda _: True)
        for request in list(self.open):
            request.error = message
            self.tell(request)

    def running(self) -> int:
        """Return how many sequences are running."""
        raise NotImplementedError

    def has_work(self) -> bool:
        """Tell whether a step would do anything."""
        return bool(self.waiting) or self.running() > 0

    def drop_aborted(self) -> None:
        """Forget requests whose client is gone."""
        if any(request.aborted.is_set() for request in self.open):
            self.open = {one for one in self.open if not one.aborted.is_set()}
            self.waiting = collections.deque(one for one in self.waiting if not one.aborted.is_set())
            self.drop_running(lambda sequence: sequence.request.aborted.is_set())

    def drop_running(self, wanted) -> None:
        """Stop the running sequences for which `wanted` is true."""
        raise NotImplementedError

    def step(self) -> None:
        """Take in waiting requests and compute one token for every running sequence."""
        raise NotImplementedError

    def accept(self, logits: torch.Tensor, sequences: list[Sequence]) -> None:
        """Sample one token for each sequence from its row of logits, and tell the requests that changed."""
        chosen, logprobs = choose(logits, sequences)
        picked = logprobs.gather(1, torch.tensor(chosen)[:, None])[:, 0].float().tolist()
        self.generated_tokens += len(sequences)
        changed = {}
        for row, (sequence, token) in enumerate(zip(sequences, chosen)):
            wanted = sequence.request.sampling.logprobs
            best = best_tokens(logprobs[row], wanted) if wanted else []
            sequence.append(token, picked[row], best)
            if sequence.finish_reason:
                self.finished[sequence.finish_reason] += 1
            if sequence.finish_reason or sequence.request.streaming:
                changed[id(sequence.request)] = sequence.request
        for request in changed.values():
            if request.streaming or request.is_done():
                self.tell(request)

    def set_prompt_scores(self, request: Request, logits: torch.Tensor) -> None:
        """Score a prompt from its logits [tokens, vocabulary]: one entry for each token, the first None."""
        wanted = request.sampling.prompt_logprobs
        logprobs = torch.log_softmax(logits.double().cpu(), dim=-1)
        scores: list[dict | None] = [None]
        for position, token in enumerate(request.prompt_ids[1:]):
            row = logprobs[position]
            value = row[token]
            entries = {token: (float(numpy.float32(value.item())), int((row > value).sum()) + 1)}
            for rank, (other, logprob) in enumerate(best_tokens(row, wanted) if wanted else [], 1):
                entries.setdefault(other, (logprob, rank))
            scores.append(entries)
        request.prompt_scores = scores
        request.scored = True


def best_tokens(logprobs: torch.Tensor, count: int) -> list[tuple[int, float]]:
    """Return the best tokens of a row with their log-probabilities, best first."""
    top = torch.topk(logprobs, min(count, logprobs.shape[0]))
    return list(zip(top.indices.tolist(), top.values.float().tolist()))
