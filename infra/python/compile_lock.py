"""Write requirements.lock from requirements.in, for all platforms and Python 3.10 or newer. Needs uv.

Torch's CUDA companions are left out of the lock: the CPU build does not want them, and the CUDA build names them
itself, so leaving them out lets one lock serve both.
"""
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).parent
CUDA_COMPANION = re.compile(r"^(nvidia-|cuda-|triton==)")


def main() -> int:
    """Compile, drop the CUDA lines, write the lock. Returns uv's exit code."""
    command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.10", "--no-annotate",
               "--no-header", "--no-emit-index-url", "requirements.in"]
    result = subprocess.run(command, cwd=HERE, stdout=subprocess.PIPE, text=True)
    if result.returncode == 0:
        kept = [line for line in result.stdout.splitlines() if not CUDA_COMPANION.match(line)]
        (HERE / "requirements.lock").write_text("\n".join(kept) + "\n", encoding="utf-8")
    return result.returncode


if __name__ == "__main__":
    sys.exit(main())
