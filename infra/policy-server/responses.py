"""Answers in the shapes that vLLM gives them."""
from parsing import Call
from sequences import Request, Sequence


def completion_logprobs(call: Call, request: Request, sequence: Sequence, start: int = 0) -> dict | None:
    """Return a completion choice's logprobs from generated token `start` on, the prompt's first under echo."""
    if call.sampling.logprobs is None:
        return None
    tokens = request.checkpoint.tokens
    names, values, tops = [], [], []
    if call.echo:
        for token, entries in zip(request.prompt_ids, request.prompt_scores):
            names.append(tokens.piece(token))
            values.append(entries[token][0] if entries else None)
            tops.append({tokens.piece(other): value for other, (value, _) in entries.items()} if entries else None)
    generated = zip(sequence.token_ids[start:], sequence.logprobs[start:], sequence.alternatives[start:])
    for token, value, best in generated:
        names.append(tokens.piece(token))
        values.append(value)
        tops.append({**{tokens.piece(other): logprob for other, logprob in best}, tokens.piece(token): value})
    offsets, place = [], 0
    for name in names:
        offsets.append(place)
        place += len(name)
    return {"text_offset": offsets, "token_logprobs": values, "tokens": names, "top_logprobs": tops}


def chat_logprobs(call: Call, request: Request, sequence: Sequence, start: int = 0) -> dict | None:
    """Return a chat choice's logprobs from generated token `start` on; the chosen token leads its alternatives."""
    if call.sampling.logprobs is None:
        return None
    tokens = request.checkpoint.tokens

    def entry(token: int, value: float) -> dict:
        text = tokens.piece(token)
        return {"token": text, "logprob": value, "bytes": list(text.encode())}

    content = []
    generated = zip(sequence.token_ids[start:], sequence.logprobs[start:], sequence.alternatives[start:])
    for token, value, best in generated:
        ranked = [(token, value), *[(other, logprob) for other, logprob in best if other != token]]
        top = [entry(other, logprob) for other, logprob in ranked[:call.sampling.logprobs]]
        content.append({**entry(token, value), "top_logprobs": top})
    return {"content": content}


def prompt_logprobs(call: Call, request: Request) -> list | None:
    """Return the prompt's log-probabilities by token id, the first null."""
    if not call.show_prompt_logprobs:
        return None
    piece = request.checkpoint.tokens.piece
    return [entries and {str(token): {"logprob": value, "rank": rank, "decoded_token": piece(token)}
                         for token, (value, rank) in entries.items()} for entries in request.prompt_scores]


def choice(call: Call, request: Request, prompt_index: int, number: int) -> dict:
    """Return one choice of a whole (not streamed) answer."""
    sequence = request.sequences[number]
    common = {"index": prompt_index * call.sampling.count + number, "finish_reason": sequence.finish_reason,
              "stop_reason": sequence.stop_reason,
              "token_ids": sequence.token_ids if call.return_token_ids else None}
    if call.chat:
        message = {"role": "assistant", "content": sequence.text, "refusal": None, "tool_calls": [], "reasoning": None}
        return {**common, "message": message, "logprobs": chat_logprobs(call, request, sequence)}
    text = (call.prompt_texts[prompt_index] if call.echo else "") + sequence.text
    return {**common, "text": text, "logprobs": completion_logprobs(call, request, sequence),
            "prompt_logprobs": prompt_logprobs(call, request),
            "prompt_token_ids": request.prompt_ids if call.return_token_ids else None}


def usage(call: Call, requests: list[Request]) -> dict:
    """Count tokens. A scoring request counts one generated token, as vLLM does."""
    prompt = sum(len(request.prompt_ids) for request in requests)
    generated = sum(max(1, len(one.token_ids)) for request in requests for one in request.sequences)
    return {"prompt_tokens": prompt, "completion_tokens": generated, "total_tokens": prompt + generated}


def envelope(call: Call, identity: str, created: int, model: str, streamed: bool = False) -> dict:
    """Return the fields that every answer or chunk begins with."""
    kind = "text_completion" if not call.chat else "chat.completion.chunk" if streamed else "chat.completion"
    return {"id": identity, "object": kind, "created": created, "model": model}


def whole_answer(call: Call, requests: list[Request], identity: str, created: int, model: str) -> dict:
    """Return the answer to a request that is not streamed."""
    choices = [choice(call, request, index, number) for index, request in enumerate(requests)
               for number in range(call.sampling.count)]
    answer = {**envelope(call, identity, created, model), "choices": choices, "usage": usage(call, requests),
              "system_fingerprint": None}
    if call.chat:
        answer["prompt_logprobs"] = prompt_logprobs(call, requests[0])
        answer["prompt_token_ids"] = requests[0].prompt_ids if call.return_token_ids else None
    return answer


class ChoiceStream:
    """What of one sequence was already sent."""

    def __init__(self, call: Call, request: Request, prompt_index: int, number: int):
        self.call, self.request = call, request
        self.sequence = request.sequences[number]
        self.prompt_index = prompt_index
        self.index = prompt_index * call.sampling.count + number
        self.sent_text = self.sent_tokens = 0
        self.begun = self.ended = False

    def next_choice(self) -> dict | None:
        """Return the next chunk's choice, or None if there is nothing new that is safe to send."""
        sequence, call = self.sequence, self.call
        if self.ended:
            return None
        reason, tokens, text = sequence.finish_reason, len(sequence.token_ids), sequence.text
        safe = len(text)
        if not reason:
            # A stop string may be under way, and a character may still lack bytes.
            safe -= max((len(stop) - 1 for stop in call.sampling.stop), default=0)
            safe = min(safe, len(text.rstrip("\ufffd")))
        safe = max(safe, self.sent_text)
        if tokens == self.sent_tokens and not reason:
            return None
        delta = text[self.sent_text:safe]
        prefix = call.prompt_texts[self.prompt_index] if call.echo and not self.begun else ""
        ids = sequence.token_ids[self.sent_tokens:tokens] if call.return_token_ids else None
        logprobs = chat_logprobs if call.chat else completion_logprobs
        one = {"index": self.index, "logprobs": logprobs(call, self.request, sequence, self.sent_tokens),
               "finish_reason": reason, "stop_reason": sequence.stop_reason, "token_ids": ids}
        first = {} if self.begun or not call.return_token_ids else {"prompt_token_ids": self.request.prompt_ids}
        self.sent_text, self.sent_tokens, self.begun, self.ended = safe, tokens, True, bool(reason)
        if call.chat:
            return {**one, "delta": {"content": delta}}
        return {**one, **first, "text": prefix + delta}
