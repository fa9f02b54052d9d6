"""Training rows: checked against their digests, read, and turned into token ids.

A row is encoded as it was sampled: the prompt by the chat template with its generation prompt, then the completion's
own text, then the end-of-turn token. Rows that do not fit are dropped and counted, never cut.
"""
import gzip
import json
import zlib

from errors import TrainingFailure
from files import sha256_of
from job import Phase


def check_digests(phase: Phase) -> None:
    """Compare every dataset file with its SHA-256. Raises TrainingFailure naming the file and both digests."""
    for path, wanted in zip(phase.files, phase.digests):
        if not path.is_file():
            raise TrainingFailure(f"the dataset file {path} does not exist")
        found = sha256_of(path)
        if found != wanted.lower():
            raise TrainingFailure(f"the dataset file {path} has the SHA-256 {found}, but the job says {wanted}: "
                                  "somebody changed it; make the dataset anew with another iteration")


def read_rows(phase: Phase) -> list[dict]:
    """Return the rows of all files of a phase, in order. Raises TrainingFailure naming file and line."""
    rows = []
    for path in phase.files:
        opener = gzip.open if path.suffix == ".gz" else open
        number = 0
        try:
            with opener(path, "rt", encoding="utf-8") as handle:
                for number, line in enumerate(handle, 1):
                    if line.strip():
                        rows.append(json.loads(line))
        except (ValueError, EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise TrainingFailure(f"{path}, line {number + 1}, cannot be read: {error}") from error
    return rows


class RowEncoder:
    """Encodes rows of one phase with one tokenizer."""

    def __init__(self, tokenizer, phase: Phase):
        self.tokenizer = tokenizer
        self.values = phase.hyperparameters
        self.method = phase.method
        if tokenizer.eos_token_id is None:
            raise TrainingFailure("the tokenizer has no end-of-turn (eos) token")
        if not tokenizer.chat_template:
            raise TrainingFailure("the tokenizer has no chat template")

    def encode_all(self, rows: list[dict]) -> list[dict]:
        """Return the encoded rows that fit. Raises TrainingFailure on a malformed row or when none is left."""
        encode = self.encode_sft if self.method == "sft" else self.encode_dpo
        encoded = []
        for index, row in enumerate(rows):
            try:
                one = encode(row)
            except (KeyError, TypeError, IndexError) as error:
                name = row.get("id", index) if isinstance(row, dict) else index
                raise TrainingFailure(f"row {name} is malformed: {error!r}") from error
            if one is not None:
                encoded.append(one)
        if not encoded:
            raise TrainingFailure(f"none of the {len(rows)} rows can be used (maxLength {self.values['maxLength']})")
        return encoded

    def ids(self, text: str) -> list[int]:
        """Return the token ids of a text as it stands."""
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    def prompt_text(self, row: dict) -> str:
        """Render the prompt messages and the start of the assistant's turn."""
        return self.tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, tokenize=False)

    def completion_text(self, messages: list[dict], prompt: str) -> str:
        """Return the completion's text without what the generation prompt already holds."""
        (message,) = messages if len(messages) == 1 else (None,)
        if message is None or message["role"] != "assistant":
            raise TypeError("a completion must be one assistant message")
        text = message["content"]
        # Templates of some reasoning models open the thought themselves.
        if prompt.rstrip().endswith("<think>") and text.startswith("<think>"):
            return text[len("<think>"):].lstrip("\n")
        return text

    def encode_sft(self, row: dict) -> dict | None:
        """Return {"input_ids", "labels"} (loss on the completion alone), or None if the row is too long."""
        prompt = self.prompt_text(row)
        prompt_ids = self.ids(prompt)
        completion = self.ids(self.completion_text(row["completion"], prompt)) + [self.tokenizer.eos_token_id]
        if len(prompt_ids) + len(completion) > self.values["maxLength"]:
            return None
        return {"input_ids": prompt_ids + completion, "labels": [-100] * len(prompt_ids) + completion}

    def encode_dpo(self, row: dict) -> dict | None:
        """Return {"prompt_ids", "chosen_ids", "rejected_ids"}, or None if the pair is too long or has no contrast."""
        prompt = self.prompt_text(row)
        prompt_ids = self.ids(prompt)
        sides = []
        for name in ("chosen", "rejected"):
            text = self.completion_text(row[name], prompt)
            if self.values["scope"] == "thought":
                head, delimiter, _ = text.partition(self.values["thoughtEnd"])
                if not delimiter:
                    return None
                sides.append(self.ids(head + delimiter))
            else:
                sides.append(self.ids(text) + [self.tokenizer.eos_token_id])
        chosen, rejected = sides
        if chosen == rejected or len(prompt_ids) + max(len(chosen), len(rejected)) > self.values["maxLength"]:
            return None
        return {"prompt_ids": prompt_ids, "chosen_ids": chosen, "rejected_ids": rejected}
