"""Judges networks of the zoo by loops in torch, written from the papers' equations, that take the same weights by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from spikegraph.backends.torch.lowering import lower
from spikegraph.program.program import Program

from .peers import ZOO


def spike(x: Tensor, slope: Callable[[Tensor], Tensor]) -> Tensor:
    """1 where x > 0, else 0, with the slope as gradient; x is the potential minus the threshold."""
    return (x > 0).to(x.dtype) + slope(x).detach() * (x - x.detach())


@dataclass
class Loops:
    """The tensors of a network by name, and the spikes that its neurons gave, by the name of the neurons."""

    tensors: Mapping[str, Tensor]
    training: bool
    spikes: dict[str, Tensor] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Tensor:
        return self.tensors[name]

    def linear(self, name: str, x: Tensor) -> Tensor:
        """Over the last axis."""
        return F.linear(x, self[f"{name}.weight"], self.tensors.get(f"{name}.bias"))

    def conv(self, name: str, x: Tensor, **how: int) -> Tensor:
        """Of [N, C, *size], centred unless `how` has a padding."""
        weight = self[f"{name}.weight"]
        functions = {3: F.conv1d, 4: F.conv2d}
        return functions[weight.dim()](x, weight, self.tensors.get(f"{name}.bias"), **{"padding": weight.shape[-1] // 2, **how})

    def norm(self, name: str, x: Tensor) -> Tensor:
        """Batch norm of [N, C, *size], or of several time steps as one batch."""
        mean, variance, weight, bias = (self[f"{name}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        return F.batch_norm(x, mean, variance, weight, bias, self.training)

    def whole(self, function: Callable[..., Tensor], *arguments: object, **how: int) -> Tensor:
        """A function of [N, ...] whose last argument, [T, N, ...], is the time steps of a sequence as one batch."""
        *first, x = arguments
        assert isinstance(x, Tensor)
        return function(*first, x.flatten(0, 1), **how).unflatten(0, x.shape[:2])


Network = Callable[..., dict[str, Tensor]]
"""The outputs by name, from `Loops` and the inputs by name."""


def randomise(model: torch.nn.Module, gain: float) -> None:
    """Random weights and statistics, so that no two layers agree and many neurons fire."""
    torch.manual_seed(3)
    for name, value in model.state_dict().items():
        if value.dim() > 1:
            torch.nn.init.normal_(value, 0, gain * value[0].numel() ** -0.5)
        elif name.endswith(("running_var", "norm.weight")):
            torch.nn.init.uniform_(value, 0.5, 1.5)
        else:
            torch.nn.init.uniform_(value, -0.5, 0.5)


def judged(
    name: str, network: Network, inputs: Mapping[str, Tensor], *overrides: str, gain: float = 2.0, **how: object
) -> tuple[int, float]:
    """Compares spikes, outputs, gradients and statistics, in evaluation and in training.

    Args:
        name: The spec's.
        network: The same in loops.
        inputs: The inputs by name.
        overrides: Params that make it small.
        gain: How large the weights are.
        how: The profile or genotype.

    Returns:
        The number of spikes in evaluation, and the largest difference of values and of gradients, relative to their largest.
    """
    built = Program.read(ZOO / f"{name}.sdhs", overrides=overrides, **how).build("retrain")  # type: ignore[arg-type]
    model = lower(built.plain).double()
    randomise(model, gain)
    firing = [node.name for node in built.plain if node.op.traits.fires]
    parameters, total, difference = dict(model.named_parameters()), 0, 0.0
    for training in (False, True):
        model.train(training)
        tensors = {key: value.detach().clone() for key, value in model.state_dict().items()}
        for key in parameters:
            tensors[key].requires_grad_()
        loops = Loops(tensors, training)
        found, _ = model.run(inputs, wanted=(*built.plain.outputs.values(), *firing))
        outputs = {key: found[node] for key, node in built.plain.outputs.items()}
        expected = network(loops, **inputs)
        assert set(loops.spikes) == set(firing)
        assert outputs.keys() == expected.keys()
        for key in firing:
            assert torch.equal(found[key], loops.spikes[key]), key
            assert loops.spikes[key].abs().mean() > 0, key
        random = torch.Generator().manual_seed(1)
        factors = {key: torch.randn(value.shape, generator=random, dtype=value.dtype) for key, value in expected.items()}
        sums = [sum((values[key] * factor).sum() for key, factor in factors.items()) for values in (outputs, expected)]
        gradients = [
            torch.autograd.grad(sums[0], list(parameters.values())),  # type: ignore[arg-type]
            torch.autograd.grad(sums[1], [tensors[key] for key in parameters]),  # type: ignore[arg-type]
        ]
        values = [(outputs[key], expected[key]) for key in expected]
        values += [(value, tensors[key]) for key, value in model.named_buffers()]
        for pairs in (values, list(zip(*gradients, strict=True))):
            largest = max(float(theirs.detach().abs().max()) for _, theirs in pairs)
            for ours, theirs in pairs:
                assert theirs.abs().max() > 0
                torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12 * largest)
                difference = max(difference, float((ours - theirs).detach().abs().max()) / largest)
        if not training:
            total = int(sum(value.detach().abs().sum() for value in loops.spikes.values()))
    return total, difference
