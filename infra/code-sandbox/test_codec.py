"""What is said about a value arrives as plain data, and nothing else does."""

import collections
import datetime
import decimal
import fractions
import json
import math

import pytest

from codec import MAX_DEPTH, Malformed, Unspeakable, decode, encode


def refuse(value):
    raise AssertionError(f"a reference to {value!r}")


def travel(value):
    return decode(json.loads(json.dumps(encode(value, refuse))), refuse)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        1 << 100,
        -(1 << 62),
        -0.0,
        math.inf,
        1j,
        "é\ud800",
        b"\0",
        bytearray(b"a"),
        [1, [2]],
        (1, (2,)),
        {1: {"a": [2]}, (1,): None},
        {1, "a"},
        frozenset([1]),
        range(0, 10, 3),
        collections.deque([1]),
        collections.Counter("aab"),
        collections.OrderedDict(b=1, a=2),
        decimal.Decimal("1.10"),
        fractions.Fraction(1, 3),
        datetime.datetime(2020, 1, 2, 3, tzinfo=datetime.UTC),
        datetime.date(2020, 1, 2),
        datetime.time(3, 4),
        datetime.timedelta(1, 2, 3),
        int,
    ],
)
def test_data_arrives_as_it_is(value):
    arrived = travel(value)
    assert arrived == value
    assert type(arrived) is type(value)


def test_not_a_number_arrives():
    assert math.isnan(travel(math.nan))


@pytest.mark.parametrize(
    "base, value", [(int, 3), (str, "a"), (float, 1.5), (list, [1]), (dict, {1: 2}), (tuple, (1,))]
)
def test_a_derived_class_is_left_behind(base, value):
    derived = type("Derived", (base,), {"__eq__": lambda self, other: True, "__hash__": lambda self: 0})
    arrived = travel(derived(value))
    assert type(arrived) is base
    assert arrived == value


def test_what_holds_itself_cannot_be_said():
    value = []
    value.append(value)
    with pytest.raises(Unspeakable):
        encode(value, refuse)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"int": 5},
        {"int": "x"},
        {"code": "1"},
        {"set": [[1]]},
        {"dict": [[1]]},
        {"dict": 5},
        {"type": "eval"},
        {"type": []},
        {"bytes": "zz"},
        {"range": ["1", "1", "0"]},
        {"fraction": ["0x1", "0x0"]},
        {"decimal": "x"},
        {"datetime": 5},
        {"timedelta": [10**30]},
        {"array": []},
        {"list": [1], "tuple": [1]},
    ],
)
def test_anything_else_is_malformed(said):
    with pytest.raises(Malformed):
        decode(said, refuse)


def test_deep_nesting_is_malformed():
    said = 1
    for _ in range(MAX_DEPTH + 2):
        said = [said]
    with pytest.raises(Malformed):
        decode(said, refuse)
