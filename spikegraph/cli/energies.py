"""`spikegraph energies`."""

import sys
from typing import TYPE_CHECKING, Any

import click

from spikegraph.base.terminal import columns, wrapped
from spikegraph.cli.energy_text import energy_model
from spikegraph.cli.examples import examples
from spikegraph.cli.settings import common_options, json_option
from spikegraph.cli.streams import out, out_json, out_text
from spikegraph.cli.text_table import table

if TYPE_CHECKING:
    from spikegraph.analysis.energy import EnergyModel

FORMAT_VERSION = 1


@click.command("energies", epilog=examples("spikegraph energies", "spikegraph energies lemaire"))
@click.argument("name", required=False)
@json_option
@common_options
def command(name: str | None, as_json: bool) -> int:
    """List the energy models, or explain one.

    `stats --energy NAME` prices a network by one of them, `stats --energy all` by all.
    """
    from spikegraph.analysis.energy import ENERGY_MODELS  # noqa: PLC0415 (slow to import)

    chosen = list(ENERGY_MODELS.values()) if name is None else [energy_model(name)]
    if as_json:
        out_json({"format_version": FORMAT_VERSION, "energies": [as_object(model) for model in chosen]})
    elif name is not None:
        out_text(page(chosen[0]))
    else:
        out(table([("model", "what it prices"), *((model.name, model.doc) for model in chosen)], wrap=1))
    return 0


def as_object(model: "EnergyModel") -> dict[str, Any]:
    """An energy model as JSON."""
    return {
        "name": model.name,
        "doc": model.doc,
        "formula": model.formula,
        "picojoules": dict(model.picojoules),
        "left_out": model.left_out,
        "source": model.source,
    }


def page(model: "EnergyModel") -> str:
    """The page of an energy model."""
    constants = ", ".join(f"{name} {value:.7g}" for name, value in model.picojoules.items())
    parts = {"energy": model.formula, "picojoules": constants, "left out": model.left_out, "source": model.source}
    texts = [f"{model.name}: {model.doc}", *(f"{title}: {text}" for title, text in parts.items() if text)]
    return "\n\n".join(wrapped(text, columns(sys.stdout)) for text in texts) + "\n"
