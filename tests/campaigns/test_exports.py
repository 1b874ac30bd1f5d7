"""A seeded sample of the campaign that exports random networks, and files that compute something else."""

import exports
import pytest
import torch

from spikegraph.backends.torch.exporting.comparison import WrongNumberError

from ..traceable import without_checks

pytestmark = pytest.mark.unchecked

TEXT = """sdhs 1
neuron lif { decay = 0.5 }
network net {
  input x : real[2, 6, 6]
  a = x -> conv(3, out = 4) -> norm -> lif
  output y = a -> conv(3, out = 3) -> norm -> lif -> conv(1, out = 2)
}
"""
WRONG_SPIKE = r"neuron \[.*\] of `.*` at step 0 of sample \d, whose potential is"


@pytest.fixture
def traceable(monkeypatch):
    without_checks(monkeypatch)


@pytest.mark.parametrize("seed", [pytest.param(8, marks=pytest.mark.long), 9, 23])
def test_other_programs_give_what_the_reference_gives(seed, traceable):
    found = exports.case(seed)
    assert found.detail == ""
    assert "onnx" in found.kind


@pytest.fixture
def network(tmp_path, traceable):
    return exports.Network(TEXT, 0, tmp_path)


def found_wrong(network, format, error, message):
    """A file that was accepted isn't, once what runs it has been changed."""
    with pytest.raises(error, match=message):
        exports.RUN[format](network, network.path(format))


def test_a_graph_of_nir_that_computes_something_else_is_found(network, monkeypatch):
    class Louder(exports.nir_simulation):  # pyright: ignore[reportGeneralTypeIssues]
        def neuron(self, name, node, x):
            return super().neuron(name, node, 1.5 * x)

    assert network.exported("nir")
    monkeypatch.setattr(exports, "nir_simulation", Louder)
    found_wrong(network, "nir", AssertionError, WRONG_SPIKE)


def test_folded_weights_that_compute_something_else_are_found(network, monkeypatch):
    right = exports.load
    assert network.exported("safetensors")
    monkeypatch.setattr(exports, "load", lambda content: {name: x + 0.1 for name, x in right(content).items()})
    found_wrong(network, "safetensors", AssertionError, WRONG_SPIKE)


@pytest.mark.parametrize("format", ["torch", "onnx"])
def test_a_program_that_computes_something_else_is_found(network, format, monkeypatch):
    right = exports.compared

    def louder(signature, run, *others):
        return right(signature, lambda arrays: [1.001 * torch.as_tensor(x) for x in run(arrays)], *others)

    assert network.exported(format)
    monkeypatch.setattr(exports, "compared", louder)
    found_wrong(network, format, WrongNumberError, r"neuron \[.*\] of `a` at step 0, .* its `a:v` is")
