"""Loading models and tokenizers from checkpoint folders. Imports torch and transformers."""
import pathlib

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig

from checkpoints import has_weights
from errors import TrainingFailure


def load_tokenizer(folder: pathlib.Path):
    """Load a checkpoint's tokenizer; its padding token falls back to the end-of-turn token."""
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(folder: pathlib.Path, seed: int):
    """Load a causal language model in float32, or make one from its configuration alone with the seed."""
    if has_weights(folder):
        return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    torch.manual_seed(seed)
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    model = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
    if (folder / "generation_config.json").is_file():
        model.generation_config = GenerationConfig.from_pretrained(folder, local_files_only=True)
    return model


def choose_device(wanted: str) -> str:
    """Turn auto, cpu or cuda into the device to use. Raises TrainingFailure if CUDA is asked for but missing."""
    if wanted == "cuda" and not torch.cuda.is_available():
        raise TrainingFailure("the job asks for device cuda, but torch sees no GPU")
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    return wanted


@torch.no_grad()
def score_text(model, tokenizer, text: str) -> dict:
    """Return {"text", "tokenIds", "logprobs"}: natural logarithms under the model, the first one null."""
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    model.eval()
    inputs = torch.tensor([ids], device=model.device)
    logits = model(input_ids=inputs, use_cache=False).logits[0, :-1].float()
    picked = torch.log_softmax(logits, dim=-1).gather(1, inputs[0, 1:, None])[:, 0]
    return {"text": text, "tokenIds": ids, "logprobs": [None, *picked.tolist()]}
