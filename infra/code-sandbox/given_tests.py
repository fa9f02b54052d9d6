"""Reading a test program: which names it needs from the candidate, and where it checks something."""

import ast
import sys

from names import BUILTIN_NAMES, names_of

CHECKED = "__ratchet_checked__"


class GivenTests:
    """A parsed test program. Raises SyntaxError."""

    def __init__(self, text: str):
        self.lines = text.split("\n")
        self._tree = ast.parse(text)
        self.code = compile(
            ast.fix_missing_locations(_Counting().visit(ast.parse(text))), "<tests>", "exec", dont_inherit=True
        )
        self._top, self._used = names_of(text)
        self.from_solution = {
            alias.name
            for node in ast.walk(self._tree)
            if isinstance(node, ast.ImportFrom) and node.module == "solution"
            for alias in node.names
        } | {
            node.attr
            for node in ast.walk(self._tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "solution"
        }
        self.imports_solution = any(
            (isinstance(node, ast.ImportFrom) and node.module == "solution")
            or (isinstance(node, ast.Import) and any(alias.name == "solution" for alias in node.names))
            for node in ast.walk(self._tree)
        )

    def modules(self) -> set[str]:
        """Modules of the standard library that the program uses without importing them; only ever as `module.name`."""
        return {name for name in self._free() if name in sys.stdlib_module_names and self._only_attributes(name)}

    def wanted(self, defined: set[str]) -> list[str]:
        """Names that neither the program, nor Python, nor `defined` defines: the candidate's to provide."""
        free = {name for name in self._free() - self.modules() - defined if not name.startswith("__")}
        return sorted(free | (self.from_solution - {"*"}))

    def shadows(self) -> list[str]:
        """
        The builtin that the candidate is to define anew (a function called `sum`), for a program that wants no
        other name: what is given to a check, else the first function called. One name, so that a helper of the test
        is never the candidate's.
        """
        for node in self._tree.body:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                for argument in node.value.args:
                    if isinstance(argument, ast.Name) and argument.id in BUILTIN_NAMES:
                        return [argument.id]
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Assert):
                calls = [
                    each.func.id
                    for each in ast.walk(node.test)
                    if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)
                ]
                return calls[-1:]
        return []

    def uncalled_check(self) -> bool:
        """Whether the program defines a function `check(candidate)` and leaves it to its reader to call it."""
        defined = any(
            isinstance(node, ast.FunctionDef) and node.name == "check" and len(node.args.args) == 1
            for node in self._tree.body
        )
        return defined and "check" not in self._used

    def line(self, number: int) -> str:
        return " ".join(self.lines[number - 1].split())[:120] if 0 < number <= len(self.lines) else ""

    def _free(self) -> set[str]:
        return self._used - self._top - BUILTIN_NAMES

    def _only_attributes(self, name: str) -> bool:
        owners = {id(node.value) for node in ast.walk(self._tree) if isinstance(node, ast.Attribute)}
        uses = [node for node in ast.walk(self._tree) if isinstance(node, ast.Name) and node.id == name]
        return all(id(node) in owners for node in uses)


class _Counting(ast.NodeTransformer):
    """After each `assert` that held, a call says so."""

    def visit_Assert(self, node: ast.Assert):
        said = ast.Expr(ast.Call(ast.Name(CHECKED, ast.Load()), [], []))
        return [node, ast.copy_location(said, node)]
