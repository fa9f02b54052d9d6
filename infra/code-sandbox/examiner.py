"""The examiner: runs the trusted test program against handles of the candidate's objects, and says how it went."""

import builtins
import random
import sys
import types

from channel import Channel, Ended
from given_tests import CHECKED, GivenTests
from handles import Handle
from link import TESTS, Link, UnsupportedTest
from program import entry_point_of, trusted_part_of

_ENDED = {
    "gone": "ends before it has answered",
    "late": "does not answer in time",
    "large": "answers with more data than is allowed",
    "malformed": "answers with what is no value",
}


def examine(text: str, prompt: str, channel: Channel) -> dict:
    """
    Return decision, reason, the index of the program that was tested, and `ended` when the candidate ended the
    conversation.
    """
    try:
        program = GivenTests(text)
    except (SyntaxError, ValueError, RecursionError) as error:
        return _verdict("undecided", f"the test program is no Python: {error}")
    link = Link(channel)
    try:
        return _examined(program, prompt, link)
    except Ended as end:
        return {**_verdict("incorrect", f"the program {_ENDED[end.why]}"), "ended": end.why}
    except (MemoryError, RecursionError) as error:
        return _verdict("undecided", f"the examination itself failed: {type(error).__name__}")


def _examined(program: GivenTests, prompt: str, link: Link) -> dict:
    trusted_code, trusted_names = trusted_part_of(prompt)
    entry = entry_point_of(prompt) if program.uncalled_check() else None
    wanted = sorted({*program.wanted(trusted_names), *([entry] if entry else [])})
    loaded = link.load(wanted, [] if wanted else program.shadows())
    index = loaded.get("index") if isinstance(loaded.get("index"), int) else None
    if isinstance(loaded.get("problem"), str):
        return {**_verdict("incorrect", f"the program {loaded['problem'][:250]}"), "index": index}
    names = loaded.get("names")
    if not isinstance(names, dict):
        link.channel.malformed()
    # constants count as something asked of the candidate
    link.questions += any(not isinstance(value, (Handle, type)) for value in names.values())
    missing = [name for name in wanted if name not in names]
    if missing:
        return {**_verdict("incorrect", f"the program does not define {missing[0]}"), "index": index}
    checks = _Checks(link)
    space = {"__name__": TESTS, "__builtins__": builtins, CHECKED: checks.passed}
    sys.modules[TESTS] = types.ModuleType(TESTS)
    if trusted_code is not None:
        exec(trusted_code, space)
    space |= {name: __import__(name) for name in program.modules()}
    space |= {name: value for name, value in names.items() if name in wanted or name in program.shadows()}
    if program.imports_solution:
        sys.modules["solution"] = types.ModuleType("solution")
        sys.modules["solution"].__dict__.update({name: names[name] for name in wanted})
    random.seed(0)
    return {**_run(program, entry, space, checks, link), "index": index}


def _run(program: GivenTests, entry: str | None, space: dict, checks: "_Checks", link: Link) -> dict:
    try:
        exec(program.code, space)
        if entry is not None:
            space["check"](space[entry])
        if checks.count == 0:
            _run_uncalled(space, checks)
    except Ended:
        raise
    except UnsupportedTest as error:
        return _verdict("undecided", f"the test program cannot be run: {error}")
    except BaseException as error:
        if link.channel.ended is not None:
            raise Ended(link.channel.ended) from None
        if not (isinstance(error, SystemExit) and error.code in (None, 0, False) and not link.exited):
            return _failure(program, error, link)
    if link.channel.ended is not None:
        raise Ended(link.channel.ended)
    if link.failed is not None:
        return _failure(program, link.failed, link)
    if checks.count == 0:
        return _verdict("undecided", "the test program checks nothing that the program does")
    return _verdict("correct", f"all {checks.count} checks of the test program hold")


def _run_uncalled(space: dict, checks: "_Checks") -> None:
    """Run what a test runner would have found: test functions without arguments, and test cases of unittest."""
    for name, value in list(space.items()):
        if name.startswith("test") and isinstance(value, types.FunctionType) and value.__code__.co_argcount == 0:
            value()
            checks.passed()
    unittest = sys.modules.get("unittest")
    if unittest is None:
        return
    for value in list(space.values()):
        if isinstance(value, type) and issubclass(value, unittest.TestCase) and value.__module__ == TESTS:
            suite = unittest.defaultTestLoader.loadTestsFromTestCase(value)
            for case in suite:
                case.debug()
                checks.passed()


def _failure(program: GivenTests, error: BaseException, link: Link) -> dict:
    number, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<tests>":
            number = trace.tb_lineno
        trace = trace.tb_next
    where = f"line {number} of the test, `{program.line(number)}`"
    if error is link.raised:
        return _verdict("incorrect", f"{link.last} is raised at {where}")
    if isinstance(error, MemoryError):
        return _verdict("undecided", f"the test program runs out of memory at {where}")
    if link.questions == 0:
        return _verdict("undecided", f"the test program fails by itself: {type(error).__name__} at {where}")
    answered = f"; the last call answered {link.last}" if link.last else ""
    if isinstance(error, AssertionError):
        return _verdict("incorrect", f"{where} does not hold{answered}")
    if isinstance(error, ImportError):
        return _verdict("undecided", f"the test program cannot be run: {error}")
    return _verdict("incorrect", f"{type(error).__name__} at {where}{answered}")


class _Checks:
    """Counts checks that were made after the candidate had been asked something."""

    def __init__(self, link: Link):
        self._link, self.count = link, 0

    def passed(self) -> None:
        if self._link.questions > 0:
            self.count += 1


def _verdict(decision: str, reason: str) -> dict:
    text = " ".join(reason.split())
    return {"decision": decision, "reason": text if len(text) <= 300 else f"{text[:299]}…"}
