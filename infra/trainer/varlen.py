"""Attention within the rows of a pack by the FlashAttention kernel that torch has. Imports torch and transformers.

Dao 2023, arXiv 2307.08691, over rows of different lengths that stand one after the other: nothing is held or computed for
what two rows do not share.
"""
import functools
import inspect

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from transformers import AttentionInterface, AttentionMaskInterface
from transformers.integrations.sdpa_attention import repeat_kv
from transformers.masking_utils import flash_attention_mask

NAME = "torch_varlen"
# Models whose attention is what is computed here, each held by a test. Others have caps, sinks or dropout of their own, or do
# not hand the rows' bounds on.
FAMILIES = ("granite", "llama", "mistral", "olmo2", "olmo3", "phi3", "qwen2", "qwen3", "qwen3_moe", "smollm3")


def torch_kernel():
    """Return torch's kernel, or None where torch has none that takes a window (before 2.11)."""
    try:
        from torch.nn.attention.varlen import varlen_attn
    except ImportError:
        return None
    if "window_size" not in inspect.signature(varlen_attn).parameters:
        return None

    def flash_attention(*given, **named):
        # Newer versions would rather have cuDNN's on some GPUs, which computes no windows.
        with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
            return varlen_attn(*given, **named)

    return flash_attention


KERNEL = torch_kernel()


def is_usable(model) -> bool:
    """Tell whether this machine's torch and GPU have the kernel, and whether it computes the model's attention."""
    if KERNEL is None or torch.version.cuda is None or torch.cuda.get_device_capability() < (8, 0):
        return False
    config = model.config
    if config.model_type not in FAMILIES or getattr(config, "attention_dropout", 0):
        return False
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    return head <= 256 and head % 8 == 0


def attend(module, query, key, value, attention_mask, scaling=None, sliding_window=None, *, kernel, cu_seq_lens_q,
           max_length_q, dropout=0.0, **more):
    """Attend as transformers asks: queries [1, heads, tokens, size], keys and values with as many heads or fewer.

    Returns [1, tokens, heads, size] in the values' precision, and None. Raises ValueError for what the kernel does
    not compute.
    """
    unknown = [name for name in ("softcap", "s_aux", "position_bias") if more.get(name) is not None]
    if attention_mask is not None or dropout or unknown or more.get("is_causal") is False:
        raise ValueError(f"{NAME} computes no masks, dropout, caps, sinks or biases; train this model without packing")
    groups = query.shape[1] // key.shape[1]
    # Rotated queries and keys are float32 under autocast, and the kernel is not on autocast's list.
    ready = [each[0].transpose(0, 1).to(value.dtype) for each in (query, repeat_kv(key, groups), repeat_kv(value, groups))]
    window = (sliding_window - 1 if sliding_window else -1, 0)
    attended = kernel(*ready, cu_seq_lens_q, cu_seq_lens_q, max_length_q, max_length_q, scale=scaling, window_size=window)
    return attended[None], None


def register(name: str, kernel) -> None:
    """Make a kernel known to transformers under a name. It is called as torch's is."""
    AttentionInterface.register(name, functools.partial(attend, kernel=kernel))
    AttentionMaskInterface.register(name, flash_attention_mask)


if KERNEL is not None:
    register(NAME, KERNEL)
