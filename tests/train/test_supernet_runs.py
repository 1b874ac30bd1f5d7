"""Whole runs of the methods that train a supernet: what they leave, and that interrupted ones give the same bits."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from same_run import assert_same_run
from small_search import ONE_CELL, SPEC, searching
from tiny_run import At

from spikegraph.base.errors import Interrupted
from spikegraph.dsl.schema.methods import METHODS
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.record import read_run
from spikegraph.runs.trial import read_trial
from spikegraph.searches.architecture import Architecture

pytestmark = pytest.mark.usefixtures("one_thread")

WRITTEN = {
    "darts": "darts(discretise = halving(2, draws = 4))",
    "edges": "darts(discretise = shared_weights(draws = 4), edges = true)",
    "partial": "partial(2, discretise = halving(2, draws = 4))",
    "perturb": "darts(discretise = perturb(epochs = 1), edges = true)",
    "single_path": "single_path(discretise = shared_weights(draws = 4))",
}


Whole = Callable[[str], tuple[Path, Architecture]]


class KilledError(BaseException):
    """Ends the process, as far as the run knows."""


def kill() -> None:
    raise KilledError


def run(folder: Path, method: str, **settings: Any) -> tuple[Path, Architecture]:
    """The search of a run in a folder, and what it finds."""
    spec = ONE_CELL if method == "perturb" else SPEC
    with searching(folder, WRITTEN[method], spec, save_every=0.0, **settings) as search:
        return folder / "run", METHODS[search.run.method.name].search(search)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Runs without interruption, by method."""
    made: dict[str, tuple[Path, Architecture]] = {}

    def get(method: str) -> tuple[Path, Architecture]:
        if method not in made:
            made[method] = run(tmp_path_factory.mktemp(method), method)
        return made[method]

    return get


CASES = [("darts", 9), ("darts", 16), ("perturb", 12), ("single_path", 4)]
"""After these steps of a run its process ends: in the supernet's training, while architectures are compared, and behind it."""
LIKE = [("darts", 4), ("edges", 9), ("single_path", 9)]
"""Those that are like these."""


@pytest.mark.parametrize(("method", "step"), [*CASES, *(pytest.param(*case, marks=pytest.mark.long) for case in LIKE)])
def test_killed_and_resumed_it_is_the_same_run(method: str, step: int, whole: Whole, tmp_path: Path) -> None:
    with pytest.raises((KilledError, Interrupted)):
        run(tmp_path, method, reporter=At(step, kill))
    (folder, found), (other, expected) = run(tmp_path, method, resume=True), whole(method)
    assert_same_run(folder, other)
    assert found == expected


def test_halving_trains_the_best_by_shared_weights(whole: Whole) -> None:
    path, found = whole("darts")
    folder = RunFolder(path)
    shares = [[p.share for p in read_trial(folder.trial(number).progress).points] for number in (1, 2)]
    assert sorted(shares) == [[0.25], [0.25, 1.0]] and not folder.trial(3).path.exists()
    assert folder.trial(1 + (len(shares[1]) == 2)).genotype.read_text() == found.text()
    assert len(read_run(folder.path).epochs("search")) == 2
