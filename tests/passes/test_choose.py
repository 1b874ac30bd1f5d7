"""`choose`: of a supernet the network of a genotype is left, under the supernet's names."""

import pytest

from spikegraph.base.errors import PassError
from spikegraph.ir.text import print_graph
from spikegraph.passes.choose import Choose

GENOTYPE = """
genotype small {
  n0 = c3(prev2) + c5(prev)
  n1 = skip(n0) + c3(prev)
}
"""

CHAIN = """
network net {
  input x : real[3, 8, 8]
  stem = x -> stem(3, out = 4)
  side = stem -> pool -> linear(2)
  output y = stem -> chain([small, small, small], width = 2)
}
"""

TRELLIS = """
trellis walk { cell = small  layers = 3  levels = 3 }
network net {
  input x : real[3, 9, 9]
  stem  = x -> stem(3, out = 4)
  cells = stem -> walk
  output y = cells -> restore(stem)
}
"""

OPEN = "expand-trellis,expand-cells,expand-layers,insert-resize,prune"


@pytest.mark.parametrize("mix", ["spike", "membrane"])
@pytest.mark.parametrize("path", ["c3(prev) + c5(n0)", "skip(prev) + skip(prev2)", "c3(prev2) + skip(n0)"])
def test_in_a_chain_it_is_the_network_of_the_genotype(small, path, mix):
    genotype = GENOTYPE.replace("skip(n0) + c3(prev)", path)
    made = small(CHAIN + genotype, mix=mix)
    bound = made.build("retrain", "bind-genotype,expand-cells,expand-layers,insert-resize,prune").plain
    assert print_graph(made.build("search", f"{OPEN},choose").plain) == print_graph(bound)


def test_trellis(small, golden):
    """`prev2` of the last cell is level 0 at layer 0, beside the path; it comes from the entrance."""
    made = small(TRELLIS + GENOTYPE + "path walk = [1, 1, 0]\n").build("search", f"{OPEN},choose")
    golden(print_graph(made.plain), ".after.txt")


@pytest.mark.parametrize("path", [[0, 0, 0], [1, 2, 2], [1, 2, 1], [1, 1, 0], [0, 1, 0]])
def test_a_path_of_a_trellis_has_a_cell_for_each_layer(small, path):
    made = small(TRELLIS + GENOTYPE + f"path walk = {path}\n").build("search", f"{OPEN},choose")
    cells = {n.path.steps[0] for n in made.plain if n.path.steps[0].use}
    levels = [0, *path]
    assert {str(c) for c in cells} >= {f"cells[{k},{levels[k + 1]}]@{levels[k]}" for k in range(3)}
    on_path = {f"cells[{k},{levels[k + 1]}]" for k in range(3)}
    beside = {c.weights for c in cells} - on_path
    assert beside <= {f"cells[0,{levels[3]}]"}  # as `prev2` of the last cell
    assert made.plain.node(made.plain.outputs["y"]).value.shape == (4, 9, 9)


def test_what_is_missing(small):
    made = small(TRELLIS + GENOTYPE + "path walk = [1, 1, 0]\n")
    plain = made.build("search", OPEN).plain
    with pytest.raises(PassError, match="cell `small` has no genotype"):
        Choose(paths={"walk": (1, 1, 0)}).apply(plain)
    with pytest.raises(PassError, match="trellis `walk` has no path"):
        Choose({"small": {0: 0, 1: 0, 3: 0}}).apply(plain)
    with pytest.raises(PassError, match="nothing of `y` is left"):
        Choose({"small": {0: 0}}, {"walk": (1, 1, 0)}).apply(plain)
