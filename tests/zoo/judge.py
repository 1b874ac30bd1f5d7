"""Judges a network of the zoo by another implementation with the same weights: results and spikes, training and evaluating."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from spikegraph.analysis.layers import roles
from spikegraph.backends.torch.model import Model
from spikegraph.program.program import Program

from .layers import Fire
from .peers import ZOO, follow
from .spikingjelly_peers import randomise


@dataclass(frozen=True)
class Agreement:
    """How two networks agree.

    Attributes:
        difference: The largest absolute difference of results.
        spread: The smallest standard deviation of results over all numbers.
        spikes: Spikes of all neurons, evaluating and training.
        others: Those of the other implementation.
        rates: The lowest and the highest share of neurons of a layer that fire.
    """

    difference: float
    spread: float
    spikes: tuple[int, ...]
    others: tuple[int, ...]
    rates: tuple[float, float]

    def holds(self, tolerance: float = 1e-9) -> bool:
        """True if all spikes agree, and results up to rounding; all layers must fire, and results differ from each other."""
        fire = self.rates[0] > 0 and self.rates[1] > 0.02 and sum(self.spikes) > 100
        return self.spikes == self.others and self.difference < tolerance and self.spread > 1e-3 and fire


def size(build: Callable[[], nn.Module]) -> int:
    """The number of parameters of a network, which isn't given memory."""
    with torch.device("meta"):
        return sum(p.numel() for p in build().parameters())


def parameters(name: str, *overrides: str) -> int:
    """The number of parameters of a system as published, retrained with its genotype if it has one, or with other params."""
    genotype = ZOO / "genotypes" / f"{name}.sdhs"
    program = Program.read(ZOO / f"{name}.sdhs", overrides=overrides, genotype=genotype if genotype.exists() else None)
    return sum(roles(program.build("retrain").plain).values())


def _spikes_of(model: Model, inputs: Sequence[torch.Tensor]) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """The result of a network of a spec, and the spikes of its layers; of several results all numbers of each sample."""
    graph = model.plain
    results = list(graph.outputs.values())
    firing = [node.name for node in graph if node.op.traits.fires]
    values = model.values(dict(zip(graph.inputs(), inputs, strict=True)), [*results, *firing])
    result = values[results[0]] if len(results) == 1 else torch.cat([values[name].flatten(1) for name in results], 1)
    return result, [values[name] for name in firing]


def _spikes_of_peer(peer: nn.Module, inputs: Sequence[torch.Tensor]) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """The result of the other network, and the spikes of its layers: of neurons of SpikingJelly and those of here."""
    from spikingjelly.activation_based import functional, neuron

    found: list[torch.Tensor] = []
    firing = [m for m in peer.modules() if isinstance(m, neuron.BaseNode | Fire) or getattr(m, "fires", False)]
    handles = [m.register_forward_hook(lambda _, __, y: found.append(y)) for m in firing]
    functional.reset_net(peer)
    result = peer(*inputs)
    for handle in handles:
        handle.remove()
    return result, found


def agreement(
    name: str,
    peer: nn.Module,
    x: torch.Tensor,
    *overrides: str,
    gain: float = 2.0,
    over_time: bool = False,
    parts: Callable[[list[nn.Module]], list[nn.Module]] = list,
    modes: Sequence[bool] = (False, True),
    **how: object,
) -> Agreement:
    """Compares a system of the zoo with another implementation of it.

    The other one is first given random weights and statistics, which are copied. A norm of an image counts each pixel once in
    its running variance, and other libraries at each time step; so evaluation comes first.

    Args:
        name: Of the spec.
        peer: The other network; its result is the mean over the time steps, or has the steps of the spec's result.
        x: Inputs [T, N, C, *size]; those of an image are the same at each step.
        overrides: Settings of the spec.
        gain: Of the random weights; larger ones make more neurons fire.
        over_time: True if the spec's input has time steps of its own.
        parts: Takes layers apart that are one layer in the peer and several in the spec.
        modes: Whether to train, one comparison after the other.
        how: As of `follow`.
    """
    from spikingjelly.activation_based import functional

    randomise(peer, gain)
    functional.set_step_mode(peer, "m")
    peer.double().eval()
    with torch.no_grad():
        model = follow(name, peer, x, overrides=overrides, parts=parts, **{"profile": "sample", **how})
        differences, spreads, spikes, others, rates = [], [], [], [], []
        for training in modes:
            model.train(training)
            peer.train(training)
            result, fired = _spikes_of(model, [x if over_time else x[0]])
            wanted, wanted_fired = _spikes_of_peer(peer, [x])
            differences.append((result - wanted).abs().max().item())
            spreads.append(wanted.std().item())
            spikes.append(int(sum(y.sum() for y in fired)))
            others.append(int(sum(y.sum() for y in wanted_fired)))
            rates += [y.mean().item() for y in fired]
    return Agreement(max(differences), min(spreads), tuple(spikes), tuple(others), (min(rates), max(rates)))
