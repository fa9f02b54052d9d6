"""Train a model from scratch with the trainer's own entry, then train it on pairs, serve it and sample it.

    python main.py [--help]

The table and, as the last line, one JSON object go to standard output; progress goes to standard error. A part that fails
is named in the table, the others are run all the same, and the exit code is 1. See bench/README.md.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).parent
TRAINER = HERE.parents[1] / "infra" / "trainer"
sys.path.append(str(TRAINER))

from ceiling import operations_per_token, parameters_of
from errors import EXIT_PREEMPTED
from make_tiny_model import KINDS, write_model
from run import Failed, Run, write_dataset
from sample import canary_difference, sample, served
from sums import dpo_rows, sft_rows

ACCELERATE = [sys.executable, "-m", "accelerate.commands.launch", "--config_file", str(TRAINER / "accelerate" / "fsdp2.yaml"),
              "--num_machines", "1", "--num_processes", "1", "--machine_rank", "0", "--main_process_ip", "127.0.0.1",
              "--main_process_port", "29511"]


def parse_arguments() -> argparse.Namespace:
    """Read the command line; what is left out depends on the device."""
    parser = argparse.ArgumentParser(description="Train, serve and sample a model on this device.")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--model", choices=sorted(KINDS), help="100m on a GPU, quickstart on a CPU")
    parser.add_argument("--steps", type=int, help="of supervised training: 1500 on a GPU, 300 on a CPU")
    parser.add_argument("--pairs-steps", type=int, default=60, help="of training on pairs")
    parser.add_argument("--short-steps", type=int, default=20, help="of each of the other ways to train")
    parser.add_argument("--batch", type=int, help="rows of a step: 128 on a GPU, 8 on a CPU; twice that in the short ones")
    parser.add_argument("--problems", type=int, default=256, help="sampled with each checkpoint")
    parser.add_argument("--out", type=pathlib.Path, help="a new folder for the runs; left out, one that is removed at the end")
    arguments = parser.parse_args()
    if arguments.device == "auto":
        probe = subprocess.run([sys.executable, "-c", "import torch; print(torch.cuda.is_available())"],
                               capture_output=True, text=True)
        arguments.device = "cuda" if probe.stdout.strip() == "True" else "cpu"
    on_gpu = arguments.device == "cuda"
    arguments.model = arguments.model or ("100m" if on_gpu else "quickstart")
    arguments.batch = arguments.batch or (128 if on_gpu else 8)
    arguments.steps = arguments.steps or (1500 if on_gpu else 300)
    return arguments


class Benchmark:
    """The parts, in order. `results` has what each gave, or {"failed": reason}; `lines` has their lines of the table."""

    def __init__(self, arguments: argparse.Namespace, folder: pathlib.Path):
        self.arguments = arguments
        self.folder = folder
        self.store = folder / "store"
        self.model = folder / "model"
        self.results: dict[str, dict] = {}
        self.lines: list[str] = []
        write_model(self.model, arguments.model)
        self.config = json.loads((self.model / "config.json").read_text(encoding="utf-8"))
        demonstrations = sft_rows(max(2000, 100 * arguments.batch), 1)
        # The tokenizer has a token for each byte, and few for words.
        self.row_tokens = sum(len(row[part][0]["content"]) for row in demonstrations for part in ("prompt", "completion"))
        self.row_tokens /= len(demonstrations)
        self.sft_set = write_dataset(self.store, "sft", demonstrations)
        self.dpo_set = write_dataset(self.store, "dpo", dpo_rows(max(500, 10 * arguments.batch), 2))

    def part(self, name: str, line, work, *given, **named) -> None:
        """Do one part's work and keep what it gives, with its line of the table."""
        print(f"{name} …", file=sys.stderr, flush=True)
        began = time.monotonic()
        try:
            found = work(*given, **named)
            told = line(found)
        except Exception as error:
            found = {"failed": f"{type(error).__name__}: {error}".strip()[-2000:]}
            told = f"FAILED: {found['failed'].splitlines()[-1]}"
        self.results[name] = {**found, "wallSeconds": round(time.monotonic() - began, 1)}
        self.lines.append(f"{name:16}{told}")
        print(self.lines[-1], file=sys.stderr, flush=True)

    def sft(self, name: str, steps: int, start: pathlib.Path | None = None, launcher: list[str] | None = None, **more) -> Run:
        """Return a run of supervised training in bfloat16."""
        values = {"maxSteps": steps, "batchSize": self.arguments.batch, "learningRate": 6e-4, "warmupRatio": 0.05,
                  "scheduler": "cosine", "adamBeta2": 0.95, "dtype": "bfloat16", "maxLength": 512, **more}
        phase = {"method": "sft", "dataset": self.sft_set, "hyperparameters": values}
        return Run(self.folder / name, self.store, self.arguments.device, start or self.model, phase, launcher)

    def dpo(self, name: str, steps: int, start: pathlib.Path) -> Run:
        """Return a run of training on pairs in bfloat16, with the start as the reference."""
        values = {"maxSteps": steps, "batchSize": max(4, self.arguments.batch // 4), "learningRate": 2e-6, "warmupRatio": 0.1,
                  "beta": 0.1, "sftWeight": 0.2, "dtype": "bfloat16", "maxLength": 512}
        phase = {"method": "dpo", "dataset": self.dpo_set, "hyperparameters": values}
        return Run(self.folder / name, self.store, self.arguments.device, start, phase, reference=start)

    def ceiling(self) -> dict:
        """Measure the device, in a process that gives the memory back."""
        output = subprocess.run([sys.executable, str(HERE / "ceiling.py"), self.arguments.device], check=True,
                                stdout=subprocess.PIPE, text=True).stdout
        return json.loads(output.splitlines()[-1])

    def trained(self, run: Run, whole: bool = True) -> dict:
        """Run to the end. Returns the speed; where all weights learn from single rows, with the share of the ceiling."""
        speed = run.finish().speed()
        if whole and speed["tokensPerSecond"]:
            speed["tflops"] = speed["tokensPerSecond"] * operations_per_token(self.config, self.row_tokens) / 1e12
            speed["share"] = speed["tflops"] / self.results["ceiling"]["matrixTflops"]
        return speed

    def serve(self, runs: dict[str, Run]) -> dict:
        """Serve the outcomes, ask for their canaries, and sample problems that no run has seen."""
        found = {}
        checkpoints = {name: run.output for name, run in runs.items()}
        with served(checkpoints, self.arguments.device, self.folder / "policy-server.txt") as address:
            for name, run in runs.items():
                difference = canary_difference(address, name, run.manifest()["canary"])
                found[name] = {"canaryNats": difference, **sample(address, name, self.arguments.problems, 3)}
        return found

    def preempt(self, whole: Run, run: Run) -> dict:
        """Stop a run by SIGTERM, let a second attempt end it, and compare with the undisturbed one."""
        code = run.train(stop_at=max(1, run.steps // 3))
        if code != EXIT_PREEMPTED:
            raise Failed(f"SIGTERM ended the first attempt with {code}, not {EXIT_PREEMPTED}")
        run.finish()
        pairs = zip(whole.manifest()["canary"]["logprobs"][1:], run.manifest()["canary"]["logprobs"][1:])
        return {"firstExitCode": code, "resumedFrom": run.events("phase")[0]["resumedFrom"],
                "sameBytes": whole.manifest()["files"] == run.manifest()["files"],
                "canaryNats": max(abs(one - other) for one, other in pairs)}

    def run(self) -> None:
        """Run all parts."""
        steps, short, rows = self.arguments.steps, self.arguments.short_steps, 2 * self.arguments.batch
        packs = {"packing": True, "batchSize": 3, "maxLength": 16_384 if self.arguments.device == "cuda" else 512}
        self.part("ceiling", "{device}, torch {torch}: {matrixTflops:.4g} TFLOP/s".format_map, self.ceiling)
        sft = self.sft("sft", steps)
        dpo = self.dpo("dpo", self.arguments.pairs_steps, sft.output)
        self.part("sft", speed_line, self.trained, sft)
        self.part("dpo", speed_line, self.trained, dpo, whole=False)
        self.part("served", served_line, self.serve, {"sft": sft, "dpo": dpo})
        whole = self.sft("whole", short, batchSize=rows)
        self.part("twice the rows", speed_line, self.trained, whole)
        checkpointing = self.sft("checkpointing", short, batchSize=rows, gradientCheckpointing=True)
        self.part("checkpointing", speed_line, self.trained, checkpointing)
        self.part("packed", speed_line, self.trained, self.sft("packed", short, **packs))
        self.part("packed, lora", speed_line, self.trained, self.sft("lora", short, sft.output, lora={}, **packs), whole=False)
        if self.arguments.device == "cuda":
            sharded = self.sft("sharded", short, launcher=ACCELERATE, **packs)
            self.part("packed, sharded", speed_line, self.trained, sharded)
        self.part("preempted", preempted_line, self.preempt, whole, self.sft("preempted", short, batchSize=rows))

    def print_table(self) -> None:
        """Print what was found, and the JSON object."""
        parameters = parameters_of(self.config)
        print(f"{parameters / 1e6:.1f} M parameters, {self.arguments.batch} rows of about {self.row_tokens:.0f} tokens a step")
        print("\n".join(self.lines))
        print(json.dumps({"parameters": parameters, "rowTokens": self.row_tokens, **self.results}))


def speed_line(found: dict) -> str:
    """Return the line of a training run."""
    rate = f"{found['tokensPerSecond']:,.0f} tokens/s" if found["tokensPerSecond"] else "too few steps to time"
    share = f", {100 * found['share']:.1f} % of the ceiling" if "share" in found else ""
    ranked = f", {100 * found['rewardsAccuracy']:.0f} % of pairs ranked right" if found["rewardsAccuracy"] is not None else ""
    return (f"{rate}{share}; loss {found['firstLoss']:.3f} to {found['lastLoss']:.3g}{ranked}; {found['steps']} steps in "
            f"{found['seconds']:.0f} s; {found['dtype']}, {found['attention']}")


def served_line(found: dict) -> str:
    """Return the line of what was sampled."""
    return "; ".join(f"{name}: {100 * one['correct']:.1f} % of {one['problems']} correct, {one['tokensPerSecond']:,.0f} tokens/s, "
                     f"canary within {one['canaryNats']:.2g} nats" for name, one in found.items())


def preempted_line(found: dict) -> str:
    """Return the line of the run that was stopped."""
    outcome = "the same bytes" if found["sameBytes"] else f"canary within {found['canaryNats']:.2g} nats"
    return f"exit code {found['firstExitCode']}, resumed from {found['resumedFrom']}; {outcome} of the undisturbed run"


def main() -> int:
    """Run the benchmark. Returns the exit code."""
    arguments = parse_arguments()
    with tempfile.TemporaryDirectory(prefix="ratchet-bench-training-") as own:
        benchmark = Benchmark(arguments, (arguments.out or pathlib.Path(own)).absolute())
        benchmark.run()
        benchmark.print_table()
    return 1 if any("failed" in found for found in benchmark.results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
