"""A server process with tiny random checkpoints, for the tests."""
import asyncio
import json
import os
import pathlib
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import aiohttp
import pytest

HERE = pathlib.Path(__file__).parent
TRAINER = HERE.parent / "trainer"


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_checkpoint(folder: pathlib.Path, **changes) -> pathlib.Path:
    """Write a random checkpoint with the quickstart's tokenizer; spread weights make its samples varied."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM
    subprocess.run([sys.executable, str(TRAINER / "make_tiny_model.py"), "--out", str(folder), "--kind", "test"],
                   check=True, stdout=subprocess.DEVNULL)
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "initializer_range": 0.12, **changes}))
    torch.manual_seed(5)
    AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory) -> dict[str, pathlib.Path]:
    """Checkpoints by name: plain, one with shared key heads and tied embeddings, and another architecture."""
    folder = tmp_path_factory.mktemp("checkpoints")
    return {"plain": make_checkpoint(folder / "plain"),
            "grouped": make_checkpoint(folder / "grouped", num_key_value_heads=2, tie_word_embeddings=True),
            "other": make_checkpoint(folder / "other", model_type="llama", architectures=["LlamaForCausalLM"])}


class Server:
    """A running server and ways to talk to it."""

    def __init__(self, checkpoints: dict[str, pathlib.Path]):
        self.base = f"http://127.0.0.1:{free_port()}"
        pairs = [argument for name, path in checkpoints.items() for argument in ("--checkpoint", f"{name}={path}")]
        self.process = subprocess.Popen([sys.executable, str(HERE / "serve.py"), "--port", self.base.rsplit(":")[-1],
                                         "--device", "cpu", *pairs], env={**os.environ, "OMP_NUM_THREADS": "1"})
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(self.base + "/health").close()
                return
            except OSError:
                assert self.process.poll() is None
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def call(self, path: str, body: dict | None = None, method: str | None = None) -> tuple[int, dict]:
        """Send one request. Returns status and JSON."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, json.loads(response.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def complete(self, **body) -> dict:
        """Send a completion request that must succeed."""
        status, answer = self.call("/v1/completions", {"model": "plain", "return_token_ids": True, **body})
        assert status == 200, answer
        return answer

    def complete_many(self, bodies: list[dict]) -> list[dict]:
        """Send completion requests all at once."""
        async def run() -> list[dict]:
            connector = aiohttp.TCPConnector(limit=0)
            async with aiohttp.ClientSession(connector=connector) as session:
                async def one(body: dict) -> dict:
                    full = {"model": "plain", "return_token_ids": True, **body}
                    async with session.post(self.base + "/v1/completions", json=full) as response:
                        return await response.json()
                return await asyncio.gather(*map(one, bodies))
        return asyncio.run(run())

    def metric(self, name: str, model: str = "plain") -> float:
        """Return one value of /metrics."""
        text = urllib.request.urlopen(self.base + "/metrics").read().decode()
        line = next(line for line in text.splitlines() if line.startswith(f"vllm:{name}{{") and f'"{model}"' in line)
        return float(line.split()[-1])

    def stop(self) -> None:
        """End the process."""
        self.process.terminate()
        self.process.wait(timeout=20)


@pytest.fixture(scope="session")
def server(checkpoints):
    """One server for all tests."""
    running = Server(checkpoints)
    yield running
    running.stop()
