"""Which text is the program, and what belongs to the problem."""

import pytest

from program import beginning_of, choose_program, entry_point_of, trusted_part_of

STUB = 'import math\n\ndef double(x):\n    return 2 * x\n\ndef f(x):\n  """Say it."""\n'


def chosen(texts, names, prompt=""):
    found = choose_program(texts, prompt, names)
    assert not isinstance(found, str), found
    space = {}
    exec(found.code, space)
    return found.index, space


def test_the_first_text_that_defines_the_names_is_the_program():
    assert chosen(["print(1)", "def f(): return 2", "def f(): return 3"], ["f"])[0] == 1


def test_a_text_that_lacks_what_another_defines_is_passed_over():
    texts = ["def f(): return g()", "def g(): return 1", "def g(): return 1\ndef f(): return g()"]
    assert chosen(texts, ["f"])[0] == 2


@pytest.mark.parametrize("text", ["  return x", "    return x\n", "return x", "y = x\n  return y", "y = x\nreturn y"])
def test_a_body_continues_the_prompt(text):
    index, space = chosen([text], ["f"], STUB)
    assert index == 0
    assert space["f"](3) == 3


def test_a_program_that_defines_other_names_is_still_the_program():
    assert chosen(["I", "def g(): return 1"], ["f"])[0] == 1


def test_prose_is_no_program_and_the_reason_says_where():
    assert choose_program(["I do not know"], "", ["f"]) == "is no Python: invalid syntax (line 1)"


def test_a_prompt_in_a_fence_is_a_beginning():
    assert beginning_of(f"Complete:\n```python\n{STUB}```\n") == STUB
    assert beginning_of("Write a function f.") is None
    assert beginning_of("def f(x):") == "def f(x):"
    assert entry_point_of(STUB) == "f"


def test_finished_functions_of_the_prompt_are_the_problems():
    code, names = trusted_part_of(STUB)
    space = {}
    exec(code, space)
    assert names == {"double"}
    assert space["double"](2) == 4


def test_a_prompt_without_anything_left_to_write_has_nothing_of_its_own():
    assert trusted_part_of("def f(x):\n    return x + 2  # wrong, repair it\n") == (None, set())
