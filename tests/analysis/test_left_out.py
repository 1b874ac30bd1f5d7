"""What models of energy say that they leave out is what they don't price, and nothing else is."""

from dataclasses import replace

import pytest

from spikegraph.analysis.energy import ENERGY_MODELS
from spikegraph.analysis.layers import Layer
from spikegraph.analysis.parts import Part, Population, Sums
from spikegraph.ir.types import Kind, Value
from spikegraph.ir.updates import Update

BUILT_IN = [name for name in ENERGY_MODELS if ENERGY_MODELS.is_built_in(name)]
NEURONS = Population("alif", 4, 10, Update(additions=2), states=1, spikes=5.0, fires=True)


def price(model: str, *parts: Part) -> float:
    """Millijoules of a layer that does nothing else."""
    layer = Layer("a", "add", Value(Kind.REAL, 1, ()), 0, 0, 0.0, 0.0, 1, steps=4, parts=parts)
    return ENERGY_MODELS[model].millijoules(layer)


@pytest.mark.parametrize("model", BUILT_IN)
def test_poolings_and_shortcuts(model: str) -> None:
    free = price(model, Sums(100.0, 25.0)) == 0
    assert [word in ENERGY_MODELS[model].left_out for word in ("poolings", "shortcuts")] == [free, free]


@pytest.mark.parametrize("model", ["simple", "yan2026"])
def test_comparisons_of_neurons(model: str) -> None:
    assert price(model, replace(NEURONS, update=Update(additions=2, comparisons=1))) > price(model, NEURONS)
    assert "comparisons" not in ENERGY_MODELS[model].left_out
