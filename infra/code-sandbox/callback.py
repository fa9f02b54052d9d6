"""Functions and objects of the test program, as the candidate sees them."""


class Callback:
    """Something of the test program, seen from here."""

    def __init__(self, number: int, ask):
        self.__dict__.update(_ratchet_number=number, _ratchet_ask=ask)

    def __call__(self, *arguments, **keywords):
        return self._ratchet_ask(self._ratchet_number, "call", arguments, keywords)

    def __getattr__(self, name: str):
        return self._ratchet_ask(self._ratchet_number, "getattr", (name,), {})

    def __setattr__(self, name: str, value) -> None:
        self._ratchet_ask(self._ratchet_number, "setattr", (name, value), {})
