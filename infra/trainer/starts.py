"""What a job starts from: a whole model, or an adapter and its base. Standard library only."""
import dataclasses
import pathlib

from checkpoints import identity, is_adapter, recorded_base, require_checkpoint
from errors import TrainingFailure
from files import read_json
from job import Job, adapter_shape


@dataclasses.dataclass(frozen=True)
class Source:
    """Weights to load: those of `model`, and the adapter on top of them if there is one."""

    model: pathlib.Path
    adapter: pathlib.Path | None = None
    base_sha256: str | None = None


def find_source(folder: pathlib.Path, role: str, base: pathlib.Path | None) -> Source:
    """Return what a checkpoint folder consists of. `base` overrides where an adapter says that its base lies.

    Raises TrainingFailure for anything that is missing. Hashes no weights: `require_base` does.
    """
    require_checkpoint(folder, role)
    if not is_adapter(folder):
        return Source(folder)
    recorded = recorded_base(folder, role)
    model = base or pathlib.Path(recorded["path"])
    require_checkpoint(model, "base")
    return Source(model, folder, recorded["sha256"])


def require_base(source: Source, found: str) -> None:
    """Raise TrainingFailure if an adapter was trained on another base than the one with the SHA-256 `found`."""
    if source.adapter and source.base_sha256 != found:
        raise TrainingFailure(f"the adapter {source.adapter} belongs to a base with the SHA-256 {source.base_sha256}, "
                              f"but this job's base {source.model} has {found}; put the base there that it was "
                              "trained on, or correct baseModel in the recipe")


def require_same_shape(job: Job, source: Source) -> None:
    """Raise TrainingFailure if the job would continue an adapter of another shape."""
    recorded = (read_json(source.adapter / "manifest.json") or {}).get("lora") if source.adapter else None
    if job.lora and recorded and adapter_shape(recorded) != adapter_shape(job.lora):
        raise TrainingFailure(f"the adapter {source.adapter} has {adapter_shape(recorded)}, but the job asks for "
                              f"{adapter_shape(job.lora)}; an adapter is continued as it is")


def base_identity(job: Job, source: Source, work: pathlib.Path) -> str | None:
    """Return the SHA-256 of the model under an adapter, or None where no adapter is involved."""
    return identity(source.model, work / "base-identity.json") if job.lora or source.adapter else None
