"""A stand-in for Slurm: `sbatch` that reads the #SBATCH lines of a script and runs each index, and `scontrol requeue`."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
JOB = 4711

SPIKEGRAPH = f"""#!/bin/sh
exec {sys.executable} -m spikegraph "$@"
"""

SCONTROL = """#!/bin/sh
echo "$@" >> "$(dirname "$0")/requeued"
"""


def options_of(script: Path) -> dict[str, str]:
    """The #SBATCH lines before the first command, as Slurm reads them."""
    found: dict[str, str] = {}
    for line in script.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            break
        if match := re.fullmatch(r"#SBATCH --([\w-]+)(?:=(\S+))?", line):
            found[match[1]] = match[2] or ""
    return found


@dataclass
class Slurm:
    """A cluster of one node.

    Attributes:
        folder: Where `sbatch` is called.
        spikegraph: The program of this name that the jobs find.
        disturbed: The environment of the first try of an index.
        preempted: The indices that Slurm itself puts back into the queue when they end with a failure, once.
    """

    folder: Path
    spikegraph: str = SPIKEGRAPH
    disturbed: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    preempted: frozenset[int] = frozenset()
    statuses: list[tuple[int, int]] = field(default_factory=list)

    def sbatch(self, script: str) -> dict[str, str]:
        """Runs all indices, one after the other, again and again until no one is in the queue; returns the options."""
        programs = self.folder / "programs"
        programs.mkdir()
        for name, text in (("spikegraph", self.spikegraph), ("scontrol", SCONTROL)):
            (programs / name).write_text(text)
            (programs / name).chmod(0o755)
        options = options_of(self.folder / script)
        array = re.fullmatch(r"(\d+)-(\d+)(?:%\d+)?", options["array"])
        assert array is not None
        queue = [(index, 0) for index in range(int(array[1]), int(array[2]) + 1)]
        while queue:
            index, restarts = queue.pop(0)
            status = self._run(script, options, index, restarts, programs)
            self.statuses.append((index, status))
            requeued = programs / "requeued"
            asked = requeued.exists() and requeued.read_text() == f"requeue {JOB}_{index}\n"
            requeued.unlink(missing_ok=True)
            if asked or (index in self.preempted and restarts == 0):
                queue.append((index, restarts + 1))
        return options

    def _run(self, script: str, options: dict[str, str], index: int, restarts: int, programs: Path) -> int:
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "PATH": f"{programs}:{os.environ['PATH']}",
            "SLURM_ARRAY_JOB_ID": str(JOB),
            "SLURM_ARRAY_TASK_ID": str(index),
            **({"SLURM_RESTART_COUNT": str(restarts)} if restarts else self.disturbed.get(index, {})),
        }
        log = options["output"].replace("%A", str(JOB)).replace("%a", str(index))
        mode = {"append": "a", "truncate": "w"}[options["open-mode"]]
        with (self.folder / log).open(mode) as output:
            command = ["bash", script]
            return subprocess.run(
                command, cwd=self.folder, env=environment, stdout=output, stderr=output, check=False, stdin=subprocess.DEVNULL
            ).returncode
