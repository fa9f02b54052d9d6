"""Run one script on several nodes of a Ray cluster at once: the entrypoint of a job that trains on more than one node.

It reserves a placement group of one bundle a node, leaves `placed.json` in the run's directory once every node has
answered, and runs the script that comes by standard input on each, in a task that Ray never repeats. The script finds
its number in RATCHET_NODE_RANK and node 0's address in RATCHET_MAIN_ADDRESS. A node that fails ends all. Exit code: 0
where node 0's script ended well, LOST where Ray lost a node, else that of the script that failed first.
"""
import argparse
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

LOST = 75
# Nodes that lose sight of one another fail before Ray knows which of them is gone.
SETTLE_SECONDS = 10
NOTICE_SECONDS = 60
CLEAN_UP_SECONDS = 5
POLL_SECONDS = 0.5
STOPPED_BEFORE_IT_BEGAN = "it was stopped before it began"


def run_script(script: str, rank: int, main_address: str, grace_seconds: float) -> int:
    """Run a shell script on this node and return its exit code, as a shell gives it. An interrupt asks it to end."""
    env = {**os.environ, "RATCHET_NODE_RANK": str(rank), "RATCHET_MAIN_ADDRESS": main_address}
    process = subprocess.Popen(["/bin/sh", "-c", script], env=env, start_new_session=True)
    try:
        return exit_code(wait_for(process, None))
    except KeyboardInterrupt:
        process.send_signal(signal.SIGTERM)
        ended = wait_for(process, time.monotonic() + grace_seconds)
        return 128 + signal.SIGTERM if ended is None else exit_code(ended)
    finally:
        process.kill()
        process.wait()
        wait_for_group(process.pid)


def wait_for(process: subprocess.Popen, deadline: float | None) -> int | None:
    """Return a process's return code, or None where it has none at the deadline. Interrupts come between looks."""
    while process.poll() is None and (deadline is None or time.monotonic() < deadline):
        time.sleep(POLL_SECONDS)
    return process.returncode


def wait_for_group(group: int) -> None:
    """Wait until a script's own clean-up has ended all that it started, for a while."""
    deadline = time.monotonic() + CLEAN_UP_SECONDS
    with contextlib.suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(POLL_SECONDS / 5)


def exit_code(returncode: int) -> int:
    """Return a return code as a shell gives it."""
    return returncode if returncode >= 0 else 128 - returncode


def outcome(ends: dict[int, int]) -> int:
    """Return the job's exit code from those of its nodes, in the order in which they ended."""
    if ends.get(0) == 0:
        return 0
    return LOST if LOST in ends.values() else next((code for code in ends.values() if code != 0), 0)


def is_worth_telling(rank: int, code: int, is_first: bool) -> bool:
    """Tell whether a node's end is news: node 0's own words are in the log, and later failures follow from the first."""
    return code == LOST or (code != 0 and rank != 0 and is_first)


class Directory:
    """The run's directory, which all nodes share."""

    def __init__(self, path: pathlib.Path):
        self.path = path

    def is_stop_requested(self) -> bool:
        """Tell whether somebody asked the run to end. A list read anew shows what NFS would still take for absent."""
        return "stop-requested" in os.listdir(self.path)

    def mark_placed(self, addresses: list[str]) -> None:
        """Leave word that every node of the run is there."""
        draft = self.path / f"placed.{os.getpid()}"
        draft.write_text(json.dumps({"addresses": addresses}), encoding="utf-8")
        draft.rename(self.path / "placed.json")

    def tell(self, rank: int, words: str) -> None:
        """Say what became of a node, after its own last words, at the end of what node 0's trainer said."""
        with contextlib.suppress(OSError):
            said = (self.path / f"trainer-{rank}.log").read_text(encoding="utf-8", errors="replace").splitlines()[-20:]
            words = "\n".join([*(f"node {rank}: {line}" for line in said), words])
        with contextlib.suppress(OSError), open(self.path / "trainer.log", "a", encoding="utf-8") as log:
            log.write(words + "\n")
        print(words, flush=True)


def task_options(bundle: dict[str, float]) -> dict:
    """Return the options of a task that takes a whole bundle."""
    named = {"CPU": "num_cpus", "GPU": "num_gpus", "memory": "memory"}
    options = {"num_cpus": 0, **{named[name]: amount for name, amount in bundle.items() if name in named}}
    return {**options, "resources": {name: amount for name, amount in bundle.items() if name not in named}}


