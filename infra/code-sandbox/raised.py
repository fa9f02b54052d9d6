"""Exceptions of the candidate, as classes that the test program can catch."""

import builtins
import types


class RaisedByCandidate:
    """Beside an exception's builtin class: this one was defined by the candidate's program."""

    ratchet_number: int


def builtin_exception(name: str) -> type:
    kind = getattr(builtins, name, None)
    return kind if isinstance(kind, type) and issubclass(kind, BaseException) else Exception


def exception_class(name: str, base: str, number: int) -> type:
    kind = builtin_exception(base)
    return types.new_class(
        name[:80], (RaisedByCandidate, kind), exec_body=lambda body: body.update(ratchet_number=number)
    )
