"""A checkpoint's tokenizer and chat template, without importing transformers where tokenizer.json is there."""
import json
import pathlib

from jinja2.sandbox import ImmutableSandboxedEnvironment
from tokenizers import Tokenizer

from errors import bad_request


def read_json(path: pathlib.Path) -> dict:
    """Return a JSON file's object, or an empty one if there is no file."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def token_text(value) -> str | None:
    """Return a special token's text from either of its two forms in tokenizer_config.json."""
    return value.get("content") if isinstance(value, dict) else value


class Tokens:
    """Encodes, decodes and renders chats for one checkpoint."""

    def __init__(self, folder: pathlib.Path):
        settings = read_json(folder / "tokenizer_config.json")
        if (folder / "tokenizer.json").is_file():
            self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        else:
            from transformers import AutoTokenizer
            self.tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True).backend_tokenizer
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        self.special = {name: token_text(settings.get(name)) or "" for name in ("bos_token", "eos_token", "pad_token")}
        self.end_ids = self._end_ids(folder)
        self.defaults = read_json(folder / "generation_config.json")
        path = folder / "chat_template.jinja"
        template = path.read_text(encoding="utf-8") if path.is_file() else settings.get("chat_template")
        self.template = self._compile(template) if isinstance(template, str) else None

    def _end_ids(self, folder: pathlib.Path) -> frozenset[int]:
        """Return all ids that end a turn."""
        found = {self.tokenizer.token_to_id(self.special["eos_token"])}
        for name in ("config.json", "generation_config.json"):
            value = read_json(folder / name).get("eos_token_id")
            found.update(value if isinstance(value, list) else [value])
        return frozenset(found - {None})

    @staticmethod
    def _compile(template: str):
        def raise_exception(message):
            raise bad_request(message, "messages")

        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True,
                                                    extensions=["jinja2.ext.loopcontrols"])
        environment.filters["tojson"] = lambda value, **options: json.dumps(value, ensure_ascii=False, **options)
        environment.globals["raise_exception"] = raise_exception
        return environment.from_string(template)

    def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
        """Return the token ids of a text."""
        return self.tokenizer.encode(text, add_special_tokens=add_special_tokens).ids

    def decode(self, ids: list[int], skip_special_tokens: bool = True) -> str:
        """Return the text of token ids."""
        return self.tokenizer.decode(ids, skip_special_tokens=skip_special_tokens)

    def piece(self, token: int) -> str:
        """Return one token's own text, special tokens included."""
        return self.tokenizer.decode([token], skip_special_tokens=False)

    def render_chat(self, messages: list[dict], add_generation_prompt: bool, continue_final_message: bool,
                    extra: dict | None = None) -> str:
        """Render a chat as text. With continue_final_message the last message stays open."""
        if self.template is None:
            raise bad_request("this checkpoint has no chat template", "messages")
        text = self.template.render(messages=messages, add_generation_prompt=add_generation_prompt, **self.special,
                                    **(extra or {}))
        if continue_final_message:
            final = messages[-1]["content"]
            place = text.rfind(final)
            if place < 0 and final.strip() and (place := text.rfind(final.strip())) >= 0:
                final = final.strip()
            if place < 0:
                raise bad_request("the chat template changes the final message, so it cannot be continued", "messages")
            text = text[:place + len(final)]
        return text
