"""Files that can't be written: every fault is named with its fix, and the run continues to the same bits.

A run searches, retrains and searches surrogates; in every second turn through the moments it searches and retrains a random
network. At one of the moments at which the files of its folder change, the system gives an error: the disk or the quota is
full, the limit on the size of files is reached, the disk is damaged or read-only. Some files and lines are then written in
part. The run has to end with status 3 and a message with the file and the fix. Continued
with `--resume`, it has to end with the files of a run that nothing disturbed. The kind `limit` sets the system's own limit on
the size of files, RLIMIT_FSIZE.
"""

import errno
import os
import random
from pathlib import Path

from cases import Outcome
from self_killing import PLACES
from small_runs import Kill, Whole, differences, goal_of, killer, new_place, remove

ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS, errno.EACCES)
FAULTS = (*(place for place in PLACES if place != "time"), "limit")
SMALLEST = 6_000
"""The smallest limit in bytes: what the process prints goes to a file as well."""


def case(seed: int) -> Outcome:
    """Disturbs one run, continues it, and compares it with an undisturbed one."""
    numbers = random.Random(seed)
    turn, number = divmod(seed, len(FAULTS))
    goal, place = goal_of(turn, numbers), FAULTS[number]
    kind = f"{PLACES[place]}: an error" if place in PLACES else "a limit on the size of files"
    folder = new_place()
    try:
        return Outcome(kind, *_disturbed(folder, goal, place, numbers))
    finally:
        remove(folder)


def _disturbed(folder: Path, goal: Whole, place: str, numbers: random.Random) -> tuple[bool, str]:
    error = numbers.choice(ERRORS)
    if place == "limit":
        error = errno.EFBIG
        number = numbers.randint(SMALLEST, max(p.stat().st_size for p in goal.folder.rglob("*") if p.is_file()))
    else:
        number = numbers.randint(1, int(goal.counts[place]))
    share = numbers.random()
    status = killer().run(folder, *goal.start, kill=Kill(place, number, share, 0 if place == "limit" else error))
    fault = f"{errno.errorcode[error]} at {place} {number}, {share:.2f}"
    if status != 0:  # a copy instead of a link, or a limit that isn't reached, is no failure
        found = _wrong(status, (folder / "output.txt").read_text(encoding="utf-8"), error)
        if found:
            return False, f"{found} after {fault}"
        started = (folder / "run" / "manifest.json").exists()
        arguments = ("compile", "--train", "--out", "run", "--resume") if started else goal.start
        status = killer().run(folder, *arguments)
        if status != 0:
            return False, f"status {status} when continued after {fault}: {_end(folder)}"
    found = "; ".join(differences(goal.folder, folder / "run"))
    return not found, found and f"{found} after {fault}"


def _wrong(status: int, output: str, error: int) -> str:
    """What is wrong with the answer to a fault; empty if nothing is."""
    end = output[-600:]
    if status != 3:
        return f"status {status}: {end}"
    *_, summary, help = ("", "", *output.splitlines())
    said = summary.startswith("error: run") and os.strerror(error) in summary and help.startswith("help: ")
    return "" if said and "Traceback" not in output and "internal error" not in output else f"the message {end}"


def _end(folder: Path) -> str:
    return (folder / "output.txt").read_text(encoding="utf-8")[-600:]
