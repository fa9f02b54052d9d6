"""Packs: nothing cut or lost, little room wasted, and the same losses as the rows alone."""
import json
import random

import pytest
import torch
import transformers

import varlen
from collators import PackedCollator, count_tokens
from conftest import TinyJob
from models import attending_within_rows, load_model
from packing import masked_note, pack_lengths, pack_rows


def test_every_row_is_in_one_pack_and_fits():
    """Random lengths are all placed, within the capacity, always alike, and in at most 11/9 of the fewest packs."""
    chance = random.Random(5)
    for _ in range(20):
        lengths = [chance.randint(1, 100) for _ in range(chance.randint(1, 200))]
        packs = pack_lengths(lengths, 100)
        assert sorted(row for pack in packs for row in pack) == list(range(len(lengths)))
        assert all(sum(lengths[row] for row in pack) <= 100 for pack in packs)
        assert packs == pack_lengths(lengths, 100)
        assert len(packs) <= 11 / 9 * max(1, -(-sum(lengths) // 100), sum(length > 50 for length in lengths)) + 4


def test_best_fit():
    """A row goes where it leaves the least room."""
    assert pack_lengths([60, 50, 40, 45], 100) == [[0, 2], [1, 3]]


def random_rows(chance: random.Random) -> list[dict]:
    """Return encoded rows of 3 to 30 tokens."""
    rows = []
    for _ in range(9):
        ids = [chance.randrange(5, 200) for _ in range(chance.randint(3, 30))]
        learned = chance.randint(1, len(ids) - 1)
        rows.append({"input_ids": ids, "labels": [-100] * learned + ids[learned:]})
    return rows


def losses(model, inputs: dict) -> torch.Tensor:
    """Return the loss of each label that is learned."""
    inputs = {name: value.to(model.device) if torch.is_tensor(value) else value for name, value in inputs.items()}
    labels = inputs.pop("labels")[0, 1:]
    logits = model(**inputs, use_cache=False).logits[0, :-1].float()
    return torch.nn.functional.cross_entropy(logits, labels, reduction="none")[labels != -100]


def row_by_row(query, key, value, bounds, _, longest, __, *, scale, window_size):
    """Do what torch's kernel does, one row after the other."""
    assert longest == bounds.diff().max()
    attended = []
    for begin, end in zip(bounds.tolist(), bounds.tolist()[1:]):
        row = [each[begin:end].transpose(0, 1) for each in (query, key, value)]
        behind = torch.arange(end - begin)[:, None] - torch.arange(end - begin)[None]
        seen = (behind >= 0) & ((behind <= window_size[0]) | (window_size[0] < 0))
        attended.append(torch.nn.functional.scaled_dot_product_attention(*row, attn_mask=seen, scale=scale).transpose(0, 1))
    return torch.cat(attended)


varlen.register("row_by_row", row_by_row)


@pytest.fixture(params=["as many key heads", "fewer key heads", "a window"])
def weights(request, tmp_path, tiny_weights):
    """The tiny model with weights, or one whose attention is another."""
    if request.param == "as many key heads":
        return tiny_weights
    config = json.loads((tiny_weights / "config.json").read_text())
    config |= {"num_key_value_heads": 2} if request.param == "fewer key heads" else {
        "use_sliding_window": True, "sliding_window": 5, "layer_types": ["sliding_attention", "full_attention"]}
    (tmp_path / "config.json").write_text(json.dumps(config))
    load_model(tmp_path, 1).save_pretrained(tmp_path)
    return tmp_path


@pytest.mark.parametrize("attention", ["sdpa", "eager", "row_by_row"])
def test_losses_of_packed_rows_are_those_of_the_rows_alone(weights, attention):
    """Every label of two packs in one batch has the loss that its row has by itself, to float32 rounding."""
    model, alone = load_model(weights, 1).train(), load_model(weights, 1).train()
    model.set_attn_implementation(attention)
    rows = random_rows(random.Random(7))
    packs = pack_rows(rows, 64)
    assert 1 < len(packs) < len(rows)
    batch = PackedCollator()(packs)
    assert count_tokens(batch) == sum(len(row["input_ids"]) for row in rows)
    with torch.no_grad():
        each = [losses(alone, {name: torch.tensor([row[name]]) for name in row}) for row in rows]
        assert sorted(losses(model, batch).tolist()) == pytest.approx(sorted(torch.cat(each).tolist()), abs=2e-6)


@pytest.mark.parametrize("family", varlen.FAMILIES)
def test_families_attend_within_rows(family):
    """Every kind of model that is given to torch's kernel has the losses that it has under masked attention."""
    experts = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 32} if "moe" in family else {}
    config = transformers.AutoConfig.for_model(
        family, vocab_size=200, hidden_size=32, intermediate_size=64, num_hidden_layers=4, num_attention_heads=4,
        num_key_value_heads=2, head_dim=8, max_position_embeddings=512, sliding_window=5, bos_token_id=1, eos_token_id=1,
        pad_token_id=0, **experts)
    torch.manual_seed(1)
    model = transformers.AutoModelForCausalLM.from_config(config, dtype=torch.float32).train()
    batch = PackedCollator()(pack_rows(random_rows(random.Random(7)), 64))
    with torch.no_grad():
        masked = losses(model, batch)
        model.set_attn_implementation("row_by_row")
        assert (losses(model, batch) - masked).abs().max() < 1e-5


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_attention_within_rows_on_a_gpu(weights):
    """Losses and gradients under torch's kernel in bfloat16 are those of masked attention in float32, to bfloat16's rounding."""
    masked, packed = (load_model(weights, 1).cuda().train() for _ in range(2))
    attending_within_rows(packed, {"packing": True, "dtype": "bfloat16"}, "cuda")
    assert masked_note(5000, packed.config._attn_implementation) is None
    batch = PackedCollator()(pack_rows(random_rows(random.Random(7)), 64))
    expected = losses(masked, batch)
    with torch.autocast("cuda", torch.bfloat16):
        found = losses(packed, batch)
    assert (found - expected).abs().max() < 0.05
    for each in (expected, found):
        each.mean().backward()
    for (name, one), other in zip(masked.named_parameters(), packed.parameters()):
        assert torch.nn.functional.cosine_similarity(one.grad.flatten(), other.grad.flatten(), dim=0) > 0.99, name


@pytest.mark.parametrize("capacity, attention, noted", [
    (4096, "sdpa", False), (4097, "sdpa", True), (4097, "eager", True), (32768, "flash_attention_2", False),
    (32768, varlen.NAME, False)])
def test_long_packs_without_flash_attention_are_noted(capacity, attention, noted):
    """Masked attention in long packs is said, with what to do; short packs and FlashAttention need no word."""
    note = masked_note(capacity, attention)
    assert (note is not None) is noted
    assert not noted or f"packs of {capacity} tokens use masked attention ({attention})" in note


def test_phase_tells_its_attention(tmp_path, tiny_model):
    """The event of a phase names the attention in use, and notes where long packs are masked."""
    job = TinyJob(tmp_path / "run", tiny_model, 1, sft_more={"packing": True, "batchSize": 1, "maxLength": 5000})
    assert job.run()[0] == 0
    packed, pairs = [event for event in job.events() if event["kind"] == "phase"]
    assert packed["attention"] == "sdpa" and "packs of 5000 tokens" in packed["note"]
    assert pairs["attention"] == "sdpa" and pairs["note"] is None
