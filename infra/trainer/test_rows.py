"""Encoding of rows: loss on the completion, cuts at the thought's end, over-long rows."""
import pytest
from transformers import AutoTokenizer

from errors import TrainingFailure
from job import Phase, read_phase
from rows import RowEncoder


def make_encoder(model, method, **hyperparameters) -> RowEncoder:
    """Return an encoder with the tiny model's tokenizer."""
    phase: Phase = read_phase(0, {"method": method, "dataset": {
        "uri": "s3://b/d", "files": [{"name": "a", "bytes": 1, "sha256": "0"}]},
                                  "hyperparameters": {"maxSteps": 1, **hyperparameters}})
    return RowEncoder(AutoTokenizer.from_pretrained(model), phase)


def turn(role, content):
    """Return a conversation of one message."""
    return [{"role": role, "content": content}]


def test_loss_only_on_completion(tiny_model):
    """Labels cover the completion and the end-of-turn token, nothing else."""
    encoder = make_encoder(tiny_model, "sft")
    row = encoder.encode_sft({"prompt": turn("user", "1+2"), "completion": turn("assistant", "Answer: 3")})
    learned = [label for label in row["labels"] if label != -100]
    assert encoder.tokenizer.decode(learned) == "Answer: 3<|im_end|>"
    assert encoder.tokenizer.decode(row["input_ids"]) == \
        "<|im_start|>user\n1+2<|im_end|>\n<|im_start|>assistant\nAnswer: 3<|im_end|>"


def test_words_are_single_tokens(tiny_model):
    """The words that every row repeats cost one token each."""
    encoder = make_encoder(tiny_model, "sft")
    assert len(encoder.ids("<|im_start|>user\n<think></think>Answer")) == 6


def test_thought_scope_cuts_after_delimiter(tiny_model):
    """Under scope thought both sides end with the delimiter and no end-of-turn token."""
    encoder = make_encoder(tiny_model, "dpo", scope="thought")
    row = {"prompt": turn("user", "1+2"), "chosen": turn("assistant", "<think>1</think>Answer: 3"),
           "rejected": turn("assistant", "<think>2</think>Answer: 4")}
    pair = encoder.encode_dpo(row)
    assert encoder.tokenizer.decode(pair["chosen_ids"]) == "<think>1</think>"
    assert encoder.encode_dpo({**row, "rejected": turn("assistant", "<think>1</think>Answer: 4")}) is None


def test_long_rows_are_dropped_never_cut(tiny_model):
    """Rows over maxLength disappear; a dataset without a usable row fails."""
    encoder = make_encoder(tiny_model, "sft", maxLength=16)
    long = {"prompt": turn("user", "1" * 20), "completion": turn("assistant", "2")}
    short = {"prompt": turn("user", "1"), "completion": turn("assistant", "2")}
    assert len(encoder.encode_all([long, short])) == 1
    with pytest.raises(TrainingFailure, match="none of the 1 rows"):
        encoder.encode_all([long])
