"""Qwen2's forward pass over fixed shapes, with the caller's key and value memory.

Shapes are fixed so that a row's result cannot depend on how many other rows happen to be computed with it: matrix
libraries may pick another order of summation for another shape.
"""
import json
import math
import pathlib

import torch
import torch.nn.functional as functional
from safetensors.torch import load_file


def supports(config: dict) -> bool:
    """Tell whether this module computes the architecture that a config.json describes."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    return (config.get("model_type") == "qwen2" and rope.get("rope_type", rope.get("type", "default")) == "default"
            and not config.get("use_sliding_window") and config.get("hidden_act", "silu") == "silu")


def load_weights(folder: pathlib.Path) -> dict[str, torch.Tensor]:
    """Read all safetensors files of a folder as float32."""
    weights = {}
    for path in sorted(folder.glob("*.safetensors")):
        weights.update({name: tensor.float() for name, tensor in load_file(path).items()})
    return weights


class Qwen2:
    """A Qwen2 model for inference. All methods run without gradients."""

    def __init__(self, folder: pathlib.Path, device: str):
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        weights = {name: tensor.to(device) for name, tensor in load_weights(folder).items()}
        self.device = device
        self.layers = config["num_hidden_layers"]
        self.heads = config["num_attention_heads"]
        self.key_heads = config.get("num_key_value_heads") or self.heads
        self.head_size = config.get("head_dim") or config["hidden_size"] // self.heads
        self.epsilon = config["rms_norm_eps"]
        self.context = config["max_position_embeddings"]
        self.embedding = weights["model.embed_tokens.weight"]
        self.vocabulary = self.embedding.shape[0]
        tied = config.get("tie_word_embeddings") or "lm_head.weight" not in weights
        self.output = self.embedding if tied else weights["lm_head.weight"]
        self.final_norm = weights["model.norm.weight"]
        self.blocks = [self._layer(weights, f"model.layers.{index}.") for index in range(self.layers)]
        self.parameters = sum(tensor.numel() for tensor in weights.values())
        theta = (config.get("rope_parameters") or {}).get("rope_theta") or config.get("rope_theta") or 10000.0
        exponents = torch.arange(0, self.head_size, 2, dtype=torch.int64).float() / self.head_size
        angles = torch.outer(torch.arange(self.context).float(), 1.0 / (theta ** exponents))
        angles = torch.cat([angles, angles], dim=-1).to(device)
        self.cosines, self.sines = angles.cos(), angles.sin()

    @staticmethod
    def _layer(weights: dict, prefix: str) -> dict[str, torch.Tensor]:
        """Return one layer's weights with those that read the same input joined."""
        attention, feed = prefix + "self_attn.", prefix + "mlp."
        names = ("q_proj", "k_proj", "v_proj")
        return {
            "qkv": torch.cat([weights[f"{attention}{name}.weight"] for name in names]),
            "qkv_bias": torch.cat([weights[f"{attention}{name}.bias"] for name in names]),
            "out": weights[attention + "o_proj.weight"],
            "gate_up": torch.cat([weights[feed + "gate_proj.weight"], weights[feed + "up_proj.weight"]]),
            "down": weights[feed + "down_proj.weight"],
            "norm1": weights[prefix + "input_layernorm.weight"],
            "norm2": weights[prefix + "post_attention_layernorm.weight"]}

    def _norm(self, values: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return functional.rms_norm(values, (values.shape[-1],), weight, self.epsilon)

    def _rotate(self, values: torch.Tensor, cosines: torch.Tensor, sines: torch.Tensor) -> torch.Tensor:
        """Apply the rotary position embedding to [..., head size]."""
        first, second = values.chunk(2, dim=-1)
        return values * cosines + torch.cat([-second, first], dim=-1) * sines

    def _project(self, layer: dict, hidden: torch.Tensor, cosines: torch.Tensor, sines: torch.Tensor):
        """Return rotated queries and keys, and values, each [..., heads, head size]."""
        joined = functional.linear(self._norm(hidden, layer["norm1"]), layer["qkv"], layer["qkv_bias"])
        joined = joined.unflatten(-1, (-1, self.head_size))
        queries, keys, values = joined.split([self.heads, self.key_heads, self.key_heads], dim=-2)
        return self._rotate(queries, cosines, sines), self._rotate(keys, cosines, sines), values

    def _finish_layer(self, layer: dict, hidden: torch.Tensor, attended: torch.Tensor) -> torch.Tensor:
        """Add the attention's output and the feed-forward part."""
        hidden = hidden + functional.linear(attended.flatten(-2), layer["out"])
        gate, up = functional.linear(self._norm(hidden, layer["norm2"]), layer["gate_up"]).chunk(2, dim=-1)
        return hidden + functional.linear(functional.silu(gate) * up, layer["down"])

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """Return the logits [..., vocabulary] of final hidden states."""
        return functional.linear(self._norm(hidden, self.final_norm), self.output)

    @torch.inference_mode()
    def prefill(self, ids: torch.Tensor):
        """Compute whole prompts [rows, width], padded on the right.

        Returns hidden states [rows, width, size] and keys and values, each [layers, rows, key heads, width, head size].
        """
        rows, width = ids.shape
        hidden = self.embedding[ids]
        cosines, sines = self.cosines[:width, None], self.sines[:width, None]
        future = torch.ones(width, width, dtype=torch.bool, device=self.device).triu(1)
        all_keys, all_values = [], []
        for layer in self.blocks:
            queries, keys, values = self._project(layer, hidden, cosines, sines)
            keys, values = keys.transpose(1, 2), values.transpose(1, 2)
            grouped = queries.transpose(1, 2).reshape(rows, self.key_heads, -1, width, self.head_size)
            scores = (grouped @ keys.unsqueeze(2).transpose(-1, -2)) / math.sqrt(self.head_size)
            weights = torch.softmax(scores.masked_fill(future, -torch.inf), dim=-1)
            attended = (weights @ values.unsqueeze(2)).reshape(rows, self.heads, width, self.head_size)
            hidden = self._finish_layer(layer, hidden, attended.transpose(1, 2))
            all_keys.append(keys)
            all_values.append(values)
        return hidden, torch.stack(all_keys), torch.stack(all_values)

    @torch.inference_mode()
    def decode(self, ids: torch.Tensor, positions: torch.Tensor, keys: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        """Compute one token for each row and store its keys and values at its position. Returns logits [rows, vocabulary]."""
        rows = torch.arange(ids.shape[0], device=self.device)
        hidden = self.embedding[ids]
        cosines, sines = self.cosines[positions, None], self.sines[positions, None]
        unseen = (torch.arange(keys.shape[3], device=self.device)[None] > positions[:, None])[:, None, None]
        for index, layer in enumerate(self.blocks):
            queries, new_keys, new_values = self._project(layer, hidden, cosines, sines)
            keys[index][rows, :, positions] = new_keys
            values[index][rows, :, positions] = new_values
            grouped = queries.unflatten(1, (self.key_heads, -1))
            scores = (grouped @ keys[index].transpose(-1, -2)) / math.sqrt(self.head_size)
            weights = torch.softmax(scores.masked_fill(unseen, -torch.inf), dim=-1)
            attended = (weights @ values[index]).flatten(1, 2)
            hidden = self._finish_layer(layer, hidden, attended)
        return self.logits(hidden)
