"""Keys of `neuron`."""

from spikegraph.dsl.schema.calls import AnyCall
from spikegraph.dsl.schema.key import Key, Schema
from spikegraph.dsl.schema.names import Choice
from spikegraph.dsl.schema.scalars import Flag, Real

NEURON: Schema = (
    Key("decay", Real(0, 1), "0.2", "tau of Eq. 1: share of the membrane potential that a time step keeps"),
    Key("threshold", Real(0, open_low=True), "0.5", "membrane potential above which it spikes"),
    Key("reset", Choice(("hard", "soft")), "hard", "after a spike: to 0, or less the threshold"),
    Key(
        "surrogate", AnyCall("a surrogate, such as `dspike(b = 3)`"), "dspike(b = 3)", "derivative of the spike, Eqs. 14 to 17"
    ),
    Key("detach_reset", Flag(), "false", "whether the reset is left out of the gradient"),
)
