"""Whole runs of the methods that train a supernet: what they leave, and that interrupted ones give the same bits."""

from collections.abc import Callable
from pathlib import Path

import pytest
from same_run import assert_same_run
from small_search import program
from tiny_run import At

from spikegraph.backends.torch.main import train_program
from spikegraph.errors import Interrupted
from spikegraph.progress import Reporter, Silent
from spikegraph.run_settings import Settings
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.record import read_run
from spikegraph.runs.trial import read_trial

pytestmark = pytest.mark.usefixtures("one_thread")

METHODS = {"darts": "darts(discretise = halving(2, draws = 4))"}


class KilledError(BaseException):
    """Ends the process, as far as the run knows."""


def kill() -> None:
    raise KilledError


def run(folder: Path, method: str, *, resume: bool = False, reporter: Reporter | None = None) -> Path:
    """A run of a method in a folder."""
    settings = Settings(seed=1, save_every=0.0, resume=resume, reporter=reporter or Silent())
    return train_program(program(folder, METHODS[method]), settings, out=folder / "run")[0]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Runs without interruption, by method."""
    made: dict[str, Path] = {}

    def get(method: str) -> Path:
        if method not in made:
            made[method] = run(tmp_path_factory.mktemp(method), method)
        return made[method]

    return get


@pytest.mark.parametrize("step", [4, 9, 26])
@pytest.mark.parametrize("method", METHODS)
def test_killed_and_resumed_it_is_the_same_run(method: str, step: int, whole: Callable[[str], Path], tmp_path: Path) -> None:
    """Killed in the training of the supernet, while architectures are compared, and in the training behind it."""
    with pytest.raises((KilledError, Interrupted)):
        run(tmp_path, method, reporter=At(step, kill))
    assert_same_run(run(tmp_path, method, resume=True), whole(method))


def test_halving_trains_the_best_by_shared_weights_and_its_winner_is_the_run(whole: Callable[[str], Path]) -> None:
    folder = RunFolder(whole("darts"))
    shares = [[p.share for p in read_trial(folder.trial(number).progress).points] for number in (1, 2)]
    assert sorted(map(len, shares)) == [1, 2] and not folder.trial(3).path.exists()
    winner = folder.trial(1 + (len(shares[1]) == 2))
    assert winner.genotype.read_text().strip() in folder.genotype.read_text()
    assert len(read_run(folder.path).epochs("search")) == 2
