"""The two processes: each confines itself, says how, and begins."""

import json
import os
import random
import sys

from candidate import Candidate
from channel import Channel
from confinement import confine
from examiner import examine

_READS, _WRITES, _SETUP, _SAYS = 3, 4, 5, 6


def be_candidate() -> None:
    setup = _begin()
    os.close(_SAYS)
    channel = Channel(_READS, _WRITES, setup["limits"]["messageBytes"], 1 << 60, None)
    Candidate(channel, setup["programs"], setup["prompt"]).answer_for_ever()


def be_examiner() -> None:
    setup = _begin()
    limits = setup["limits"]
    channel = Channel(_READS, _WRITES, limits["messageBytes"], limits["totalBytes"], limits["wallSeconds"])
    verdict = examine(setup["tests"], setup["prompt"], channel)
    os.write(_SAYS, json.dumps({"nonce": setup["nonce"], **verdict}).encode() + b"\n")
    os._exit(0)


def _begin() -> dict:
    with os.fdopen(_SETUP, "rb") as file:
        setup = json.loads(file.readline())
    layers = confine(setup["limits"], setup["paths"], setup["inside"])
    os.write(_SAYS, json.dumps({"layers": layers}).encode() + b"\n")
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [path for path in sys.path if path != here] + setup["packages"]
    os.environ.clear()
    os.environ.update({"LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"})
    random.seed(0)
    return setup
