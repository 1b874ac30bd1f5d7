"""A network is trained once, whatever architecture it is asked for as, and whoever began it."""

import json
from pathlib import Path

import pytest
from same_run import told
from small_search import ONE_CELL, searching
from tiny_run import job, train
from tiny_search import stop_after

from spikegraph.backends.search.trials import training_loss
from spikegraph.backends.torch.train.meter import Meter
from spikegraph.base.errors import Interrupted
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.trial import cost_of, read_trials
from spikegraph.searches.architecture import Architecture, Edge

pytestmark = pytest.mark.usefixtures("one_thread")


def cell(first: str, second: str, *n1: tuple[str, str]) -> Architecture:
    """The only cell of a chain gets one value as both inputs, so the operations of n0 may exchange them."""
    edges = [("n0", first, "prev2"), ("n0", second, "prev"), *(("n1", operation, source) for operation, source in n1)]
    return Architecture(tuple(Edge("plain", node, operation, source) for node, operation, source in edges))


REST = (("c3", "prev"), ("skip", "n0"))
ONE, SAME, OTHER = cell("c3", "c1", *REST), cell("c1", "c3", *REST), cell("c3", "c3", *REST)


def test_what_is_trained_is_looked_up_by_network(tmp_path: Path) -> None:
    with searching(tmp_path, "random(2)", ONE_CELL) as search:
        trials = search.trials
        first = trials.train(ONE, 0.25)
        assert trials.train(SAME, 0.25) == first
        assert len(read_trials(search.log.folder)) == 1
        other = trials.train(OTHER, 0.25)
        assert other != first
        assert [trial.genotype for trial in read_trials(search.log.folder)] == [ONE.text(), OTHER.text()]
        further = trials.train(SAME, 0.5)  # goes on with the training of the first one, under the names that its weights have
        assert trials.train(ONE, 0.5) == further
        known = trials.known(SAME)
        assert known is not None and (known.number, known.architecture) == (1, ONE)
        cost = cost_of(read_trials(search.log.folder), known.number)
        assert cost is not None and (cost.candidates, cost.trainings, cost.chosen) == (2, 0.75, 1)


def test_a_search_that_another_version_began_keeps_what_is_trained(tmp_path: Path) -> None:
    """It may have asked for other architectures, in another order, and for two that are one network."""
    with searching(tmp_path, "random(2)", ONE_CELL) as search:
        before = [search.trials.train(a, 0.25) for a in (OTHER, ONE)]
        folder = search.log.folder
        for number, text in ((3, SAME.text()), (5, "sdhs 1\ngenotype other {\n  n0 = c3(prev)\n}\n"), (6, None)):
            folder.trial(number).path.mkdir()
            if text is not None:
                folder.trial(number).genotype.write_text(text)
    with searching(tmp_path, "random(2)", ONE_CELL, resume=True) as search:
        assert [search.trials.train(a, 0.25) for a in (SAME, OTHER)] == [before[1], before[0]]
        # 5 is taken by what doesn't fit the spec; 6 was interrupted before it had a genotype.
        new = search.trials.candidate(cell("skip", "skip", *REST))
        assert new.number == 6


def test_the_loss_by_which_candidates_are_ranked_is_a_mean_over_steps(tmp_path: Path) -> None:
    """On a GPU an entry of the journal is the mean of up to twenty steps; a quarter of 42 steps are the last ten."""
    steps = [(1, 20, 9.0), (1, 21, 8.0), (2, 20, 3.0), (2, 21, 1.0)]
    lines = [
        {"time": 1.0, "event": "step", "phase": "retrain", "epoch": epoch, "step": step, "lr": 0.1, "losses": {"loss": loss}}
        for epoch, step, loss in steps
    ]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert training_loss(RunFolder(tmp_path), 20) == pytest.approx((9 * 3.0 + 1.0) / 10, abs=1e-12)


def test_the_loss_does_not_depend_on_checkpoints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 8 steps in two epochs, in means of three and one: the last two steps are one of each."""
    monkeypatch.setattr(Meter, "interval", lambda device: 3)
    folders = {name: RunFolder(tmp_path / name) for name in ("whole", "saved", "resumed")}
    train(job(folders["whole"].path, genotype="c3\n", save_every=1e9))
    train(job(folders["saved"].path, genotype="c3\n", save_every=0.0))
    with pytest.raises(Interrupted):
        train(job(folders["resumed"].path, genotype="c3\n", save_every=1e9, reporter=stop_after(5)))
    train(job(folders["resumed"].path, genotype="c3\n", save_every=1e9, resume=True))
    steps = {name: [line["step"] for line in told(folder.path) if line["event"] == "step"] for name, folder in folders.items()}
    assert steps == {"whole": [3, 4, 3, 4], "saved": [1, 2, 3, 4, 1, 2, 3, 4], "resumed": [3, 4, 2, 3, 4]}
    losses = {training_loss(folder, 3) for folder in folders.values()}
    each = [line["losses"]["loss"] for line in told(folders["saved"].path) if line["event"] == "step"]
    assert list(losses) == [pytest.approx((sum(each[4:7]) / 3 + each[7]) / 2, rel=1e-11)]
