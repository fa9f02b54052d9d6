"""
What the test program sees of objects that stay with the candidate. A handle is never equal to data, however its
class compares: what a test compares with must not be shown to the program that is tested.
"""

import operator

from operations import BINARY

# What data says about itself, often when shown what the test expects: not to be answered by what merely behaves
# like data.
_PREDICATES = frozenset(
    name
    for kind in (str, bytes, set, dict, list, float)
    for name in dir(kind)
    if name.startswith(("is", "starts", "ends"))
    or name in ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__", "__contains__")
)


class Handle:
    """An object of the candidate. `made` says that the test program itself made it by calling a class."""

    __slots__ = ("_ratchet_link", "_ratchet_number", "_ratchet_hash", "_ratchet_made")

    def __init__(self, link, number: int, hashed: int | None):
        for name, value in zip(Handle.__slots__, (link, number, hashed, False), strict=True):
            object.__setattr__(self, name, value)

    def __call__(self, *arguments, **keywords):
        return _ask(self, "call", *arguments, **keywords)

    def __getattr__(self, name: str):
        if name in _PREDICATES and not self._ratchet_made:
            raise AttributeError(f"no data: {name}")
        return _ask(self, "getattr", name)

    def __setattr__(self, name: str, value) -> None:
        _ask(self, "setattr", name, value)

    def __delattr__(self, name: str) -> None:
        _ask(self, "delattr", name)

    def __iter__(self):
        return _ask(self, "iter")

    def __reversed__(self):
        return _ask(self, "reversed")

    def __len__(self):
        return operator.index(_ask(self, "len"))

    def __bool__(self):
        return _ask(self, "bool") is True

    def __str__(self):
        return _text(_ask(self, "str"))

    def __repr__(self):
        return _text(_ask(self, "repr"))

    def __format__(self, specification: str):
        return _text(_ask(self, "format", specification))

    def __dir__(self):
        return _ask(self, "dir")

    def __hash__(self):
        if self._ratchet_hash is None:
            raise TypeError("unhashable")
        return self._ratchet_hash

    def __getitem__(self, key):
        return _ask(self, "getitem", key)

    def __setitem__(self, key, value) -> None:
        _ask(self, "setitem", key, value)

    def __delitem__(self, key) -> None:
        _ask(self, "delitem", key)

    def __contains__(self, value) -> bool:
        if self._ratchet_made or isinstance(value, Handle):
            return _ask(self, "contains", value) is True
        return any(each is value or each == value for each in self)

    def __enter__(self):
        return _ask(self, "enter")

    def __exit__(self, *_error):
        _ask(self, "exit")

    def __copy__(self):
        return _made(_ask(self, "copy"))

    def __deepcopy__(self, _memo):
        return _made(_ask(self, "deepcopy"))

    def __instancecheck__(self, instance) -> bool:
        return isinstance(instance, Handle) and _ask(self, "isinstance", other=instance) is True

    def __subclasscheck__(self, kind) -> bool:
        return isinstance(kind, Handle) and _ask(self, "issubclass", other=kind) is True

    def __eq__(self, other):
        if self is other:
            return True
        return isinstance(other, Handle) and _ask(self, "eq", other) is True

    def __ne__(self, other):
        if isinstance(other, Handle):
            return self is not other and _ask(self, "ne", other) is True
        return True


class IteratorHandle(Handle):
    """An iterator of the candidate: a generator, a map, a zip."""

    __slots__ = ()

    def __next__(self):
        return _ask(self, "next")


def handle_made(handle: Handle) -> Handle:
    object.__setattr__(handle, "_ratchet_made", True)
    return handle


def _made(value):
    return handle_made(value) if isinstance(value, Handle) else value


def _ask(handle: Handle, question: str, *arguments, **keywords):
    link = object.__getattribute__(handle, "_ratchet_link")
    return link.ask(handle, question, arguments, keywords)


def _text(value) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value


def _binary(name: str):
    """
    An operator asks the candidate only about its own objects, or about one that the test program made: otherwise a
    value such as `x - 0.33` would be whatever the program likes.
    """

    def forward(self, other):
        if isinstance(other, Handle) or self._ratchet_made:
            return _ask(self, name, other)
        return NotImplemented

    return forward


def _unary(name: str):
    def forward(self):
        if self._ratchet_made:
            return _ask(self, name)
        raise TypeError(f"no number: {name}")

    return forward


for _name in BINARY:
    setattr(Handle, f"__{_name.rstrip('_')}__", _binary(_name))
for _name in ("neg", "pos", "invert", "abs", "int", "float"):
    setattr(Handle, f"__{_name}__", _unary(_name))
