"""The problems of this benchmark: sums of numbers, thought through one addition at a time."""
import random
import re

ADDENDS = 12


def turn(role: str, content: str) -> list[dict]:
    """Return a conversation of one message."""
    return [{"role": role, "content": content}]


def draw_problem(generator: random.Random) -> list[int]:
    """Return the numbers of one problem."""
    return [generator.randint(10, 99) for _ in range(ADDENDS)]


def question(numbers: list[int]) -> str:
    """Return the problem as it is put to the model."""
    return "+".join(map(str, numbers))


def solution(numbers: list[int], slip_at: int | None = None, slip: int = 0) -> str:
    """Return a thought and an answer; the addition `slip_at` is off by `slip`, and all that follow go on from it."""
    total, lines = numbers[0], []
    for index, number in enumerate(numbers[1:]):
        after = total + number + (slip if index == slip_at else 0)
        lines.append(f"{total}+{number}={after}")
        total = after
    thought = "\n".join(lines)
    return f"<think>{thought}</think>Answer: {total}"


def is_correct(numbers: list[int], text: str) -> bool:
    """Tell whether a whole response states the sum."""
    stated = re.search(r"Answer: (\d+)\s*$", text)
    return stated is not None and int(stated[1]) == sum(numbers)


def sft_rows(count: int, seed: int) -> list[dict]:
    """Return demonstrations."""
    generator = random.Random(seed)
    problems = [draw_problem(generator) for _ in range(count)]
    return [{"id": str(index), "prompt": turn("user", question(numbers)), "completion": turn("assistant", solution(numbers))}
            for index, numbers in enumerate(problems)]


def dpo_rows(count: int, seed: int) -> list[dict]:
    """Return pairs of a right response and one with a slip in one addition."""
    generator = random.Random(seed)
    rows = []
    for index in range(count):
        numbers = draw_problem(generator)
        wrong = solution(numbers, generator.randrange(ADDENDS - 1), generator.choice([-10, -1, 1, 10]))
        rows.append({"id": str(index), "prompt": turn("user", question(numbers)),
                     "chosen": turn("assistant", solution(numbers)), "rejected": turn("assistant", wrong)})
    return rows
