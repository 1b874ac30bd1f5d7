"""The weights that a network may have: those of each of its architectures, and a pattern that names some of them."""

from pathlib import Path

import pytest

from spikegraph.ir.weight_names import tensors_of
from spikegraph.program.possible_weights import taken_apart
from spikegraph.program.program import Program

SPECS = Path(__file__).parents[1] / "specs"
SPEC, FOUND = SPECS / "cifar10.sdhs", SPECS / "genotypes" / "cifar10.sdhs"


@pytest.mark.parametrize(
    ("spec", "genotype"),
    [
        ("cifar10", "genotypes/cifar10"),
        ("stereo", "genotypes/stereo"),
        ("spikformer-search", "genotypes/spikformer-search"),
        ("zoo/leastereo", "zoo/genotypes/leastereo"),
    ],
)
def test_they_are_those_of_each_architecture(spec, genotype):
    built = Program.read(SPECS / f"{spec}.sdhs", genotype=SPECS / f"{genotype}.sdhs").build("retrain")
    possible = tensors_of(tuple(taken_apart(built.space, built.run.stems)))
    assert tensors_of(built.plain).keys() <= possible.keys()


def test_a_pattern_that_another_genotype_has_is_a_warning():
    freeze = ("retrain.freeze=[cells[0].n1.prev.c3, cells[0].n1.prev.c5]",)
    assert list(Program.read(SPEC, overrides=freeze).check()) == []
    (found,) = Program.read(SPEC, genotype=FOUND, overrides=freeze).check()
    assert (found.code, found.severity) == ("SG0332", "warning")
    assert found.summary == "`freeze`: the network has no weights `cells[0].n1.prev.c3` with this genotype"
    assert found.help == "did you mean `cells[0].n1.prev.c5`?"


def test_a_node_of_a_cell_is_frozen():
    import spikegraph
    from spikegraph.backends.torch.train.frozen import freeze

    model = spikegraph.compile(Program.read(SPEC, genotype=FOUND, overrides=("retrain.W=4",)))
    freeze(model, ["cells[0].n1"])
    frozen = {name for name, weight in model.named_parameters() if not weight.requires_grad}
    edges = ("prev2.c3", "prev.c5")
    tensors = ("conv.weight", "conv.bias", "norm.weight", "norm.bias")
    assert frozen == {f"cells[0].n1.{edge}.{tensor}" for edge in edges for tensor in tensors}
