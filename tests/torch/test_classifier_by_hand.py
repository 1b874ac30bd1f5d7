"""The CIFAR network compared with a loop in numpy that implements Eqs. 1 to 3 with the same weights: spikes and logits."""

from pathlib import Path

import numpy as np
import pytest
import torch

from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.base.processes import ONE
from spikegraph.program.program import Program

SPEC = Path(__file__).parents[2] / "specs" / "cifar10.sdhs"
DECAY, THRESHOLD, EPS = 0.2, 0.5, 1e-5
STEPS, SAMPLES, WIDTH = 4, 2, 2
REDUCTIONS = (2, 5)

WITH_SKIPS = """\
sdhs 1

genotype normal {
  n0 = skip(prev2) + c3(prev)
  n1 = c5(prev2)   + skip(n0)
  n2 = skip(prev)  + c3(n1)
}

genotype reduction {
  n0 = c3(prev2)   + skip(prev)
  n1 = skip(prev2) + c5(n0)
  n2 = c3(n0)      + skip(n1)
}
"""


def conv(x, weight, bias, stride):
    """[C, H, W] -> [out, ceil(H / stride), ceil(W / stride)], zero-padded: the sum over the kernel's positions."""
    kernel = weight.shape[2]
    half = kernel // 2
    padded = np.pad(x, [(0, 0), (half, half), (half, half)])
    height, width = (-(-n // stride) for n in x.shape[1:])
    out = np.zeros((len(weight), height, width)) + bias[:, None, None]
    for i in range(kernel):
        for j in range(kernel):
            part = padded[:, i : i + stride * (height - 1) + 1 : stride, j : j + stride * (width - 1) + 1 : stride]
            out += np.einsum("oc,chw->ohw", weight[:, :, i, j], part)
    return out


class ByHand:
    """The network for one image, run one time step at a time."""

    def __init__(self, weights, genotypes, mix):
        self.w, self.genotypes, self.mix, self.u, self.y = weights, genotypes, mix, {}, {}

    def current(self, name, x, stride):
        w = self.w
        x = conv(x, w[f"{name}.conv.weight"], w[f"{name}.conv.bias"], stride)
        mean, var, gamma, beta = (
            w[f"{name}.norm.{k}"][:, None, None] for k in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / np.sqrt(var + EPS) * gamma + beta

    def neuron(self, name, current):
        """Eq. 1: hard reset, strictly greater."""
        before = DECAY * self.u.get(name, 0.0) * (1 - self.y.get(name, 0.0))
        self.u[name] = before + current
        self.y[name] = (self.u[name] > THRESHOLD).astype(float)
        return self.y[name]

    def cell(self, number, prev2, prev):
        """Eq. 3. A reduction cell halves the size of its inputs; that of two cells before may already be halved."""
        kind = "reduction" if number in REDUCTIONS else "normal"
        size = tuple(n // (2 if kind == "reduction" else 1) for n in prev.shape[1:])
        width = WIDTH * 2 ** sum(r <= number for r in REDUCTIONS)
        source = {"prev2": prev2, "prev": prev}
        for node, terms in self.genotypes[kind].items():
            total = np.zeros((width, *size))
            for operation, origin in terms:
                x = source[origin]
                if operation == "skip" and x.shape == total.shape:
                    total = total + x
                    continue
                name = f"cells[{number}].{node}.{origin}.{operation}"
                current = self.current(name, x, x.shape[1] // size[0])
                total = total + (self.neuron(f"{name}.lif", current) if self.mix == "spike" else current)
            source[node] = self.neuron(f"cells[{number}].{node}", total)
        return np.concatenate([source[node] for node in self.genotypes[kind]])

    def step(self, image):
        prev2 = prev = self.neuron("stem", self.current("stem", image, 1))
        for number in range(8):
            prev2, prev = prev, self.cell(number, prev2, prev)
        return self.w["logits.linear.weight"] @ prev.mean((1, 2)) + self.w["logits.linear.bias"]


def trained(model, built):
    """A model after a few steps of training, in evaluation mode."""
    random = np.random.default_rng(0)
    losses = Losses(built.plain, built.run.loss)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for _ in range(3):
        images = torch.from_numpy(random.normal(size=(4, 3, 32, 32)))
        batch = Batch({"image": images}, torch.from_numpy(random.integers(0, 10, 4)), torch.ones(4, dtype=torch.bool))
        values, _ = model.run(batch.inputs, wanted=losses.wanted)
        optimizer.zero_grad()
        losses.over(ONE, values, batch)[0].backward()
        optimizer.step()
    return model.eval()


@pytest.mark.parametrize("mix", ["spike", "membrane"])
@pytest.mark.parametrize("genotype", ["published", "with skips"])
def test_the_same_spikes_and_logits(mix, genotype, tmp_path):
    path = SPEC.parent / "genotypes" / "cifar10.sdhs"
    if genotype == "with skips":
        path = tmp_path / "genotype.sdhs"
        path.write_text(WITH_SKIPS)
    overrides = (f"retrain.W = {WIDTH}", f"cifar10.time = {STEPS}", f"retrain.mix = {mix}")
    built = Program.read(SPEC, genotype=path, overrides=overrides).build("retrain")
    torch.manual_seed(1)
    model = trained(Model(built.plain).double(), built)
    weights = {k: v.numpy() for k, v in model.state_dict().items()}
    chosen = {
        cell: {node: [(t.operation, t.source) for t in terms] for node, terms in g.nodes.items()}
        for cell, g in built.spec.genotypes.items()
    }
    images = np.random.default_rng(2).normal(size=(SAMPLES, 3, 32, 32))
    seen = {}
    with torch.no_grad():
        values, _ = model.run({"image": torch.from_numpy(images)}, watch=lambda name, value: seen.update({name: value.numpy()}))
    for sample in range(SAMPLES):
        network = ByHand(weights, chosen, mix)
        logits = []
        for step in range(STEPS):
            logits.append(network.step(images[sample]))
            fired = dict(network.y)
            assert len(fired) == sum(node.op.name == "lif" for node in built.plain if not node.name.startswith("aux"))
            for name, spikes in fired.items():
                np.testing.assert_array_equal(seen[name][step, sample], spikes, err_msg=name)
            assert 0 < np.mean([y.mean() for y in fired.values()]) < 1
        np.testing.assert_allclose(values["logits"][sample].numpy(), np.mean(logits, 0), rtol=0, atol=1e-9)
