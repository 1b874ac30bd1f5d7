"""The network of SpikeDHS on CIFAR10 in the language, against SpikingJelly's with the same weights."""

import importlib
import sys
from itertools import product
from pathlib import Path

import pytest
import torch

import spikegraph
from spikegraph.program.program import Program

from .examples import judged

TOOLS = str(Path(__file__).parents[2] / "tools")

SPEC = """sdhs 1

neuron lif {
  decay        = 0.2
  threshold    = 0.5
  surrogate    = dspike(b = 3)
  detach_reset = true
  spike_at     = reached
}

candidates c { c3 = conv(3) -> norm }

cell normal {
  inputs     = [prev2, prev]
  nodes      = 3
  candidates = c
  neuron     = lif
  mix        = membrane
  keep       = 2
}

cell reduction like normal { stride = 2 }

network net {
  input x : real[3, 16, 16]
  time = 4
  stem  = x    -> conv(3, out = 6) -> norm -> lif
  cells = stem -> chain([normal, normal, reduction, normal, normal, reduction, normal, normal], width = 2, down = resize)
  output y = cells -> pool -> lif -> linear(10) -> norm -> mean(time)
}
"""

FOUND = """
genotype CELL {
  n0 = c3(prev2) + c3(prev)
  n1 = c3(prev2) + c3(prev)
  n2 = c3(n0)    + c3(n1)
}
"""

EDGES = {0: ("prev2", "prev"), 1: ("prev2", "prev"), 2: ("n0", "n1")}
"""For each node what its first and its second convolution take in SpikingJelly's code."""


def peer():
    """SpikingJelly's network, whose norms' weights and biases make its neurons fire."""
    pytest.importorskip("spikingjelly")
    sys.path.insert(0, TOOLS)
    searches = importlib.import_module("foreign_models.of_spikingjelly_searches")
    sys.path.remove(TOOLS)
    torch.manual_seed(3)
    module = searches.spike_dhs()[0].double()
    for name, x in module.named_parameters():
        if ".bn" in name:
            torch.nn.init.uniform_(x, 0.2, 1.0)
    return module


def names():
    """The layers of the network in the language by those of SpikingJelly."""
    feature, classifier = "network.feature", "network.classifier"
    found = {f"{feature}.stem0.conv_m": "stem.conv", f"{feature}.stem0.bn_m": "stem.norm"}
    for k, (node, sources) in product(range(8), EDGES.items()):
        for number, source in enumerate(sources, 1):
            theirs, mine = f"{feature}.cells.{k}._ops.{node}", f"cells[{k}].n{node}.{source}.c3"
            found |= {f"{theirs}.conv{number}_m": f"{mine}.conv", f"{theirs}.bn{number}_m": f"{mine}.norm"}
    return found | {f"{classifier}.linear": "y.linear", f"{classifier}.bn.0": "y.norm"}


def in_the_language(path):
    path.write_text("sdhs 1\n" + "".join(FOUND.replace("CELL", cell) for cell in ("normal", "reduction")))
    program = Program.of_text(SPEC, "net.sdhs", genotype=path).checked()
    return spikegraph.compile(program, phase="retrain").double()


def test_the_network_computes_what_spikingjellys_does(tmp_path):
    """Results, gradients and statistics in float64, at three levels of inputs, evaluating and training."""
    from spikingjelly.activation_based import functional

    module, model, renamed = peer(), in_the_language(tmp_path / "genotype.sdhs"), names()

    def mine(tensors):
        parts = {name: name.rpartition(".") for name in tensors if not name.endswith("num_batches_tracked")}
        return {f"{renamed[layer]}.{own}": tensors[name] for name, (layer, _, own) in parts.items()}

    model.load_state_dict(mine(module.state_dict()))
    random = torch.Generator().manual_seed(4)
    for training, level in product((False, True), (0.3, 1, 4)):
        images = level * torch.rand(2, 3, 16, 16, generator=random, dtype=torch.float64)
        functional.reset_net(module)
        wanted, slopes = judged(module.train(training), images)
        results, own = judged(model.train(training), images)
        assert wanted.std() > 0.01
        torch.testing.assert_close(results, wanted, rtol=0, atol=1e-10)
        torch.testing.assert_close(own, mine(slopes), rtol=1e-10, atol=1e-10)
    stored, theirs = dict(model.state_dict()), mine(module.state_dict())
    image = "stem.norm.running_var"  # of 2 x 16 x 16 numbers, which SpikingJelly repeats for each step
    torch.testing.assert_close(stored.pop(image), theirs.pop(image), rtol=1 / 511, atol=0)
    torch.testing.assert_close(stored, theirs, rtol=0, atol=1e-10)
