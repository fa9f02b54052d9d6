"""
Verifies one program. The first argument is the settings, as JSON: limits and allowWeakIsolation. Reads a request
(programs, prompt, tests), one line of JSON, from standard input; writes the verdict, one line of JSON, to standard
output. The end of the input cancels.
"""

import json
import os
import sys

if sys.version_info < (3, 10):
    sys.exit("Python 3.10 or newer is needed")

from supervisor import verify  # noqa: E402


def main() -> None:
    settings = json.loads(sys.argv[1])
    verdict = verify(settings["limits"], settings["allowWeakIsolation"], _read_request)
    if verdict is not None:
        sys.stdout.write(json.dumps(verdict) + "\n")


def _read_request() -> dict | None:
    # unbuffered, so that the end of the input is seen by the one who waits for it
    pieces: list[bytes] = []
    while not pieces or b"\n" not in pieces[-1]:
        piece = os.read(0, 1 << 16)
        if not piece:
            return None
        pieces.append(piece)
    return json.loads(b"".join(pieces))


if __name__ == "__main__":
    main()
