"""The final checkpoint: weights, tokenizer, metrics and a manifest, published in one step."""
import pathlib
import shutil

from files import publish_folder, read_json, sha256_of, write_json
from job import Job

TOKENIZER_FILES = ["tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
                   "chat_template.jinja", "vocab.json", "merges.txt", "tokenizer.model"]


def copy_tokenizer(source: pathlib.Path, target: pathlib.Path) -> None:
    """Copy the tokenizer's own files unchanged, so that no library version rewrites them."""
    for name in TOKENIZER_FILES:
        if (source / name).is_file():
            shutil.copyfile(source / name, target / name)


def is_complete(job: Job) -> bool:
    """Tell whether the job's output is already there, whole."""
    origin = read_json(job.output / "origin.json")
    return isinstance(origin, dict) and origin.get("jobId") == job.job_id and (job.output / "manifest.json").is_file()


def publish(job: Job, last_phase: pathlib.Path, metrics: list[dict], canary: dict | None, base: dict | None) -> None:
    """Copy the last phase's model, add training.json and manifest.json, and rename to the job's output.

    `base` is {"path", "sha256"} of the model that an adapter was trained on, or None for a whole model. Neither file holds times, paths or names of the run, so equal runs give equal bytes and the manifest's hash names the
    outcome. origin.json, which tells whose output this is, is not in the manifest.
    """
    job.output.parent.mkdir(parents=True, exist_ok=True)
    partial = job.output.with_name(f"{job.output.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    for path in sorted(last_phase.iterdir()):
        if path.name != "phase.json":
            shutil.copyfile(path, partial / path.name)
    copy_tokenizer(job.start, partial)
    phases = [{name: value for name, value in one.items() if name != "seconds"} for one in metrics]
    write_json(partial / "training.json", {"format": 1, "seed": job.seed, "phases": phases})
    files = [{"path": path.name, "bytes": path.stat().st_size, "sha256": sha256_of(path)}
             for path in sorted(partial.iterdir())]
    kind = {"kind": "adapter", "base": base, "lora": job.lora} if base else {"kind": "full"}
    write_json(partial / "manifest.json", {"format": 1, **kind, "files": files, "canary": canary})
    write_json(partial / "origin.json", {"jobId": job.job_id})
    publish_folder(partial, job.output)


def describe(job: Job) -> dict:
    """Return what the result says of a complete output: metrics, path and the manifest's SHA-256."""
    training = read_json(job.output / "training.json")
    return {"metrics": {"phases": training["phases"]}, "checkpoint": str(job.output),
            "manifestSha256": sha256_of(job.output / "manifest.json")}
