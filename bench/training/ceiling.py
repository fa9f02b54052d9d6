"""How fast this device multiplies matrices, measured, and how many operations training takes. Prints one JSON object.

    python ceiling.py cpu|cuda
"""
import json
import statistics
import sys
import time


def parameters_of(config: dict) -> int:
    """Return the parameters of a Qwen2 with as many key heads as heads, without input embeddings: those multiply nothing."""
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    layer = 4 * hidden * hidden + 3 * hidden + 3 * hidden * inner + 2 * hidden
    return config["num_hidden_layers"] * layer + hidden + config["vocab_size"] * hidden


def operations_per_token(config: dict, row_tokens: float) -> float:
    """Return the operations that training on one token of a row takes, recomputation not counted.

    Six for each parameter (Kaplan et al. 2020, arXiv 2001.08361, section 2.1), and 6 L h ℓ for causal attention within a
    row of ℓ tokens, half of Chowdhery et al. 2022 (arXiv 2204.02311, appendix B), who count the masked half too.
    """
    return 6 * parameters_of(config) + 6 * config["num_hidden_layers"] * config["hidden_size"] * row_tokens


def measure(device: str) -> dict:
    """Return the device's name and the median rate of bfloat16 matrix products of random numbers, in TFLOP/s."""
    import torch
    size = 8192 if device == "cuda" else 1024
    left, right = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    rates = []
    for _ in range(25 if device == "cuda" else 5):
        if device == "cuda":
            torch.cuda.synchronize()
        began = time.perf_counter()
        left @ right
        if device == "cuda":
            torch.cuda.synchronize()
        rates.append(2 * size ** 3 / (time.perf_counter() - began) / 1e12)
    name = torch.cuda.get_device_name() if device == "cuda" else "CPU"
    return {"device": name, "torch": torch.__version__, "matrixTflops": statistics.median(rates[len(rates) // 5:])}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
