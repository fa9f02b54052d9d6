"""Key and value memory in blocks of a fixed number of rows and a fixed length, one row for each running sequence."""
import torch

from sequences import Sequence

SHORTEST = 64


def length_for(tokens: int, context: int) -> int:
    """Return the block length for a sequence of so many tokens: a power of two from 64, at most the context."""
    length = SHORTEST
    while length < tokens:
        length *= 2
    return min(length, context)


class Block:
    """Rows of running sequences that are computed together."""

    def __init__(self, model, rows: int, length: int):
        shape = (model.layers, rows, model.key_heads, length, model.head_size)
        self.length = length
        self.keys = torch.zeros(shape, device=model.device)
        self.values = torch.zeros(shape, device=model.device)
        self.occupants: list[Sequence | None] = [None] * rows

    def used(self) -> int:
        """Return how many rows are taken."""
        return sum(one is not None for one in self.occupants)

    def free_rows(self) -> list[int]:
        """Return the rows that are free."""
        return [row for row, one in enumerate(self.occupants) if one is None]

    def put(self, row: int, sequence: Sequence, keys: torch.Tensor, values: torch.Tensor) -> None:
        """Place a sequence whose memory is [layers, key heads, width, head size]; more than fits is padding."""
        width = min(keys.shape[2], self.length)
        self.keys[:, row, :, :width] = keys[:, :, :width]
        self.values[:, row, :, :width] = values[:, :, :width]
        self.occupants[row] = sequence

    def take(self, row: int):
        """Remove a row's sequence. Returns it with its memory."""
        sequence, self.occupants[row] = self.occupants[row], None
        return sequence, self.keys[:, row], self.values[:, row]


class BlockPool:
    """All blocks of one model."""

    def __init__(self, model, rows: int):
        self.model = model
        self.rows = rows
        self.by_length: dict[int, list[Block]] = {}

    def blocks(self) -> list[Block]:
        """Return every block that has a sequence."""
        return [block for blocks in self.by_length.values() for block in blocks if block.used()]

    def running(self) -> int:
        """Return how many sequences are running."""
        return sum(block.used() for blocks in self.by_length.values() for block in blocks)

    def place(self, sequence: Sequence, tokens: int, keys: torch.Tensor, values: torch.Tensor) -> None:
        """Give a sequence a row in a block that holds so many tokens."""
        length = length_for(tokens, self.model.context)
        blocks = self.by_length.setdefault(length, [])
        for block in blocks:
            free = block.free_rows()
            if free:
                break
        else:
            block = Block(self.model, self.rows, length)
            blocks.append(block)
            free = [0]
        block.put(free[0], sequence, keys, values)

    def grow(self) -> None:
        """Move sequences that have outgrown their block to a longer one."""
        for block in self.blocks():
            for row, sequence in enumerate(block.occupants):
                if sequence is not None:
                    needed = len(sequence.request.prompt_ids) + len(sequence.token_ids)
                    if needed > block.length:
                        self.place(*self._with_size(block.take(row), needed))

    @staticmethod
    def _with_size(taken, needed: int):
        sequence, keys, values = taken
        return sequence, needed, keys, values

    def compact(self) -> None:
        """Empty the least used block of each length into the others where they have room; keep one spare."""
        for length, blocks in self.by_length.items():
            blocks.sort(key=Block.used, reverse=True)
            while len(blocks) > 1:
                last = blocks[-1]
                room = sum(len(block.free_rows()) for block in blocks[:-1])
                if last.used() > room:
                    break
                blocks.pop()
                for row, sequence in enumerate(last.occupants):
                    if sequence is not None:
                        self.place(*self._with_size(last.take(row), length))

    def drop(self, wanted) -> None:
        """Free the rows of the sequences for which `wanted` is true."""
        for block in self.blocks():
            for row, sequence in enumerate(block.occupants):
                if sequence is not None and wanted(sequence):
                    block.occupants[row] = None
