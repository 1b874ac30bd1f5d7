"""Flipped bits and cut ends in checkpoints and weights: noticed, named, and the last good checkpoint is used.

A run, in every second turn through the places that of a random network, is killed in its search or its retraining, one of its
files is damaged, and it is resumed. Damage in the newest pair must be named in a notice, and the run must continue from the
previous pair and end with the bits of an undisturbed run. Damage in the previous pair changes nothing. Where nothing good is
left, or the weights of the best epoch or of a complete run are damaged, the error must name the file; where it says how to
restart the phase, that is done, and the end compared.
"""

import json
import random
import shutil
import signal
from pathlib import Path

from cases import Outcome
from small_runs import Kill, Whole, differences, goal_of, killer, new_place, remove, whole

WHERE = ("newest checkpoint", "newest weights", "newest checkpoint", "newest weights", "previous", "both", "best", "complete")


def case(seed: int) -> Outcome:
    """Damages one file of a run, and resumes or evaluates it."""
    numbers = random.Random(seed)
    turn, number = divmod(seed, len(WHERE))
    where = WHERE[number]
    goal = whole(1) if where == "best" else goal_of(turn, numbers)
    folder = new_place()
    try:
        cut = numbers.random() < 0.3
        kind = f"{where}, {'cut off' if cut else 'a bit flipped'}"
        if where == "complete":
            return Outcome(kind, *_complete(folder, goal, numbers, cut=cut))
        return Outcome(kind, *_interrupted(folder, goal, where, numbers, cut=cut))
    finally:
        remove(folder)


def _complete(folder: Path, goal: Whole, numbers: random.Random, *, cut: bool) -> tuple[bool, str]:
    shutil.copytree(goal.folder, folder / "run")
    _damage(folder / "run" / "weights.safetensors", numbers, cut=cut)
    status = killer().run(folder, "evaluate", "run")
    text = (folder / "output.txt").read_text(encoding="utf-8")
    named = "error: run/weights.safetensors " in text
    return status == 3 and named, text[-600:] if status != 3 or not named else ""


def _interrupted(folder: Path, goal: Whole, where: str, numbers: random.Random, *, cut: bool) -> tuple[bool, str]:
    phase, trained = _killed(folder, goal, numbers, best=where == "best")
    checkpoints = folder / "run" / "checkpoints"
    newest = [checkpoints / f"{phase}.newest.safetensors", trained]
    previous = [checkpoints / f"{phase}.previous.safetensors", checkpoints / f"{phase}.previous.weights.safetensors"]
    damaged = {
        "newest checkpoint": newest[:1],
        "newest weights": newest[1:],
        "previous": [numbers.choice(previous)],
        "both": [numbers.choice(newest), numbers.choice(previous)],
        "best": [folder / "run" / "weights.safetensors"],
    }[where]
    for path in damaged:
        _damage(path, numbers, cut=cut)
    resume = ("compile", "--train", "--out", "run", "--resume")
    status = killer().run(folder, *resume)
    text = (folder / "output.txt").read_text(encoding="utf-8")
    named = all(str(path.relative_to(folder)) in text for path in damaged)
    if where in ("both", "best"):
        if status != 3 or not named or f"{phase}.previous.safetensors to restart the" not in text:
            return False, f"status {status}, damaged {damaged}: {text[-600:]}"
        for path in (newest[0], previous[0]):
            path.unlink()
        status = killer().run(folder, *resume)
        text = (folder / "output.txt").read_text(encoding="utf-8")
    elif named != (where != "previous"):
        return False, f"damaged {damaged}, but told: {text[-600:]}"
    if status != 0:
        return False, f"status {status}, damaged {damaged}: {text[-600:]}"
    found = differences(goal.folder, folder / "run")
    return not found, "; ".join(found)


def _killed(folder: Path, goal: Whole, numbers: random.Random, *, best: bool) -> tuple[str, Path]:
    """Makes an interrupted run in which a phase has two checkpoints; returns the phase and the weights of its newest one."""
    run = folder / "run"
    while True:
        place = numbers.choice(("line", "write"))
        number = numbers.randint(1, int(goal.counts[place]))
        status = killer().run(folder, *goal.start, kill=Kill(place, number, numbers.random()))
        phase = "retrain" if (run / "genotype.sdhs").exists() else "search"
        weights = run / "checkpoints" / f"{phase}.newest.weights.safetensors"
        if phase == "retrain" and not weights.exists():
            weights = run / "weights.safetensors"
        there = (run / "checkpoints" / f"{phase}.previous.safetensors").exists() and weights.exists()
        begun = not best or (
            phase == "retrain" and there and _best_epoch(run / "checkpoints" / "retrain.newest.safetensors") > 0
        )
        # While a pair is replaced its weights may still have another name; a file that isn't used can't be noticed.
        settled = not list(run.rglob(".*.new"))
        if status == -signal.SIGKILL and there and begun and settled and not _evaluated(run):
            return phase, weights
        remove(run)


def _best_epoch(checkpoint: Path) -> int:
    """The epoch whose weights are kept, from a checkpoint's position; 0 before the first."""
    data = checkpoint.read_bytes()
    head = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    return json.loads(head["__metadata__"]["state"])["position"]["best_epoch"]


def _evaluated(run: Path) -> bool:
    """Whether the training is over, so that checkpoints aren't read any more."""
    return '"retrain": {' in (run / "summary.json").read_text(encoding="utf-8") if (run / "summary.json").exists() else False


def _damage(path: Path, numbers: random.Random, *, cut: bool) -> None:
    data = bytearray(path.read_bytes())
    if cut:
        del data[numbers.randrange(len(data)) :]
    else:
        data[numbers.randrange(len(data))] ^= 1 << numbers.randrange(8)
    path.write_bytes(data)
