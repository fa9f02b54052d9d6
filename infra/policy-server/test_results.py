"""Numbers: equal to the transformers forward pass, and independent of whatever else is computed."""
import random

import pytest
import torch
from transformers import AutoModelForCausalLM

from conftest import Server


def reference(checkpoint):
    """Load a checkpoint with transformers."""
    return AutoModelForCausalLM.from_pretrained(checkpoint, dtype=torch.float32).eval()


@torch.no_grad()
def reference_logprobs(model, ids: list[int]) -> list[float]:
    """Return the log-probability of every token but the first."""
    logprobs = torch.log_softmax(model(torch.tensor([ids])).logits[0, :-1], dim=-1)
    return logprobs.gather(1, torch.tensor(ids[1:])[:, None])[:, 0].tolist()


def varied_requests(count: int) -> list[dict]:
    """Return seeded requests with prompts and limits of many lengths, past the first block's 64 tokens."""
    choices = random.Random(1)
    return [{"prompt": [choices.randrange(5, 250) for _ in range(choices.randrange(3, 90))], "seed": 1000 + index,
             "max_tokens": choices.randrange(5, 60), "temperature": choices.choice([0.7, 1.0]), "logprobs": 0,
             "top_p": choices.choice([0.9, 1.0]), "ignore_eos": True} for index in range(count)]


def outcome(answer: dict) -> tuple:
    """Return what must not vary: tokens and log-probabilities."""
    choice = answer["choices"][0]
    return choice["token_ids"], choice["logprobs"]["token_logprobs"], choice["text"]


@pytest.mark.parametrize("name", ["plain", "grouped", "other"])
def test_scores_and_greedy_tokens_equal_transformers(server, checkpoints, name):
    """Scoring and greedy decoding, across block sizes, give what transformers gives."""
    model = reference(checkpoints[name])
    prompt = [choice % 250 + 5 for choice in range(3, 200, 5)]
    answer = server.complete(model=name, prompt=prompt, echo=True, logprobs=0, max_tokens=0)
    assert answer["choices"][0]["logprobs"]["token_logprobs"][0] is None
    assert answer["choices"][0]["logprobs"]["token_logprobs"][1:] == pytest.approx(
        reference_logprobs(model, prompt), abs=1e-4)
    choice = server.complete(model=name, prompt=prompt, temperature=0, max_tokens=60, ignore_eos=True,
                             logprobs=0)["choices"][0]
    expected = model.generate(torch.tensor([prompt]), do_sample=False, max_new_tokens=60, eos_token_id=None)
    assert choice["token_ids"] == expected[0, len(prompt):].tolist()
    whole = reference_logprobs(model, prompt + choice["token_ids"])
    assert choice["logprobs"]["token_logprobs"] == pytest.approx(whole[len(prompt) - 1:], abs=1e-4)


def test_results_do_not_depend_on_the_batch(server, checkpoints):
    """64 requests alone, at once, shuffled, and on a fresh server: the same tokens and log-probabilities."""
    requests = varied_requests(64)
    alone = [outcome(server.complete(**one)) for one in requests]
    assert [outcome(answer) for answer in server.complete_many(requests)] == alone
    order = list(range(64))
    random.Random(2).shuffle(order)
    shuffled = server.complete_many([requests[index] for index in order])
    assert [outcome(answer) for answer in shuffled] == [alone[index] for index in order]
    fresh = Server({"plain": checkpoints["plain"]})
    try:
        assert [outcome(answer) for answer in fresh.complete_many(requests)] == alone
    finally:
        fresh.stop()


def test_sample_k_of_n_is_the_request_with_seed_plus_k(server):
    """n samples with seed s are the single samples of seeds s, s+1, …, and differ."""
    body = {"prompt": [9, 8, 7], "max_tokens": 12, "logprobs": 0}
    many = server.complete(**body, n=4, seed=40)["choices"]
    single = [server.complete(**body, seed=40 + index)["choices"][0] for index in range(4)]
    assert [one["token_ids"] for one in many] == [one["token_ids"] for one in single]
    assert len({tuple(one["token_ids"]) for one in many}) == 4


def test_sampling_follows_the_distribution(server):
    """The first token's frequencies fit its probabilities."""
    prompt = {"prompt": [30, 31, 32], "max_tokens": 1, "ignore_eos": True}
    top = server.complete(**prompt, temperature=0, logprobs=1)["choices"][0]
    token, probability = top["token_ids"][0], 2.718281828 ** top["logprobs"]["token_logprobs"][0]
    samples = server.complete(**prompt, n=2000, seed=1)["choices"]
    share = sum(one["token_ids"] == [token] for one in samples) / 2000
    assert abs(share - probability) < 4 * (probability * (1 - probability) / 2000) ** 0.5 + 1e-3
