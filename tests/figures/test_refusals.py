"""`spikegraph figure`: its list, and what it says where a run lacks something or the command line is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from spikegraph.api.figures import figure
from spikegraph.backends.report.paper.catalogue import FIGURES
from spikegraph.cli.entry import run
from spikegraph.runs.examples import Examples, MapExample, write_examples

from ..report.made_runs import make

CLASSES = {
    "3": ("predictions with a value for each pixel", "give a run of disparity, depth, flow or segmentation"),
    "4b": (
        "the one-pixel error after each epoch",
        "give a run of a stereo spec whose `retrain` has `validate = data` or `validate = 0.1`",
    ),
    "4c": ("spiking layers that see events", "give a run of a spec with events or sequences"),
    "4d": ("layers behind a cost volume", "give a run of a stereo spec, or draw figure 4c"),
    "7": (
        "retrained snapshots of the search",
        "add `snapshots = 3` to the spec's `search` and train again, then run `spikegraph search-progress {run}`",
    ),
}
"""What a run of images lacks."""

RESUME = "`spikegraph compile --train --out {run} --resume`"
EARLY = {
    "2": ("an architecture", "give a run whose search has ended, or resume this one"),
    "3": ("stored predictions", "run `spikegraph evaluate {run} --examples`"),
    "4a": ("a searched surrogate", "add `dgs at NEURON {{ ... }}` to the spec's `retrain`, and train again"),
    "4c": ("a trained network", f"wait for its end, or resume it with {RESUME}"),
    "5": ("measured firing rates", f"wait for the end of the run, or run {RESUME}"),
}
"""What a run lacks that is still searching."""


def said(capsys: pytest.CaptureFixture[str], status: int, *words: object) -> str:
    """What a command prints as an error."""
    capsys.readouterr()
    assert run([str(word) for word in words]) == status
    return capsys.readouterr().err


def refused(capsys: pytest.CaptureFixture[str], name: str, path: Path, lacked: tuple[str, str]) -> None:
    text = said(capsys, 2, "figure", name, path, "-o", path.parent / "x.svg", "--device", "cpu")
    what, help = (part.format(run=path) for part in lacked)
    assert text == f"error: {path}: figure {name} needs {what}\nhelp: {help}\n"
    assert not (path.parent / "x.svg").exists()


@pytest.mark.parametrize("name", CLASSES)
def test_a_run_of_images_lacks(runs: Path, capsys: pytest.CaptureFixture[str], name: str) -> None:
    refused(capsys, name, runs / "images", CLASSES[name])


def test_a_run_that_searches_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    searching = make(tmp_path / "searching", until="searching")
    for name, lacked in EARLY.items():
        refused(capsys, name, searching, lacked)


def test_snapshots_that_are_not_retrained(tmp_path: Path, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    searched = make(tmp_path / "searched", until="retraining")
    (searched / "snapshots").mkdir()
    (snapshot,) = (runs / "stereo" / "snapshots").glob("*.sdhs")
    (searched / "snapshots" / snapshot.name).write_text(snapshot.read_text())
    refused(capsys, "7", searched, ("retrained snapshots of the search", "run `spikegraph search-progress {run}`"))


def test_runs_without_a_common_frame(tmp_path: Path, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = make(tmp_path / "other")
    text = said(capsys, 2, "figure", "3", runs / "stereo", other, "-o", tmp_path / "x.pdf")
    assert text == f"error: {other}: figure 3 needs a frame that stereo shows too\nhelp: give runs of the same test set\n"


def test_samples_of_different_data_sets_are_not_the_same_frame(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Samples without names are counted, so that those of all sets are called alike."""
    paths = [make(tmp_path / name, until="begun") for name in ("one", "other")]
    image = np.zeros((4, 4, 3), np.uint8)
    for path, truths in zip(paths, ((1, 2, 3), (1, 2, 9)), strict=True):
        found = (MapExample("depth", "", image, *np.full((2, 1, 4, 4), k, np.float32)) for k in truths)
        write_examples(path / "examples.npz", Examples(tuple(found)))
    (page,) = figure("3", paths).svgs()
    assert re.findall(r"sample \d", page) == ["sample 1", "sample 2"]
    write_examples(
        paths[1] / "examples.npz", Examples((MapExample("depth", "", image, *np.full((2, 1, 4, 4), 7, np.float32)),))
    )
    text = said(capsys, 2, "figure", "3", *paths, "-o", tmp_path / "x.pdf")
    help = "give runs of the same test set"
    assert text == f"error: {paths[1]}: figure 3 needs a frame with the same truth as in one\nhelp: {help}\n"


def test_the_list_says_what_each_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["figure"]) == 0
    head, *rows = capsys.readouterr().out.splitlines()
    assert head.split() == ["figure", "shows", "needs"]
    assert [row.split()[0] for row in rows] == list(FIGURES) == ["1", "2", "3", "4a", "4b", "4c", "4d", "5", "6", "7", "8"]
    assert all(kind.shows in row and row.endswith(kind.needs) for kind, row in zip(FIGURES.values(), rows, strict=True))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["9"], "there is no figure `9`; choose from 1, 2, 3, 4a, 4b, 4c, 4d, 5, 6, 7, 8"),
        (["4a"], "figure 4a needs a run, with `dgs at` a neuron in `retrain`"),
        (["1", "."], "name the file: `-o FILE.svg` or `-o FILE.pdf`"),
    ],
)
def test_wrong_words(capsys: pytest.CaptureFixture[str], words: list[str], message: str) -> None:
    assert f"\nError: {message}\n" in said(capsys, 2, "figure", *words)


def test_an_unknown_ending(tmp_path: Path, runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = said(capsys, 2, "figure", "8", runs / "stereo", "-o", tmp_path / "x.png")
    assert text == "error: a figure can't be saved as `x.png`\nhelp: use a name that ends in .svg or .pdf\n"
