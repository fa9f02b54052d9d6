"""What a process of the sandbox does to itself before it runs anything that it was given."""

import resource

import landlock
import seccomp
import system_calls as system
from namespaces import FOLDER

Layers = list[str]


def confine(limits: dict, paths: list[str], inside: bool) -> Layers:
    """
    Give up every right that the program does not need, for good, and return the layers that hold. `inside` says
    that this process already is in name spaces of its own. Layers that the system lacks are left out; the
    supervisor decides whether the rest will do.
    """
    layers = ["namespaces"] if inside else []
    try:
        system.give_up_capabilities()
        system.prctl(system.PR_SET_PDEATHSIG, 9)
        system.prctl(system.PR_SET_NO_NEW_PRIVS, 1)
    except (OSError, AttributeError):
        return _limit(limits) or layers
    _limit(limits)
    try:
        devices = ["/dev/null", "/dev/zero", "/dev/urandom"]
        readable = ["/", *devices] if inside else [*paths, *devices]
        landlock.restrict(readable, [FOLDER, "/dev/null"] if inside else ["/dev/null"])
        layers.append("landlock")
    except OSError:
        pass
    try:
        seccomp.restrict(among_others=not inside)
        layers.append("seccomp")
    except OSError:
        pass
    return layers


def holds(layers: Layers) -> bool:
    """
    Whether these layers keep a program from the network, from files, from other processes and from outliving its
    time.
    """
    return "seccomp" in layers and ("namespaces" in layers or "landlock" in layers)


def _limit(limits: dict) -> None:
    file_bytes, seconds = limits["folderBytes"], limits["cpuSeconds"]
    for name, value in (
        ("RLIMIT_CPU", seconds),
        ("RLIMIT_AS", limits["memoryBytes"]),
        ("RLIMIT_FSIZE", file_bytes),
        ("RLIMIT_CORE", 0),
        ("RLIMIT_NOFILE", 64),
        ("RLIMIT_NPROC", limits.get("tasks")),
        ("RLIMIT_MEMLOCK", 0),
        ("RLIMIT_MSGQUEUE", 0),
    ):
        number = getattr(resource, name, None)
        if number is None or value is None:
            continue
        hard = resource.getrlimit(number)[1]
        bounded = value if hard == resource.RLIM_INFINITY else min(value, hard)
        try:
            resource.setrlimit(number, (bounded, bounded))
        except (OSError, ValueError):
            if name in ("RLIMIT_CPU", "RLIMIT_FSIZE"):
                raise
