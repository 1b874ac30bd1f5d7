"""`spikegraph.search`: the search of a spec and nothing behind it."""

from pathlib import Path

import pytest
import tiny_search

import spikegraph
from spikegraph.base.errors import UntrainableError
from spikegraph.dsl.schema.methods import METHODS, MethodSignature
from spikegraph.runs.folder import RunFolder


@pytest.mark.parametrize("method", ["darts", "random(2)"])
def test_a_search_alone_is_the_search_of_a_run(tmp_path: Path, method: str) -> None:
    tiny_search.train(tmp_path / "whole", method)
    program = tiny_search.made(tmp_path / "alone", "halving(4)")
    run = RunFolder(tmp_path / "alone" / "run")
    found = spikegraph.search(program, method=method, data=tmp_path / "alone" / "data", out=run.path, seed=3)
    assert found == run.genotype.read_text() == (tmp_path / "whole" / "run" / "genotype.sdhs").read_text()
    assert found.startswith("# Searched by net.sdhs, seed 3.\n")
    assert run.read_summary().retrain is None
    assert not program.bind(found).check("retrain").has_errors
    again = spikegraph.search(program, method=method, data=tmp_path / "alone" / "data", out=run.path, seed=3, resume=True)
    assert again == found


def test_a_spec_without_a_search(tmp_path: Path) -> None:
    tiny_search.made(tmp_path, "darts")
    text = (tmp_path / "net.sdhs").read_text()
    first, last = text.index("search net"), text.index("retrain net")
    (tmp_path / "net.sdhs").write_text(text[:first] + text[last:])
    with pytest.raises(UntrainableError) as error:
        spikegraph.search(tmp_path / "net.sdhs", data=tmp_path / "data", out=tmp_path / "run")
    assert error.value.summary == f"{tmp_path / 'net.sdhs'} has no `search NETWORK on DATASET`"


def test_a_method_without_a_function(tmp_path: Path) -> None:
    METHODS.register("nothing", MethodSignature("nothing", (), "has no function"))
    try:
        program = tiny_search.made(tmp_path, "nothing")
        with pytest.raises(UntrainableError) as error:
            spikegraph.search(program, data=tmp_path / "data", out=tmp_path / "run")
    finally:
        METHODS.forget("this program")
    place = f"{tmp_path / 'net.sdhs'}:16:12"
    assert error.value.summary == f"{place}: the search method `nothing` has no function"
    assert error.value.help == "register one with `SEARCHES` in the plug-in that adds it"
