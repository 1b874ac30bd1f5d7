"""Energy of an inference from operations and firing rates (Che et al., NeurIPS 2022, section 5)."""

from __future__ import annotations

from collections.abc import Sequence

from spikegraph.analysis.energies.lemaire import LEMAIRE
from spikegraph.analysis.energies.loihi import LOIHI
from spikegraph.analysis.energies.model import EnergyModel
from spikegraph.analysis.energies.operations import CMOS_45NM
from spikegraph.analysis.energies.simple import SIMPLE
from spikegraph.analysis.energies.spikesim import SPIKESIM
from spikegraph.analysis.energies.yan import YAN2026
from spikegraph.ir.arithmetic import Product
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.types import Kind, Value
from spikegraph.plugins.registry import Registry

SPIKING = (Kind.SPIKE, Kind.COUNT)
"""Kinds of spikes and of sums of spikes."""

ADDED = (*SPIKING, Kind.EVENTS)
"""Kinds whose convolution needs only additions: n for a count of n, one for a spike or for an event of either sign."""

ENERGY_MODELS: Registry[EnergyModel] = Registry(
    "energy model",
    "spikegraph.energy",
    {model.name: model for model in (CMOS_45NM, SIMPLE, LEMAIRE, SPIKESIM, LOIHI, YAN2026)},
    kind=EnergyModel,
)
"""All energy models by name."""


def energy_models() -> Registry[EnergyModel]:
    """All energy models by name, for what names them before this module is imported."""
    return ENERGY_MODELS


WITH_MEMORY = SIMPLE
"""The model with memory that stands beside the paper's, which has none."""


UNITS = {"J": 1e-3, "mJ": 1.0, "µJ": 1e3, "nJ": 1e6, "pJ": 1e9}
"""Units of energy, with their number in a millijoule."""


def unit_of(millijoules: float) -> tuple[str, float]:
    """A readable unit for energies up to `millijoules`, and the number of these units in a millijoule."""
    return next(((unit, factor) for unit, factor in UNITS.items() if millijoules * factor >= 0.1), ("pJ", UNITS["pJ"]))


def energy_text(millijoules: float) -> str:
    """An energy with four significant digits in a readable unit: `12.34 µJ`."""
    unit, factor = unit_of(millijoules)
    return f"{millijoules * factor:.4g} {unit}"


def driven(node: Node) -> list[tuple[int, int | None]]:
    """The products of an operation: their number, and the index of the operand whose spikes drive them.

    One side of a product is enough: a count of n spikes adds the other side n times, so of two such sides the one with the
    smaller bound drives, and before one that is a product itself; a sign adds or subtracts it. None stands for products of real
    numbers, which are multiplications.
    """
    return [(p.count, _driver(p, node.operand_values)) for p in node.products]


def _driver(product: Product, values: Sequence[Value]) -> int | None:
    sides = [side for side in product.sides if side and all(values[i].kind in ADDED for i in side)]
    driver = min(sides, key=lambda side: (len(side), values[side[0]].bound), default=None)
    return None if driver is None else driver[0]


def adds_only(node: Node) -> bool:
    """True if an operation multiplies nothing but spikes, counts and signs of events, so that additions compute it."""
    products = driven(node)
    return bool(products) and all(driver is not None for _, driver in products)


def spiking_inputs(graph: Graph) -> set[str]:
    """The nodes whose firing rates determine the energy: spikes and sums of spikes that layers and products take.

    Of attention they are q and v.
    """
    return {node.operands[driver] for node in graph for _, driver in driven(node) if driver is not None}


def untyped_inputs(graph: Graph) -> set[str]:
    """The operands whose type says real, but which hold only whole numbers if the network's inputs do.

    They are inputs, and what operations without weights make of inputs, such as a pooling. Only the data show whether they
    are spikes, counts or signs: `is_added` tells. If they are, additions compute the operation.
    """
    bare: set[str] = set()
    for node in graph:
        traits = node.op.traits
        made = node.operands and not (node.leaves or traits.fires or traits.carries) and bare.issuperset(node.operands)
        if traits.source or made:
            bare.add(node.name)
    users = (node for node in graph if node.additions and node.op.multiplied == 1)
    return {n.operands[0] for n in users if n.operands[0] in bare and n.operand_values[0].kind is Kind.REAL}


MOST_ADDITIONS = 5
"""The additions, of 0.9 pJ, that cost less than a multiply-accumulate, of 4.6 pJ (Che et al., NeurIPS 2022, section 5)."""


def is_added(whole: bool, magnitude: float) -> bool:
    """Whether additions compute the products with measured values: whole numbers, small enough that adding costs less.

    Args:
        whole: Whether all of them are whole numbers.
        magnitude: Their mean magnitude, the additions for each.
    """
    return whole and magnitude <= MOST_ADDITIONS
