"""Architectures from files and from runs."""

import json

import numpy as np
import pytest

from spikegraph.base.errors import NoArchitectureError, RunFolderError
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.genotype.comparison_text import difference_text
from spikegraph.genotype.diff import diff
from spikegraph.genotype.read import read_architecture

DECLARED = """\
sdhs 1
neuron lif { surrogate = dspike(b = 3) }
candidates choices { c3 = conv(3) -> norm -> lif skip = identity }
cell feature { inputs = [prev2, prev] nodes = 2 candidates = choices neuron = lif keep = 2 rank_without = [skip] }
trellis way { cell = feature layers = 2 levels = 2 }
"""

GENOTYPE = """\
sdhs 1
genotype feature {
  n0 = c3(prev2) + skip(prev)
  n1 = c3(prev2) + c3(n0)
}
path way = [1, 0]
"""

# Rows: n0 from prev2, prev; n1 from prev2, prev, n0. Columns: c3, skip.
ALPHA = np.log([[0.6, 0.4], [0.3, 0.7], [0.8, 0.2], [0.55, 0.45], [0.9, 0.1]])
BETA = np.log([[[1, 1, 3], [1, 1, 1]], [[1, 1, 1], [7, 3, 1]]])


def entry(epoch, **data):
    return {"time": 1.0, "event": "epoch", "phase": "search", "epoch": epoch, "step": 4, "losses": {"loss": 1.0}, **data}


@pytest.fixture
def run(tmp_path, manifest):
    folder = tmp_path / "seed1"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (folder / "resolved.sdhs").write_text(DECLARED, encoding="utf-8")
    (folder / "genotype.sdhs").write_text(GENOTYPE, encoding="utf-8")
    lines = [
        entry(1, architecture={"feature.alpha": np.zeros((5, 2)).tolist(), "way.beta": np.zeros((2, 2, 3)).tolist()}),
        {"time": 2.0, "event": "step", "phase": "search", "epoch": 2, "step": 1, "lr": 0.1, "losses": {}},
        entry(2, architecture={"feature.alpha": ALPHA.tolist(), "way.beta": BETA.tolist()}),
        {**entry(1), "phase": "retrain"},
    ]
    (folder / "metrics.jsonl").write_text("".join(json.dumps(x) + "\n" for x in lines) + '{"time": 3', encoding="utf-8")
    return folder


def test_a_genotype_file(tmp_path):
    path = tmp_path / "searched.sdhs"
    path.write_text(GENOTYPE, encoding="utf-8")
    found = read_architecture(path)
    assert found.name == "searched"
    assert found.cells == {"feature": {"n0": {"prev2": "c3", "prev": "skip"}, "n1": {"prev2": "c3", "n0": "c3"}}}
    assert found.paths == {"way": (1, 0)}
    assert found.candidates == {}


def test_a_spec_with_its_own(tmp_path):
    path = tmp_path / "whole.sdhs"
    path.write_text(DECLARED + GENOTYPE.partition("\n")[2], encoding="utf-8")
    assert list(read_architecture(path).candidates["feature"]) == ["c3", "skip"]


def test_a_run_brings_definitions_and_margins(run):
    found = read_architecture(run)
    assert found.name == "seed1"
    assert found.candidates["feature"]["skip"].skip
    assert found.margins.candidates["feature", "n0", "prev2"] == pytest.approx(0.2)
    assert found.margins.candidates["feature", "n0", "prev"] == pytest.approx(0.4)
    assert found.margins.edges["feature", "n0", "prev"] is None, "nothing was dropped there"
    assert found.margins.edges["feature", "n1", "prev2"] == pytest.approx(0.8 - 0.55)
    assert found.margins.moves["way"] == pytest.approx((0.75 - 0.25, 0.7 - 0.3))


def test_margins_are_reported(run, tmp_path):
    path = tmp_path / "other.sdhs"
    path.write_text(GENOTYPE.replace("c3(n0)", "skip(n0)").replace("[1, 0]", "[1, 1]"), encoding="utf-8")
    text = difference_text(diff(read_architecture(run), read_architecture(path)))
    assert "n1  c3(n0) (margins: operation 0.800, edge 0.350)  ->  skip(n0)  operation" in text
    assert "layer 1  level 0  ->  level 1  (margins: seed1 0.400)" in text


SEARCHED = """
dataset pictures { source = fashion_mnist_small }
network net {
  input image : real[1, 28, 28]
  time = 2
  output logits = image -> stem(3, out = 4) -> chain([feature], width = 2) -> pool -> linear(10) -> mean(time)
}
search net on pictures {
  method = darts(discretise = HOW)  epochs = 1  batch = 4  weights = sgd(lr = 0.1)  architecture = adam(lr = 0.1)
  loss = cross_entropy(logits)
}
"""


@pytest.mark.parametrize(("how", "known"), [("alpha", True), ("shared_weights", False), ("halving(3)", False)])
def test_margins_of_alpha_are_known_only_where_it_decided(run, how, known):
    (run / "resolved.sdhs").write_text(DECLARED + SEARCHED.replace("HOW", how), encoding="utf-8")
    assert bool(read_architecture(run).margins.candidates) == known


def test_the_journal_of_another_search(run):
    text = json.dumps(entry(1, architecture={"feature.alpha": [[0.0, 1.0]]})) + "\n"
    (run / "metrics.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"metrics\.jsonl: the journal does not fit the run's spec: the cell has 5 edges"):
        read_architecture(run)


def test_a_run_before_its_search_ends(run):
    (run / "genotype.sdhs").unlink()
    with pytest.raises(NoArchitectureError, match="no genotype yet"):
        read_architecture(run)


def test_what_holds_none(tmp_path):
    path = tmp_path / "spec.sdhs"
    path.write_text(DECLARED, encoding="utf-8")
    with pytest.raises(NoArchitectureError, match="has no genotype"):
        read_architecture(path)
    with pytest.raises(RunFolderError, match="not the folder of a run"):
        read_architecture(tmp_path)


def test_a_wrong_file(tmp_path):
    path = tmp_path / "wrong.sdhs"
    path.write_text("sdhs 1\ngenotype feature { n0 = [3] }\n", encoding="utf-8")
    with pytest.raises(SpecError):
        read_architecture(path)


def test_a_spec_that_is_another_ones(run):
    (run / "resolved.sdhs").write_text(GENOTYPE, encoding="utf-8")
    with pytest.raises(RunFolderError) as caught:
        read_architecture(run)
    assert (caught.value.path, caught.value.summary) == (
        run / "resolved.sdhs",
        "has no cell `feature`, which the run's genotype is for",
    )
    assert caught.value.help == "restore the file, or start a new run in another folder"


def test_a_decision_below_a_twentieth_is_undecided(run, tmp_path):
    alpha = np.log([[0.6, 0.4], [0.3, 0.7], [0.8, 0.2], [0.55, 0.45], [0.52, 0.48]]).tolist()
    journal = run / "metrics.jsonl"
    journal.write_text(journal.read_text().replace(json.dumps(ALPHA.tolist()), json.dumps(alpha)))
    other = tmp_path / "other.sdhs"
    other.write_text(GENOTYPE.replace("c3(n0)", "skip(n0)"), encoding="utf-8")
    text = difference_text(diff(read_architecture(run), read_architecture(other)))
    assert "n1  c3(n0) (margins: operation 0.040 undecided, edge -0.030 undecided)  ->  skip(n0)  operation" in text
