"""The results as text."""

import statistics
from collections.abc import Mapping, Sequence

from measure import Row
from wanted import Wanted

from spikegraph.base.processor import Processor

HEAD = "| what | side | median | min to max | reference | times as good | limit | times the limit | wanted | reached |"


def described(processor: Processor) -> str:
    """One line: the processor's name, and what it has for bfloat16."""
    features = {"AVX-512": processor.avx512, "AVX512-BF16": processor.avx512_bf16, "AMX-BF16": processor.amx_bf16}
    words = {True: "yes", False: "no", None: "unknown"}
    return f"processor: {processor.name} ({', '.join(f'{name}: {words[has]}' for name, has in features.items())})"


def markdown(sections: Mapping[str, Sequence[Row]]) -> str:
    """All rows as one table, and the sides that were left out below it."""
    lines = [HEAD, "|---|---|---|---|---|---|---|---|---|---|"]
    for row in (row for rows in sections.values() for row in rows):
        for side, s in row.values.items():
            wanted, reached = row.wanted.get(side), row.reached(side)
            goal = " | " if wanted is None else f"{wanted.text(row.unit)} | {_reached(wanted, reached)}"
            spread = f"{min(s):.4g} to {max(s):.4g}"
            what = f"{row.what} ({row.note})" if row.note else row.what
            median = f"{statistics.median(s):.4g} {row.unit}"
            limit, distance = row.limit(side), row.distance(side)
            limited = "- | -" if limit is None else f"{limit:.4g} {row.unit} | {distance:.2f}"
            ratio = f"{row.ratio(side):.2f}"
            lines.append(f"| {what} | {side} | {median} | {spread} | {row.reference(side)} | {ratio} | {limited} | {goal} |")
    return "\n".join([*lines, *(f"\n{n}" for rows in sections.values() for row in rows for n in row.notices)])


def _reached(wanted: Wanted, reached: float | None) -> str:
    return "-" if reached is None else f"{reached:.3g}, {'yes' if wanted.met(reached) else 'no'}"
