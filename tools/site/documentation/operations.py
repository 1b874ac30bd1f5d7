"""A page for each operation that a spec can write."""

from collections.abc import Iterator

from documentation import markdown
from spikegraph.ir.opdef import OPS, Op
from spikegraph.ir.operation_text import default_text, documentation, type_text, usage, written_parameters

FOLDER = "operations"


def pages() -> Iterator[tuple[str, str]]:
    """The place and the text of each page."""
    yield from ((f"{FOLDER}/{op.name}", page(op)) for op in written())


def written() -> list[type[Op]]:
    """The operations in their order."""
    return sorted((op for op in OPS.values() if op.written), key=lambda op: op.name)


def listed() -> str:
    """Links to all pages."""
    return "".join(f"- [`{op.name}`](/{FOLDER}/{op.name}.md): {markdown.escaped(op.summary())}\n" for op in written())


def page(op: type[Op]) -> str:
    """An operation's page: usage, what it computes, its types, and its parameters."""
    summary, _, rest = documentation(op).partition("\n")
    parts = [f"# {op.name}\n", markdown.fenced(usage(op)), markdown.escaped(summary), "", markdown.escaped(rest.strip()), ""]
    parameters = written_parameters(op)
    if parameters:
        rows = ((f"`{n}`", [f"{_sentence(_type(op, n))} {_default(op, n, d)}."]) for n, d in parameters.items())
        parts += ["## Parameters\n", markdown.terms(rows)]
    parts += ["[What operations compute](/operations/index.md#what-operations-compute) has the equations."]
    return "\n".join(parts) + "\n"


def _type(op: type[Op], name: str) -> str:
    """A parameter's type, in which the words that it may be are code."""
    text, words = type_text(op, name), op.choices(name)
    return " or ".join(f"`{word}`" if word in words else word for word in text.split(" or "))


def _sentence(words: str) -> str:
    return markdown.escaped(words[0].upper() + words[1:]) + "."


def _default(op: type[Op], name: str, default: object) -> str:
    words = default_text(op, name, default)
    if default is ... and words == "required":
        return "Required"
    return f"Default: {words}" if words.startswith(("the only", "depends")) else f"Default: `{words}`"
