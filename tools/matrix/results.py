"""The results of the cases: the log, the record, and the table made of it."""

import json
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Result:
    """The result of one folder of tests in one case.

    Attributes:
        case: The case.
        tests: The folder; `all` if the environment couldn't be made.
        passed: Number of tests that passed.
        failed: Number of tests that failed.
        skipped: Number of tests that were skipped.
        names: Names of the first tests that failed.
        versions: Versions of Python and of the main dependencies.
        problem: Why nothing was run; empty otherwise.
        revision: The revision of the project that was tested.
    """

    case: str
    tests: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    names: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    revision: str = ""

    def append(self, log: Path) -> None:
        """Adds the result to the log."""
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(self)) + "\n")

    def line(self) -> str:
        """The result in a line, for people."""
        if self.problem:
            return f"{self.case}: {self.tests}: {self.problem}"
        names = f": {', '.join(self.names)}" if self.names else ""
        return f"{self.case}: {self.tests}: {self.passed} passed, {self.failed} failed, {self.skipped} skipped{names}"


def revision_of(root: Path) -> str:
    """The revision of a clone that is checked out; empty where there is none."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip()[:12] if done.returncode == 0 else ""


def read(log: Path, revision: str) -> list[Result]:
    """The latest result of each case and folder at a revision.

    A problem with an environment is there only if nothing else is known of its case.
    """
    found: dict[tuple[str, str], Result] = {}
    if log.exists():
        for line in log.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):  # a killed process may leave a part of a line
                result = Result(**json.loads(line))
                if result.revision == revision:
                    found[result.case, result.tests] = result
    ran = {case for case, tests in found if tests != "all"}
    return [result for (case, tests), result in found.items() if tests != "all" or case not in ran]


BEGIN, END = "<!-- begin: matrix -->\n", "<!-- end: matrix -->"
"""The lines around the table in `docs/trust.md`."""


def record(path: Path, found: Iterable[Result], revision: str, root: Path) -> None:
    """Writes the results at a revision of the project, with the day, and the table of `docs/trust.md`."""
    results = [asdict(result) for result in found]
    for result in results:
        del result["revision"]  # all have the same
    entry = {"day": datetime.now(UTC).date().isoformat(), "revision": revision, "results": results}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(entry, indent=2) + "\n", encoding="utf-8")
    page = root / "docs" / "trust.md"
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    page.write_text(f"{before}{begin}{table(entry)}{end}{after}", encoding="utf-8")


def table(entry: Mapping[str, Any]) -> str:
    """A Markdown table of a record, one row for each case."""
    rows = ["| case | versions | tests | passed | failed | skipped |", "|---|---|---|---:|---:|---:|"]
    cases: dict[str, list[Result]] = {}
    for fields in entry["results"]:
        result = Result(**fields)
        cases.setdefault(result.case, []).append(result)
    for case, results in cases.items():
        problem = next((result.problem for result in results if result.problem), None)
        ran = [result for result in results if not result.problem]
        if not ran:
            rows.append(f"| {case} | not run: {problem} | | | | |")
            continue
        versions = ", ".join(f"{name} {version}" for name, version in ran[0].versions.items())
        tests = ", ".join(f"`{result.tests}`" for result in ran)
        counts = [sum(getattr(result, key) for result in ran) for key in ("passed", "failed", "skipped")]
        rows.append(f"| {case} | {versions} | {tests} | {' | '.join(f'{count:,}' for count in counts)} |")
    return "\n".join(rows) + "\n"
