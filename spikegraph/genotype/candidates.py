"""Candidates of an edge as text."""

from typing import cast

from spikegraph.ir.cellspec import CandidateSpec, EdgeStage
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import OPS


def definition(candidate: CandidateSpec) -> str:
    """The complete definition of a candidate; equal texts are equal definitions.

    `conv(kernel = 3) -> norm -> lif(decay = 0.2, threshold = 0.5, reset = hard, ..., surrogate = dspike(b = 3))`
    """
    return " -> ".join(_stage(stage) for stage in candidate.stages)


def short_definition(candidate: CandidateSpec) -> str:
    """The short definition of a candidate for a legend: `conv 3, norm, lif (dspike, b = 3)`."""
    return ", ".join(_brief(stage) for stage in candidate.stages)


def _stage(stage: EdgeStage) -> str:
    values = _neuron(stage.neuron) if stage.neuron is not None else {k: _value(v) for k, v in sorted(stage.params.items())}
    arguments = ", ".join(f"{k} = {v}" for k, v in values.items())
    return f"{stage.op}({arguments})" if arguments else stage.op


def _value(value: object) -> str:
    """A parameter's value; a list as in a spec."""
    return f"[{', '.join(map(str, cast('tuple[object, ...]', value)))}]" if isinstance(value, tuple) else str(value)


def _neuron(neuron: Neuron) -> dict[str, str]:
    return {**neuron.written(), **({"surrogate": str(neuron.surrogate)} if neuron.spikes else {})}


def _brief(stage: EdgeStage) -> str:
    if stage.neuron is not None:
        name = stage.neuron.model
        return f"{name} ({stage.neuron.surrogate.name}, b = {stage.neuron.surrogate.b:g})" if stage.neuron.spikes else name
    first = next(iter(OPS[stage.op].parameters()), None)
    return " ".join([stage.op, *(_brief_value(key, value, named=key != first) for key, value in stage.params.items())])


def _brief_value(key: str, value: object, *, named: bool) -> str:
    word = key.replace("_", " ")
    if isinstance(value, bool):
        return word if value else f"no {word}"
    return f"{word} {_value(value)}" if named else _value(value)
