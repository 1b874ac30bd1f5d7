"""Texts of accesses to two steps at once, for kernels whose threads have 4 numbers of a step.

An access has 8 numbers then, 128 bits of bfloat16: half of the threads read or write those of one step, half those of the next,
and compilers exchange them. Threads have numbers of one channel, each for another position.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Pairs:
    """Steps 0 and 1 of a segment, 2 and 3, and so on; the last one is alone if there is an odd number of them.

    Attributes:
        steps: How many steps the segment has.
    """

    steps: int

    def index(self) -> list[str]:
        """Where in memory numbers of two steps lie, from the first step on: a block [rows, 2, columns]."""
        found = [
            "second = tl.arange(0, 2)[None, :, None]",
            "row = part * ROWS + tl.arange(0, ROWS)[:, None, None]",
            "column = tl.program_id(0) % across * COLS + tl.arange(0, COLS)[None, None, :]",
            "both = tl.max_constancy((row < P) & (column < C), [1, 1, EACH])",
            "of_both = tl.max_contiguous(tl.multiple_of(second * STEP + row * C + column, [1, 1, EACH]), [1, 1, EACH])",
        ]
        return [*found, *["alone = both & (second < 1)"] * (self.steps % 2)]

    def starts(self, t: int) -> bool:
        """Whether the way back begins a pair with this step."""
        return t % 2 == 1 or t + 1 == self.steps

    def loaded(self, name: str, pointer: str, t: int) -> str:
        """Reads the pair of a step, by the names NAME_0, NAME_1, and so on."""
        first = t // 2 * 2
        return f"{name}_{first}, {name}_{first + 1} = load_two({self._place(pointer, first)})"

    def stored(self, pointer: str, t: int, number: str) -> str:
        """Keeps a block for its step, or writes it together with what was kept for the next one."""
        number = f"({number}).to({pointer}.dtype.element_ty)"
        return f"{pointer}_next = {number}" if t % 2 else f"store_two({self._place(pointer, t)}, {number}, {pointer}_next)"

    def _place(self, pointer: str, first: int) -> str:
        return f"{pointer} + (t0 + {first}) * STEP + of_both, {'both' if first + 1 < self.steps else 'alone'}"
