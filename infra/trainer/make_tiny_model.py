"""Write a small Qwen2 without weights: configuration, tokenizer and chat template.

    python make_tiny_model.py --out DIR --kind quickstart

The trainer initialises the weights from the job's seed. The same arguments always write the same bytes. Standard
library only. Kind `quickstart` has about half a million parameters; `test` has a few thousand; `100m` has a hundred million.
"""
import argparse
import pathlib
import sys

from files import write_json, write_atomic

SPECIAL = ["<pad>", "<|im_end|>", "<|im_start|>", "<think>", "</think>"]
# Words that every prompt or answer repeats are one token each, which makes training and sampling faster.
WORDS = ["user", "assistant", "Answer"]
# Wider initial weights and a short rotary period let a small model find its way around short texts in far fewer steps.
KINDS = {"quickstart": dict(hidden=128, inner=512, layers=2, heads=4, context=1024, spread=0.06, theta=100.0),
         "test": dict(hidden=32, inner=64, layers=2, heads=4, context=512, spread=0.02, theta=10000.0),
         "100m": dict(hidden=768, inner=2048, layers=14, heads=12, context=1024, spread=0.02, theta=10000.0)}
CHAT_TEMPLATE = ("{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
                 "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}")


def byte_letters() -> list[str]:
    """Return the 256 letters that byte-level tokenizers write bytes as, in byte order."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters, extra = [], 256
    for byte in range(256):
        if byte in printable:
            letters.append(chr(byte))
        else:
            letters.append(chr(extra))
            extra += 1
    return letters


def build_vocabulary() -> tuple[dict[str, int], list[list[str]]]:
    """Return the vocabulary and the merges that build the whole words."""
    vocabulary = {token: index for index, token in enumerate(SPECIAL + byte_letters())}
    merges = []
    for word in WORDS:
        for end in range(2, len(word) + 1):
            if word[:end] not in vocabulary:
                vocabulary[word[:end]] = len(vocabulary)
                merges.append([word[:end - 1], word[end - 1]])
    return vocabulary, merges


def tokenizer_file(vocabulary: dict[str, int], merges: list[list[str]]) -> dict:
    """Return the contents of tokenizer.json: byte-level pair encoding with a few whole words."""
    added = [{"id": vocabulary[token], "content": token, "single_word": False, "lstrip": False, "rstrip": False,
              "normalized": False, "special": token not in ("<think>", "</think>")} for token in SPECIAL]
    level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    return {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
            "pre_tokenizer": level, "post_processor": None,
            "decoder": level,
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
                      "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
                      "vocab": vocabulary, "merges": merges}}


def model_configuration(kind: str, vocabulary_size: int) -> dict:
    """Return the contents of config.json."""
    shape = KINDS[kind]
    return {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "vocab_size": vocabulary_size,
            "hidden_size": shape["hidden"], "intermediate_size": shape["inner"], "num_hidden_layers": shape["layers"],
            "num_attention_heads": shape["heads"], "num_key_value_heads": shape["heads"],
            "max_position_embeddings": shape["context"], "hidden_act": "silu", "rms_norm_eps": 1e-6,
            "rope_theta": shape["theta"], "initializer_range": shape["spread"], "attention_dropout": 0.0, "tie_word_embeddings": False,
            "use_cache": True, "use_sliding_window": False, "bos_token_id": None, "eos_token_id": 1,
            "pad_token_id": 0, "dtype": "float32"}


def write_model(folder: pathlib.Path, kind: str) -> None:
    """Write all files of a kind into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary, merges = build_vocabulary()
    size = (len(vocabulary) + 7) // 8 * 8
    write_json(folder / "config.json", model_configuration(kind, size))
    write_json(folder / "generation_config.json", {"eos_token_id": 1, "pad_token_id": 0})
    write_json(folder / "tokenizer.json", tokenizer_file(vocabulary, merges))
    write_json(folder / "tokenizer_config.json", {
        "tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|im_end|>", "pad_token": "<pad>",
        "clean_up_tokenization_spaces": False, "model_max_length": KINDS[kind]["context"]})
    write_atomic(folder / "chat_template.jinja", CHAT_TEMPLATE)


def main() -> int:
    """Read the command line and write the model."""
    parser = argparse.ArgumentParser(description="Write a small model without weights.")
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("--kind", required=True, choices=sorted(KINDS))
    arguments = parser.parse_args()
    write_model(arguments.out, arguments.kind)
    print(arguments.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
