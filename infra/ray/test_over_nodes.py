"""What of a run over several nodes can be told without Ray."""
import _thread
import json
import threading
import time

import pytest

import over_nodes


@pytest.mark.parametrize(("ends", "code"), [
    ({0: 0, 1: 0}, 0),
    ({1: 3, 0: 0}, 0),
    ({1: 3, 0: 1}, 3),
    ({0: 1, 1: over_nodes.LOST}, over_nodes.LOST),
    ({1: 0, 0: 85}, 85),
])
def test_the_exit_code_is_that_of_the_node_that_began_it(ends, code):
    """Node 0 decides where it ended well; a lost node explains the others' failures."""
    assert over_nodes.outcome(ends) == code


@pytest.mark.parametrize(("rank", "code", "is_first", "told"), [
    (1, 3, True, True), (1, 3, False, False), (0, 3, True, False), (1, 0, True, False),
    (0, over_nodes.LOST, False, True),
])
def test_the_first_failure_and_every_lost_node_are_told(rank, code, is_first, told):
    """So that the log ends with what began it."""
    assert over_nodes.is_worth_telling(rank, code, is_first) is told


def test_a_script_knows_its_number_and_the_main_address(tmp_path):
    """The launcher of the trainer takes both from the environment."""
    script = f'echo "$RATCHET_NODE_RANK $RATCHET_MAIN_ADDRESS" >{tmp_path}/said; exit 7'
    assert over_nodes.run_script(script, 1, "10.0.0.1", 1) == 7
    assert (tmp_path / "said").read_text() == "1 10.0.0.1\n"


def test_a_script_that_is_killed_has_the_exit_code_of_a_shell():
    """As in `exit code 137`."""
    assert over_nodes.run_script("kill -KILL $$", 0, "10.0.0.1", 1) == 137


@pytest.mark.parametrize(("script", "code"), [
    ("trap 'exit 85' TERM; while :; do sleep 0.1; done", 85),
    ("trap '' TERM; while :; do sleep 0.1; done", 143),
])
def test_an_interrupt_asks_the_script_to_end_and_then_ends_it(script, code):
    """Ray cancels a task by an interrupt."""
    threading.Timer(1, _thread.interrupt_main).start()
    began = time.monotonic()
    assert over_nodes.run_script(script, 0, "10.0.0.1", 2) == code
    assert time.monotonic() - began < 10


def test_a_task_takes_its_whole_bundle():
    """Ray sets CUDA_VISIBLE_DEVICES to the GPUs of a task alone."""
    assert over_nodes.task_options({"CPU": 4, "GPU": 8, "memory": 1024, "rack": 1}) == {
        "num_cpus": 4, "num_gpus": 8, "memory": 1024, "resources": {"rack": 1}}
    assert over_nodes.task_options({"GPU": 8}) == {"num_cpus": 0, "num_gpus": 8, "resources": {}}


def test_what_becomes_of_a_node_is_the_last_of_the_log(tmp_path, capsys):
    """After that node's own last words, if there are any."""
    directory = over_nodes.Directory(tmp_path)
    (tmp_path / "trainer.log").write_text("step 1\n")
    (tmp_path / "trainer-1.log").write_text("no memory\n")
    directory.tell(1, "node 1 at 10.0.0.2 ended with exit code 3")
    assert (tmp_path / "trainer.log").read_text() == (
        "step 1\nnode 1: no memory\nnode 1 at 10.0.0.2 ended with exit code 3\n")
    assert capsys.readouterr().out.endswith("exit code 3\n")


def test_the_nodes_are_marked_as_placed_at_once(tmp_path):
    """Nobody sees half a file."""
    over_nodes.Directory(tmp_path).mark_placed(["10.0.0.1", "10.0.0.2"])
    assert json.loads((tmp_path / "placed.json").read_text()) == {"addresses": ["10.0.0.1", "10.0.0.2"]}
    assert [file.name for file in tmp_path.iterdir()] == ["placed.json"]
