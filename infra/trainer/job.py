"""The job file that the cluster adapter writes, read and checked. Standard library only."""
import dataclasses
import pathlib

from errors import TrainingFailure
from files import read_json

NUMBERS = {
    "batchSize": 16, "gradientAccumulation": 1, "learningRate": 1e-5, "warmupRatio": 0.0, "weightDecay": 0.0,
    "maxGradNorm": 1.0, "adamBeta2": 0.999, "maxLength": 1024, "beta": 0.1, "sftWeight": 0.0,
}
LORA = {"rank": 16, "alpha": 32, "dropout": 0.0, "targetModules": "all-linear"}


@dataclasses.dataclass(frozen=True)
class Objects:
    """The object store: s3://BUCKET/PREFIX or file:///DIRECTORY, and the server of a bucket where it is not AWS."""

    uri: str
    endpoint: str | None
    region: str | None
    patience_seconds: float


@dataclasses.dataclass(frozen=True)
class DataFile:
    """One file of a dataset version, by its name below the version's address."""

    name: str
    bytes: int
    sha256: str


@dataclasses.dataclass(frozen=True)
class Phase:
    """One method on one dataset. `hyperparameters` has every known name, defaults filled in; `lora` may be None."""

    index: int
    method: str
    uri: str
    files: list[DataFile]
    hyperparameters: dict


@dataclasses.dataclass(frozen=True)
class Job:
    """A whole training run; paths are absolute."""

    run_folder: pathlib.Path
    attempt_folder: pathlib.Path
    job_id: str
    attempt: int
    seed: int
    device: str
    threads: int
    start: pathlib.Path
    base: pathlib.Path | None
    reference: pathlib.Path | None
    phases: list[Phase]
    objects: Objects
    scratch: str | None
    publish_uri: str | None
    output: pathlib.Path
    checkpoint_every_steps: int
    heartbeat_seconds: float
    time_limit_seconds: float | None
    grace_seconds: float
    canary_text: str | None

    @property
    def lora(self) -> dict | None:
        """The adapter that all phases train, or None where they train all weights."""
        return self.phases[0].hyperparameters["lora"]


def attempt_number(folder: pathlib.Path) -> int:
    """Return N of a folder named attempt-N, or 0 for any other name."""
    prefix, _, number = folder.name.rpartition("-")
    return int(number) if prefix == "attempt" and number.isdigit() else 0


def newest_attempt(run_folder: pathlib.Path) -> int:
    """Return the highest N of the folders attempt-N, or 0 where there are none or they cannot be listed."""
    try:
        return max(map(attempt_number, run_folder.iterdir()), default=0)
    except OSError:
        return 0


def read_lora(index: int, raw) -> dict | None:
    """Return a phase's LoRA settings with defaults filled in, or None without LoRA. Raises TrainingFailure."""
    if raw is None:
        return None
    if not isinstance(raw, dict) or set(raw) - set(LORA):
        raise TrainingFailure(f"phase {index}: lora has the keys {', '.join(LORA)} and no others, not {raw!r}")
    values = {**LORA, **raw}
    if not isinstance(values["rank"], int) or isinstance(values["rank"], bool) or values["rank"] < 1:
        raise TrainingFailure(f"phase {index}: lora.rank must be a positive integer, not {values['rank']!r}")
    if not isinstance(values["alpha"], (int, float)) or values["alpha"] <= 0:
        raise TrainingFailure(f"phase {index}: lora.alpha must be a positive number, not {values['alpha']!r}")
    if not isinstance(values["dropout"], (int, float)) or not 0 <= values["dropout"] < 1:
        raise TrainingFailure(f"phase {index}: lora.dropout must be at least 0 and below 1, not {values['dropout']!r}")
    targets = values["targetModules"]
    named = isinstance(targets, list) and targets and all(isinstance(name, str) and name for name in targets)
    if targets != "all-linear" and not named:
        raise TrainingFailure(f"phase {index}: lora.targetModules must be all-linear or names of modules")
    return values


