"""Runs the fast tests with other versions: `python tools/matrix [CASE...] [--tests FOLDER...] [--record] [--keep]`.

A case is `3.11`, `3.12` or `3.13`, a Python with the newest versions of all dependencies, `oldest`, the oldest Python with the
oldest versions that `pyproject.toml` admits, or `avx2`, the oldest Python with the newest versions, which all compute as on a
processor with AVX2 and nothing newer. Each gets a fresh environment in `build/matrix`, which is removed afterwards
unless `--keep` is given. `--no-torch` leaves out torch, which takes several GB, and runs the tests that don't need it. Results
are written to `build/matrix/results.jsonl`, one line for each folder of tests; started again, only what is missing at this
revision is run. `--record` writes them to `docs/trust/matrix.json` and the table into `docs/trust.md`, which `table` prints.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from environment import Environment
from interpreters import find
from results import Result, read, record, revision_of, table
from versions import oldest, pythons

ROOT = Path(__file__).parents[2]
FOLDERS = (
    "tests/dsl",
    "tests/ir",
    "tests/passes",
    "tests/elaborate",
    "tests/genotype",
    "tests/runs",
    "tests/torch",
    "tests/cli",
)
"""The tests that are run by default: those of the language, the graph, run folders, the backend and the commands."""
TOP = "tests/test_*.py"
AVX2 = {"SPIKEGRAPH_MARCH": "x86-64-v3", "ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2"}
"""Environment variables for the instructions of this project's kernels, of torch's, and of oneDNN's. Sums of another processor
are rounded otherwise, so tests that pass with both compare no last digits."""
NO_TORCH = ("tests/dsl", "tests/ir", "tests/genotype", "tests/diagnostics")
"""Those that need no torch."""


def main() -> int:
    """Runs the cases; returns 1 if a test failed or an environment couldn't be made."""
    project = ROOT / "pyproject.toml"
    cases = {**{version: version for version in pythons(project)}, "oldest": pythons(project)[0], "avx2": pythons(project)[0]}
    parser = argparse.ArgumentParser(prog="tools/matrix", description="Runs the fast tests with other versions.")
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"{', '.join(cases)}, or `table` (default: all)")
    parser.add_argument("--tests", nargs="+", metavar="FOLDER", help="folders of tests")
    parser.add_argument("--no-torch", action="store_true", help="leave out torch and the tests that need it")
    parser.add_argument("--keep", action="store_true", help="keep the environments")
    parser.add_argument("--record", action="store_true", help="write the results to docs/trust/matrix.json")
    options = parser.parse_args()
    recorded, log = ROOT / "docs" / "trust" / "matrix.json", ROOT / "build" / "matrix" / "results.jsonl"
    if options.cases == ["table"]:
        print(table(json.loads(recorded.read_text(encoding="utf-8"))), end="")
        return 0
    if unknown := set(options.cases) - set(cases):
        parser.error(f"no case is called {', '.join(sorted(unknown))}; there are {', '.join(cases)}")
    log.parent.mkdir(parents=True, exist_ok=True)
    revision = revision_of(ROOT)
    for case in options.cases or [case for case in cases if case != "avx2" or not options.no_torch]:
        folders = options.tests or (NO_TORCH if options.no_torch else everything() if case == "avx2" else FOLDERS)
        environment = Environment(
            log.parent / case,
            ROOT,
            oldest(project) if case == "oldest" else [],
            torch=not options.no_torch,
            whole=case == "avx2",
            variables=AVX2 if case == "avx2" else {},
        )
        name = f"{case} without torch" if options.no_torch else case
        run(name, cases[case], folders, log, revision, environment, keep=options.keep)
    found = read(log, revision)
    for result in found:
        print(result.line())
    if options.record:
        record(recorded, found, revision, ROOT)
    return int(any(result.failed or result.problem for result in found))


def everything() -> tuple[str, ...]:
    """All folders with tests, and the files beside them."""
    found = {path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "tests").glob("*/test_*.py")}
    return (TOP, *sorted(found))


def run(
    case: str, version: str, folders: Sequence[str], log: Path, revision: str, environment: Environment, *, keep: bool
) -> None:
    """Runs the folders of tests that a case lacks at a revision or that failed, in an environment that is made for them."""
    done = {result.tests for result in read(log, revision) if result.case == case and not (result.problem or result.failed)}
    missing = [folder for folder in folders if folder not in done]
    if not missing:
        return
    python = find(version)
    if python is None:
        Result(case, "all", problem=f"no Python {version} on this machine", revision=revision).append(log)
        return
    try:
        problem = environment.make(python)
        if problem is not None:
            Result(case, "all", problem=problem, revision=revision).append(log)
            return
        versions = environment.versions()
        for folder in missing:
            print(f"{case}: {folder}", file=sys.stderr, flush=True)
            Result(case, folder, versions=versions, revision=revision, **environment.test(folder)).append(log)
    finally:
        if not keep:
            environment.remove()


if __name__ == "__main__":
    sys.exit(main())
