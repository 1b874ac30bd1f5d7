"""A page for each energy model."""

import re
from collections.abc import Iterator

from documentation import markdown
from spikegraph.analysis.energies.model import EnergyModel
from spikegraph.analysis.energy import ENERGY_MODELS

FOLDER = "energies"
INDEX = """# Energy models

`spikegraph stats SPEC --energy NAME` prices a network by one of these, `--energy all` by all. [Energy](/reference/energy.md)
says what is counted, and how the models were judged.

"""


def pages() -> Iterator[tuple[str, str]]:
    """The place and the text of each page, and of their list."""
    rows = (f"- [`{m.name}`](/{FOLDER}/{m.name}.md): {markdown.escaped(m.doc)}\n" for m in ENERGY_MODELS.values())
    yield f"{FOLDER}/index", INDEX + "".join(rows)
    yield from ((f"{FOLDER}/{model.name}", page(model)) for model in ENERGY_MODELS.values())


def page(model: EnergyModel) -> str:
    """A model's page: formula, constants, what it leaves out, and its source."""
    constants = "".join(f"| `{name}` | {value:.7g} |\n" for name, value in model.picojoules.items())
    parts = [f"# {model.name}\n", _sentence(model.doc), ""]
    if model.formula:
        parts += ["## Energy of a layer\n", _with_names(model) + ".", ""]
    parts += [f"| constant | pJ |\n| --- | --- |\n{constants}"]
    if model.left_out:
        parts += ["## Left out\n", _sentence(model.left_out), ""]
    return "\n".join([*parts, "## Source\n", markdown.escaped(model.source) + ".\n"])


def _with_names(model: EnergyModel) -> str:
    """The formula, with the names of constants as code."""
    return re.sub(rf"\b({'|'.join(map(re.escape, model.picojoules))})\b", r"`\1`", model.formula)


def _sentence(words: str) -> str:
    return markdown.escaped(words[0].upper() + words[1:]) + "."
