"""Choosing the next token. Every row's choice depends on that row's own logits, seed and position alone."""
import numpy
import torch

GOLDEN = numpy.uint64(0x9E3779B97F4A7C15)
MASK = (1 << 64) - 1


def mix(values: numpy.ndarray) -> numpy.ndarray:
    """Scramble 64-bit numbers so that neighbours become unrelated (the finaliser of splitmix64)."""
    values = (values ^ (values >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    return values ^ (values >> numpy.uint64(31))


def uniform(seeds: list[int], positions: list[int]) -> numpy.ndarray:
    """Return one number in [0, 1) for each seed and position, the same in every process."""
    with numpy.errstate(over="ignore"):
        start = mix(numpy.array([seed & MASK for seed in seeds], dtype=numpy.uint64) + GOLDEN)
        steps = numpy.array(positions, dtype=numpy.uint64) + numpy.uint64(1)
        return (mix(start + steps * GOLDEN) >> numpy.uint64(11)).astype(numpy.float64) * 2.0 ** -53


def keep_top(logits: torch.Tensor, top_k: int, top_p: float) -> torch.Tensor:
    """Set one row's logits outside the top k tokens and outside the nucleus of mass top_p to minus infinity."""
    order = torch.sort(logits, descending=True, stable=True)
    keep = torch.ones_like(logits, dtype=torch.bool)
    if top_k > 0:
        keep[top_k:] = False
    if top_p < 1.0:
        probabilities = torch.softmax(order.values.masked_fill(~keep, -torch.inf), dim=-1)
        before = probabilities.cumsum(-1) - probabilities
        keep &= before < top_p
        keep[0] = True
    allowed = torch.zeros_like(keep).scatter(0, order.indices, keep)
    return logits.masked_fill(~allowed, -torch.inf)


def choose(logits: torch.Tensor, sequences: list) -> tuple[list[int], torch.Tensor]:
    """Choose one token for each row of logits [rows, vocabulary].

    Returns the token ids and the raw log-probabilities (float64, before temperature and filters) of all tokens.
    """
    logits = logits.double().cpu()
    logprobs = torch.log_softmax(logits, dim=-1)
    temperatures = []
    for row, sequence in enumerate(sequences):
        sampling = sequence.request.sampling
        banned = sequence.banned_tokens()
        if banned:
            logits[row, banned] = -torch.inf
        temperatures.append(sampling.temperature or 1.0)
    scaled = logits / torch.tensor(temperatures, dtype=torch.float64)[:, None]
    for row, sequence in enumerate(sequences):
        sampling = sequence.request.sampling
        if sampling.temperature and (sampling.top_k > 0 or sampling.top_p < 1.0):
            scaled[row] = keep_top(scaled[row], sampling.top_k, sampling.top_p)
    greedy = scaled.argmax(dim=-1).tolist()
    if all(sequence.request.sampling.temperature == 0 for sequence in sequences):
        return greedy, logprobs
    cumulative = torch.softmax(scaled, dim=-1).cumsum(dim=-1)
    draws = uniform([sequence.seed for sequence in sequences], [len(sequence.token_ids) for sequence in sequences])
    points = torch.from_numpy(draws)[:, None] * cumulative[:, -1:]
    sampled = torch.searchsorted(cumulative, points, right=True)[:, 0].clamp(max=logits.shape[1] - 1).tolist()
    return [greedy[row] if sequence.request.sampling.temperature == 0 else sampled[row]
            for row, sequence in enumerate(sequences)], logprobs
