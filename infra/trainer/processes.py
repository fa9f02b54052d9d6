"""The processes that train one job together, one a device. Standard library only; torch is used once it is connected.

The launcher (torchrun, accelerate launch, or one task a device of a scheduler) says in the environment who is who. The
process of rank 0 is the main one: it alone writes evidence, checkpoints' marks and the output.
"""
import datetime
import os

# Hashing or saving a large model takes the main process minutes in which the others wait.
PATIENCE = datetime.timedelta(hours=2)


def world_size() -> int:
    """Return how many processes train the job."""
    return int(os.environ.get("WORLD_SIZE") or 1)


def rank() -> int:
    """Return this process's number, from 0."""
    return int(os.environ.get("RANK") or 0)


def local_rank() -> int:
    """Return this process's number on its node, from 0."""
    return int(os.environ.get("LOCAL_RANK") or 0)


def is_main() -> bool:
    """Tell whether this process writes what the outside sees."""
    return rank() == 0


def connect(device: str) -> None:
    """Join the other processes, if there are any. Must come before models are loaded."""
    if world_size() == 1:
        return
    from accelerate import PartialState
    on_cpu = device == "cpu"
    PartialState(cpu=on_cpu, timeout=PATIENCE, **({"backend": "gloo"} if on_cpu else {}))


def from_all(numbers: list[int]) -> list[list[int]]:
    """Return the numbers of every process, in the order of ranks. All processes must call it at the same point."""
    if world_size() == 1:
        return [numbers]
    import torch
    import torch.distributed as together
    on_gpu = "nccl" in str(together.get_backend())
    mine = torch.tensor(numbers, dtype=torch.int64, device=torch.cuda.current_device() if on_gpu else "cpu")
    theirs = [torch.empty_like(mine) for _ in range(world_size())]
    together.all_gather(theirs, mine)
    return [tensor.tolist() for tensor in theirs]


def wait_for_all() -> None:
    """Return when every process has come here."""
    from_all([0])


def from_main(value):
    """Return the main process's value in all of them. All processes must call it at the same point."""
    if world_size() == 1:
        return value
    import torch.distributed as together
    box = [value]
    together.broadcast_object_list(box, src=0)
    return box[0]


def lost_contact(error: BaseException) -> bool:
    """Tell whether an error only says that another process went away."""
    if world_size() == 1:
        return False
    import torch.distributed as together
    kinds = tuple(kind for name in ("DistBackendError", "DistNetworkError", "DistStoreError")
                  if (kind := getattr(together, name, None)))
    signs = ("Connection closed by peer", "Connection reset by peer", "gloo", "NCCL", "Broken pipe")
    return isinstance(error, kinds) or isinstance(error, RuntimeError) and any(sign in str(error) for sign in signs)
