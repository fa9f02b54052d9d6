"""Packs: nothing cut or lost, little room wasted, and the same losses as the rows alone."""
import random

import pytest
import torch

from collators import PackedCollator, count_tokens
from conftest import TinyJob
from models import load_model
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


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_losses_of_packed_rows_are_those_of_the_rows_alone(tiny_weights, attention):
    """Every label of two packs in one batch has the loss that its row has by itself, to float32 rounding."""
    model = load_model(tiny_weights, 1, attention=attention).train()
    chance = random.Random(7)
    rows = []
    for _ in range(9):
        ids = [chance.randrange(5, 200) for _ in range(chance.randint(3, 30))]
        learned = chance.randint(1, len(ids) - 1)
        rows.append({"input_ids": ids, "labels": [-100] * learned + ids[learned:]})
    packs = pack_rows(rows, 64)
    assert 1 < len(packs) < len(rows)
    batch = PackedCollator()(packs)
    assert count_tokens(batch) == sum(len(row["input_ids"]) for row in rows)

    def losses(inputs: dict) -> list[float]:
        labels = inputs.pop("labels")
        with torch.no_grad():
            logits = model(**inputs, use_cache=False).logits
        each = torch.nn.functional.cross_entropy(logits[0, :-1], labels[0, 1:], reduction="none")
        return each[labels[0, 1:] != -100].tolist()

    alone = [loss for row in rows for loss in losses({name: torch.tensor([value]) for name, value in row.items()})]
    assert sorted(losses(batch)) == pytest.approx(sorted(alone), abs=2e-6)


@pytest.mark.parametrize("capacity, attention, noted", [
    (4096, "sdpa", False), (4097, "sdpa", True), (4097, "eager", True), (32768, "flash_attention_2", False)])
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
