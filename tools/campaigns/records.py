"""The recorded counts of campaigns, `docs/trust/NAME.json`, and the table made of them."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path

from cases import Outcome
from lightning import documented

from spikegraph.processor import this_processor

BEGIN, END = "<!-- begin: campaigns -->\n", "<!-- end: campaigns -->"
"""The lines around the table in `docs/trust.md`."""


def record(path: Path, name: str, outcomes: Iterable[Outcome], root: Path) -> None:
    """Writes the counts of a campaign, with the day, the processor and the revision of the project."""
    outcomes = list(outcomes)
    kinds = Counter(o.kind for o in outcomes)
    passed = Counter(o.kind for o in outcomes if o.passed)
    revision = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=True).stdout.strip()
    entry = {
        "campaign": name,
        "attacks": (import_module(name).__doc__ or "").splitlines()[0],
        "day": datetime.now(UTC).date().isoformat(),
        "revision": revision[:12],
        "processor": this_processor().name,
        "cases": len(outcomes),
        "passed": sum(passed.values()),
        "kinds": {kind: {"cases": kinds[kind], "passed": passed[kind]} for kind in sorted(kinds)},
    }
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


def update(page: Path, folder: Path) -> None:
    """Writes the table between the page's markers `<!-- begin: campaigns -->` and `<!-- end: campaigns -->`."""
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} has no lines {BEGIN.strip()} and {END.strip()}")
    page.write_text(f"{before}{begin}{table(folder)}{end}{after}", encoding="utf-8")
