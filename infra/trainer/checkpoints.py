"""What a checkpoint folder must hold, and what names it. Standard library only, so that a wrong path fails at once."""
import concurrent.futures
import hashlib
import json
import pathlib

from errors import TrainingFailure
from files import read_json, sha256_of, write_json

HASHED_BYTES = 16 << 20
# In a checkpoint of a run in progress: the file that is written last.
COMPLETE_MARK = "complete.json"


def weight_files(folder: pathlib.Path) -> list[pathlib.Path]:
    """Return the files of a checkpoint that hold weights, in the order of their names."""
    return sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))


def has_weights(folder: pathlib.Path) -> bool:
    """Tell whether a checkpoint folder holds weights."""
    return bool(weight_files(folder))


def is_adapter(folder: pathlib.Path) -> bool:
    """Tell whether a checkpoint folder holds an adapter rather than a whole model."""
    return (folder / "adapter_config.json").is_file()


def require_checkpoint(folder: pathlib.Path, role: str) -> None:
    """Raise TrainingFailure unless the folder is whole and holds a configuration, a tokenizer and a chat template."""
    if not folder.is_dir():
        raise TrainingFailure(f"the {role} checkpoint {folder} does not exist on the "
                              "trainer's machine; correct its path, baseModel in the recipe, or put it there")
    require_whole(folder, role)
    if is_adapter(folder):
        recorded_base(folder, role)
    elif not (folder / "config.json").is_file():
        raise TrainingFailure(f"the {role} checkpoint {folder} has no config.json")
    if not any((folder / name).is_file() for name in ("tokenizer.json", "tokenizer.model", "vocab.json")):
        raise TrainingFailure(f"the {role} checkpoint {folder} has no tokenizer; add its tokenizer.json to it, "
                              "or correct baseModel in the recipe")
    if not has_chat_template(folder):
        raise TrainingFailure(f"the {role} checkpoint {folder} has no chat template; add a chat_template.jinja to it")


def recorded_base(folder: pathlib.Path, role: str) -> dict:
    """Return where an adapter's base lies and its SHA-256, as its manifest says. Raises TrainingFailure if it does not."""
    manifest = read_json(folder / "manifest.json")
    base = manifest.get("base") if isinstance(manifest, dict) else None
    if not isinstance(base, dict) or not base.get("path") or not base.get("sha256"):
        raise TrainingFailure(f"the {role} checkpoint {folder} is an adapter without a manifest.json that names its base; "
                              "merge it into its base, and name the merged model as baseModel in the recipe")
    return base


def has_chat_template(folder: pathlib.Path) -> bool:
    """Tell whether the tokenizer of a checkpoint has a chat template, in any of the places where libraries look."""
    if (folder / "chat_template.jinja").is_file() or (folder / "chat_template.json").is_file():
        return True
    settings = read_json(folder / "tokenizer_config.json")
    return isinstance(settings, dict) and bool(settings.get("chat_template"))


def require_whole(folder: pathlib.Path, role: str) -> None:
    """Raise TrainingFailure if files are missing or cut off, by the manifest, the index of shards and their headers."""
    def refuse(what: str):
        raise TrainingFailure(f"the {role} checkpoint {folder} is half-written: {what}; copy or save it again")

    if (folder / "manifest.json").exists():
        manifest = read_json(folder / "manifest.json")
        entries = manifest.get("files") if isinstance(manifest, dict) else None
        if not isinstance(entries, list):
            refuse("its manifest.json cannot be read")
        for entry in entries:
            path, size = folder / entry["path"], entry["bytes"]
            if not path.is_file():
                refuse(f"its manifest names {entry['path']}, which is missing")
            if path.stat().st_size != size:
                refuse(f"its manifest names {entry['path']} with {size} bytes, but it has {path.stat().st_size}")
            if size <= HASHED_BYTES and sha256_of(path) != entry["sha256"]:
                refuse(f"{entry['path']} has another SHA-256 than its manifest says")
    index = read_json(folder / "model.safetensors.index.json") or {}
    for name in sorted(set(index.get("weight_map", {}).values())):
        if not (folder / name).is_file():
            refuse(f"its index names {name}, which is missing")
    for path in folder.glob("*.safetensors"):
        if path.stat().st_size != safetensors_bytes(path):
            refuse(f"{path.name} is cut off")


def safetensors_bytes(path: pathlib.Path) -> int | None:
    """Return how long a safetensors file must be by its own header, or None where that cannot be read."""
    try:
        with open(path, "rb") as handle:
            length = int.from_bytes(handle.read(8), "little")
            header = json.loads(handle.read(min(length, 100 << 20)))
        ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
        return 8 + length + max(ends, default=0)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def identity(folder: pathlib.Path, memory: pathlib.Path | None = None) -> str:
    """Return the SHA-256 that names a checkpoint: of its manifest, or lacking one, of its weights' files.

    The latter is the hash of lines `HASH  NAME`, as sha256sum prints them, in the order of the names. As tens of
    gigabytes take minutes, `memory` may name a file that keeps the answer for files of the same size and time.
    """
    if (folder / "manifest.json").is_file():
        return sha256_of(folder / "manifest.json")
    files = weight_files(folder)
    if not files:
        raise TrainingFailure(f"the checkpoint {folder} has no weights, so that no adapter can be trained on it")
    seen = [[str(path), path.stat().st_size, path.stat().st_mtime_ns] for path in files]
    known = read_json(memory) if memory else None
    if isinstance(known, dict) and known.get("files") == seen:
        return known["sha256"]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        digests = list(pool.map(sha256_of, files))
    lines = "".join(f"{digest}  {path.name}\n" for digest, path in zip(digests, files))
    found = hashlib.sha256(lines.encode()).hexdigest()
    if memory:
        write_json(memory, {"files": seen, "sha256": found})
    return found
