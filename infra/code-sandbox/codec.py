"""
Values as data. What one process says about a value is all that the other believes: a value arrives as a plain
object of a type from the table below, or as a reference to something that stays where it is. Nothing that arrives
is ever run.
"""

import collections
import datetime
import decimal
import fractions

MAX_DEPTH = 200
_PLAIN_INTEGER = 1 << 62

SAFE_TYPES = {
    kind.__name__: kind
    for kind in (
        int,
        float,
        complex,
        bool,
        str,
        bytes,
        bytearray,
        list,
        tuple,
        dict,
        set,
        frozenset,
        range,
        object,
        type,
    )
} | {"NoneType": type(None)}


class Malformed(Exception):
    """Bytes that are no message of the protocol."""


class Unspeakable(Exception):
    """A value that cannot be said: nested too deeply, or containing itself."""


def encode(value, refer, depth: int = 0):
    """Return `value` as JSON. `refer` makes the reference for what is not data."""
    kind = type(value)
    if value is None or kind is bool or kind is str or kind is float:
        return value
    if kind is int:
        return value if -_PLAIN_INTEGER < value < _PLAIN_INTEGER else {"int": hex(value)}
    if depth >= MAX_DEPTH:
        raise Unspeakable("the value is nested too deeply")
    inner = depth + 1
    if kind is list:
        return [encode(each, refer, inner) for each in value]
    if kind in _SEQUENCES:
        return {_SEQUENCES[kind]: [encode(each, refer, inner) for each in value]}
    if kind in _MAPPINGS:
        return {
            _MAPPINGS[kind]: [[encode(key, refer, inner), encode(each, refer, inner)] for key, each in value.items()]
        }
    if kind in _SCALARS:
        name, say = _SCALARS[kind]
        return {name: say(value)}
    if kind is type and SAFE_TYPES.get(value.__name__) is value:
        return {"type": value.__name__}
    if kind.__module__ == "numpy" and kind.__name__ == "ndarray" and value.dtype.kind in "biufcU":
        return {"array": [value.dtype.str, list(value.shape), encode(value.ravel().tolist(), refer, inner)]}
    plain = _plain(value)
    return {"reference": refer(value)} if plain is value else encode(plain, refer, depth)


def decode(said, resolve, depth: int = 0):
    """Return the value that `encode` said; `resolve` turns a reference into an object. Raises Malformed."""
    if said is None or isinstance(said, (bool, int, float, str)):
        return said
    if depth > MAX_DEPTH:
        raise Malformed("nested too deeply")
    if isinstance(said, list):
        return [decode(each, resolve, depth + 1) for each in said]
    if not isinstance(said, dict) or len(said) != 1:
        raise Malformed("no value")
    [(name, content)] = said.items()
    try:
        if name == "reference":
            return resolve(content)
        if name == "type":
            return SAFE_TYPES[content]
        if name == "array":
            return _array(content[0], content[1], decode(content[2], resolve, depth + 1))
        if name in _BUILD_SEQUENCE:
            return _BUILD_SEQUENCE[name]([decode(each, resolve, depth + 1) for each in content])
        if name in _BUILD_MAPPING:
            pairs = [(decode(key, resolve, depth + 1), decode(each, resolve, depth + 1)) for key, each in content]
            return _BUILD_MAPPING[name](pairs)
        return _BUILD_SCALAR[name](content)
    except (LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise Malformed(f"no {str(name)[:20]}") from error


def is_plain_subclass(value) -> bool:
    """Whether the value's class was derived from a type of data."""
    return _plain(value) is not value


def _plain(value):
    """
    Return the data beneath an instance of a derived class, without asking the class; the value itself where there
    is none.
    """
    for base, strip in _STRIPPED:
        if isinstance(value, base):
            return strip(value)
    if type(value).__module__ == "numpy" and hasattr(value, "item") and getattr(value, "shape", None) == ():
        return value.item()
    return value


_SEQUENCES = {
    tuple: "tuple",
    set: "set",
    frozenset: "frozenset",
    type({}.keys()): "keys",
    type({}.values()): "values",
    collections.deque: "deque",
}
_BUILD_SEQUENCE = {
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "deque": collections.deque,
    "keys": lambda items: dict.fromkeys(items).keys(),
    "values": lambda items: dict(enumerate(items)).values(),
}
_MAPPINGS = {
    dict: "dict",
    collections.OrderedDict: "ordered",
    collections.Counter: "counter",
    collections.defaultdict: "dict",
    type({}.items()): "items",
}
_BUILD_MAPPING = {
    "dict": dict,
    "ordered": collections.OrderedDict,
    "counter": lambda pairs: collections.Counter(dict(pairs)),
    "items": lambda pairs: dict(pairs).items(),
}


def _array(dtype: str, shape: list[int], items: list):
    """Return an array of NumPy where there is one, else the nested lists that it stands for."""
    try:
        import numpy
    except ImportError:
        for size in reversed(shape[1:]):
            items = [items[start : start + size] for start in range(0, len(items), size)]
        return items
    if numpy.dtype(dtype).kind not in "biufcU":
        raise TypeError
    return numpy.array(items, dtype=dtype).reshape(shape)


def _whole(text: str) -> int:
    if not isinstance(text, str):
        raise TypeError
    return int(text, 16)


_SCALARS = {
    complex: ("complex", lambda value: [value.real, value.imag]),
    bytes: ("bytes", bytes.hex),
    bytearray: ("bytearray", bytearray.hex),
    range: ("range", lambda value: [hex(value.start), hex(value.stop), hex(value.step)]),
    decimal.Decimal: ("decimal", str),
    fractions.Fraction: ("fraction", lambda value: [hex(value.numerator), hex(value.denominator)]),
    datetime.datetime: ("datetime", datetime.datetime.isoformat),
    datetime.date: ("date", datetime.date.isoformat),
    datetime.time: ("time", datetime.time.isoformat),
    datetime.timedelta: ("timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
}
_BUILD_SCALAR = {
    "int": _whole,
    "complex": lambda parts: complex(*parts),
    "bytes": bytes.fromhex,
    "bytearray": bytearray.fromhex,
    "range": lambda parts: range(*map(_whole, parts)),
    "decimal": lambda text: decimal.Decimal(text),
    "fraction": lambda parts: fractions.Fraction(*map(_whole, parts)),
    "datetime": datetime.datetime.fromisoformat,
    "date": datetime.date.fromisoformat,
    "time": datetime.time.fromisoformat,
    "timedelta": lambda parts: datetime.timedelta(*parts),
}
_STRIPPED = (
    (int, lambda value: int.__add__(value, 0)),
    (float, float.__float__),
    (str, lambda value: str.__str__(value)),
    (bytes, lambda value: bytes.__add__(value, b"")),
    (complex, lambda value: complex.__pos__(value)),
    (tuple, lambda value: tuple(tuple.__iter__(value))),
    (list, lambda value: list(list.__iter__(value))),
    (dict, lambda value: dict(dict.items(value))),
    (frozenset, lambda value: frozenset(frozenset.__iter__(value))),
    (set, lambda value: set(set.__iter__(value))),
)
