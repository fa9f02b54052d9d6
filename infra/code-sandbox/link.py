"""
The examiner's side of the conversation: questions to the candidate, and what the candidate may ask of the test
program.
"""

import builtins

from brief import brief
from channel import Channel
from codec import Malformed, Unspeakable, decode, encode
from handles import Handle, IteratorHandle, handle_made
from merge import merge
from raised import RaisedByCandidate, builtin_exception, exception_class

_SHORTEST = 200
TESTS = "__tests__"


class Link:
    """
    Turns what the test program does with a handle into questions. Raises what the candidate's program raised; Ended
    for good.
    """

    def __init__(self, channel: Channel):
        self.channel = channel
        self.questions = 0
        self.last = ""
        self.raised: BaseException | None = None
        self.exited = False
        self.failed: BaseException | None = None
        self._handles: dict[int, object] = {}
        self._shared: dict[int, object] = {}
        self._numbers: dict[int, int] = {}

    def load(self, names: list[str], shadows: list[str]) -> dict:
        self.channel.send(["load", names, shadows])
        answer = self._answer()
        if answer[0] != "value" or not isinstance(answer[1], dict):
            self.channel.malformed()
        loaded = answer[1]
        if isinstance(loaded.get("names"), dict):
            loaded["names"] = {name: self._decode(said) for name, said in loaded["names"].items()}
        return loaded

    def ask(self, handle: Handle, question: str, arguments: tuple, keywords: dict):
        self.questions += 1
        if "other" in keywords and question in ("isinstance", "issubclass"):
            handle, arguments, keywords = keywords["other"], (handle,), {}
        try:
            said = [self._encode(each) for each in arguments]
            named = {key: self._encode(each) for key, each in keywords.items()}
            self.channel.send([question, self._encode(handle), said, named])
        except (Unspeakable, RecursionError):
            raise UnsupportedTest("an argument of the test is nested too deeply") from None
        except ValueError:
            raise UnsupportedTest("an argument of the test is too large") from None
        answer = self._answer()
        match answer:
            case ["value", value, list(changed)]:
                self._change(arguments, changed)
                result = self._decode(value)
            case ["same", int(index), list(changed)] if 0 <= index < len(arguments):
                self._change(arguments, changed)
                result = arguments[index]
            case ["raise", *details]:
                raise self._exception(details, question)
            case _:
                self.channel.malformed()
        if question == "call":
            self.last = brief(result)
            if isinstance(result, Handle) and isinstance(handle, ClassHandle):
                handle_made(result)
        return result

    def _answer(self) -> list:
        while True:
            message = self.channel.receive()
            if not isinstance(message, list) or not message:
                self.channel.malformed()
            if message[0] != "ask":
                return message
            self.channel.send(self._serve(message))

    def _serve(self, message: list) -> list:
        """
        Do what the candidate asks of something that the test program gave to it: call it, or read and set what it
        holds.
        """
        try:
            match message:
                case ["ask", int(number), str(what), list(said), dict(named)]:
                    target = self._shared[number]
                    values = [self._decode(each) for each in said]
                    keywords = {key: self._decode(each) for key, each in named.items()}
                case _:
                    raise Malformed("no question")
        except (Malformed, KeyError):
            self.channel.malformed()
        try:
            return ["answer", self._encode(_use(target, what, values, keywords))]
        except Exception as error:
            if isinstance(error, AssertionError) and self.failed is None:
                self.failed = error
            base = next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")
            return ["throw", base, [str(error)[:_SHORTEST]]]

    def _change(self, arguments: tuple, changed: list) -> None:
        for each in changed:
            match each:
                case [int(index), said] if 0 <= index < len(arguments):
                    merge(arguments[index], self._decode(said))
                case _:
                    self.channel.malformed()

    def _encode(self, value):
        return encode(value, self._refer)

    def _decode(self, said):
        try:
            return decode(said, self._resolve)
        except (Malformed, RecursionError):
            self.channel.malformed()

    def _refer(self, value):
        if isinstance(value, Handle):
            return ["mine", value._ratchet_number]
        if isinstance(value, type) and issubclass(value, RaisedByCandidate):
            return ["mine", value.ratchet_number]
        name = getattr(value, "__name__", None)
        if isinstance(name, str) and getattr(builtins, name, None) is value:
            return ["builtin", name]
        if not callable(value) and not _is_of_test(value):
            raise UnsupportedTest(f"the test gives the program a {type(value).__name__}, which cannot leave the test")
        number = self._numbers.setdefault(id(value), len(self._shared))
        self._shared[number] = value
        return ["yours", number]

    def _resolve(self, content):
        match content:
            case ["yours", int(number)] if number in self._shared:
                return self._shared[number]
            case ["class", int(number), str(name), str(base)]:
                return self._handles.setdefault(number, exception_class(name, base, number))
            case ["class", int(number), str(), None]:
                return self._handle(number, ClassHandle, number)
            case ["iterator", int(number), int() | None as hashed]:
                return self._handle(number, IteratorHandle, hashed)
            case ["coroutine", int(number), int() | None as hashed]:
                return _awaiting(self._handle(number, Handle, hashed))
            case ["object", int(number), int() | None as hashed]:
                return self._handle(number, Handle, hashed)
        raise Malformed("no reference")

    def _handle(self, number: int, kind: type, hashed: int | None):
        if number not in self._handles:
            self._handles[number] = kind(self, number, hashed)
        return self._handles[number]

    def _exception(self, details: list, question: str) -> BaseException:
        match details:
            case [str(base), str(name), own, list(details)]:
                kind = self._resolve_class(own) if own is not None else builtin_exception(base)
            case _:
                self.channel.malformed()
        values = [self._decode(each) for each in details]
        try:
            error = kind(*values)
        except Exception:
            error = builtin_exception("Exception")(*values)
        if isinstance(error, (StopIteration, StopAsyncIteration)) and question != "next":
            # it would end a loop of the test over `map` in silence
            error = RuntimeError("the program raises StopIteration")
        self.exited = self.exited or not isinstance(error, Exception)
        self.raised = error
        said = ", ".join(brief(value) for value in values[:2])
        self.last = f"{name[:80]}: {said}" if said else name[:80]
        return error

    def _resolve_class(self, said) -> type:
        try:
            kind = self._resolve(said)
        except Malformed:
            self.channel.malformed()
        if not isinstance(kind, type) or not issubclass(kind, BaseException):
            self.channel.malformed()
        return kind


class ClassHandle(Handle):
    """A class of the candidate."""

    __slots__ = ()

    def __mro_entries__(self, _bases):
        raise UnsupportedTest("the test derives a class from one of the program's")


class UnsupportedTest(BaseException):
    """The test program asks for what two separated processes cannot do."""


async def _awaiting(handle: Handle):
    return handle._ratchet_link.ask(handle, "await", (), {})


def _use(target, what: str, values: list, keywords: dict):
    if what == "call" and callable(target):
        return target(*values, **keywords)
    if not _is_of_test(target) or not values or not isinstance(values[0], str) or values[0].startswith("_"):
        raise AttributeError("not for the program")
    if what == "getattr":
        return getattr(target, values[0])
    if what == "setattr" and len(values) == 2 and not callable(getattr(type(target), values[0], None)):
        return setattr(target, values[0], values[1])
    raise AttributeError("not for the program")


def _is_of_test(value) -> bool:
    return type(value).__module__ == TESTS
