"""A picture of a neuron: its answers to a step, a ramp and random input, and its surrogate."""

from collections.abc import Mapping

import numpy as np

from spikegraph.base.errors import NotThereError
from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.base.surface import argument
from spikegraph.charts.lines import Chart, Line
from spikegraph.charts.look import colour, dash
from spikegraph.charts.panels import svg_file
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.surrogates import SURROGATES
from spikegraph.meaning.call import Array
from spikegraph.meaning.responses import Response, response, suitable_current

STEPS, QUIET, SEED = 60, 5, 0
"""Time steps, those without a current at the beginning, and the seed of the random input."""


def neuron_picture(neurons: Mapping[str, Neuron], name: str | None) -> str:
    """The text of an SVG file.

    Args:
        neurons: The neurons of a network by name.
        name: The one to draw; None if there is only one.

    Raises:
        NotThereError: There is no such neuron, or several and none is named, or its model is code of a plug-in or over time.
    """
    if name is None and len(neurons) != 1:
        raise NotThereError(f"there are {len(neurons)} neurons", f"name one: `{argument('only', next(iter(neurons), 'NAME'))}`")
    name = next(iter(neurons)) if name is None else name
    if name not in neurons:
        known = did_you_mean(name, neurons) or f"there are {listed(neurons, last='and')}"
        raise NotThereError(f"no neuron is called `{name}`", known)
    neuron = neurons[name]
    model = neuron.written_model
    if model is None or model.over_time:
        why = "has all time steps at once" if model is not None else "is code of a plug-in"
        raise NotThereError(
            f"the model `{neuron.model}` of `{name}` {why}", "draw a neuron whose model is the text of a time step"
        )
    level = suitable_current(neuron, STEPS)
    charts = [_answer(title, response(neuron, current)) for title, current in _currents(level).items()]
    if neuron.spikes:
        charts.append(_surrogate(neuron))
    return svg_file(charts, f"The neuron {name} of the model {neuron.model}: potential, threshold and spikes")


def shown(neuron: Neuron) -> str | None:
    """The text of an SVG file for a notebook; None of a neuron that can't be drawn."""
    try:
        return neuron_picture({neuron.model: neuron}, None)
    except NotThereError:
        return None


def _currents(level: float) -> dict[str, Array]:
    """The three inputs, whose titles say how large they are."""
    time = np.arange(STEPS)
    on = np.where(time < QUIET, 0.0, 1.0)
    ramp = on * 2 * level * (time - QUIET) / (STEPS - QUIET)
    noise = level * (1 + np.random.default_rng(SEED).standard_normal(STEPS)) * on
    return {f"A step to {level:.3g}": level * on, f"A ramp to {2 * level:.3g}": ramp, f"Random, {level:.3g} on average": noise}


def _answer(title: str, found: Response) -> Chart:
    time = range(len(found.potential))
    lines = [Line("potential u", list(zip(time, found.potential.tolist(), strict=True)), colour(0))]
    if found.threshold is not None and found.spikes is not None:
        lines.append(Line("threshold", list(zip(time, found.threshold.tolist(), strict=True)), colour(6), dash(1)))
        top = max(float(np.max(found.potential)), float(np.max(found.threshold)))
        fired = [(t, top) if y else (t, float("nan")) for t, y in zip(time, found.spikes.tolist(), strict=True)]
        lines.append(Line("spikes", fired, colour(1), dots=True))
    return Chart(title, "time step", "potential", lines, whole=True)


def _surrogate(neuron: Neuron) -> Chart:
    surrogate = neuron.surrogate
    derivative, places = SURROGATES[surrogate.name].derivative, np.linspace(-2, 2, 161).tolist()
    points = [(x, derivative(x, surrogate.b)) for x in places]
    title = f"Surrogate {surrogate.name}, b = {surrogate.b:g}"
    return Chart(title, "u - threshold", "dy/du", [Line("dy/du", points, colour(2))])
