"""Energies by several models, beside those of the quantised ANN, as text."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from spikegraph.analysis.energy import EnergyModel
    from spikegraph.analysis.quantised import Beside
    from spikegraph.analysis.statistics import Statistics

DEFAULT_MODEL = "cmos-45nm"
"""The paper's energy model."""

ALL = "all"
"""Names all models on the command line."""


def chosen_models(name: str | None) -> "list[EnergyModel]":
    """The models that `--energy` names: one, `all`, or without it the paper's and one with memory.

    Raises:
        UsageError: There is no model of this name.
    """
    from spikegraph.analysis.energy import ENERGY_MODELS, WITH_MEMORY  # noqa: PLC0415 (slow to import)

    if name is None:
        return [ENERGY_MODELS[DEFAULT_MODEL], WITH_MEMORY]
    if name == ALL:
        return list(ENERGY_MODELS.values())
    return [energy_model(name)]


def energy_model(name: str) -> "EnergyModel":
    """The energy model of this name.

    Raises:
        UsageError: There is none.
    """
    from spikegraph.analysis.energy import ENERGY_MODELS  # noqa: PLC0415 (slow to import)

    if name not in ENERGY_MODELS:
        from spikegraph.base.nearest import did_you_mean, listed  # noqa: PLC0415 (only for the message)
        from spikegraph.plugins.registry import HINT  # noqa: PLC0415

        help = did_you_mean(name, ENERGY_MODELS) or f"the models are {listed(ENERGY_MODELS, last='and')}"
        raise click.UsageError(f"no energy model is called `{name}`; {help} {HINT}")
    return ENERGY_MODELS[name]


def beside(found: "Statistics", models: "Sequence[EnergyModel]") -> "list[Beside]":
    """A network's energy by each model, and that of its quantised ANN."""
    from spikegraph.analysis.quantised import Beside  # noqa: PLC0415 (slow to import)

    return [Beside.of(found, model) for model in models]


def lines(found: "Sequence[Beside]") -> list[str]:
    """A line for each model, and one with the range of all."""
    from spikegraph.analysis.quantised import energy_range  # noqa: PLC0415 (slow to import)

    span = energy_range(found) if len(found) > 2 else None
    return [*map(str, found), *([] if span is None else [f"all models: {span}"])]


def statistics_text(found: "Statistics", energies: "Sequence[Beside]") -> str:
    """Synaptic operations and energies of an inference, a line for each model."""
    of = "inference" if found.time else "time step, since their number isn't known or not the same for all samples"
    count = f"{found.synaptic_operations:,.0f} synaptic operations per {of}, a mean over the samples"
    how = "" if found.exact else ", an estimate from firing rates" if found.measured else ", an upper bound"
    return "\n".join([count + how, *lines(energies)]) + "\n"
