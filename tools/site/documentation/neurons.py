"""A page for each neuron model of the library."""

from collections.abc import Iterator

from documentation import markdown
from spikegraph.cli.neuron_model_page import counts, text_of
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS, ModelSignature

FOLDER = "neurons"
INDEX = """# Neuron models

A neuron has one of these models: `neuron NAME { model = lif }`. [neuron](/declarations/neuron.md) has the keys of all, and
[model](/declarations/model.md) the language of their equations.

"""


def pages() -> Iterator[tuple[str, str]]:
    """The place and the text of each page, and of their list."""
    yield f"{FOLDER}/index", INDEX + listed()
    yield from ((f"{FOLDER}/{model.name}", page(model)) for model in NEURON_MODELS.values())


def listed() -> str:
    """Links to all pages."""
    models = sorted(NEURON_MODELS.values(), key=lambda each: each.name)
    return "".join(f"- [`{each.name}`](/{FOLDER}/{each.name}.md): {markdown.escaped(each.doc)}\n" for each in models)


def page(signature: ModelSignature) -> str:
    """A model's page: its equations, numbers, keys, what a step costs, and its source."""
    model = text_of(signature)
    text = signature.equation.replace("; ", "\n") if model is None else model.text
    parts = [f"# {signature.name}\n", _sentence(signature.doc)]
    parts += [f"Source: {markdown.escaped(signature.source)}.\n" if signature.source else ""]
    parts += [markdown.fenced(f"neuron NAME {{ model = {signature.text} }}"), "## One time step\n", markdown.fenced(text)]
    if signature.parameters:
        rows = (
            (f"`{k.name}`", [f"{_sentence(k.type.words)}" + (f" Default: `{k.default}`." if k.default else "")])
            for k in signature.parameters
        )
        parts += ["## Numbers and options\n", markdown.terms(rows)]
    keys = ", ".join(f"`{key}`" for key in signature.keys) or "none"
    parts += [f"Keys of [neuron](/declarations/neuron.md) that it has: {keys}.\n", *_cost(signature)]
    return "\n".join(parts) + "\n"


def _sentence(words: str) -> str:
    return markdown.escaped(words[0].upper() + words[1:]) + "."


def _cost(signature: ModelSignature) -> Iterator[str]:
    found = {name: count for name, count in counts(signature).items() if count}
    if found:
        each = ", ".join(f"{count} {name if count > 1 else name.removesuffix('s')}" for name, count in found.items())
        yield f"One neuron at one time step: {each}.\n"
