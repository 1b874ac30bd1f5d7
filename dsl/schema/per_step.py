"""Numbers of neurons that are learned for each time step."""

from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.schema.neuron_models import LEARN, ModelSignature
from spikegraph.dsl.values import CallValue


def refused_per_step(name: str, value: object, model: ModelSignature, diagnostics: Diagnostics) -> bool:
    """Whether a number is learned for each step although its model computes one step after the other; adds an error if so."""
    stepwise = model.model is not None and model.model.over_time
    if stepwise or not isinstance(value, CallValue) or value.name != LEARN or value.named.get("per") != "step":
        return False
    summary = f"`{name}` can't be learned for each step: `{model.name}` computes one step after the other"
    diagnostics.error("SG0209", value.span, summary, help="write `per = layer` or `per = channel`")
    return True
