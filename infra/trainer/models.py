"""Loading models, adapters and tokenizers from checkpoint folders. Imports torch and transformers, PEFT when needed."""
import importlib.util
import pathlib

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig

import varlen
from checkpoints import has_weights
from errors import TrainingFailure
from job import Job, Phase
from starts import Source


def load_tokenizer(folder: pathlib.Path):
    """Load a checkpoint's tokenizer; its padding token falls back to the end-of-turn token."""
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(folder: pathlib.Path, seed: int, dtype=torch.float32):
    """Load a causal language model, or make one from its configuration alone with the seed."""
    if has_weights(folder):
        return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True)
    torch.manual_seed(seed)
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    model = AutoModelForCausalLM.from_config(config, dtype=dtype)
    if (folder / "generation_config.json").is_file():
        model.generation_config = GenerationConfig.from_pretrained(folder, local_files_only=True)
    return model


def load_whole(source: Source, seed: int):
    """Load a model in float32 with its adapter, if any, merged into its weights."""
    model = load_model(source.model, seed)
    if source.adapter is None:
        return model
    from peft import PeftModel
    return PeftModel.from_pretrained(model, source.adapter).merge_and_unload()


def load_policy(job: Job, phase: Phase, source: Source, device: str):
    """Load the model that a phase trains: all of it in float32, or under LoRA an adapter on a frozen base."""
    values = phase.hyperparameters
    if values["lora"] is None:
        return attending_within_rows(load_whole(source, job.seed), values, device)
    # Nothing is ever added to a frozen base, so that it loses nothing in the precision that it is used in.
    dtype = torch.bfloat16 if values["dtype"] == "bfloat16" else torch.float32
    base = attending_within_rows(load_model(source.model, job.seed, dtype), values, device)
    return with_adapter(base, source.adapter, values["lora"], job.seed)


def attending_within_rows(model, values: dict, device: str):
    """Return the model; for packs in bfloat16 on a GPU with FlashAttention, which skips what rows do not share."""
    if values["packing"] and device == "cuda" and values["dtype"] == "bfloat16":
        if importlib.util.find_spec("flash_attn"):
            model.set_attn_implementation("flash_attention_2")
        elif varlen.is_usable(model):
            model.set_attn_implementation(varlen.NAME)
    return model


def with_adapter(base, adapter: pathlib.Path | None, lora: dict, seed: int):
    """Return the base with a new adapter, which changes nothing yet, or with one to be trained further."""
    from peft import LoraConfig, PeftConfig, PeftModel, get_peft_model
    if adapter is not None:
        config = PeftConfig.from_pretrained(adapter)
        config.lora_dropout = lora["dropout"]
        return PeftModel.from_pretrained(base, adapter, config=config, is_trainable=True)
    torch.manual_seed(seed)
    return get_peft_model(base, LoraConfig(
        task_type="CAUSAL_LM", r=lora["rank"], lora_alpha=lora["alpha"], lora_dropout=lora["dropout"],
        target_modules=lora["targetModules"]))


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
