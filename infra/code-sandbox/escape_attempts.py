"""
Run as a candidate to find out whether the sandbox holds here: it really tries, and answers with what it was able to
do.
"""

import os
import socket


def escapes(port: int, secret: str, folder: str, process: int) -> list[str]:
    """
    Return the attempts that succeeded: a connection, reading a file, writing beside it, a signal, a new process, a
    look at the environment.
    """
    attempts = {
        "connect to this machine": lambda: socket.create_connection(("127.0.0.1", port), timeout=2).close(),
        "send a datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port)),
        "read a file of another": lambda: open(secret, "rb").close(),
        "write outside of its folder": lambda: open(os.path.join(folder, "escaped"), "wb").close(),
        "signal another process": lambda: os.kill(process, 0),
        "start a process": _start,
        "read the environment": lambda: os.environ["PATH"],
    }
    return [what for what, attempt in attempts.items() if _succeeds(attempt)]


def _start() -> None:
    if os.fork() == 0:
        os._exit(0)


def _succeeds(attempt) -> bool:
    try:
        attempt()
    except (OSError, KeyError):
        return False
    return True