def end_of(ray, task) -> tuple[int, str]:
    """Return the exit code of a node whose task has ended, and what became of it in words."""
    try:
        code = ray.get(task)
    except ray.exceptions.OutOfMemoryError:
        return 128 + signal.SIGKILL, "ran out of memory"
    except ray.exceptions.TaskCancelledError:
        return 128 + signal.SIGTERM, "was ended before it began"
    except ray.exceptions.RayTaskError as error:
        return 1, f"could not run its script: {str(error.cause).strip()}"
    except ray.exceptions.RayError as error:
        return LOST, f"was lost: {str(error).strip().splitlines()[0]}"
    # The word for a lost node is this program's alone.
    return (1 if code == LOST else code), f"ended with exit code {code}"


def place(ray, group, directory: Directory, options: list[dict]) -> list[str] | None:
    """Return the nodes' addresses once all are there, or None once the run is to stop."""
    while not group.wait(timeout_seconds=1):
        if directory.is_stop_requested():
            return None
    find_address = ray.remote(max_retries=0)(ray.util.get_node_ip_address)
    asked = [find_address.options(**{**each, "num_cpus": 0, "num_gpus": 0, "memory": None, "resources": {}}).remote()
             for each in options]
    while len(ray.wait(asked, num_returns=len(asked), timeout=1)[0]) < len(asked):
        if directory.is_stop_requested():
            return None
    return None if directory.is_stop_requested() else ray.get(asked)


def follow(ray, tasks: list, addresses: list[str], directory: Directory, grace_seconds: float) -> int:
    """Wait until all nodes have ended, end the others soon after node 0 or a failed one, and return the exit code."""
    ends: dict[int, int] = {}
    ending_since = None
    cancelled = False
    while len(ends) < len(tasks):
        left = [task for rank, task in enumerate(tasks) if rank not in ends]
        for task in ray.wait(left, num_returns=1, timeout=1)[0]:
            rank = tasks.index(task)
            is_first = not any(ends.values()) and not cancelled
            ends[rank], words = end_of(ray, task)
            if is_worth_telling(rank, ends[rank], is_first and not directory.is_stop_requested()):
                directory.tell(rank, f"node {rank} at {addresses[rank]} {words}")
        if ending_since is None and (0 in ends or any(ends.values())):
            ending_since = time.monotonic()
        waited = 0 if ending_since is None else time.monotonic() - ending_since
        if waited > SETTLE_SECONDS and not cancelled:
            cancelled = True
            for task in left:
                ray.cancel(task, force=False)
        if waited > SETTLE_SECONDS + grace_seconds + NOTICE_SECONDS:
            for rank in set(range(len(tasks))) - set(ends):
                ends[rank] = LOST
                directory.tell(rank, f"node {rank} at {addresses[rank]} was lost: it does not answer")
    return outcome(ends)


def main() -> int:
    """Run the script on all nodes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--nodes", type=int, required=True)
    parser.add_argument("--each", type=json.loads, required=True, help="what is reserved on each node, by Ray's names")
    parser.add_argument("--grace-seconds", type=float, required=True)
    arguments = parser.parse_args()
    script = sys.stdin.read()
    directory = Directory(pathlib.Path.cwd())
    if directory.is_stop_requested():
        print(STOPPED_BEFORE_IT_BEGAN)
        return 0
    import ray
    import ray.util
    from ray.util.scheduling_strategies import PlacementGroupSchedulingStrategy
    ray.init(log_to_driver=False)
    group = ray.util.placement_group([arguments.each] * arguments.nodes, strategy="STRICT_SPREAD")
    options = [{
        **task_options(arguments.each),
        "scheduling_strategy": PlacementGroupSchedulingStrategy(group, placement_group_bundle_index=rank),
        # Ray's workers step back for other programs, and what they start with them.
        "runtime_env": {"env_vars": {"RAY_worker_niceness": "0"}},
    } for rank in range(arguments.nodes)]
    try:
        addresses = place(ray, group, directory, options)
    except ray.exceptions.RayError as error:
        print(f"a node was lost before all were there: {str(error).strip().splitlines()[0]}")
        return LOST
    if addresses is None:
        print(STOPPED_BEFORE_IT_BEGAN)
        return 0
    directory.mark_placed(addresses)
    on_node = ray.remote(max_retries=0)(run_script)
    tasks = [on_node.options(**each).remote(script, rank, addresses[0], arguments.grace_seconds)
             for rank, each in enumerate(options)]
    return follow(ray, tasks, addresses, directory, arguments.grace_seconds)


if __name__ == "__main__":
    sys.exit(main())
