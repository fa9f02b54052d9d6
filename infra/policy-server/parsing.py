"""Request bodies, checked and turned into prompts and sampling settings."""
import dataclasses
import math
import secrets

from engine import Checkpoint
from errors import bad_request, malformed
from sequences import Sampling

MAX_LOGPROBS = 20


@dataclasses.dataclass(frozen=True)
class Call:
    """A checked request: its prompts as token ids, how to sample, and what the answer must hold."""

    prompts: list[list[int]]
    prompt_texts: list[str]
    sampling: Sampling
    chat: bool
    echo: bool
    stream: bool
    include_usage: bool
    return_token_ids: bool
    show_prompt_logprobs: bool


def number(body: dict, name: str, default, low: float, high: float, whole: bool = False):
    """Return a number field, the default where it is missing or null. Raises ApiError."""
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, (int, float)) or (whole and value != int(value)):
        raise malformed(f"{name} must be a {'whole ' if whole else ''}number, got {value!r}", name)
    if not math.isfinite(value) or not low <= value <= high:
        raise bad_request(f"{name} must be between {low:g} and {high:g}, got {value}", name)
    return int(value) if whole else float(value)


def flag(body: dict, name: str, default: bool = False) -> bool:
    """Return a boolean field. Raises ApiError."""
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise malformed(f"{name} must be true or false, got {value!r}", name)
    return value


def stop_strings(body: dict) -> tuple[str, ...]:
    """Return the stop strings. Raises ApiError."""
    value = body.get("stop") or []
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(one, str) and one for one in values):
        raise malformed("stop must be a non-empty string or a list of them", "stop")
    return tuple(values)


def stop_ids(body: dict) -> frozenset[int]:
    """Return the stop token ids. Raises ApiError."""
    values = body.get("stop_token_ids") or []
    if not isinstance(values, list) or not all(type(one) is int for one in values):
        raise malformed("stop_token_ids must be a list of whole numbers", "stop_token_ids")
    return frozenset(values)


def check_messages(body: dict) -> list[dict]:
    """Return the chat messages with text contents. Raises ApiError."""
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise malformed("messages must be a list with at least one message", "messages")
    checked = []
    for message in messages:
        content = message.get("content") if isinstance(message, dict) else None
        if isinstance(content, list):
            content = "".join(part.get("text", "") for part in content if isinstance(part, dict))
        if not isinstance(message, dict) or not isinstance(message.get("role"), str) or not isinstance(content, str):
            raise malformed("every message needs a role and a content", "messages")
        checked.append({**message, "content": content})
    return checked


def render_messages(body: dict, checkpoint: Checkpoint) -> str:
    """Render the chat of a request. Raises ApiError."""
    continue_final = flag(body, "continue_final_message")
    generation_prompt = flag(body, "add_generation_prompt", True)
    if continue_final and generation_prompt:
        raise bad_request("Cannot set both `continue_final_message` and `add_generation_prompt` to True.")
    return checkpoint.tokens.render_chat(check_messages(body), generation_prompt, continue_final,
                                         body.get("chat_template_kwargs"))


def read_prompts(body: dict, checkpoint: Checkpoint) -> list[list[int]]:
    """Return the prompts of a completion request as ids. Raises ApiError."""
    prompt = body.get("prompt")
    if isinstance(prompt, str):
        prompt = [prompt]
    elif isinstance(prompt, list) and prompt and all(type(one) is int for one in prompt):
        prompt = [prompt]
    if not isinstance(prompt, list) or not prompt:
        raise malformed("prompt must be a text, a list of token ids, or a list of either", "prompt")
    found = []
    for one in prompt:
        if isinstance(one, str):
            one = checkpoint.tokens.encode(one, flag(body, "add_special_tokens", True))
        elif not isinstance(one, list) or not all(type(token) is int for token in one):
            raise malformed("prompt must be a text, a list of token ids, or a list of either", "prompt")
        if any(not 0 <= token < checkpoint.vocabulary for token in one):
            raise bad_request("Token id is out of vocabulary", "prompt")
        if not one:
            raise bad_request("The prompt is empty", "prompt")
        found.append(one)
    return found


