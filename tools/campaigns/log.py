"""The log of a campaign: one JSON line per case, so that an interrupted campaign goes on where it ended."""

import json
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from cases import Case, Outcome


class Log:
    """A file of lines `{"seed", "kind", "passed", "detail"}`."""

    def __init__(self, path: Path) -> None:
        """Creates the file's folder."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path

    def outcomes(self, seeds: Iterable[int]) -> dict[int, Outcome]:
        """The logged outcomes of these seeds, by seed."""
        wanted, found = set(seeds), dict[int, Outcome]()
        for line in self._whole_lines():
            entry = json.loads(line)
            seed = entry.pop("seed")
            found[seed] = Outcome(**entry)
        return {seed: found[seed] for seed in sorted(wanted & set(found))}

    def run(self, case: Case, seeds: Iterable[int], jobs: int = 1) -> None:
        """Runs the cases that the log lacks.

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

    def _whole_lines(self) -> list[str]:
        """The lines but for a last one that a killed process didn't finish."""
        text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        return [line for line in text.splitlines(keepends=True) if line.endswith("\n")]

    def _write(self, seeds: Iterable[int], outcomes: Iterable[Outcome]) -> None:
        whole = self._whole_lines()
        with self.path.open("w", encoding="utf-8") as file:
            file.writelines(whole)
            file.flush()  # a process that is killed in its first case loses nothing
            for seed, outcome in zip(seeds, outcomes, strict=True):
                file.write(json.dumps({"seed": seed, **asdict(outcome)}) + "\n")
                file.flush()
