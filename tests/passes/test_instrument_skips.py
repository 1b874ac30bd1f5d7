"""A search of surrogates where a genotype leaves no neuron that has one."""

from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.dgs import groups_of
from spikegraph.backends.torch.train.losses import Losses
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


CHOICE = """sdhs 1
neuron lif { }
block deep(x) {
  weights = own
  return x -> conv(3, out = 2) -> norm -> lif
}
network net {
  input x : real[1, 28, 28]
  time = 2
  stem = x -> conv(3, out = 2) -> norm -> lif
  more = stem -> choose(skip = identity, deep = deep)
  output logits = more -> pool -> linear(10) -> mean(time)
}
dataset mnist { source = mnist }
search net on mnist { epochs = 1  batch = 4  weights = sgd(lr = 0.1)  loss = cross_entropy(logits) }
retrain net on mnist {
  epochs = 1
  batch = 4
  weights = sgd(lr = 0.1)
  loss = cross_entropy(logits) + 0.5 * spikes([stem, PLACE]) + 0.1 * energy(at = PLACE)
  dgs at PLACE { every = 1  iterations = 1 }
  dgs at auto(1) { every = 1  iterations = 1 }
}
"""


def test_a_place_in_a_branch_that_is_not_chosen_has_nothing_to_search_or_to_pay() -> None:
    """Nor can the branches that a search finds make it wrong."""
    program = Program.of_text(CHOICE.replace("PLACE", "more.deep"), "net.sdhs").checked()
    found = {}
    for branch in ("deep", "skip"):
        bound = program.bind(f"sdhs 1\n\ngenotype net {{ more = {branch} }}\n")
        said = [(d.severity, d.code, d.span.line, d.summary) for d in bound.check()]
        built, run = bound.checked().build("retrain"), bound.spec.retrain
        searched = [len(groups_of(dgs, Model(built.graph, plain=built.plain))) for dgs in run.dgs]
        _, spikes, energy = Losses(built.graph, run.loss, built.plain, checked=True).terms
        found[branch] = (said, searched, spikes.nodes, energy.wants)
    gone = "with this genotype the network has no place `more.deep`"
    silent = "the genotype leaves `more.deep` no spiking neuron with weights, so there is no surrogate to search"
    warnings = [("warning", "SG0316", 20, gone)] * 2 + [("warning", "SG0318", 21, silent)]
    assert found["deep"] == ([], [1, 1], ["stem", "more.deep.lif"], ("stem",))
    assert found["skip"] == (warnings, [0, 1], ["stem"], ())


def test_places_that_a_genotype_leaves_without_enough_neurons_are_warned_of_alone() -> None:
    """Also where another place of the network still has a neuron to search."""
    head = CHOICE.partition("  dgs at PLACE")[0]
    text = head.replace("[stem, PLACE]", "stem").replace(" + 0.1 * energy(at = PLACE)", "")
    silent = "no spiking neuron with weights, so there is no surrogate to search"
    both = "dgs at stem { every = 1 }\n  dgs at auto(1) { every = 1 }"
    for places, said in (
        (both, f"`auto(1)` {silent}"),
        ("dgs at auto(2) { every = 1 }", "`auto(2)` only 1 neuron to choose from"),
    ):
        program = Program.of_text(f"{text}  {places}\n}}\n", "net.sdhs").checked()
        bound = program.bind("sdhs 1\n\ngenotype net { more = skip }\n")
        assert [d.summary for d in bound.check()] == [f"the genotype leaves {said}"]
        built, run = bound.checked().build("retrain"), bound.spec.retrain
        assert sum(len(groups_of(dgs, Model(built.graph, plain=built.plain))) for dgs in run.dgs) == 1
