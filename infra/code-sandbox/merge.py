"""Arguments that the candidate changed in place."""


def merge(old, new) -> None:
    """Make `old` equal to `new` in place, and what it holds too, so that other names for the same objects see it."""
    if type(old) is not type(new):
        return
    if isinstance(old, list):
        old[:] = [_merged(old[index], each) if index < len(old) else each for index, each in enumerate(new)]
    elif isinstance(old, dict):
        merged = {key: _merged(old[key], each) if key in old else each for key, each in new.items()}
        old.clear()
        old.update(merged)
    elif isinstance(old, (set, bytearray)):
        old.clear()
        (old.update if isinstance(old, set) else old.extend)(new)


def _merged(old, new):
    if type(old) is type(new) and isinstance(old, (list, dict, set, bytearray)):
        merge(old, new)
        return old
    return new
