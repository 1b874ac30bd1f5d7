"""The record of `neuron`."""

from typing import Literal

from spikegraph.dsl.schema.calls import AnyCall
from spikegraph.dsl.schema.names import Choice
from spikegraph.dsl.schema.record import key, record
from spikegraph.dsl.schema.scalars import Flag, Real
from spikegraph.dsl.source import Span
from spikegraph.dsl.values import CallValue


@record
class Neuron:
    """`neuron NAME { ... }`, Eq. 1; the elaboration checks `surrogate`."""

    name: str
    decay: float = key(Real(0, 1), "0.2", "tau of Eq. 1: share of the membrane potential that remains after a time step")
    threshold: float = key(Real(0, open_low=True), "0.5", "membrane potential above which the neuron spikes")
    reset: Literal["hard", "soft"] = key(
        Choice(("hard", "soft")), "hard", "after a spike, `hard` sets the potential to 0, `soft` subtracts the threshold"
    )
    surrogate: CallValue = key(
        AnyCall("a surrogate, such as `dspike(b = 3)`"), "dspike(b = 3)", "derivative of the spike, Eqs. 14 to 17"
    )
    detach_reset: bool = key(Flag(), "false", "whether the gradient leaves out the reset")
    span: Span
