"""ResNet-34: its size by hand, and its outputs against a loop that is wired like the one in torchvision."""

import math
from pathlib import Path

import pytest
import torch
from torch.nn.functional import batch_norm, conv2d, linear, max_pool2d

from spikegraph.backends.torch.model import Model
from spikegraph.program.program import Program

SPEC = Path(__file__).parents[2] / "specs" / "zoo" / "resnet34.sdhs"
STAGES = ((1, 3), (2, 4), (4, 6), (8, 3))
"""Width relative to the first stage's, and blocks, of each stage (He et al., Table 1)."""


def size(width, classes):
    """Parameters of convolutions without bias, of a norm behind each, and of the classifier."""
    total, before = 3 * width * 49 + 2 * width, width
    for factor, blocks in STAGES:
        out = factor * width
        for block in range(blocks):
            total += (before if block == 0 else out) * out * 9 + out * out * 9 + 4 * out
            if block == 0 and before != out:
                total += before * out + 2 * out
        before = out
    return total + before * classes + classes


def test_the_published_size_in_thirty_lines():
    graph = Program.read(SPEC).checked().build("retrain").plain
    weights = {name: tensors for node in graph for name, tensors in node.leaves.items()}
    count = sum(math.prod(shape) for tensors in weights.values() for shape in tensors.values())
    assert count == size(64, 1000) == 21_797_672
    assert len([line for line in SPEC.read_text().splitlines() if line]) <= 30


class Loop:
    """Layers in the order in which torchvision's ResNet calls them, on weights that are taken one after the other."""

    def __init__(self, weights, training):
        self.weights, self.training, self.potentials = weights, training, {}

    def norm(self, x, name):
        steps, samples = x.shape[:2]
        w = [self.weights[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias")]
        mean, var = (None, None) if self.training else w[:2]
        return batch_norm(x.flatten(0, 1), mean, var, *w[2:], training=self.training).unflatten(0, (steps, samples))

    def conv(self, x, name, stride, padding):
        return torch.stack([conv2d(part, self.weights[f"{name}.weight"], None, stride, padding) for part in x])

    def fire(self, x):
        """The gradient of a spike is 1 where the potential is less than 1/2 from the threshold (Wu et al., AAAI 2019)."""
        u, spikes = torch.zeros_like(x[0]), []
        for current in x:
            u = 0.25 * u + current
            near = (u - 0.5).clamp(-0.5, 0.5)
            spikes.append((u > 0.5).to(x.dtype) + (near - near.detach()))
            u = u * (1 - spikes[-1])
        return torch.stack(spikes)

    def block(self, x, first, second, shortcut, stride):
        out = self.fire(self.norm(self.conv(x, f"{first}.conv", stride, 1), f"{first}.norm"))
        out = self.norm(self.conv(out, f"{second[0]}", 1, 1), second[1])
        if shortcut:
            x = self.norm(self.conv(x, shortcut[0], stride, 0), shortcut[1])
        return self.fire(out + x)

    def __call__(self, image, steps):
        x = self.conv(image.expand(steps, *image.shape), "s.conv", 2, 3)
        x = self.fire(self.norm(x, "s.norm"))
        x = torch.stack([max_pool2d(part, 3, 2, 1) for part in x])
        for stage, (_, blocks) in enumerate(STAGES, 1):
            for i in range(blocks):
                name = f"l{stage}[{i}]" if stage == 1 else f"l{stage}[{i - 1}]"
                first = stage > 1 and i == 0
                name = f"l{stage}.basic" if first else name
                shortcut = (f"{name}.add.project.conv", f"{name}.add.project") if first else None
                x = self.block(x, f"{name}.a", (f"{name}.b.conv", f"{name}.b"), shortcut, 1 + first)
        x = x.mean((-2, -1))
        return linear(x, self.weights["logits.linear.weight"], self.weights["logits.linear.bias"]).mean(0)


@pytest.fixture
def tiny():
    """The network with 4 channels for images of 64 pixels and 3 steps, in float64, with random statistics."""
    torch.manual_seed(0)
    sizes = ["resnet34.W=4", "resnet34.time=3", "resnet34.size=64", "resnet34.classes=7"]
    model = Model(Program.read(SPEC, overrides=sizes).build("retrain").graph).to(torch.float64)
    for name, value in model.state_dict().items():
        if name.endswith(("norm.weight", "running_var")) or (name.endswith("weight") and value.dim() == 1):
            value.uniform_(0.5, 1.5)
        elif value.dim() == 1:
            value.uniform_(-0.2, 0.6)
    return model


@pytest.mark.parametrize("training", [False, True], ids=["eval", "train"])
def test_outputs_are_those_of_a_loop_with_the_same_weights(tiny, training):
    image = torch.randn(2, 3, 64, 64, dtype=torch.float64, requires_grad=True)
    weights = {name: value.clone() for name, value in tiny.state_dict().items()}
    tiny.train(training)
    found, expected = tiny(image), Loop(weights, training)(image, 3)
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
    assert found.std() > 0.01
    gradient, wanted = (torch.autograd.grad(y.square().sum(), image)[0] for y in (found, expected))
    assert wanted.count_nonzero() > 1000
    torch.testing.assert_close(gradient / wanted.std(), wanted / wanted.std(), rtol=1e-7, atol=1e-7)
