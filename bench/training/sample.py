"""Checkpoints served by the policy server: their canaries asked for again, and problems sampled and judged."""
import concurrent.futures
import contextlib
import json
import pathlib
import random
import socket
import subprocess
import sys
import time
import urllib.request

from sums import draw_problem, is_correct, question, turn

SERVER = pathlib.Path(__file__).parents[2] / "infra" / "policy-server" / "serve.py"
AT_ONCE = 64


@contextlib.contextmanager
def served(checkpoints: dict[str, pathlib.Path], device: str, log: pathlib.Path):
    """Serve checkpoints by name while the block runs; gives the server's address. Raises TimeoutError."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    named = [part for name, path in checkpoints.items() for part in ("--checkpoint", f"{name}={path}")]
    with open(log, "wb") as output:
        process = subprocess.Popen([sys.executable, str(SERVER), "--port", str(port), "--device", device, *named],
                                   stdout=output, stderr=output)
        try:
            address = f"http://127.0.0.1:{port}/v1"
            await_models(address, process)
            yield address
        finally:
            process.terminate()
            process.wait(30)


def await_models(address: str, process: subprocess.Popen) -> None:
    """Return once the server answers. Raises TimeoutError when it ended or takes more than two minutes."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"{address}/models", timeout=5).close()
            return
        time.sleep(0.2)
    raise TimeoutError(f"the policy server does not answer (exit code {process.poll()})")


def ask(address: str, route: str, body: dict) -> dict:
    """Post a request and return the answer."""
    request = urllib.request.Request(f"{address}/{route}", json.dumps(body).encode(), {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=300) as answer:
        return json.load(answer)


def canary_difference(address: str, name: str, canary: dict) -> float:
    """Return the largest difference between a canary's log-probabilities and those under the served weights, in nats."""
    ids = canary["tokenIds"]
    answer = ask(address, "completions", {"model": name, "prompt": ids, "max_tokens": 1, "prompt_logprobs": 0})
    scored = answer["choices"][0]["prompt_logprobs"]
    return max(abs(scored[place][str(token)]["logprob"] - canary["logprobs"][place])
               for place, token in enumerate(ids) if place)


def sample(address: str, name: str, problems: int, seed: int) -> dict:
    """Sample one response at temperature 1 to each of new problems. Returns the share that is correct, and the speed."""
    generator = random.Random(seed)
    drawn = [draw_problem(generator) for _ in range(problems)]

    def attempt(pair: tuple[int, list[int]]) -> tuple[bool, int]:
        index, numbers = pair
        answer = ask(address, "chat/completions", {"model": name, "messages": turn("user", question(numbers)),
                                                   "temperature": 1.0, "seed": index, "max_tokens": 300})
        return is_correct(numbers, answer["choices"][0]["message"]["content"]), answer["usage"]["completion_tokens"]

    began = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(attempt, enumerate(drawn)))
    seconds = time.monotonic() - began
    tokens = sum(count for _, count in results)
    return {"problems": problems, "correct": sum(right for right, _ in results) / problems, "tokens": tokens,
            "tokensPerSecond": tokens / seconds}
