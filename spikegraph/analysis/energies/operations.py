"""The paper's model of energy (Che et al., NeurIPS 2022, section 5): additions and multiplications alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from spikegraph.analysis.energies.model import FUNCTIONS, PRICED_NORMS, EnergyModel

if TYPE_CHECKING:
    from spikegraph.analysis.layers import Layer


def operations(layer: Layer, picojoules: Mapping[str, float]) -> float:
    """The energy of additions and multiply-accumulates, without memory accesses."""
    return layer.fired * picojoules["addition"] + layer.multiplications * picojoules["multiply_accumulate"]


CMOS_45NM = EnergyModel(
    "cmos-45nm",
    "additions and multiply-accumulates in 45 nm CMOS, without memory accesses",
    "Horowitz, ISSCC 2014, 32-bit floating point; as in Che et al., NeurIPS 2022, section 5",
    {"addition": 0.9, "multiply_accumulate": 4.6},
    operations,
    formula="addition for each synaptic operation, plus multiply_accumulate for each product of real numbers and each number "
    "of a norm that stays",
    left_out=f"memory accesses, the update of neurons, biases, poolings, shortcuts, {PRICED_NORMS}, {FUNCTIONS}",
)
"""The paper's energy model."""
