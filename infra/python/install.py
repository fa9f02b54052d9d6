"""Install the locked packages into a virtual environment with uv. Only the standard library is used."""
import collections
import glob
import hashlib
import os
import pathlib
import platform
import shutil
import subprocess
import sys
import tempfile
import time

LOCK = pathlib.Path(__file__).with_name("requirements.lock")

# What a failed command's output holds, and the sentence that helps.
REMEDIES = [
    (("No space left", "Disk quota", "os error 28"), "the disk is full; free about 3 GB and run again"),
    (("ensurepip is not available", "No module named ensurepip", "No module named venv"),
     "Python's venv module is missing; install it (on Debian or Ubuntu: apt install python3-venv) or install uv"),
    (("dns error", "Failed to fetch", "error sending request", "Connection", "timed out", "Temporary failure",
      "No matching distribution", "Network is unreachable"),
     "the package index cannot be reached; check the network (a mirror can be set in UV_DEFAULT_INDEX)"),
    (("Permission denied",), "the folder cannot be written; choose another one or change its permissions"),
    (("No solution found", "no wheels"), "there are no packages for this Python or platform; use Python 3.11 to 3.13"),
]


class InstallError(Exception):
    """The environment could not be made; the message is one sentence with a remedy."""


def detect_backend() -> str:
    """Return "cuda" where an NVIDIA GPU is seen, else "cpu"."""
    if glob.glob("/dev/nvidia[0-9]*"):
        return "cuda"
    found = shutil.which("nvidia-smi")
    if not found:
        return "cpu"
    try:
        listed = subprocess.run([found, "-L"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return "cpu"
    return "cuda" if listed.stdout.strip() else "cpu"


def lock_digest(choice: str) -> str:
    """Return the stamp of an environment: the lock's and the choice's SHA-256, and this Python's version."""
    text = LOCK.read_bytes() + f"\n{choice} {platform.python_version()}".encode()
    return hashlib.sha256(text).hexdigest()


def install(venv: pathlib.Path, choice: str, say) -> dict:
    """Create the environment and install everything. Returns {"python", "torch", "backend"}; raises InstallError."""
    started = time.monotonic()
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    uv = shutil.which("uv")
    if not python.exists():
        say(f"making a virtual environment in {venv}")
        run([sys.executable, "-m", "venv", *(["--without-pip"] if uv else []), str(venv)], say)
    if not uv:
        say("installing uv")
        run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"], say)
        uv = str(python.with_name("uv.exe" if os.name == "nt" else "uv"))
    install_torch(uv, python, choice, say)
    say("installing the other packages")
    uv_install(uv, python, ["-r", str(LOCK)], say)
    torch = installed_torch(venv)
    backend = "cpu" if "+cpu" in torch or sys.platform in ("darwin", "win32") else "cuda"
    say(f"environment ready in {time.monotonic() - started:.0f} s: torch {torch} ({backend} build)")
    return {"python": str(python), "torch": torch, "backend": backend}


def install_torch(uv: str, python: pathlib.Path, choice: str, say) -> None:
    """Install torch alone: the small CPU build where no GPU is seen, else the default index's build."""
    lines = [line for line in LOCK.read_text(encoding="utf-8").splitlines() if line.startswith("torch==")]
    with tempfile.TemporaryDirectory() as folder:
        requirement = pathlib.Path(folder, "torch.txt")
        requirement.write_text("\n".join(lines) + "\n", encoding="utf-8")
        arguments = ["--no-deps", "-r", str(requirement)]
        if choice == "cpu" and sys.platform == "linux":
            say("installing torch, CPU build")
            try:
                uv_install(uv, python, [*arguments, "--torch-backend", "cpu"], say, {"UV_HTTP_RETRIES": "0"})
                return
            except InstallError as error:
                if "disk is full" in str(error):
                    raise
                say("the index of CPU builds cannot be used; taking torch from the default index, "
                    "a CUDA build of about 5.6 GB that also runs on the CPU")
        else:
            say("installing torch from the default index")
        uv_install(uv, python, arguments, say)


def uv_install(uv: str, python: pathlib.Path, arguments: list[str], say, extra: dict | None = None) -> None:
    """Run `uv pip install` for the environment. Raises InstallError."""
    environment = {**os.environ, "UV_NO_PROGRESS": "1", **(extra or {})}
    if "PIP_INDEX_URL" in environment:
        environment.setdefault("UV_DEFAULT_INDEX", environment["PIP_INDEX_URL"])
    run([uv, "pip", "install", "--python", str(python), *arguments], say, environment)


def run(command: list[str], say, environment: dict | None = None) -> None:
    """Run a command, passing its lines on as progress. Raises InstallError with a remedy when it fails."""
    tail: collections.deque[str] = collections.deque(maxlen=40)
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               errors="replace")
    for line in process.stdout:
        tail.append(line.rstrip())
        if not line.startswith(" "):
            say("  " + line.rstrip())
    if process.wait() == 0:
        return
    output = "\n".join(tail)
    for signs, remedy in REMEDIES:
        if any(sign in output for sign in signs):
            raise InstallError(remedy)
    raise InstallError(f"`{' '.join(command[:4])} …` failed with exit code {process.returncode}: {output[-400:]}")


def installed_torch(venv: pathlib.Path) -> str:
    """Return torch's version from its metadata folder, without the seconds that importing it takes."""
    for found in glob.glob(str(venv / "**" / "torch-*.dist-info"), recursive=True):
        return pathlib.Path(found).name[len("torch-"):-len(".dist-info")]
    raise InstallError("torch is missing after the installation; remove the folder and run again")
