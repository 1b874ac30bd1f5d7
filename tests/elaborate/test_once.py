"""What is elaborated once: operations of uses with the same params, and graphs that differ only in what losses take."""

import pytest
from block_specs import net

from spikegraph.base.resources import builtin_specs
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.elaborate.build import elaborate
from spikegraph.program.program import Program

BODY = """
  block half(a) { weights = own
    param C = 2
    param n = lif
    return a -> conv(1, out = C) -> n }
  a = x -> half
  b = x -> half(C = 2)
  c = x -> half(C = 4)
  d = x -> half(n = slow)
  output y = add(a, b, d) -> repeat(half, 3) -> concat(c)
"""


def test_uses_with_the_same_params_share_their_operations(small):
    graph = small("neuron slow { decay = 0.5 }\n" + net(BODY)).space
    convolutions = {node.name: node.op for node in graph if node.op.name == "conv"}
    assert [op.out for op in convolutions.values()] == [2, 2, 4, 2, 2, 2, 2]
    assert convolutions["a.conv"] is convolutions["b.conv"]
    neurons = [node.op for node in graph if node.op.name == "lif"]
    assert [op.neuron.decay for op in neurons] == [0.2, 0.2, 0.2, 0.5, 0.2, 0.2, 0.2]


@pytest.mark.parametrize("name", ["zoo/psmnet", "zoo/eitnet", "zoo/vggsnn", "cifar10"])
def test_wires_that_losses_take_as_if_they_were_known_at_first(name):
    spec = Program.read(builtin_specs()[name]).spec
    run = spec.retrain
    assert run is not None
    network = spec.networks[run.network]
    bindings = dict(run.bindings)
    outputs = {wire.name for wire in network.wires if wire.output}
    wires = {name for loss in run.loss for name in (loss.of, loss.to) if name is not None} - outputs
    assert wires

    def graph(*losses):
        diagnostics = Diagnostics()
        found = elaborate(spec, run.network, bindings, diagnostics, loss_wires=losses, run=run)
        assert found is not None
        assert not diagnostics.has_errors
        return found

    none, all_ = graph(), graph(*sorted(wires))
    assert none.tapped(wires).graph == all_.graph
    assert none.tapped(wires).types == all_.types
    assert all_.tapped(()).graph == none.graph
    assert set(all_.graph.taps) == wires
    assert none.tapped({*wires, *outputs}) is None  # an output is no tap
