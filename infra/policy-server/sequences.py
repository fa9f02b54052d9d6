"""A request inside the engine, and the sequences that it asks for."""
import dataclasses
import threading
from typing import Callable


@dataclasses.dataclass(frozen=True)
class Sampling:
    """How to sample. `max_tokens` 0 means scoring alone; `logprobs` is how many best tokens to keep, None for none."""

    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    max_tokens: int = 16
    min_tokens: int = 0
    seed: int = 0
    count: int = 1
    stop: tuple[str, ...] = ()
    stop_token_ids: frozenset[int] = frozenset()
    ignore_eos: bool = False
    include_stop: bool = False
    skip_special_tokens: bool = True
    logprobs: int | None = None
    prompt_logprobs: int | None = None


class Request:
    """One prompt with its sequences. `notify` is called from the engine's thread after every change worth telling."""

    def __init__(self, prompt_ids: list[int], sampling: Sampling, checkpoint, notify: Callable[["Request"], None],
                 streaming: bool = False):
        self.prompt_ids = prompt_ids
        self.sampling = sampling
        self.checkpoint = checkpoint
        self.notify = notify
        self.streaming = streaming
        self.aborted = threading.Event()
        self.prompt_scores: list[dict | None] | None = None
        self.error: str | None = None
        self.sequences = [Sequence(self, sampling.seed + index) for index in range(sampling.count)]
        if sampling.max_tokens == 0:
            for sequence in self.sequences:
                sequence.finish_reason = "length"
        self.scored = sampling.prompt_logprobs is None

    def is_done(self) -> bool:
        """Tell whether nothing more will come."""
        return self.error is not None or (self.scored and all(one.finish_reason for one in self.sequences))


class Sequence:
    """One sampled continuation: ids, their raw log-probabilities (natural), and the best alternatives if asked for."""

    def __init__(self, request: Request, seed: int):
        self.request = request
        self.seed = seed
        self.token_ids: list[int] = []
        self.logprobs: list[float] = []
        self.alternatives: list[list[tuple[int, float]]] = []
        self.text = ""
        self.finish_reason: str | None = None
        self.stop_reason: str | int | None = None

    def banned_tokens(self) -> list[int]:
        """Return the tokens that must not come now: those that end the text before min_tokens."""
        sampling = self.request.sampling
        if len(self.token_ids) >= sampling.min_tokens:
            return []
        return sorted(self.request.checkpoint.tokens.end_ids | sampling.stop_token_ids)

    def append(self, token: int, logprob: float, alternatives: list[tuple[int, float]]) -> None:
        """Add a token and end the sequence where a stop condition or a limit says so."""
        sampling = self.request.sampling
        self.token_ids.append(token)
        self.logprobs.append(logprob)
        if sampling.logprobs is not None:
            self.alternatives.append(alternatives)
        ended_by_token = self._is_end(token)
        reason = "stop" if ended_by_token else None
        if ended_by_token and token in sampling.stop_token_ids:
            self.stop_reason = None if token in self.request.checkpoint.tokens.end_ids else token
        text = None
        if not reason and sampling.stop and len(self.token_ids) > sampling.min_tokens:
            text = self._cut_at_stop_string()
            reason = "stop" if text is not None else None
        if not reason and self._is_full():
            reason = "length"
        if text is None and (reason or self.request.streaming):
            drop_last = ended_by_token and not sampling.include_stop
            text = self._decode(self.token_ids[:-1] if drop_last else self.token_ids)
        if text is not None:
            self.text = text
        # Last, because another thread reads the rest once it sees a reason.
        self.finish_reason = reason

    def _is_end(self, token: int) -> bool:
        """Tell whether a token ends the text."""
        sampling = self.request.sampling
        ends_turn = token in self.request.checkpoint.tokens.end_ids and not sampling.ignore_eos
        return ends_turn or token in sampling.stop_token_ids

    def _is_full(self) -> bool:
        """Tell whether a limit is reached."""
        total = len(self.request.prompt_ids) + len(self.token_ids)
        return len(self.token_ids) >= self.request.sampling.max_tokens or total >= self.request.checkpoint.context

    def _decode(self, ids: list[int]) -> str:
        return self.request.checkpoint.tokens.decode(ids, self.request.sampling.skip_special_tokens)

    def _cut_at_stop_string(self) -> str | None:
        """Return the text up to the first stop string, noting which it was; None if there is none."""
        sampling = self.request.sampling
        text = self._decode(self.token_ids)
        found = [(text.find(stop), stop) for stop in sampling.stop if stop in text]
        if not found:
            return None
        place, self.stop_reason = min(found)
        return text[:place + len(self.stop_reason)] if sampling.include_stop else text[:place]
