"""Batches of encoded rows. Imports torch."""
import torch


class PaddingCollator:
    """Pads encoded rows of a supervised batch on the right."""

    def __init__(self, padding_id: int):
        self.padding_id = padding_id

    def __call__(self, rows: list[dict]) -> dict:
        width = max(len(row["input_ids"]) for row in rows)
        padded = {"input_ids": self.padding_id, "labels": -100}
        batch = {name: torch.tensor([row[name] + [filler] * (width - len(row[name])) for row in rows])
                 for name, filler in padded.items()}
        lengths = torch.tensor([len(row["input_ids"]) for row in rows])
        batch["attention_mask"] = (torch.arange(width)[None] < lengths[:, None]).long()
        return batch


class PackedCollator:
    """Puts packs one after the other into one sequence without any padding.

    There is no attention mask. Positions start again where a row begins; beside them are the rows' bounds and the longest
    length, under the names that transformers' models hand to their attention. Without them attention would find them
    out of the positions, and wait for the GPU in every layer.
    """

    def __call__(self, packs: list[dict]) -> dict:
        batch = {name: torch.tensor([[value for pack in packs for value in pack[name]]])
                 for name in ("input_ids", "labels", "position_ids")}
        begins = (batch["position_ids"][0] == 0).nonzero()[:, 0]
        bounds = torch.cat([begins, torch.tensor([batch["position_ids"].shape[1]])]).to(torch.int32)
        longest = int(bounds.diff().max())
        return {**batch, "cu_seq_lens_q": bounds, "cu_seq_lens_k": bounds, "max_length_q": longest, "max_length_k": longest}


def count_tokens(batch: dict) -> torch.Tensor:
    """Return how many tokens of a batch are not padding, prompts of a preference pair counted once for each side."""
    if "attention_mask" in batch:
        return batch["attention_mask"].sum()
    return torch.tensor(batch["input_ids"].numel())
