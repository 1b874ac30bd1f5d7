"""What a line of layers does, as a short text."""

from collections.abc import Sequence
from itertools import groupby

MOST = 6
"""Most parts that are all named."""


def sequence_text(parts: Sequence[str]) -> str:
    """The parts in order, equal ones in a row or equal groups of them counted: `2 × (conv 3 × 3, batch norm, lif)`."""
    for length in range(1, len(parts) // 2 + 1):
        times, rest = divmod(len(parts), length)
        if not rest and list(parts) == list(parts[:length]) * times:
            return f"{times} × ({', '.join(parts[:length])})" if length > 1 else f"{times} × {parts[0]}"
    runs = [(part, len(list(same))) for part, same in groupby(parts)]
    shown = [part if count == 1 else f"{count} × {part}" for part, count in runs]
    if len(shown) <= MOST:
        return ", ".join(shown)
    kinds = dict.fromkeys(parts)
    named = ", ".join(f"{list(parts).count(kind)} × {kind}" for kind in kinds)
    return named if len(kinds) <= MOST else f"{len(parts)} layers"
