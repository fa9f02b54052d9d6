"""Write small random checkpoints and adapters with their canaries, for tests of servers.

    python make_tiny_checkpoints.py --out DIR

Makes full-1 and full-2, which differ in their seed, full-narrow and full-wide, which have half and twice their hidden size,
and adapter-1 and adapter-2 over full-1, as PEFT writes adapters. Each has a canary.json: token ids of a fixed text and their
logprobs, an adapter's under the weights that it is merged into.
"""
import argparse
import pathlib
import shutil

import torch
import transformers
from safetensors.torch import save_file

from files import read_json, write_json
from make_tiny_model import write_model
from models import load_model, load_tokenizer, score_text

TEXT = "A farmer has 17 cows, buys 25 more and sells a third of them. How many are left?"
RANK, ALPHA, SPREAD = 8, 16, 0.2
HIDDEN_SIZES = {"narrow": 64, "wide": 256}
MODULES = ["q_proj", "v_proj", "o_proj"]


def write_full(configuration: pathlib.Path, folder: pathlib.Path, seed: int) -> None:
    """Write a model with the weights that a seed gives, beside its tokenizer."""
    model = load_model(configuration, seed)
    model.save_pretrained(folder)
    for path in configuration.iterdir():
        if not (folder / path.name).exists():
            shutil.copyfile(path, folder / path.name)
    write_json(folder / "canary.json", score_text(model, load_tokenizer(configuration), TEXT))


def write_width(configuration: pathlib.Path, folder: pathlib.Path, hidden: int) -> None:
    """Write a copy of a configuration with another hidden size."""
    shutil.copytree(configuration, folder)
    write_json(folder / "config.json", {**read_json(folder / "config.json"), "hidden_size": hidden})


def write_adapter(base: pathlib.Path, folder: pathlib.Path, seed: int) -> None:
    """Write a random adapter, and the canary of the base with W + (alpha / r) B A for each adapted W."""
    folder.mkdir()
    model = load_model(base, 0)
    chance = torch.Generator().manual_seed(seed)
    tensors = {}
    with torch.no_grad():
        for name, module in model.named_modules():
            if name.rpartition(".")[2] not in MODULES:
                continue
            down = torch.randn(RANK, module.in_features, generator=chance) * SPREAD
            up = torch.randn(module.out_features, RANK, generator=chance) * SPREAD
            module.weight += ALPHA / RANK * (up @ down)
            tensors[f"base_model.model.{name}.lora_A.weight"] = down
            tensors[f"base_model.model.{name}.lora_B.weight"] = up
    save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
    write_json(folder / "adapter_config.json", {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": str(base), "r": RANK,
        "lora_alpha": ALPHA, "lora_dropout": 0.0, "bias": "none", "target_modules": MODULES, "fan_in_fan_out": False,
        "inference_mode": True, "modules_to_save": None, "use_rslora": False, "use_dora": False})
    write_json(folder / "canary.json", score_text(model, load_tokenizer(base), TEXT))


def main() -> None:
    """Read the command line and write everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", required=True, type=pathlib.Path)
    out = parser.parse_args().out.absolute()
    transformers.utils.logging.disable_progress_bar()
    write_model(out / "configuration", "quickstart")
    for seed in (1, 2):
        write_full(out / "configuration", out / f"full-{seed}", seed)
    for name, hidden in HIDDEN_SIZES.items():
        write_width(out / "configuration", out / f"configuration-{name}", hidden)
        write_full(out / f"configuration-{name}", out / f"full-{name}", 1)
    for seed in (1, 2):
        write_adapter(out / "full-1", out / f"adapter-{seed}", seed)


if __name__ == "__main__":
    main()
