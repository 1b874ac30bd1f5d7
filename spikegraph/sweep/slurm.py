"""A job array for Slurm that makes the runs of a sweep, one in each job.

Queues, places, time limits and lost nodes are Slurm's: the script only starts one run, or continues it, and asks Slurm to put
the job back into the queue before its time is over.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from spikegraph.base.visible import visible_name

SECONDS_TO_SAVE = 120
"""How long before the time limit a run is told to save itself."""

_NOT_IN_A_NAME = re.compile(r"[^\w.+-]+", re.ASCII)


@dataclass(frozen=True)
class Resources:
    """What each job asks Slurm for; None leaves it to the cluster.

    Attributes:
        cpus: Processors.
        gpus: GPUs.
        time: Time limit, in one of Slurm's forms.
        memory: Memory, such as `16G`.
        partition: Partitions.
        concurrent: Most jobs at a time.
    """

    cpus: int = 1
    gpus: int | None = None
    time: str | None = None
    memory: str | None = None
    partition: str | None = None
    concurrent: int | None = None


@dataclass(frozen=True)
class JobArray:
    """The runs of a sweep as a job array.

    Attributes:
        spec: The spec, as given by the user.
        names: The names of the runs' folders.
        folder: The sweep's folder, absolute.
        arguments: Arguments of `spikegraph` for each run, such as `--plugin FILE.py`.
        resources: What each job needs; its values have no blanks and no control characters.
        threads: Number of threads of each run.
        retries: How often a job continues its run after a failure.
    """

    spec: str
    names: Sequence[str]
    folder: str
    arguments: tuple[str, ...]
    resources: Resources
    threads: int
    retries: int

    def script(self, file: str) -> str:
        """The text of the script, for a file of this name."""
        return "\n".join((*self._head(file), *self._options(), *self._commands(), _BODY))

    def _head(self, file: str) -> list[str]:
        runs = "1 run" if len(self.names) == 1 else f"{len(self.names)} runs"
        name, folder = (visible_name(shlex.quote(text)) for text in (file, self.folder))
        return [
            "#!/bin/bash",
            f"# {runs} of {visible_name(self.spec)} as a job array of Slurm, written by `spikegraph slurm`.",
            "#",
            f"#   sbatch {name}              all of them",
            f"#   sbatch --array=0 {name}    one alone; a run that has begun is continued, a complete one ends at once",
            f"#   spikegraph runs {folder}",
            "#",
        ]

    def _options(self) -> list[str]:
        """The lines that Slurm reads; all values in them are numbers, or fit a pattern."""
        needs = self.resources
        name = _NOT_IN_A_NAME.sub("-", self.spec.rpartition("/")[2].removesuffix(".sdhs")).strip("-.") or "spikegraph"
        most = "" if needs.concurrent is None else f"%{needs.concurrent}"
        given = {
            "job-name": name,
            "array": f"0-{len(self.names) - 1}{most}",
            "nodes": 1,
            "ntasks": 1,
            "cpus-per-task": needs.cpus,
            "gpus": needs.gpus,
            "mem": needs.memory,
            "partition": needs.partition,
            "time": needs.time,
            "output": f"{name}-%A_%a.log",
            "open-mode": "append",
        }
        return [
            *(f"#SBATCH --{option}={value}" for option, value in given.items() if value is not None),
            "# A job whose node fails, or is needed for other jobs, goes back into the queue and continues its run.",
            "#SBATCH --requeue",
            f"# {SECONDS_TO_SAVE} seconds before the time limit the script gets a signal, to save the run. It isn't SIGTERM,",
            "# which `scancel` sends: a job that is cancelled must not go back into the queue.",
            f"#SBATCH --signal=B:USR1@{SECONDS_TO_SAVE}",
            "set -euo pipefail",
            "",
        ]

    def _commands(self) -> list[str]:
        """The runs, by index, and the command that starts or continues one."""
        command = ("spikegraph", "compile", "--train", "--resume", *self.arguments)
        index = "${SLURM_ARRAY_TASK_ID:?submit this script with sbatch}"
        return [
            "runs=(",
            *(f"  {shlex.quote(name)}" for name in self.names),
            ")",
            f"run={shlex.quote(self.folder)}/${{runs[{index}]:?no such index}}",
            "# Starts the run as `sweep.json` beside it says, or continues it from its last checkpoint.",
            f'command=({shlex.join(command)} --out "$run")',
            f"retries={self.retries}",
            "# A run repeats bit for bit only with the same number of threads.",
            f"export OMP_NUM_THREADS={self.threads}",
            "",
        ]


_BODY = r"""# This script gets the signals and passes them on: a run that gets SIGTERM saves its state and ends with status 143.
requeue=no stopping=no child=
stop() {
  stopping=yes interrupted=yes
  if [[ -n $child ]]; then kill -TERM "$child" 2>/dev/null || true; fi
}
trap 'requeue=yes; stop' USR1
trap stop TERM

for ((try = 0; try <= retries; try++)); do
  "${command[@]}" &
  child=$!
  if [[ $stopping == yes ]]; then stop; fi
  # A signal ends `wait`, not the run.
  interrupted=yes
  while [[ $interrupted == yes ]]; do
    interrupted=no status=0
    wait "$child" || status=$?
  done
  child=
  # Another try can't help if it was told to stop, or if the spec, the data or the command are wrong (1, 2).
  if [[ $stopping == yes || $status -le 2 ]]; then break; fi
  echo "$run ended with status $status at try $((try + 1)) of $((retries + 1))" >&2
done

if [[ $requeue == yes && $status -eq 143 ]]; then
  scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
fi
exit "$status"
"""
