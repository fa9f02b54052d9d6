"""Which of the texts of a solution is the program, and what the problem itself already defines."""

import ast
import textwrap
import types
from typing import NamedTuple

from names import BUILTIN_NAMES, names_of


class Chosen(NamedTuple):
    code: types.CodeType
    index: int


def choose_program(texts: list[str], prompt: str, names: list[str]) -> Chosen | str:
    """
    Return the first text that defines all the names, alone or else as the continuation of the prompt, and that
    lacks nothing which another text defines; failing that, the first that defines the names, or is a program at
    all. A sentence when there is none.
    """
    beginning = beginning_of(prompt)
    trials = list(enumerate(texts))
    if beginning is not None:
        trials += [
            (index, f"{beginning.rstrip()}\n{body}")
            for index, text in enumerate(texts)
            for body in _bodies(text, beginning)
        ]
    programs, problem = [], "is no Python"
    for index, text in trials:
        try:
            programs.append(_Program(index, text))
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            if problem == "is no Python" and (index == 0 or len(texts) == 1):
                problem = f"is no Python: {_where(error)}"
    whole = [program for program in programs if set(names) <= program.defined]
    anywhere = set().union(*(program.defined for program in programs))
    complete = [program for program in whole if not program.missing & anywhere]
    for program in (*complete, *whole, *(program for program in programs if not program.is_prose)):
        return Chosen(program.code, program.index)
    return problem


class _Program:
    def __init__(self, index: int, text: str):
        tree = ast.parse(text)
        self.index = index
        self.code = compile(text, "<program>", "exec", dont_inherit=True)
        self.defined = defined_by(tree)
        self.is_prose = all(
            isinstance(node, ast.Expr) and isinstance(node.value, (ast.Name, ast.Constant, ast.Tuple))
            for node in tree.body
        )
        bound, used = names_of(text)
        self.missing = used - bound - self.defined - BUILTIN_NAMES


def defined_by(tree: ast.Module) -> set[str]:
    """
    Return the names that the top level of a program binds, also inside `if` and `try`. A star import binds
    anything.
    """
    names: set[str] = set()
    waiting: list[ast.AST] = list(tree.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {(alias.asname or alias.name).split(".")[0] for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif not isinstance(node, ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return names


def beginning_of(prompt: str) -> str | None:
    """
    Return the program that the prompt begins, when the prompt (or its only fenced block) is one with a function
    left to write.
    """
    for text in (prompt, *_fenced(prompt)):
        for source in (text, f"{text.rstrip()}\n    pass\n"):
            try:
                tree = ast.parse(source)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                continue
            if any(isinstance(node, ast.FunctionDef) and _is_stub(node) for node in tree.body):
                return text
    return None


def entry_point_of(prompt: str) -> str | None:
    """Return the name of the last function that the prompt leaves to write."""
    tree = _tree_of(prompt)
    stubs = [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and _is_stub(node)]
    return stubs[-1] if stubs else None


def prelude_of(prompt: str) -> types.CodeType | None:
    """Return what the prompt defines completely: imports, constants, classes and finished functions."""
    return _compiled([node for node in _tree_of(prompt).body if _is_complete(node)])


def trusted_part_of(prompt: str) -> tuple[types.CodeType | None, set[str]]:
    """
    Return the finished functions of the prompt, with its imports, and their names: a test that calls one means this
    one, whatever the program made of it. Nothing when the prompt has classes, because instances belong to the
    program.
    """
    body = _tree_of(prompt).body
    names = {node.name for node in body if isinstance(node, ast.FunctionDef) and not _is_stub(node)}
    if not names or any(isinstance(node, ast.ClassDef) for node in body):
        return None, set()
    return _compiled([node for node in body if _is_complete(node)]), names


def _tree_of(prompt: str) -> ast.Module:
    beginning = beginning_of(prompt)
    if beginning is None:
        return ast.Module([], [])
    try:
        return ast.parse(beginning)
    except SyntaxError:
        return ast.parse(f"{beginning.rstrip()}\n    pass\n")


def _compiled(body: list[ast.stmt]) -> types.CodeType | None:
    return compile(ast.Module(body, []), "<problem>", "exec", dont_inherit=True) if body else None


def _is_complete(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef):
        return not _is_stub(node)
    return isinstance(node, (ast.Import, ast.ImportFrom, ast.Assign, ast.AnnAssign, ast.ClassDef))


def _is_stub(node: ast.FunctionDef) -> bool:
    return all(
        isinstance(each, ast.Pass)
        or (isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant))
        or (isinstance(each, ast.Raise) and "NotImplemented" in ast.dump(each))
        for each in node.body
    )


def _fenced(text: str) -> list[str]:
    parts = text.split("```")
    return [part.split("\n", 1)[1] for part in parts[1::2] if "\n" in part]


def _bodies(text: str, beginning: str) -> list[str]:
    """
    Return a text as the continuation of a function: as it is, indented like what it continues, and without a lost
    first indentation.
    """
    last = beginning.rstrip().rsplit("\n", 1)[-1]
    depth = last[: len(last) - len(last.lstrip())] if not last.rstrip().endswith(":") else "    "
    dedented = textwrap.dedent(text).strip("\n")
    return [text, textwrap.indent(dedented, depth), f"{depth}{text.strip()}"]


def _where(error: BaseException) -> str:
    if isinstance(error, SyntaxError):
        return f"{error.msg} (line {error.lineno})"
    return type(error).__name__
