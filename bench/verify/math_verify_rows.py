"""Math-Verify with its default options, one row a line: JSON in on stdin, JSON out on stdout, in the same order.

In: {"response", "gold"}. Out: {"verdict": true | false | null, "extracted", "error", "timeouts", "wallMs", "cpuMs"}; null when it
raised. The first line out names the versions. Its own time limits stay as they are: 5 s of wall clock for each step.
"""

import json
import logging
import sys
import time
from importlib.metadata import version

from math_verify import ExprExtractionConfig, LatexExtractionConfig, parse, verify

GOLD_CONFIG = [LatexExtractionConfig(), ExprExtractionConfig()]


class CountTimeouts(logging.Handler):
    count = 0

    def emit(self, record):
        if "imeout" in record.getMessage():
            self.count += 1


def parse_gold(gold):
    """In `$…$` where it has neither `$` nor a box; what does not parse that way, in a box."""
    if "$" in gold or "\\boxed" in gold:
        return parse(gold, extraction_config=GOLD_CONFIG)
    wrapped = parse("$" + gold + "$", extraction_config=GOLD_CONFIG)
    return wrapped or parse("\\boxed{" + gold + "}", extraction_config=GOLD_CONFIG)


def last_text(parsed):
    texts = [each for each in parsed if isinstance(each, str)]
    return texts[-1][:500] if texts else None


def check(row, timeouts):
    before = timeouts.count
    verdict, parsed, error = None, [], None
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        gold = parse_gold(row["gold"])
        parsed = parse(row["response"])
        verdict = bool(verify(gold, parsed))
        error = None if gold else "the gold does not parse"
    except Exception as raised:
        error = type(raised).__name__
    cpu_ms, wall_ms = (time.process_time() - cpu) * 1e3, (time.perf_counter() - wall) * 1e3
    return {
        "verdict": verdict,
        "extracted": last_text(parsed),
        "error": error,
        "timeouts": timeouts.count - before,
        "wallMs": round(wall_ms, 3),
        "cpuMs": round(cpu_ms, 3),
    }


def main():
    timeouts = CountTimeouts()
    logging.getLogger().handlers = [timeouts]
    out = sys.stdout
    sys.stdout = sys.stderr

    def say(message):
        out.write(json.dumps(message) + "\n")
        out.flush()

    say({"version": version("math-verify"), "sympy": version("sympy"), "python": sys.version.split()[0]})
    for line in sys.stdin:
        say(check(json.loads(line), timeouts))


main()
