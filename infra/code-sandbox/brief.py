"""Short spellings of values, for reasons."""

from handles import Handle


def brief(value) -> str:
    """Return a short spelling of data; the program's own objects are not asked for theirs."""
    if isinstance(value, Handle):
        return "an object"
    if isinstance(value, int) and value.bit_length() > 300:
        return "a huge integer"
    if isinstance(value, (str, bytes)):
        return repr(value[:60])
    if isinstance(value, (list, tuple, dict, set, frozenset)) and len(value) > 20:
        return f"a {type(value).__name__} of {len(value)}"
    try:
        text = "an object" if _holds_handle(value) else repr(value)
    except Exception:
        return f"a {type(value).__name__}"
    return text if len(text) <= 80 else f"{text[:79]}…"


def _holds_handle(value) -> bool:
    if isinstance(value, dict):
        return any(_holds_handle(each) for pair in value.items() for each in pair)
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(_holds_handle(each) for each in value)
    return isinstance(value, Handle)
