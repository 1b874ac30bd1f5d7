"""The four oldest models as texts have the bits of the functions that were written by hand for them, of gradients too."""

import random

import pytest
import torch
from torch import nn

from spikegraph.backends.torch.modules.neuron_models import Numbers
from spikegraph.backends.torch.modules.neuron_sequences import neurons
from spikegraph.backends.torch.modules.resolved_neurons import resolved
from spikegraph.ir.neuron import Constant, Learned, Neuron

SHAPE = (5, 2, 3, 4)


def lif(current, states, n):
    u = n.decayed(states[0]) + n.current(current)
    y = n.spikes(u, n["threshold"])
    return u, y, (n.after_reset(u, y),)


def alif(current, states, n):
    v, a = states
    u = n.decayed(v) + n.current(current)
    y = n.spikes(u, n["threshold"] + n["adaptation"] * a)
    return u, y, (n.after_reset(u, y), n["adaptation_decay"] * a + y)


def cuba(current, states, n):
    v, s = states
    s = n["current_decay"] * s + current
    u = n.decayed(v) + n.current(s)
    y = n.spikes(u, n["threshold"])
    return u, y, (n.after_reset(u, y), s)


def relu(current, states, n):
    u = torch.where(current > 0, current, n["slope"] * current)
    return u, u, states


MODELS = {
    "lif": (lif, 1, {}),
    "alif": (alif, 2, {"adaptation": 0.2, "adaptation_decay": 0.95}),
    "cuba": (cuba, 2, {"current_decay": 0.5}),
    "relu": (relu, 0, {"slope": 0.1}),
}


def by_hand(n, current, weights):
    step, states, _ = MODELS[n.model]
    numbers, before = Numbers(n, resolved(n).numbers(weights, 1)), (torch.zeros(SHAPE[1:]),) * states
    found = []
    for now in current:
        u, y, before = step(now, before, numbers)
        found.append(y if n.spikes else u)
    return torch.stack(found), before


def settings(name, seed):
    """Keys of a neuron and the names of learned numbers, drawn."""
    draw = random.Random(seed)
    if name == "relu":
        return {}, ()
    keys = {
        "reset": draw.choice(("hard", "soft", "late")),
        "detach_reset": draw.random() < 0.5,
        "levels": 1 if name == "alif" else draw.choice((1, 3)),
        "spike_at": draw.choice(("above", "reached", "nearest")),
        "fires": draw.random() < 0.8,
        "decay_input": draw.random() < 0.5,
        "decay": draw.choice((0.0, 0.3, 0.7, 1.0)),
    }
    learned = [name for name in ("threshold", *MODELS[name][2]) if draw.random() < 0.3]
    return keys, (*learned, *(("decay",) if draw.random() < 0.5 and 0 < keys["decay"] < 1 else ()))


@pytest.mark.parametrize("name", MODELS)
def test_the_same_bits(name):
    for seed in range(60 if name != "relu" else 1):
        keys, learned = settings(name, f"{name} {seed}")
        n = Neuron(
            model=name,
            constants=tuple(Constant(name=k, value=v) for k, v in MODELS[name][2].items()),
            learned=tuple(Learned(name=k, per="channel") for k in learned),
            **keys,
        )
        drawn = torch.Generator().manual_seed(seed)
        current = torch.randn(SHAPE, generator=drawn)
        factors = torch.randn(SHAPE[0] + 2, *SHAPE[1:], generator=drawn)
        spread = torch.tensor([0.0, 0.1, -0.1])
        found = []
        for compute in (by_hand, lambda n, x, w: neurons(resolved(n), x, None, w)):
            weights = nn.Module()
            for k in n.trained:
                weights.register_parameter(k.name, nn.Parameter(n.initial()[k.name] + spread))
            x = current.clone().requires_grad_()
            result, states = compute(n, x, weights)
            total = sum((a * b).sum() for a, b in zip((*result, *states), factors, strict=False))
            grads = torch.autograd.grad(total, [x, *weights.parameters()], allow_unused=True)
            found.append([result.detach(), *(s.detach() for s in states), *grads])
        for a, b in zip(*found, strict=True):
            assert (a is None and b is None) or torch.equal(a.view(torch.int32), b.view(torch.int32)), (keys, learned)
