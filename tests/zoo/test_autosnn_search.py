"""AutoSNN's space is searched on a sample for a few steps: with a mixture of all blocks, and by training candidates."""

from pathlib import Path

import pytest

from spikegraph.backends.search.searching import RunSearch
from spikegraph.backends.torch.train.log import open_log
from spikegraph.data.sets import data_sets
from spikegraph.dsl.schema.methods import METHODS
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.runs.folder import RunFolder
from spikegraph.searches.cell_space import CellSpace

SPEC = Path(__file__).parents[2] / "specs" / "zoo" / "autosnn.sdhs"
SMALL = [f"{run}.{key}" for run in ("search", "retrain") for key in ("epoch_samples=4", "batch=2", "epochs=1")]


@pytest.mark.parametrize("method", ["darts", "evolution(3)"])
def test_a_search_decides_the_five_blocks(method: str, tmp_path: Path):
    program = Program.read(SPEC, profile="sample", overrides=[*SMALL, "autosnn.C=2", f"search.method={method}"]).checked()
    sets = data_sets(program.spec.datasets["cifar10"], None, 1)
    with open_log(program, sets, RunFolder(tmp_path / "run"), Settings(seed=0, threads=1)) as log:
        found = METHODS[method.partition("(")[0]].search(RunSearch(program, (sets.train, None), (sets.train, None), log))
    bound = program.bind(found.text()).checked()
    (genotype,) = bound.spec.genotypes.values()
    assert list(genotype.nodes) == [f"b{k}.choose" for k in range(5)]
    assert not any(node.op.searched() for node in bound.build("retrain").outline)
    assert CellSpace.of(program.build("search").space).size == 5**5 == 3125
