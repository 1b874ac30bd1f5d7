"""`sparsify`: the text of the graph before and after; the function stays the same."""

from pathlib import Path

import pytest
import torch

from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.native import sparse
from spikegraph.backends.torch.native.sparse import SparsePasses
from spikegraph.ir.text import print_graph
from spikegraph.passes import pipeline
from spikegraph.passes.phase_pipelines import FASTER
from spikegraph.program.program import Program

SPECS = Path(__file__).parents[2] / "specs"

NETWORK = """
network net {
  input x : real[3, 8, 8]
  a    = x -> stem(3, out = 32)
  b    = a -> stem(3, out = 40, stride = 2)
  few  = a -> stem(3, out = 16)
  one  = a -> stem(1, out = 48)
  real = a -> conv(3, out = 32)
  last = real -> stem(3, out = 32)
  output y = b -> pool
  output z = few -> pool
  output v = one -> pool
  output w = last -> pool
}
"""


def test_only_spikes_of_enough_channels_and_a_window(small, golden):
    graph = small(NETWORK).build("retrain", "expand-layers").plain
    after = pipeline.run(pipeline.parse("sparsify"), graph)
    golden(print_graph(graph), ".before.txt")
    golden(print_graph(after), ".after.txt")


def test_spikes_that_a_dropout_scaled_a_step_before_are_not_skipped(small):
    text = """
network net {
  input x : spike[32, 8, 8]
  s = x -> conv(3, out = 32) -> lif
  d = s -> dropout(0.5)
  late = previous(d) -> conv(3, out = 32)
  output y = add(s -> conv(3, out = 32), late) -> pool
}
"""
    graph = pipeline.run(pipeline.parse("sparsify"), small(text).build("retrain", "expand-layers").plain)
    assert [n.name for n in graph if "sparse" in n.notes] == ["s.conv", "y.add.conv"]


@pytest.mark.native
@pytest.mark.parametrize(
    ("spec", "genotype", "overrides"),
    [
        ("cifar10", "cifar10", ("retrain.W = 12", "retrain.mix = membrane")),
        ("stereo", "stereo", ("stereo.planes = 3", "retrain.C = 12")),
    ],
)
def test_the_same_function(spec: str, genotype: str, overrides: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[bool] = []

    def always(*_: object) -> SparsePasses:
        ran.append(True)
        return SparsePasses(True, True)

    monkeypatch.setattr(sparse, "faster_passes", always)
    bound = SPECS / "genotypes" / f"{genotype}.sdhs"
    graph = Program.read(SPECS / f"{spec}.sdhs", genotype=bound, overrides=overrides).build("retrain").plain
    torch.manual_seed(0)
    if spec == "cifar10":
        inputs = {"image": torch.rand(2, 3, 32, 32)}
    else:
        signs = torch.sign(torch.randn(3, 1, 5, 24, 30)) * (torch.rand(3, 1, 5, 24, 30) < 0.3)
        inputs = {"left": signs, "right": signs.roll(-3, -1)}
    inputs = {name: x.double() for name, x in inputs.items()}
    plain, quick = Model(graph).double().train(), Model(pipeline.run(FASTER, graph)).double().train()
    quick.load_state_dict(plain.state_dict())
    wanted = tuple(graph.outputs.values())
    a, _ = plain.run(inputs, wanted=wanted)
    assert not ran
    b, _ = quick.run(inputs, wanted=wanted)
    assert ran
    for name in wanted:
        torch.testing.assert_close(b[name], a[name], rtol=0, atol=1e-9)
        upstream = torch.randn_like(a[name])
        a[name].backward(upstream, retain_graph=True)
        b[name].backward(upstream, retain_graph=True)
    other = dict(quick.named_parameters())
    for name, parameter in plain.named_parameters():
        if parameter.grad is not None:
            torch.testing.assert_close(other[name].grad, parameter.grad, rtol=1e-7, atol=1e-8, msg=name)
