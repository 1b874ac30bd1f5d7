"""SpikingJelly's neurons and surrogates (`spikingjelly.activation_based`)."""

from typing import Any

from spikegraph.foreign.adapters import FAMILIES, Call, adapter, number
from spikegraph.foreign.statements import Value, Weight

PACKAGE = "spikingjelly.activation_based"
FAMILIES.register(f"{PACKAGE}.neuron.BaseNode", "use IFNode, LIFNode or ParametricLIFNode, or register an adapter")
FAMILIES.register(f"{PACKAGE}.base.MemoryModule", "use layers without a state of their own, or register an adapter")

SURROGATES = {
    "Sigmoid": "sigmoid",
    "ATan": "cauchy",
    "SoftSign": "softsign",
    "Erf": "gaussian",
    "PiecewiseQuadratic": "hat",
    "PiecewiseExp": "exponential",
    "Rect": "rectangular",
}
"""Our names of its surrogates, whose parameter alpha is our b."""


def surrogate(call: Call, function: Any) -> str:
    """A surrogate as a spec writes it."""
    kind = type(function).__name__
    if kind not in SURROGATES or not function.spiking:
        known = ", ".join(SURROGATES)
        raise call.refuse(f"the surrogate `{kind}` isn't known", f"use one of {known}, with spiking=True")
    alpha = float(function.alpha)
    return "arctan(b = 3)" if (kind, alpha) == ("ATan", 2.0) else f"{SURROGATES[kind]}(b = {number(alpha)})"


def neuron(call: Call, x: Value, weights: dict[str, Weight] | None = None, **keys: str | float) -> Value:
    """A neuron with what all of them have."""
    node = call.module
    soft = node.v_reset is None
    threshold = node.v_threshold - (0.0 if soft else node.v_reset)
    if threshold <= 0:
        raise call.refuse(f"its threshold is {threshold:g} above its reset", "give it a threshold above its reset")
    return call.neuron(
        x,
        weights,
        **keys,
        threshold=threshold,
        reset="soft" if soft else "hard",
        surrogate=surrogate(call, node.surrogate_function),
        detach_reset=node.detach_reset,
        spike_at="reached",
    )


@adapter(f"{PACKAGE}.neuron.IFNode")
def integrate(call: Call, x: Value) -> Value:
    """v + x."""
    return neuron(call, x, model="if")


@adapter(f"{PACKAGE}.neuron.LIFNode")
def leaky(call: Call, x: Value) -> Value:
    """v + (x - (v - v_reset)) / tau, or v - (v - v_reset) / tau + x."""
    node = call.module
    return neuron(call, x, decay=1 - 1 / node.tau, **({"decay_input": "true"} if node.decay_input else {}))


@adapter(f"{PACKAGE}.neuron.ParametricLIFNode")
def parametric(call: Call, x: Value) -> Value:
    """v + (x - (v - v_reset)) * sigmoid(w), or v - (v - v_reset) * sigmoid(w) + x: a decay of sigmoid(-w)."""
    node = call.module
    decay = f"learn({number(1 - float(node.w.detach().sigmoid()))}, per = layer)"
    return neuron(call, x, {"decay": Weight("w", -1)}, decay=decay, **({"decay_input": "true"} if node.decay_input else {}))


@adapter(f"{PACKAGE}.layer.VotingLayer")
def vote(call: Call, x: Value) -> Value:
    """The mean over the neighbouring channels that stand for one class."""
    return call.add("vote", x, voters=call.module.voting_size)
