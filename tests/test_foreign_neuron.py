"""An operation that the project doesn't know, which fires and has weights, and its fused form: nothing else needs to change."""

import json
from pathlib import Path

import pytest

from .forked import python

ROOT = Path(__file__).parents[1]

PLUGIN = '''"""A neuron whose decay is learned, alone and after norms."""

from typing import ClassVar

from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import Op, register
from spikegraph.ir.traits import MEAN_AND_VARIANCE, CurrentTerm, Traits
from spikegraph.ir.types import Kind
from spikegraph.plugins.registry import when_used


@register
class Plif(Op):
    """Spiking neurons that learn their decay."""

    name: ClassVar[str] = "plif"
    traits: ClassVar[Traits] = Traits(fires=True, stateful=True)
    neuron: Neuron = Neuron()

    def infer(self, x):
        return x.with_(kind=Kind.SPIKE, bound=1, steps=True)

    def weights(self, *operands):
        return {"logit": (1,)}

    def initial(self):
        return {"logit": -1.0}

    def neuron_of(self):
        return self.neuron

    def with_neuron(self, neuron):
        return Plif(neuron=neuron)

    def fused(self, currents, part):
        return NormPlif(terms=currents[0], neuron=self.neuron)


@register
class NormPlif(Op):
    """Norms, their sum and neurons that learn their decay."""

    name: ClassVar[str] = "norm_plif"
    traits: ClassVar[Traits] = Traits(fires=True, stateful=True, statistics=True, joined=True)
    written: ClassVar[bool] = False
    terms: tuple[CurrentTerm, ...]
    neuron: Neuron

    def infer(self, *xs):
        return xs[0].with_(kind=Kind.SPIKE, bound=1, steps=True)

    def leaves(self, name, *operands):
        norms = {s.weights: {"weight": (s.channels,), "bias": (s.channels,)} for t in self.terms for s in t.norms}
        return {name: {"logit": (1,)}, **norms}

    def statistics(self, name, *operands):
        return {s.weights: dict.fromkeys(MEAN_AND_VARIANCE, (s.channels,)) for t in self.terms for s in t.norms}

    def initial(self):
        return {"logit": -1.0}


@when_used("spikegraph.kernels")
def kernels():
    import torch
    import torch.nn.functional as F

    from spikegraph.backends.torch.kernels.base import kernel, over_time

    def spikes(current, u, decay):
        fired = []
        for step in current:
            u = step if u is None else decay * u + step
            soft = torch.sigmoid(4 * (u - 0.5))
            y = (u > 0.5).to(u.dtype) - soft.detach() + soft
            u = u * (1 - y)
            fired.append(y)
        return torch.stack(fired).round() if not torch.is_grad_enabled() else torch.stack(fired), u

    @kernel(Plif)
    def plif(call, xs, state):
        current = over_time(xs[0], call.operands[0], call.steps)
        return spikes(current, state, torch.sigmoid(call.leaves[0].logit))

    @kernel(NormPlif)
    def norm_plif(call, xs, state):
        own, *norms = call.leaves
        total = 0
        for x, value, term in zip(xs, call.operands, call.node.op.terms):
            y = over_time(x, value, call.steps)
            if term.norms:
                n = norms.pop(0)
                y = F.batch_norm(y.flatten(0, 1), n.running_mean, n.running_var, n.weight, n.bias, call.training)
                y = y.unflatten(0, x.shape[:2])
            total = total + y
        return spikes(total, state, torch.sigmoid(own.logit))
'''

SPEC = """\
sdhs 1

neuron lif { }
candidates both {
  c3   = conv(3) -> norm -> plif
  skip = identity
}
cell plain { nodes = 2 candidates = both neuron = lif }

network net {
  input image : real[1, 28, 28]
  time = 2
  first = image -> conv(3, out = 4, stride = 4) -> norm -> lif
  second = first -> conv(3, out = 4) -> norm -> plif
  cells = second -> chain([plain], width = 2)
  output logits = cells -> pool -> linear(10) -> mean(time)
}
dataset images { source = fashion_mnist }
profile sample { images.source = fashion_mnist_small }

search net on images {
  epochs = 1  warm_up = 0  batch = 10  epoch_samples = 20  snapshots = 1
  weights = sgd(lr = 0.05)  architecture = adam(lr = 0.5)  loss = cross_entropy
}
retrain net on images {
  epochs = 1  batch = 10  epoch_samples = 20
  weights = sgd(lr = 0.05)  loss = cross_entropy
}
genotype plain {
  n0 = c3(prev2) + c3(prev)
  n1 = c3(n0) + skip(prev)
}
"""
CELL = ["n0", "n0.prev.c3.plif", "n0.prev2.c3.plif", "n1", "n1.n0.c3.plif", "n1.prev.skip.lif"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("foreign")
    (path / "plif.py").write_text(PLUGIN)
    (path / "net.sdhs").write_text(SPEC)
    return path


def call(folder, *arguments):
    done = python("-m", "spikegraph", *arguments, "--plugin", "plif.py", cwd=folder)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def run(folder):
    call(folder, "compile", "net.sdhs", "--genotype", "net.sdhs", "--train", "--out", "run", "--device", "cpu")
    return json.loads((folder / "run" / "summary.json").read_text())


def test_it_is_fused_and_its_norm_is_folded(folder):
    text = call(folder, "compile", "net.sdhs", "--phase", "retrain", "--print-after", "fuse", "--emit", "passes").stderr
    assert 'second = norm_plif(second.conv) {terms=[{norms=[{weights="second.norm", channels=4}]' in text
    text = call(folder, "compile", "net.sdhs", "--phase", "deploy", "--emit", "ir").stdout
    assert 'second.conv = conv(first) {kernel=3, out=4} with {folded="second.norm", eps=1e-05}' in text
    assert "second = plif(second.conv)" in text


def test_it_is_not_widened_and_its_supernet_runs(folder):
    text = call(folder, "compile", "net.sdhs", "--phase", "search", "--emit", "ir").stdout
    assert "wide_conv" in text and "wide_lif" not in text
    assert "cells[0].n0.prev2.c3.plif = norm_plif(cells[0].n0.prev2.c3.norm)" in text


def test_its_neurons_have_firing_rates_and_its_parameters_count(folder, run):
    assert sorted(run["evaluation"]["firing_rates"]) == sorted(["first", "second", *(f"cells[0].{name}" for name in CELL)])
    assert all(0 <= rate <= 1 for rate in run["evaluation"]["firing_rates"].values())
    stats = json.loads(call(folder, "stats", "run", "--json").stdout)
    assert stats["parameters_by_role"]["plif"] == 4
    assert stats["energy"]["firing_rates"] == "measured"


def test_it_is_in_the_report_and_in_diagrams(folder, run):
    call(folder, "report", "run", "-o", "run.html")
    page = (folder / "run.html").read_text()
    assert all(name in page for name in ("second", "cells[0].n1.n0.c3.plif"))
    call(folder, "render", "net.sdhs", "--level", "ops", "--expand", "second", "--phase", "retrain", "-o", "net.dot")
    assert "plif" in (folder / "net.dot").read_text()
