"""Adapters: what is written, what the reference is, going on from one, and bases that do not fit."""
import json
import shutil

import pytest
import torch

from conftest import TinyJob
from files import sha256_of
from models import load_model, load_tokenizer, score_text
from starts import Source

LORA = {"lora": {"rank": 4, "alpha": 8}}


@pytest.fixture
def follower(tmp_path, finished_adapter):
    """A short job that starts from a finished adapter."""
    job = TinyJob(tmp_path / "next", finished_adapter.folder / "out", sft_steps=3, more=LORA)
    del job.job["phases"][1]
    return job


def read_manifest(job):
    """Return the manifest of a job's output."""
    return json.loads((job.folder / "out" / "manifest.json").read_text())


def test_adapter_names_its_base(finished_adapter, tiny_weights):
    """The output is PEFT's two files, the tokenizer and a manifest with kind and base; a whole model has kind full."""
    files = set(finished_adapter.output_bytes())
    assert {"adapter_config.json", "adapter_model.safetensors", "tokenizer.json", "chat_template.jinja"} <= files
    assert not files & {"model.safetensors", "README.md", "ref"}
    manifest = read_manifest(finished_adapter)
    assert manifest["kind"] == "adapter" and manifest["base"]["path"] == str(tiny_weights)
    assert len(manifest["base"]["sha256"]) == 64 and manifest["lora"]["rank"] == 4


def test_whole_model_says_so(finished_job):
    """A checkpoint of all weights has kind full and names no base."""
    manifest = read_manifest(finished_job)
    assert manifest["kind"] == "full" and "base" not in manifest


def test_canary_is_of_base_and_adapter(finished_adapter, tiny_weights):
    """The manifest's log-probabilities are those of the base with the adapter, not of the base."""
    from peft import PeftModel
    canary = read_manifest(finished_adapter)["canary"]
    tokenizer = load_tokenizer(tiny_weights)
    base = score_text(load_model(tiny_weights, 1), tokenizer, "1+2")["logprobs"][1:]
    both = PeftModel.from_pretrained(load_model(tiny_weights, 1), finished_adapter.folder / "out")
    assert canary["logprobs"][1:] == pytest.approx(score_text(both, tokenizer, "1+2")["logprobs"][1:], abs=1e-5)
    assert canary["logprobs"][1:] != pytest.approx(base, abs=1e-5)


def test_reference_is_the_model_at_the_start_of_dpo(finished_adapter):
    """Before DPO's first update its margin is exactly 0, though SFT has moved the adapter; later it is not."""
    steps = [event for event in finished_adapter.events() if event["kind"] == "step"]
    sft, dpo = ([event for event in steps if event["phase"] == phase] for phase in (0, 1))
    assert sft[-1]["loss"] < sft[0]["loss"]
    assert dpo[0]["rewardsMargin"] == 0 and dpo[-1]["rewardsMargin"] != 0


def test_series_are_whole(finished_adapter):
    """Each step has all its figures, and the tokens only grow, up to the phase's count."""
    steps = [event for event in finished_adapter.events() if event["kind"] == "step"]
    assert all({"loss", "learningRate", "gradNorm", "tokens"} <= set(event) for event in steps)
    dpo = [event for event in steps if event["phase"] == 1]
    assert all({"rewardsMargin", "rewardsAccuracy", "chosenLogps", "rejectedLogps"} <= set(event) for event in dpo)
    counts = [event["tokens"] for event in dpo]
    assert counts == sorted(set(counts))
    assert counts[-1] == finished_adapter.result()["metrics"]["phases"][1]["tokens"]


def test_adapter_is_continued(follower, finished_adapter, tiny_weights):
    """A job that starts from an adapter trains that one further, on the same base."""
    assert follower.run()[0] == 0
    assert read_manifest(follower)["base"] == read_manifest(finished_adapter)["base"]
    steps = [event for event in follower.events() if event["kind"] == "step"]
    first = [event for event in finished_adapter.events() if event["kind"] == "step"][0]
    assert steps[0]["loss"] < first["loss"]


def test_other_base_is_refused(follower, finished_adapter, tiny_weights, tmp_path):
    """An adapter of another base is refused by name with both hashes."""
    other = tmp_path / "other"
    shutil.copytree(tiny_weights, other)
    load_model(other, 1).to(torch.bfloat16).save_pretrained(other)
    follower.job["base"] = {"path": str(other)}
    follower.write()
    assert follower.run()[0] == 1
    reason = follower.result()["reason"]
    wanted = read_manifest(finished_adapter)["base"]["sha256"]
    assert str(finished_adapter.folder / "out") in reason and str(other) in reason and wanted in reason
    assert len(reason.split(" has ")[1].split(";")[0]) == 64
    assert reason.endswith("; put the base there that it was trained on, or correct baseModel in the recipe")


def test_base_is_named_by_its_manifest_if_it_has_one(tiny_weights, tmp_path):
    """The identity of a base is its manifest's hash, or that of its weights."""
    from checkpoints import identity
    base = tmp_path / "base"
    shutil.copytree(tiny_weights, base)
    assert identity(base) == identity(tiny_weights)
    (base / "manifest.json").write_text("{}")
    assert identity(base) == sha256_of(base / "manifest.json")


def test_merged_start(finished_adapter, tiny_weights):
    """Where all weights are trained from an adapter, it is merged into its base first."""
    from models import load_whole
    merged = load_whole(Source(tiny_weights, finished_adapter.folder / "out"), 1)
    canary = read_manifest(finished_adapter)["canary"]
    found = score_text(merged, load_tokenizer(tiny_weights), "1+2")["logprobs"][1:]
    assert found == pytest.approx(canary["logprobs"][1:], abs=1e-5)


def test_other_shape_is_refused(follower):
    """An adapter is continued with its own rank."""
    follower.job["phases"][0]["hyperparameters"]["lora"]["rank"] = 8
    follower.write()
    assert follower.run()[0] == 1
    assert "an adapter is continued as it is" in follower.result()["reason"]


def test_base_without_weights_is_refused(tmp_path, tiny_model):
    """There is no adapter on weights that only this job has."""
    job = TinyJob(tmp_path / "run", tiny_model, more=LORA)
    assert job.run()[0] == 1
    assert "has no weights" in job.result()["reason"]


def test_mixed_phases_are_refused(tiny_job):
    """All phases train one adapter, or none does."""
    tiny_job.job["phases"][1]["hyperparameters"]["lora"] = {}
    tiny_job.write()
    assert tiny_job.run()[0] == 1
    assert tiny_job.result()["reason"].startswith("the phases of one job train one adapter")
