"""What the examiner may ask about an object of the program, by name."""

import copy
import operator

# Operators of two objects, as the module operator names them.
BINARY = (
    "lt",
    "le",
    "gt",
    "ge",
    "add",
    "sub",
    "mul",
    "truediv",
    "floordiv",
    "mod",
    "pow",
    "matmul",
    "and_",
    "or_",
    "xor",
    "lshift",
    "rshift",
)

OPERATIONS = {
    name: getattr(operator, name)
    for name in (
        "getitem",
        "setitem",
        "delitem",
        "contains",
        "eq",
        "ne",
        *BINARY,
        "neg",
        "pos",
        "invert",
    )
} | {
    "len": len,
    "iter": iter,
    "next": next,
    "str": str,
    "repr": repr,
    "format": format,
    "bool": bool,
    "hash": hash,
    "abs": abs,
    "reversed": reversed,
    "isinstance": isinstance,
    "issubclass": issubclass,
    "getattr": getattr,
    "setattr": setattr,
    "delattr": delattr,
    "dir": dir,
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
    "round": round,
    "int": int,
    "float": float,
    "await": lambda value: _await(value),
    "enter": lambda value: value.__enter__(),
    "exit": lambda value: value.__exit__(None, None, None),
}


def _await(value):
    import asyncio

    async def awaited():
        return await value

    return asyncio.run(awaited())
