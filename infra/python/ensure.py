"""Make sure that the Python environment of the trainer and the policy server exists.

    python3 infra/python/ensure.py --venv DIR [--backend auto|cpu|cuda] [--quiet]

Needs nothing but Python 3.10 or newer. Prints one JSON line on standard output,
{"python": path, "torch": version, "backend": "cpu" | "cuda"}; progress and errors go to standard error.
Safe to run again, to kill and to run several times at once: a finished environment carries a stamp of the lock
file it was made from, and an unfinished one is made anew.
"""
import argparse
import contextlib
import json
import os
import pathlib
import shutil
import sys

from install import InstallError, detect_backend, install, lock_digest

STAMP_NAME = "ratchet-environment.json"


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Create or check the Python environment.")
    parser.add_argument("--venv", required=True, type=pathlib.Path, help="folder of the environment")
    parser.add_argument("--backend", choices=["auto", "cpu", "cuda"], default="auto", help="which torch build")
    parser.add_argument("--quiet", action="store_true", help="no progress lines")
    return parser.parse_args()


def read_finished(venv: pathlib.Path, wanted: str) -> dict | None:
    """Return what the stamp says if the environment was finished from the same lock and choice, else None."""
    try:
        stamp = json.loads((venv / STAMP_NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    if stamp.pop("stamp", None) != wanted or not pathlib.Path(stamp["python"]).exists():
        return None
    return stamp


@contextlib.contextmanager
def exclusive(path: pathlib.Path, say):
    """Hold a lock file while the block runs, waiting for another process that holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a+") as handle:
        if os.name == "nt":
            import msvcrt
            say("waiting for the environment's lock")
            handle.seek(0)
            while True:
                with contextlib.suppress(OSError):
                    msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK, 1)
                    break
        else:
            import fcntl
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                say("another process is making this environment; waiting for it")
                fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def ensure(venv: pathlib.Path, backend: str, say) -> dict:
    """Return the finished environment's description, making it first where it is missing or out of date."""
    choice = detect_backend() if backend == "auto" else backend
    wanted = lock_digest(choice)
    finished = read_finished(venv, wanted)
    if finished:
        return finished
    with exclusive(venv.with_name(venv.name + ".lock"), say):
        finished = read_finished(venv, wanted)
        if finished:
            return finished
        discard_unfinished(venv)
        (venv / STAMP_NAME).unlink(missing_ok=True)
        description = install(venv, choice, say)
        partial = venv / (STAMP_NAME + ".partial")
        partial.write_text(json.dumps({"stamp": wanted, **description}), encoding="utf-8")
        os.replace(partial, venv / STAMP_NAME)
        return description


def discard_unfinished(venv: pathlib.Path) -> None:
    """Remove an environment whose making was cut off. One of an older lock stays and is brought up to date."""
    if not venv.exists() or (venv / STAMP_NAME).exists():
        return
    if any(venv.iterdir()) and not (venv / "pyvenv.cfg").exists():
        raise InstallError(f"{venv} holds other files: name an empty or a new folder")
    shutil.rmtree(venv)


def main() -> int:
    """Run the command. Returns 0, or 1 with one sentence on standard error."""
    if sys.version_info < (3, 10):
        print("Python 3.10 or newer is needed, this is %d.%d: install a newer one or set its path"
              % sys.version_info[:2], file=sys.stderr)
        return 1
    arguments = parse_arguments()

    def say(line: str) -> None:
        if not arguments.quiet:
            print(line, file=sys.stderr, flush=True)

    try:
        description = ensure(arguments.venv.absolute(), arguments.backend, say)
    except (InstallError, OSError) as error:
        print(f"The Python environment could not be made: {error}", file=sys.stderr)
        return 1
    print(json.dumps(description))
    return 0


if __name__ == "__main__":
    sys.exit(main())
