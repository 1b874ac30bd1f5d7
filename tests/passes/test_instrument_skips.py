"""A search of surrogates where a genotype leaves no neuron that has one."""

from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.dgs import groups_of
from spikegraph.program.program import Program

SKIPS = """sdhs 1
neuron lif { }
candidates ops { c3 = conv(3) -> norm -> lif  skip = identity }
cell one { nodes = 1  candidates = ops  neuron = lif }
network net {
  input x : real[1, 28, 28]
  time = 2
  cells = x -> conv(3, out = 2) -> lif -> chain([one, one], width = 2)
  output logits = cells -> pool -> linear(10) -> mean(time)
}
genotype one { n0 = skip(prev2) + EDGE(prev) }
dataset mnist { source = mnist }
retrain net on mnist {
  epochs = 1
  batch = 4
  weights = sgd(lr = 0.1)
  loss = cross_entropy(logits)
  dgs at cells[1].n0 { every = 1  iterations = 1 }
}
"""


def test_a_node_of_skips_has_no_surrogate_to_search() -> None:
    """The genotype that a search finds can't make a sound spec wrong."""
    found = {}
    for edge in ("c3", "skip"):
        program = Program.of_text(SKIPS.replace("EDGE", edge), "net.sdhs")
        diagnostics = program.check()
        assert not diagnostics.has_errors
        built = program.build("retrain")
        neurons = groups_of(program.spec.retrain.dgs[0], Model(built.graph, plain=built.plain))
        found[edge] = ([(d.code, d.summary) for d in diagnostics], [g.name for g in neurons])
    said = "the genotype leaves `cells[1].n0` no spiking neuron with weights, so there is no surrogate to search"
    assert found == {"c3": ([], ["cells[1].n0.prev.c3.lif"]), "skip": ([("SG0318", said)], [])}