def read_phase(index: int, raw: dict) -> Phase:
    """Check one phase of the job file. Raises TrainingFailure."""
    method = raw.get("method")
    if method not in ("sft", "dpo"):
        raise TrainingFailure(f"phase {index} has the method {method!r}; it must be sft or dpo")
    given = raw.get("hyperparameters") or {}
    values = {"maxSteps": None, "epochs": None, "scheduler": "cosine", "dtype": "float32", "scope": "whole",
              "gradientCheckpointing": False, "packing": False, "thoughtEnd": "</think>", **NUMBERS,
              **{name: value for name, value in given.items() if value is not None}}
    for name in NUMBERS:
        if isinstance(values[name], bool) or not isinstance(values[name], (int, float)) or values[name] < 0:
            raise TrainingFailure(f"phase {index}: {name} must be a number of at least 0, not {values[name]!r}")
    if not values["maxSteps"] and not values["epochs"]:
        raise TrainingFailure(f"phase {index} needs maxSteps or epochs")
    if values["dtype"] not in ("float32", "bfloat16"):
        raise TrainingFailure(f"phase {index}: dtype must be float32 or bfloat16, not {values['dtype']!r}")
    if values["scope"] not in ("whole", "thought"):
        raise TrainingFailure(f"phase {index}: scope must be whole or thought, not {values['scope']!r}")
    if values["packing"] and method != "sft":
        raise TrainingFailure(f"phase {index}: packing is for sft, not for {method}; leave it out")
    values["lora"] = read_lora(index, values.get("lora"))
    dataset = raw.get("dataset") or {}
    files = [DataFile(str(file["name"]), int(file["bytes"]), str(file["sha256"])) for file in dataset.get("files") or []]
    if not files:
        raise TrainingFailure(f"phase {index} needs dataset files")
    return Phase(index, method, str(dataset["uri"]), files, values)


def read_objects(raw: dict) -> Objects:
    """Return where the object store is."""
    return Objects(str(raw["uri"]), raw.get("endpoint"), raw.get("region"), float(raw.get("patienceSeconds") or 0))


def adapter_shape(lora: dict | None) -> dict | None:
    """Return what two phases or jobs must have in common to train the same adapter."""
    return lora and {name: lora[name] for name in ("rank", "alpha", "targetModules")}


def read_job(attempt_folder: pathlib.Path) -> Job:
    """Read and check an attempt's `job.json`. Raises TrainingFailure with the reason."""
    raw = read_json(attempt_folder / "job.json")
    if not isinstance(raw, dict):
        raise TrainingFailure(f"{attempt_folder / 'job.json'} is missing or not JSON")
    if raw.get("protocol") != 3:
        raise TrainingFailure(f"the job speaks protocol {raw.get('protocol')!r}; this trainer speaks 3")
    try:
        reference = (raw.get("reference") or {}).get("path")
        base = (raw.get("base") or {}).get("path")
        job = Job(
            run_folder=attempt_folder.parent, attempt_folder=attempt_folder,
            job_id=str(raw["jobId"]), attempt=int(raw["attempt"]), seed=int(raw["seed"]),
            device=raw.get("device", "auto"), threads=int(raw.get("threads") or 1),
            start=pathlib.Path(raw["start"]["path"]), base=pathlib.Path(base) if base else None,
            reference=pathlib.Path(reference) if reference else None,
            phases=[read_phase(index, phase) for index, phase in enumerate(raw["phases"])],
            objects=read_objects(raw["objects"]), scratch=raw.get("scratch"),
            publish_uri=(raw.get("publish") or {}).get("uri"), output=pathlib.Path(raw["output"]),
            checkpoint_every_steps=int(raw.get("checkpointEverySteps") or 100),
            heartbeat_seconds=float(raw.get("heartbeatSeconds") or 2),
            time_limit_seconds=float(raw["timeLimitSeconds"]) if raw.get("timeLimitSeconds") else None,
            grace_seconds=float(raw.get("graceSeconds") or 0),
            canary_text=(raw.get("canary") or {}).get("text"))
    except (KeyError, TypeError, ValueError) as error:
        raise TrainingFailure(f"job.json lacks a field or has a wrong one: {error}") from error
    if not job.phases:
        raise TrainingFailure("the job has no phases")
    shapes = [adapter_shape(phase.hyperparameters["lora"]) for phase in job.phases]
    if any(shape != shapes[0] for shape in shapes):
        raise TrainingFailure("the phases of one job train one adapter: give all of them lora with the same rank, "
                              "alpha and targetModules, or none of them lora")
    return job
