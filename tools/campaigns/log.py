"""The log of a campaign: one JSON line per case, so that an interrupted campaign goes on where it ended."""

import json
import os
import subprocess
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from cases import Case, Outcome


def revision_of(root: Path) -> str:
    """The revision of a clone that is checked out; empty where there is none."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip()[:12] if done.returncode == 0 else ""


class Log:
    """A file of lines `{"seed", "revision", "kind", "passed", "detail", "counts"}`.

    Attributes:
        path: The file.
        revision: The revision of the project. Outcomes of another one aren't those of this one.
    """

    def __init__(self, path: Path, revision: str) -> None:
        """Creates the file's folder."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.revision = path, revision

    def outcomes(self, seeds: Iterable[int]) -> dict[int, Outcome]:
        """The logged outcomes of these seeds at this revision, by seed."""
        wanted, found = set(seeds), dict[int, Outcome]()
        for line in self._whole_lines():
            entry = json.loads(line)
            seed = entry.pop("seed")
            if entry.pop("revision", "") == self.revision:
                found[seed] = Outcome(**entry)
        return {seed: found[seed] for seed in sorted(wanted & set(found))}

    def run(self, case: Case, seeds: Iterable[int], jobs: int = 1) -> None:
        """Runs the cases that the log lacks at this revision.

        Args:
            case: Runs one case.
            seeds: The seeds of the cases.
            jobs: Number of processes.
        """
        seeds = list(seeds)
        done = self.outcomes(seeds)
        missing = [seed for seed in seeds if seed not in done]
        if jobs == 1:
            self._write(missing, map(case, missing))
        else:
            with ProcessPoolExecutor(jobs) as pool:
                self._write(missing, pool.map(case, missing))

    def _whole_lines(self) -> list[bytes]:
        """The lines but for a last one that a killed process didn't finish."""
        content = self.path.read_bytes() if self.path.exists() else b""
        return [line for line in content.splitlines(keepends=True) if line.endswith(b"\n")]

    def _write(self, seeds: Iterable[int], outcomes: Iterable[Outcome]) -> None:
        if self.path.exists():  # cut and appended to, so that a process that is killed loses no line
            os.truncate(self.path, sum(map(len, self._whole_lines())))
        with self.path.open("a", encoding="utf-8") as file:
            for seed, outcome in zip(seeds, outcomes, strict=True):
                file.write(json.dumps({"seed": seed, "revision": self.revision, **asdict(outcome)}) + "\n")
                file.flush()
