"""`spikegraph.search`: the search of a spec and nothing behind it."""

from pathlib import Path

import pytest
import tiny_search

import spikegraph
from spikegraph.base.errors import DivergedError, UntrainableError
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.logger import Logger
from spikegraph.runs.state import read_state


class Endings(Logger):
    """Keeps how the run ended."""

    def __init__(self) -> None:
        self.found = []

    def end(self, how):
        self.found.append(how)


@pytest.mark.parametrize("method", ["darts", "random(2)"])
def test_a_search_alone_is_the_search_of_a_run(tmp_path: Path, method: str) -> None:
    tiny_search.train(tmp_path / "whole", method)
    program = tiny_search.made(tmp_path / "alone", "halving(4)")
    run, path = RunFolder(tmp_path / "alone" / "run"), tmp_path / "alone" / "net.sdhs"
    path.write_text(path.read_text().replace("halving(4)", "nothing_of_this_name(4)"))  # what is given takes its place
    given, endings = {"method": method, "data": tmp_path / "alone" / "data", "out": run.path, "seed": 3}, Endings()
    found = spikegraph.search(program if method == "darts" else path, **given, loggers=[endings])
    assert found == run.genotype.read_text() == (tmp_path / "whole" / "run" / "genotype.sdhs").read_text()
    assert found.startswith("# Searched by net.sdhs, seed 3.\n")
    assert run.read_summary().retrain is None
    _, state = read_state(run.path)
    assert (state.name, state.reason) == ("stopped", "after its search, as was asked")
    assert endings.found == ["stopped"]
    assert not program.bind(found).check("retrain").has_errors
    assert spikegraph.search(program, **given, resume=True) == found


def test_a_search_whose_candidates_all_diverge(tmp_path: Path) -> None:
    program = tiny_search.made(tmp_path, "random(2)").with_overrides(["retrain.weights=sgd(lr = 1e10)"])
    with pytest.raises(DivergedError) as error:
        spikegraph.search(program, data=tmp_path / "data", out=tmp_path / "run")
    assert error.value.summary == "the training of every candidate that the search didn't leave behind diverged"
    assert not (tmp_path / "run" / "genotype.sdhs").exists()


def test_a_spec_without_a_search(tmp_path: Path) -> None:
    tiny_search.made(tmp_path, "darts")
    text = (tmp_path / "net.sdhs").read_text()
    first, last = text.index("search net"), text.index("retrain net")
    (tmp_path / "net.sdhs").write_text(text[:first] + text[last:])
    with pytest.raises(UntrainableError) as error:
        spikegraph.search(tmp_path / "net.sdhs", data=tmp_path / "data", out=tmp_path / "run")
    assert error.value.summary == f"{tmp_path / 'net.sdhs'} has no `search NETWORK on DATASET`"
