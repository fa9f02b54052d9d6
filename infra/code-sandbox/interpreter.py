"""
Which paths a running Python interpreter needs in order to import, and nothing else. It was started without `site`.
"""

import os
import sys

_SYSTEM = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/etc/ld.so.cache", "/usr/share/zoneinfo"]
_SHARED_PREFIXES = ["/", "/usr", "/usr/local"]


def needed_paths() -> list[str]:
    """Return directories, outermost first."""
    paths = [path for path in _SYSTEM if os.path.lexists(path)]
    for prefix in (sys.base_prefix, sys.base_exec_prefix):
        for path in (prefix, os.path.realpath(prefix)):
            paths += [os.path.join(path, name) for name in ("lib", "lib64")] if path in _SHARED_PREFIXES else [path]
    here = os.path.dirname(os.path.abspath(__file__))
    paths += [path for path in (*sys.path, *package_folders()) if os.path.isabs(path) and path != here]
    kept: list[str] = []
    for path in sorted({os.path.normpath(path) for path in paths}, key=lambda path: (path.count("/"), path)):
        if os.path.lexists(path) and not any(path.startswith(f"{outer}/") for outer in kept):
            kept.append(path)
    return kept


def package_folders() -> list[str]:
    """Return the folders of installed packages: those of the virtual environment, else those of the interpreter."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    beside = os.path.dirname(os.path.dirname(os.path.abspath(sys.executable)))
    environment = os.path.exists(os.path.join(beside, "pyvenv.cfg"))
    prefixes = [beside] if environment else [sys.base_prefix, "/usr/local"]
    folders = [
        os.path.join(prefix, "lib", version, name) for prefix in prefixes for name in ("site-packages", "dist-packages")
    ]
    if sys.base_prefix == "/usr" and not environment:
        folders.append("/usr/lib/python3/dist-packages")
    return [folder for folder in dict.fromkeys(folders) if os.path.isdir(folder)]
