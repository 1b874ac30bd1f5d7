"""The recorded counts of campaigns, `docs/trust/NAME.json`, and the table made of them."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from cases import Outcome
from lightning import documented

from spikegraph.base.processor import this_processor

BEGIN, END = "<!-- begin: campaigns -->\n", "<!-- end: campaigns -->"
"""The lines around the table of campaigns in `docs/trust.md`."""

BEGIN_WAYS, END_WAYS = "<!-- begin: ways -->\n", "<!-- end: ways -->"
"""The lines around the table of ways of computing a network."""


def record(path: Path, name: str, outcomes: Iterable[Outcome], revision: str) -> None:
    """Writes the counts of a campaign, with the day, the processor and the revision of the project."""
    outcomes = list(outcomes)
    kinds = Counter(o.kind for o in outcomes)
    passed = Counter(o.kind for o in outcomes if o.passed)
    entry = {
        "campaign": name,
        "attacks": (import_module(name).__doc__ or "").splitlines()[0],
        "day": datetime.now(UTC).date().isoformat(),
        "revision": revision,
        "processor": this_processor().name,
        "cases": len(outcomes),
        "passed": sum(passed.values()),
        "kinds": {kind: {"cases": kinds[kind], "passed": passed[kind]} for kind in sorted(kinds)},
    }
    if names := dict.fromkeys(name for o in outcomes for name in o.counts):
        entry["counts"] = {name: _sum([o.counts[name] for o in outcomes if name in o.counts]) for name in names}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(entry, indent=2) + "\n", encoding="utf-8")


def table(folder: Path) -> str:
    """A Markdown table of all recorded counts, one row per campaign, beside what PyTorch Lightning documents."""
    rows = ["| attack | cases | passed | day | command | PyTorch Lightning |", "|---|---:|---:|---|---|---|"]
    for path in sorted(folder.glob("*.json")):
        entry = json.loads(path.read_text(encoding="utf-8"))
        if "campaign" not in entry:
            continue  # the matrix of versions
        command = f"`python tools/campaigns {entry['campaign']} --count {entry['cases']} --record`"
        what = entry["attacks"].rstrip(".")
        counts = f"{entry['cases']:,} | {entry['passed']:,} | {entry['day']}"
        rows.append(f"| {what} | {counts} | {command} | {documented(entry['campaign'])} |")
    return "\n".join(rows) + "\n"


def _sum(counts: Sequence[Sequence[int]]) -> dict[str, int]:
    """How many networks were compared, and the sums of what was counted."""
    numbers, unknown, different = (sum(column) for column in zip(*counts, strict=True))
    return {"networks": len(counts), "numbers": numbers, "unknown": unknown, "different": different}


def ways(folder: Path) -> str:
    """A Markdown table of the ways in which random networks were computed, one row per way."""
    path = folder / "equal.json"
    rows = ["| way of computing | networks | numbers compared | unknown | different |", "|---|---:|---:|---:|---:|"]
    if path.exists():
        counts = json.loads(path.read_text(encoding="utf-8"))["counts"]
        rows += [f"| {name} | {' | '.join(f'{number:,}' for number in each.values())} |" for name, each in counts.items()]
    return "\n".join(rows) + "\n"


def update(page: Path, folder: Path) -> None:
    """Writes the tables between the page's markers.

    Raises:
        ValueError: The page lacks a marker.
    """
    text = page.read_text(encoding="utf-8")
    for begin, end, made in ((BEGIN, END, table(folder)), (BEGIN_WAYS, END_WAYS, ways(folder))):
        before, found, rest = text.partition(begin)
        _, closed, after = rest.partition(end)
        if not (found and closed):
            raise ValueError(f"{page} has no lines {begin.strip()} and {end.strip()}")
        text = f"{before}{begin}{made}{end}{after}"
    page.write_text(text, encoding="utf-8")
