"""Runs that are killed at any moment, several times, and resumed: every bit is that of the undisturbed run.

A run searches, retrains and searches surrogates. It is killed with SIGKILL at a random time, or at one of the moments at which
the files of its folder change; kinds are the moment of the first kill. It is resumed with `--resume --out RUN`, or started
again where it has no manifest yet, and may be killed again. In every second turn through the moments it is the search and the
retraining of a random network. Then weights, checkpoints, summary, genotype, snapshots, diagrams
and journal are compared with those of a run that nothing disturbed, and no temporary file may be left.
"""

import random
import signal
from pathlib import Path

from cases import Outcome
from self_killing import PLACES
from small_runs import Kill, Whole, differences, goal_of, killer, new_place, remove

MOST = 4
"""The largest number of kills of one run."""


def case(seed: int) -> Outcome:
    """Kills one run, resumes it, and compares it with an undisturbed one."""
    numbers = random.Random(seed)
    turn, place = divmod(seed, len(PLACES))
    goal = goal_of(turn, numbers)
    place = list(PLACES)[place]
    folder = new_place()
    try:
        return Outcome(PLACES[place], *_attacked(folder, goal, place, numbers))
    finally:
        remove(folder)


def _attacked(folder: Path, goal: Whole, place: str, numbers: random.Random) -> tuple[bool, str]:
    wanted, kills = numbers.choice((1, 1, 2, 3, MOST)), 0
    moments: list[str] = []
    while True:
        started = (folder / "run" / "manifest.json").exists()
        arguments = ("compile", "--train", "--out", "run", "--resume") if started else goal.start
        if not started and numbers.random() < 0.5:
            arguments = (*arguments, "--resume")
        kill = None if kills == wanted else _moment(goal, place, numbers, later=started)
        status = killer().run(folder, *arguments, kill=kill)
        moments.append(str(kill))
        if status == -signal.SIGKILL:
            kills += 1
            place = numbers.choice(list(PLACES))
        elif status != 0:
            output = (folder / "output.txt").read_text(encoding="utf-8")
            return False, f"status {status} after {moments}: {output[-600:]}"
        elif kills:
            found = differences(goal.folder, folder / "run")
            return not found, "; ".join(found) and f"{'; '.join(found)} after {moments}"
        else:  # it ended before the kill; no moment counts from there, so it starts anew
            remove(folder)
            folder.mkdir()


def _moment(goal: Whole, place: str, numbers: random.Random, *, later: bool) -> Kill:
    """A moment of a kind; a resumed run has fewer of them, so some come `later` than its end."""
    if place == "time":
        return Kill(place, 1, numbers.uniform(0, goal.counts["time"]))
    most = int(goal.counts[place])
    return Kill(place, numbers.randint(1, most // 2 + 1 if later else most), numbers.random())
