"""How a training run ends other than by success. Standard library only."""
import errno

EXIT_FAILED = 1
EXIT_PREEMPTED = 85
EXIT_SUPERSEDED = 86

DISK_FULL = "the disk is full"
OUT_OF_MEMORY = "out of memory; lower batchSize or maxLength, turn gradientCheckpointing on, or train on more devices"
# What the operating system, Rust's safetensors and torch's zip writer say of a write that was cut short.
FULL_DISK_SIGNS = ("No space left", "os error 28", "Disk quota exceeded", "inline_container.cc")


class TrainingFailure(Exception):
    """The job cannot succeed as it stands; the message is one plain sentence."""

    retryable = False


class TransferFailure(TrainingFailure):
    """The object store or the disk beside it failed; `retryable` tells whether a later try may do better."""

    def __init__(self, reason: str, retryable: bool):
        super().__init__(reason)
        self.retryable = retryable


class Preempted(Exception):
    """A signal asked the run to stop; it can be resumed."""


class Superseded(Exception):
    """A later attempt has taken the job over; this one must not write any more."""


def plain_reason(error: BaseException) -> str:
    """Return one plain sentence for any error."""
    text = " ".join(str(error).split())
    if isinstance(error, TrainingFailure):
        return text
    no_space = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if no_space or any(sign in text for sign in FULL_DISK_SIGNS):
        return DISK_FULL
    memory_signs = ("out of memory", "can't allocate memory", "not enough memory", "CUBLAS_STATUS_ALLOC_FAILED")
    if isinstance(error, MemoryError) or any(sign in text for sign in memory_signs):
        return OUT_OF_MEMORY
    return f"{type(error).__name__}: {text[:400]}"


def may_pass(error: BaseException) -> bool:
    """Tell whether a further attempt may do better: a failure knows it, and an error that nobody foresaw may."""
    if isinstance(error, TrainingFailure):
        return error.retryable is True
    return plain_reason(error) not in (DISK_FULL, OUT_OF_MEMORY)
