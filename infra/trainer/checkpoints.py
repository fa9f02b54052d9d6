"""What a checkpoint folder must hold. Standard library only, so that a wrong path fails at once."""
import pathlib

from errors import TrainingFailure


def has_weights(folder: pathlib.Path) -> bool:
    """Tell whether a checkpoint folder holds weights."""
    return any(folder.glob("*.safetensors")) or any(folder.glob("pytorch_model*.bin"))


def require_checkpoint(folder: pathlib.Path, role: str) -> None:
    """Raise TrainingFailure unless the folder holds a configuration and a tokenizer."""
    if not folder.is_dir():
        raise TrainingFailure(f"the {role} checkpoint {folder} does not exist")
    if not (folder / "config.json").is_file():
        raise TrainingFailure(f"the {role} checkpoint {folder} has no config.json")
    if not any((folder / name).is_file() for name in ("tokenizer.json", "tokenizer.model", "vocab.json")):
        raise TrainingFailure(f"the {role} checkpoint {folder} has no tokenizer")
