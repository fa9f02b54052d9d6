"""Several short rows in one sequence, each with positions and attention of its own."""
import bisect

LONG_PACK_TOKENS = 4096
# In the names of attention that skips what the rows of a pack do not share.
WITHIN_ROWS = ("flash", "varlen")


def masked_note(capacity: int, attention: str | None) -> str | None:
    """Return what to say of packs too long for masked attention, or None where they are short or FlashAttention computes it."""
    if capacity <= LONG_PACK_TOKENS or any(word in (attention or "") for word in WITHIN_ROWS):
        return None
    return (f"packs of {capacity} tokens use masked attention ({attention}), whose memory and work grow with the square of "
            "that; lower maxLength, or see infra/trainer/README.md for where FlashAttention is used in its place")


def pack_lengths(lengths: list[int], capacity: int) -> list[list[int]]:
    """Distribute rows over packs of at most `capacity` tokens: best fit decreasing. Returns each pack's row numbers.

    The longest row that is left goes where it leaves the least room (Johnson, Demers, Ullman, Garey and Graham 1974:
    at most 11/9 of the fewest packs, and 4 more). Rows are never cut; each must fit by itself. The same lengths always
    give the same packs.
    """
    packs: list[list[int]] = []
    room: list[tuple[int, int]] = []  # (free tokens, pack), sorted
    for row in sorted(range(len(lengths)), key=lambda number: (-lengths[number], number)):
        place = bisect.bisect_left(room, (lengths[row], -1))
        if place == len(room):
            packs.append([])
            free, pack = capacity, len(packs) - 1
        else:
            free, pack = room.pop(place)
        packs[pack].append(row)
        bisect.insort(room, (free - lengths[row], pack))
    return packs


def pack_rows(encoded: list[dict], capacity: int) -> list[dict]:
    """Return packs {"input_ids", "labels", "position_ids"} of encoded rows {"input_ids", "labels"}.

    Positions start at 0 with each row; that is how attention knows where one row ends and the next begins. The first
    token of a row must not be learned, or it would be predicted from the row before.
    """
    packs = []
    for numbers in pack_lengths([len(row["input_ids"]) for row in encoded], capacity):
        rows = [encoded[number] for number in numbers]
        packs.append({
            "input_ids": [token for row in rows for token in row["input_ids"]],
            "labels": [label for row in rows for label in [-100, *row["labels"][1:]]],
            "position_ids": [place for row in rows for place in range(len(row["input_ids"]))]})
    return packs
