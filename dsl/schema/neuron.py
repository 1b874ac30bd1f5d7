"""The record of `neuron`."""

from typing import Literal

from spikegraph.dsl.schema.calls import AnyCall
from spikegraph.dsl.schema.names import Choice
from spikegraph.dsl.schema.neuron_models import MODEL, Learnable, ModelSignature, Number
from spikegraph.dsl.schema.record import key, record
from spikegraph.dsl.schema.scalars import Flag, Optional, Whole
from spikegraph.dsl.source import Span
from spikegraph.dsl.values import CallValue

MOST_LEVELS = 256
"""Spikes of one time step that `levels` may allow."""

MOST_STEPS = 4096
"""Time steps that neurons may have all at once."""


@record
class Neuron:
    """`neuron NAME { ... }`, Eq. 1; the elaboration checks `surrogate`."""

    name: str
    signature: ModelSignature
    model: CallValue = key(MODEL, "lif", "equation of the membrane potential")
    decay: Number = key(Learnable(0, 1), "0.2", "tau of Eq. 1: share of the membrane potential that remains after a time step")
    threshold: Number = key(Learnable(0, open_low=True), "0.5", "membrane potential above which the neuron spikes")
    reset: Literal["hard", "soft", "late"] = key(
        Choice(("hard", "soft", "late")),
        "hard",
        "after a spike, `hard` sets the potential to 0, `soft` subtracts the threshold, `late` does so after the next decay",
    )
    surrogate: CallValue = key(
        AnyCall("a surrogate, such as `dspike(b = 3)`"), "dspike(b = 3)", "derivative of the spike, Eqs. 14 to 17"
    )
    detach_reset: bool = key(Flag(), "false", "whether the gradient leaves out the reset")
    fires: bool = key(Flag(), "true", "`false`: never; the result is the membrane potential, a real number")
    levels: int = key(
        Whole(1, MOST_LEVELS), "1", "most spikes of a time step: one for each multiple of the threshold; the result is a count"
    )
    spike_at: Literal["above", "reached", "nearest"] = key(
        Choice(("above", "reached", "nearest")),
        "above",
        "which multiples of the threshold count: those that the potential is above or has reached, or the nearest one",
    )
    decay_input: bool = key(Flag(), "false", "whether the current is multiplied by 1 - decay")
    steps: int | None = key(
        Optional(Whole(1, MOST_STEPS)),
        "none",
        "time steps of a model that has all at once, for inputs with steps of their own; `none`: the network's `time`",
    )
    span: Span
