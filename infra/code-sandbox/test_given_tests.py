"""Which names a test program wants from the candidate."""

import pytest

from given_tests import GivenTests


@pytest.mark.parametrize(
    "text, names",
    [
        ("assert f(1) == 2", ["f"]),
        ("def check(candidate):\n    assert candidate(1) == g(2)\ncheck(f)", ["f", "g"]),
        ("import math\nassert f(math.pi) == math.e", ["f"]),
        ("assert math.floor(f(1)) == 1", ["f"]),
        ("assert string('a') == 'b'", ["string"]),
        ("assert [f(x) for x in range(3)] == [g for g in range(3)]", ["f"]),
        ("cases = [1]\nfor x in cases:\n    assert f(x)", ["f"]),
        ("from solution import f\ndef test_f(): assert f(1) == h", ["f", "h"]),
        ("import solution\nassert solution.f(1) == 1", ["f"]),
        ("try:\n    f()\nexcept Wrong:\n    pass", ["Wrong", "f"]),
    ],
)
def test_names_that_nobody_defines_are_wanted(text, names):
    assert GivenTests(text).wanted(set()) == names


def test_names_of_the_problem_are_not_wanted():
    assert GivenTests("assert f(g(1))").wanted({"g"}) == ["f"]


@pytest.mark.parametrize(
    "text, names",
    [
        ("assert sum(1, 2) == 3", ["sum"]),
        ("assert abs(sum(1, 2) - 3) < 1", ["sum"]),
        ("def check(c):\n    assert len(c(1)) == 1\ncheck(sum)", ["sum"]),
        ("assert True", []),
    ],
)
def test_one_builtin_may_be_the_candidates(text, names):
    assert GivenTests(text).shadows() == names


def test_a_check_that_is_not_called_is_noticed():
    check = "def check(candidate):\n    assert candidate(1)\n"
    assert GivenTests(check).uncalled_check()
    assert not GivenTests(f"{check}check(f)").uncalled_check()
