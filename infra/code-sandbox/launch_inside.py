"""Forking into name spaces, by a process between: who enters a name space of processes is not in it, its child is."""

import os
from collections.abc import Callable

import namespaces


def fork_inside(become: Callable[[], None], paths: list[str], folder_bytes: int) -> int:
    """
    Return the number of a child that runs `become` as the first process of its own name spaces. It is inherited from
    the process between, so this one must be the reaper of orphans. Raises OSError where the kernel does not let us.
    """
    ask_out, ask_in = os.pipe()
    answer_out, answer_in = os.pipe()
    between = os.fork()
    if between == 0:
        try:
            os.close(ask_out)
            os.close(answer_in)
            if _enter_and_fork(paths, folder_bytes, ask_in, answer_out):
                become()
        finally:
            os._exit(1)
    os.close(ask_in)
    os.close(answer_out)
    try:
        with os.fdopen(ask_out, "r") as questions:
            return _answer(questions, between, answer_in)
    finally:
        os.close(answer_in)
        os.waitpid(between, 0)


def _answer(questions, between: int, answer_in: int) -> int:
    for line in questions:
        word, _, rest = line.strip().partition(" ")
        if word == "map":
            namespaces.map_nobody(between)
            os.write(answer_in, b"\n")
        elif word == "child":
            return int(rest)
        else:
            raise OSError(rest)
    raise OSError("the process between ended")


def _enter_and_fork(paths: list[str], folder_bytes: int, ask: int, answer: int) -> bool:
    """In the process between. True in its child, of which it tells the number."""
    try:
        namespaces.enter(paths, folder_bytes, lambda: _be_mapped(ask, answer))
        child = os.fork()
    except OSError as error:
        os.write(ask, f"problem {error}\n".encode())
        return False
    if child != 0:
        os.write(ask, f"child {child}\n".encode())
    return child == 0


def _be_mapped(ask: int, answer: int) -> None:
    os.write(ask, b"map me\n")
    if os.read(answer, 1) == b"":
        raise OSError("the user could not be mapped")
