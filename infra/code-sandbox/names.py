"""Which names a program binds and uses, by Python's own rules of scope."""

import builtins
import symtable

BUILTIN_NAMES = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__"}


def names_of(text: str) -> tuple[set[str], set[str]]:
    """Return the names that the module binds, and the global names that it uses anywhere."""
    table = symtable.symtable(text, "<program>", "exec")
    bound = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    used = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
    waiting = list(table.get_children())
    while waiting:
        inner = waiting.pop()
        for symbol in inner.get_symbols():
            if symbol.is_global():
                if symbol.is_referenced():
                    used.add(symbol.get_name())
                if symbol.is_assigned():
                    bound.add(symbol.get_name())
        waiting += inner.get_children()
    return bound, used
