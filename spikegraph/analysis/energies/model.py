"""What an energy model is."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spikegraph.plugins.returned import returned_by

if TYPE_CHECKING:
    from spikegraph.analysis.layers import Layer


PRICED_NORMS = "norms that deployment folds, the mean and variance that others take of a sample"
"""What models leave out of norms if they price those that stay."""

FUNCTIONS = "interpolation, functions of single numbers such as a sigmoid"
"""What no model prices."""


def prices_all(layers: Sequence[Layer]) -> str | None:
    """Why a model can't price a network: it can price every one."""
    del layers
    return None


@dataclass(frozen=True)
class EnergyModel:
    """What the operations of a layer cost.

    Attributes:
        name: Name on the command line.
        doc: Description in one line.
        source: Where the numbers are from.
        picojoules: Constants by name, in picojoules.
        cost: Function of a layer and these constants: the layer's energy in picojoules, for one sample; per time step, or per
            inference if the model is `whole`.
        whole: Whether `cost` is that of an inference, from the layer's `parts`.
        formula: How the energy follows from the constants, for `spikegraph energies NAME`.
        left_out: What the model doesn't count.
        refuses: Why the model can't price these layers of a network; None if it can.
    """

    name: str
    doc: str
    source: str
    picojoules: Mapping[str, float]
    cost: Callable[[Layer, Mapping[str, float]], float]
    whole: bool = False
    formula: str = ""
    left_out: str = ""
    refuses: Callable[[Sequence[Layer]], str | None] = prices_all

    def millijoules(self, layer: Layer) -> float:
        """The energy of a layer for one sample, per time step, or per inference if the model is `whole`."""
        found = self.cost(layer, self.picojoules)
        if not _is_cost(found):
            wrong = f"the energy model `{self.name}` gives {found!r} for the layer `{layer.name}`, not a number from 0 on"
            raise returned_by(self.cost, ValueError(wrong))
        return float(found) * 1e-9


def _is_cost(found: object) -> bool:
    return isinstance(found, numbers.Real) and 0 <= float(found) < math.inf
