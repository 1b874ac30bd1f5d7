"""Measures what pretrained weights are worth: `python tools/fine_tuning.py [--seeds SEED...] [-o DIR] [--record]`.

Of the small Fashion-MNIST, each seed draws five classes that are held out. The network of `spikegraph pretrain images` is
trained on the 2,000 training images of the others, and then on 50 training images of the held-out classes: from fresh weights,
from the pretrained ones, and from these with the first stage frozen. All three train equally many steps, on the same
images, from the same seed, and are tested on the 500 test images of the held-out classes. Prints the accuracies, and the means
of the paired differences with 95 % intervals (Student's t); `--record` writes them into docs/fine-tuning.md. Each run is a
folder below DIR (`runs/fine-tuning`), and isn't repeated.
"""

import argparse
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import t as student

import spikegraph
from spikegraph.base.processor import this_processor
from spikegraph.data.images import FASHION, ImageArrays, read_small
from spikegraph.runs.record import read_run

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "fine-tuning.md"
BEGIN, END = "<!-- begin: measured -->\n", "<!-- end: measured -->\n"

SEEDS = (1000, 1001, 1002, 1003, 1004)
"""The judging seeds; the learning rate, the best one for fresh weights, and what is frozen were chosen with seeds 90 and 91."""

HELD_OUT, IMAGES = 5, 50
"""The number of classes that the pretraining doesn't see, and of their training images."""

TAKEN = {"take": ["stage*"]}
"""The head is fresh, although it may have the shape of the pretrained one: its classes are others."""

STARTS: dict[str, dict[str, Any]] = {
    "fresh weights": {},
    "pretrained": TAKEN,
    "pretrained, `stage0` frozen": TAKEN | {"freeze": ["stage0"]},
}
"""How the training on few images starts, by its name in the table: arguments of `fit`."""


class Pairs(Sequence[tuple[Any, int]]):
    """Images [1, 28, 28] of some classes in uint8, and their classes, counted from 0 in the order of the list."""

    def __init__(self, images: ImageArrays, classes: Sequence[int], chosen: Sequence[int] | None = None) -> None:
        self._images, self._numbers = images.images, {label: k for k, label in enumerate(classes)}
        places = np.flatnonzero(np.isin(images.labels, classes)) if chosen is None else chosen
        self._pairs = [(int(place), self._numbers[int(images.labels[place])]) for place in places]

    def __len__(self) -> int:
        return len(self._pairs)

    def __getitem__(self, index: Any) -> Any:
        place, label = self._pairs[index]
        return self._images[place].transpose(2, 0, 1), label


def accuracies(seed: int, out: Path) -> dict[str, float]:
    """The accuracies of all starts, in percent, by name."""
    random, (train, test) = np.random.default_rng(seed), read_small()
    classes = random.permutation(len(FASHION)).tolist()
    new, known = sorted(classes[:HELD_OUT]), sorted(classes[HELD_OUT:])
    places = [random.permutation(np.flatnonzero(train.labels == label)) for label in new]
    few = [int(places[k % HELD_OUT][k // HELD_OUT]) for k in range(IMAGES)]  # as many of each class
    pretrained = fitted(out / f"{seed}-pretrained", "sample", len(known), Pairs(train, known), Pairs(test, known), seed)
    found: dict[str, float] = {}
    for number, (name, given) in enumerate(STARTS.items()):
        how = given | ({"weights": pretrained} if given else {})
        run = fitted(out / f"{seed}-{number}", "own", HELD_OUT, Pairs(train, new, few), Pairs(test, new), seed, **how)
        found[name] = read_run(run).metrics["accuracy_percent"]
    print(f"seed {seed}, {', '.join(FASHION[label] for label in new)}: {found}", flush=True)
    return found


def fitted(out: Path, profile: str, classes: int, train: Pairs, test: Pairs, seed: int, **how: Any) -> Path:
    """The folder of a run with a profile of the spec, on images that are given in Python."""
    if not (out / "summary.json").exists() or not read_run(out).complete:
        overrides = ("pictures.source=python", f"images.classes={classes}")
        steps = ("pictures.augment=[random_crop([28, 28], padding = 2), horizontal_flip]",)
        spec = spikegraph.load("builtin:pretrained/images", profile=profile, overrides=(*overrides, *steps))
        spikegraph.fit(spec, train=train, test=test, out=out, seed=seed, resume=out.exists(), **how)
    return out


def table(found: Mapping[int, Mapping[str, float]]) -> str:
    """The table of all seeds, with the means and the paired differences."""
    base = next(iter(STARTS))
    rows = [
        ("start", *(f"seed {seed}" for seed in found), "mean", "more than with fresh weights"),
        ("---", *["---:"] * len(found), "---:", "---:"),
    ]
    for name in STARTS:
        values = [of[name] for of in found.values()]
        gain = "" if name == base else paired([of[name] - of[base] for of in found.values()])
        rows.append((name, *(f"{value:.1f}" for value in values), f"{statistics.mean(values):.1f}", gain))
    lines = "".join("| " + " | ".join(row) + " |\n" for row in rows)
    return f"{lines}\nOn one core of {this_processor().name}.\n"


def paired(differences: Sequence[float]) -> str:
    """The mean of differences and its 95 % interval; of one difference without an interval."""
    mean = statistics.mean(differences)
    if len(differences) < 2:
        return f"{mean:.1f}"
    error = statistics.stdev(differences) / len(differences) ** 0.5
    half = float(student.ppf(0.975, len(differences) - 1)) * error
    return f"{mean:.1f} [{mean - half:.1f}, {mean + half:.1f}]"


def main() -> int:
    """Train what is missing and print the table."""
    parser = argparse.ArgumentParser(prog="tools/fine_tuning.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=list(SEEDS), metavar="SEED", help="default: the judging ones")
    parser.add_argument(
        "-o", "--out", type=Path, default=ROOT / "runs" / "fine-tuning", metavar="DIR", help="folder of the runs"
    )
    parser.add_argument("--record", action="store_true", help="write the table into docs/fine-tuning.md")
    options = parser.parse_args()
    text = table({seed: accuracies(seed, options.out) for seed in options.seeds})
    print(text)
    if options.record:
        page = DOCUMENT.read_text(encoding="utf-8")
        before, after = page.index(BEGIN) + len(BEGIN), page.index(END)
        DOCUMENT.write_text(f"{page[:before]}{text}{page[after:]}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
