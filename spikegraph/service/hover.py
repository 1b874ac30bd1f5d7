"""What is known of the word at a place: what it is, its type, its equation, its documentation."""

from dataclasses import replace

from spikegraph.base.record import record
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.source import Span
from spikegraph.ir.surrogates import SURROGATES
from spikegraph.service import neuron_models, vocabulary
from spikegraph.service.checked import Checked
from spikegraph.service.cursor import cursor
from spikegraph.service.document import Document
from spikegraph.service.found import Found
from spikegraph.service.outline import Node
from spikegraph.service.places import Place
from spikegraph.service.vocabulary import Entry
from spikegraph.service.wire_types import Types, shown
from spikegraph.service.workspace import Workspace

LONGEST = 12
"""Most lines of a declaration that are shown."""

_NOUNS = {"wire": "wire", "parameter": "parameter of a block", "candidate": "candidate of an edge", "dataset": "data set"}


@record
class Hover:
    """Markdown about what is at `span`."""

    span: Span
    text: str


def hover(workspace: Workspace, document: Document, place: Place, checked: Checked | None) -> Hover | None:
    """What is at a place; None where there is nothing to say."""
    token = document.token_at(document.offset(place))
    if token is None or document.token(*token).kind != "name":
        return None
    span, types = document.span(*token), Types(document, checked)
    here = shown(_stage(document, token, types))
    entry = word(workspace, document, place, token)
    if entry is not None and entry.sort in ("key", "argument"):
        return Hover(span, text_of(entry, ""))
    found = workspace.at(document, place)
    if found is not None:
        return Hover(span, of_symbol(workspace, found[0], Types(found[0].document, checked), here))
    return None if entry is None else Hover(span, text_of(entry, here))


def text_of(entry: Entry, type_: str) -> str:
    """A word of the language as Markdown."""
    head = f"{entry.usage}\n# {type_}" if type_ else entry.usage
    parameters = "".join(f"\n- `{name}`: {what}" for name, what in entry.parameters)
    return f"```sdhs\n{head}\n```\n\n{entry.doc}" + (f"\n{parameters}" if parameters else "")


def of_symbol(workspace: Workspace, found: Found, types: Types, here: str) -> str:
    """A definition as Markdown: its text, its type, the comment above it, the equation of a neuron."""
    symbol, document = found.symbol, found.document
    own = shown(types.of(found.at)) if symbol.kind in ("wire", "input") else ""
    type_ = here or own
    lines = _text(document, symbol.whole).splitlines()
    more = ["  ..."] if len(lines) > LONGEST else []
    code = "\n".join([*lines[:LONGEST], *more])
    noun = _NOUNS.get(symbol.kind, symbol.kind)
    inside = f" of `{'.'.join(symbol.within)}`" if symbol.within else ""
    parts = [f"```sdhs\n{symbol.name} : {type_}\n```" if type_ else "", f"```sdhs\n{code}\n```", f"{noun}{inside}"]
    parts.append(_comment(document, symbol.whole))
    if symbol.kind == "neuron":
        parts.append(_equation(workspace, found))
    return "\n\n".join(part for part in parts if part)


def word(workspace: Workspace, document: Document, place: Place, token: tuple[int, int]) -> Entry | None:
    """What the language says of the word at a place: a key, an argument, an operation, a call, a model."""
    piece, number = token
    text = document.token(piece, number).text
    end = document.span(piece, number)
    around = cursor(document, Place(end.end_line, end.end_column))
    if not around.around:
        return None
    node = around.around[-1]
    keys = {key.name: key for key in neuron_models.schema(workspace, document, piece, node)}
    statement = next((n for n in node.body if n.range[0] <= number < n.range[1]), None)
    if statement is None:
        return None
    if statement.kind == "entry" and number == statement.names[0]:
        return vocabulary.key_entry(keys[text]) if text in keys else None
    return _in_value(workspace, document, token, node, statement, keys)


def _in_value(
    workspace: Workspace, document: Document, token: tuple[int, int], node: Node, statement: Node, keys: dict[str, Key[object]]
) -> Entry | None:
    piece, number = token
    text = document.token(piece, number).text
    tokens = document.pieces[piece].outline.tokens
    if number + 1 < len(tokens) and tokens[number + 1].text == "=":
        span = document.span(piece, number)
        call = cursor(document, Place(span.line, span.column)).call
        return None if call is None else argument(workspace, document, node, call.function, text)
    key = keys.get(document.token(piece, statement.names[0]).text) if statement.kind == "entry" else None
    if key is not None:
        return next((entry for entry in vocabulary.values(key.type) if entry.name == text), None)
    if node.kind in ("network", "block", "candidates"):
        return vocabulary.called(text)
    return None


def argument(workspace: Workspace, document: Document, node: Node, function: str, name: str) -> Entry | None:
    """A parameter of an operation, a model, a neuron or a surrogate."""
    entry = vocabulary.called(function)
    model = neuron_models.model_named(workspace, document, function) if node.kind == "neuron" else None
    neuron = workspace.declared(document, function, ("neuron",)) if node.kind != "neuron" else None
    if entry is None and model is not None:
        entry = vocabulary.signature(model)
    if entry is None and neuron is not None:
        known = (key for key in neuron_models.changed_keys(workspace, neuron) if key.name == name)
        return next((replace(vocabulary.key_entry(key), sort="argument") for key in known), None)
    if entry is None and function in SURROGATES:
        entry = vocabulary.surrogate(SURROGATES[function])
    what = None if entry is None else dict(entry.parameters).get(name)
    return None if what is None or entry is None else Entry(name, "argument", f"{name} = ...", f"{what}\n\n`{entry.usage}`")


def _stage(document: Document, token: tuple[int, int], types: Types) -> tuple[str, ...]:
    """The type of the stage or value that begins with a name."""
    piece, number = token
    tokens = document.pieces[piece].outline.tokens
    plain = types.at(document.span(piece, number))
    if plain or number + 1 >= len(tokens) or tokens[number + 1].text != "(":
        return plain
    depth, i = 0, number + 1
    while i < len(tokens):
        depth += (tokens[i].text == "(") - (tokens[i].text == ")")
        if depth == 0:
            return types.at(document.span(piece, number, i + 1))
        i += 1
    return ()


def _text(document: Document, span: Span) -> str:
    source = document.source
    first = source.line(span.line)
    indent = first[: len(first) - len(first.lstrip())]
    text = source.text[source.offset(span.line, span.column) : source.offset(span.end_line, span.end_column)]
    return text.replace(f"\n{indent}", "\n")


def _comment(document: Document, whole: Span) -> str:
    """The comment above a declaration, or behind it in its line."""
    found: list[str] = []
    line = whole.line - 1
    while document.source.line(line).strip().startswith("#"):
        found.insert(0, document.source.line(line).strip().lstrip("# "))
        line -= 1
    behind = document.source.line(whole.end_line)[whole.end_column - 1 :].strip()
    return " ".join(found) or (behind.lstrip("# ") if behind.startswith("#") else "")


def _equation(workspace: Workspace, found: Found) -> str:
    """The equation of a neuron's model."""
    model = neuron_models.of_neuron(workspace, found)
    return "" if model is None else vocabulary.signature(model).doc