def token_limit(body: dict, checkpoint: Checkpoint, longest: int, chat: bool) -> int:
    """Return how many tokens may be generated. Raises ApiError where prompt and answer exceed the context."""
    name = "max_completion_tokens" if chat and body.get("max_completion_tokens") is not None else "max_tokens"
    default = checkpoint.context - longest if chat else 16
    limit = number(body, name, default, 0, float("inf"), whole=True) if body.get(name) is not None else default
    if limit > checkpoint.context:
        raise bad_request(f"{name}={limit} cannot be greater than the context length {checkpoint.context}", name)
    if longest + limit > checkpoint.context or longest >= checkpoint.context + (limit == 0):
        raise bad_request(f"This model's maximum context length is {checkpoint.context} tokens. However, you requested "
                          f"{limit} output tokens and your prompt contains at least {longest} input tokens.", "input_tokens")
    return limit


def requested_logprobs(body: dict, chat: bool) -> int | None:
    """Return how many best tokens to report beside each chosen one, None for no log-probabilities at all."""
    if not chat:
        return number(body, "logprobs", None, 0, MAX_LOGPROBS, whole=True)
    if not flag(body, "logprobs"):
        return None
    return number(body, "top_logprobs", 0, 0, MAX_LOGPROBS, whole=True)


def parse_call(body: dict, checkpoint: Checkpoint, chat: bool) -> Call:
    """Check a completion or chat request. Raises ApiError."""
    tokens = checkpoint.tokens
    prompts = [tokens.encode(render_messages(body, checkpoint), False)] if chat else read_prompts(body, checkpoint)
    limit = token_limit(body, checkpoint, max(map(len, prompts)), chat)
    echo, stream = flag(body, "echo"), flag(body, "stream")
    logprobs = requested_logprobs(body, chat)
    prompt_logprobs = number(body, "prompt_logprobs", None, 0, MAX_LOGPROBS, whole=True)
    if limit == 0 and (chat or not echo):
        raise bad_request("max_tokens must be at least 1, got 0.", "max_tokens")
    if stream and prompt_logprobs is not None:
        raise bad_request("`prompt_logprobs` are not available when `stream=True`.", "prompt_logprobs")
    show_prompt_logprobs = prompt_logprobs is not None or (echo and logprobs is not None)
    if show_prompt_logprobs and prompt_logprobs is None:
        prompt_logprobs = logprobs
    defaults = tokens.defaults
    seed = number(body, "seed", None, -2.0 ** 63, 2.0 ** 64, whole=True)
    sampling = Sampling(
        temperature=number(body, "temperature", float(defaults.get("temperature", 1.0)), 0, 100),
        top_p=number(body, "top_p", float(defaults.get("top_p", 1.0)), 1e-9, 1),
        top_k=max(0, number(body, "top_k", int(defaults.get("top_k", 0)), -1, 1e9, whole=True)),
        max_tokens=limit, min_tokens=number(body, "min_tokens", 0, 0, max(limit, 0), whole=True),
        seed=secrets.randbits(62) if seed is None else seed, count=number(body, "n", 1, 1, 16384, whole=True),
        stop=stop_strings(body), stop_token_ids=stop_ids(body), ignore_eos=flag(body, "ignore_eos"),
        include_stop=flag(body, "include_stop_str_in_output"),
        skip_special_tokens=flag(body, "skip_special_tokens", True), logprobs=logprobs, prompt_logprobs=prompt_logprobs)
    if sampling.count > 1 and sampling.temperature == 0:
        raise bad_request(f"n must be 1 when using greedy sampling, got {sampling.count}.", "n")
    options = body.get("stream_options") or {}
    return Call(prompts=prompts, prompt_texts=[tokens.decode(one, False) for one in prompts] if echo else [],
                sampling=sampling, chat=chat, echo=echo and not chat, stream=stream,
                include_usage=isinstance(options, dict) and bool(options.get("include_usage")),
                return_token_ids=flag(body, "return_token_ids"), show_prompt_logprobs=show_prompt_logprobs)
