"""Serve checkpoints over an OpenAI-compatible HTTP interface.

    python serve.py --port N [--host 127.0.0.1] [--threads 1] [--device auto] [--checkpoint NAME=PATH ...]

Checkpoints can also be added and removed while it runs (POST and DELETE under /v1/checkpoints).
"""
import argparse
import errno
import logging
import os
import socket
import sys


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Serve checkpoints over an OpenAI-compatible HTTP interface.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of the computation")
    parser.add_argument("--device", choices=["auto", "cpu", "cuda"], default="auto")
    parser.add_argument("--max-sequences", type=int, default=512, help="sequences of a checkpoint computed together")
    parser.add_argument("--checkpoint", action="append", default=[], metavar="NAME=PATH", help="loaded at the start")
    return parser.parse_args()


def claim_port(host: str, port: int) -> socket.socket:
    """Bind the port before the slow imports; nobody can connect until the server listens. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    claimed = socket.socket(family, socket.SOCK_STREAM)
    if os.name != "nt":
        claimed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    claimed.bind((host, port))
    return claimed


def run(arguments: argparse.Namespace, claimed: socket.socket) -> None:
    """Load what the command line names and serve until a signal."""
    # Compiled bytecode makes every later start faster.
    sys.dont_write_bytecode = False
    os.environ.update(OMP_NUM_THREADS=str(arguments.threads), TOKENIZERS_PARALLELISM="false", HF_HUB_OFFLINE="1")
    if arguments.device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    import torch
    from aiohttp import web
    from engine import Engine
    from errors import ApiError
    from routes import make_app

    torch.set_num_threads(arguments.threads)
    device = arguments.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    engine = Engine(device, arguments.threads, arguments.max_sequences)
    for pair in arguments.checkpoint:
        name, _, path = pair.partition("=")
        try:
            engine.load(name, path)
        except ApiError as error:
            sys.exit(f"checkpoint {name}: {error}")
    engine.start()
    print(f"serving on http://{arguments.host}:{claimed.getsockname()[1]}", file=sys.stderr, flush=True)
    web.run_app(make_app(engine), sock=claimed, handler_cancellation=True, print=None, access_log=None,
                shutdown_timeout=1.0)


def main() -> int:
    """Run the server. Returns 1 with one sentence on standard error if it cannot start."""
    arguments = parse_arguments()
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        claimed = claim_port(arguments.host, arguments.port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            print(f"port {arguments.port} on {arguments.host} is already in use; choose another with --port", file=sys.stderr)
        else:
            print(f"cannot listen on {arguments.host} port {arguments.port}: {error.strerror}", file=sys.stderr)
        return 1
    run(arguments, claimed)
    return 0


if __name__ == "__main__":
    sys.exit(main())
