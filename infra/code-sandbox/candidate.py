"""
The candidate: runs the model's program and answers the examiner's questions about it. Everything it says may be a
lie.
"""

import builtins
import sys
import types

from callback import Callback
from channel import Channel
from codec import Malformed, Unspeakable, decode, encode, is_plain_subclass
from operations import OPERATIONS
from program import choose_program, prelude_of

_MUTABLE = (list, dict, set, bytearray)


class Candidate:
    """Objects that the examiner knows by number, and the conversation about them."""

    def __init__(self, channel: Channel, programs: list[str], prompt: str):
        self._channel, self._programs, self._prompt = channel, programs, prompt
        self._objects: dict[int, object] = {}
        self._numbers: dict[int, int] = {}
        self._callbacks: dict[int, Callback] = {}

    def answer_for_ever(self) -> None:
        while True:
            self._answer(self._channel.receive())

    def _answer(self, message: list) -> None:
        question, *details = message
        try:
            if question == "load":
                answer = ["value", self._load(details[0], details[1]), []]
            else:
                answer = self._do(question, *details)
        except BaseException as error:  # noqa: B902  whatever the program raises is the examiner's to judge
            answer = self._raised(error)
        try:
            self._channel.send(answer)
        except (ValueError, RecursionError):
            self._channel.send(["raise", "ValueError", "ValueError", None, ["the answer is too large"]])

    def _load(self, names: list[str], shadows: list[str]) -> dict:
        chosen = choose_program(self._programs, self._prompt, names)
        if isinstance(chosen, str):
            return {"problem": chosen}
        module = types.ModuleType("solution")
        sys.modules["solution"] = sys.modules["__main__"] = module
        try:
            if prelude := prelude_of(self._prompt):
                exec(prelude, module.__dict__)
            exec(chosen.code, module.__dict__)
        except BaseException as error:
            return {"problem": f"raises {_describe(error)} when it is loaded", "index": chosen.index}
        found = {name: module.__dict__[name] for name in names if name in module.__dict__}
        found |= {name: module.__dict__[name] for name in shadows if callable(module.__dict__.get(name))}
        return {"index": chosen.index, "names": {name: self._encode(value) for name, value in found.items()}}

    def _do(self, name: str, target, arguments: list, keywords: dict) -> list:
        target = self._decode(target)
        values = [self._decode(each) for each in arguments]
        named = {key: self._decode(each) for key, each in keywords.items()}
        if name != "call":
            return ["value", self._encode(OPERATIONS[name](target, *values, **named)), []]
        mutable = [index for index, value in enumerate(values) if type(value) in _MUTABLE]
        result = target(*values, **named)
        changed = []
        for index in mutable:
            now = self._encode(values[index])
            if now != arguments[index]:
                changed.append([index, now])
        same = next((index for index in mutable if values[index] is result), None)
        if same is not None:
            return ["same", same, changed]
        keep = isinstance(target, type)
        return [
            "value",
            {"reference": self._refer(result)} if keep and is_plain_subclass(result) else self._encode(result),
            changed,
        ]

    def _encode(self, value):
        return encode(value, self._refer)

    def _decode(self, said):
        return decode(said, self._resolve)

    def _refer(self, value):
        if isinstance(value, Callback):
            return ["yours", value._ratchet_number]
        number = self._numbers.get(id(value))
        if number is None:
            number = len(self._objects)
            self._objects[number] = value
            self._numbers[id(value)] = number
        if isinstance(value, type):
            base = _builtin_base(value) if issubclass(value, BaseException) else None
            return ["class", number, value.__name__, base]
        by_value = type(value).__hash__ is not object.__hash__ and type(value).__eq__ is not object.__eq__
        try:
            hashed = hash(value) if by_value else number
        except Exception:
            hashed = None
        kind = (
            "coroutine"
            if isinstance(value, types.CoroutineType)
            else "iterator"
            if hasattr(value, "__next__")
            else "object"
        )
        return [kind, number, hashed]

    def _resolve(self, content):
        match content:
            case ["mine", int(number)]:
                return self._objects[number]
            case ["yours", int(number)]:
                return self._callbacks.setdefault(number, Callback(number, self._ask))
            case ["builtin", str(name)]:
                return getattr(builtins, name)
        raise Malformed("no reference")

    def _ask(self, number: int, what: str, arguments: tuple, keywords: dict):
        said = [[self._encode(each) for each in arguments], {key: self._encode(each) for key, each in keywords.items()}]
        self._channel.send(["ask", number, what, *said])
        while True:
            match self._channel.receive():
                case ["answer", result]:
                    return self._decode(result)
                case ["throw", str(name), list(details)]:
                    raise getattr(builtins, name)(*(self._decode(each) for each in details))
                case question:
                    self._answer(question)

    def _raised(self, error: BaseException) -> list:
        kind = type(error)
        own = None if kind.__module__ == "builtins" else self._refer(kind)
        try:
            details = [self._encode(each) for each in error.args][:10]
        except (Unspeakable, RecursionError):
            details = []
        return ["raise", _builtin_base(kind), kind.__name__, own, details]


def _builtin_base(kind: type) -> str:
    return next(each.__name__ for each in kind.__mro__ if each.__module__ == "builtins")


def _describe(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        text = ""
    return f"{type(error).__name__}: {text}"[:200] if text else type(error).__name__
