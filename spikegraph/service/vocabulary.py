"""What the language can say at a place: the keys of a declaration, the calls and words of a key's value."""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from spikegraph.base.record import record
from spikegraph.dsl.schema.calls import CallOf, Signature
from spikegraph.dsl.schema.cell import Cell, NeuronUse, Pipeline
from spikegraph.dsl.schema.dataset import SOURCES, Dataset
from spikegraph.dsl.schema.energy_model_name import EnergyModelName
from spikegraph.dsl.schema.key import Key, ValueType
from spikegraph.dsl.schema.lists import ListOf
from spikegraph.dsl.schema.loss_sums import LossSum
from spikegraph.dsl.schema.losses import LOSSES
from spikegraph.dsl.schema.names import Choice, Declared
from spikegraph.dsl.schema.network import Block, Network
from spikegraph.dsl.schema.neuron import Neuron
from spikegraph.dsl.schema.neuron_models import INITIAL, LEARN, PER, Learnable, ModelSignature
from spikegraph.dsl.schema.objectives import OBJECTIVES, Objectives
from spikegraph.dsl.schema.record import keys
from spikegraph.dsl.schema.run import Dgs, Retrain, Search
from spikegraph.dsl.schema.scalars import Flag, Optional
from spikegraph.dsl.schema.schedules import SCHEDULES, Chain
from spikegraph.dsl.schema.trellis import Trellis
from spikegraph.ir.opdef import OPS, Op
from spikegraph.ir.operation_text import default_text, documentation, type_text, usage, written_parameters
from spikegraph.ir.surrogates import SURROGATES, SurrogateDef
from spikegraph.service.document import Document
from spikegraph.service.outline import Node

_RECORDS: Mapping[str, type] = {
    "neuron": Neuron,
    "cell": Cell,
    "trellis": Trellis,
    "network": Network,
    "block": Block,
    "search": Search,
    "retrain": Retrain,
    "dgs": Dgs,
}

LEARNED = Signature(LEARN, (INITIAL, PER), "a number that is trained with the weights")
"""A number of neurons that is learned."""

FORMS: Mapping[str, str] = {
    "chain": "x -> chain([cells], width = ..., down = ...)",
    "repeat": "x -> repeat(block, times)",
    "previous": "previous(x)",
}
"""What dataflows can call besides operations."""

_FORM_DOCS: Mapping[str, str] = {
    "chain": "Cells in sequence, each of which takes the outputs of the two before it.",
    "repeat": "A block used several times in sequence.",
    "previous": "The value of a wire at the time step before; 0 at the first one.",
}


@record
class Entry:
    """A word of the language.

    Attributes:
        name: The word.
        sort: What it is: `key`, `operation`, `value`, `call` or `model`.
        usage: How it is written.
        doc: What it means.
        parameters: The name of each parameter, with what it takes and means.
    """

    name: str
    sort: str
    usage: str
    doc: str
    parameters: tuple[tuple[str, str], ...] = ()


def schema(document: Document, piece: int, node: Node) -> tuple[Key[object], ...]:
    """The keys that a declaration can have."""
    if node.kind == "dataset":
        written = (e for e in node.body if e.names and document.token(piece, e.names[0]).text == "source")
        source = next((document.token(piece, e.value[0]).text for e in written if e.value[0] < e.value[1]), None)
        name = source or (document.token(piece, node.names[0]).text if node.names else "")
        return keys(SOURCES[name].record if name in SOURCES else Dataset)
    record = _RECORDS.get(node.kind)
    return () if record is None else keys(record)


def key_entry(key: Key[object]) -> Entry:
    """A key as a word."""
    default = "" if key.default is None else f"; by default `{key.default}`"
    return Entry(key.name, "key", f"{key.name} = ...", f"{key.type.words}: {key.doc}{default}")


def values(type_: ValueType[object]) -> Iterator[Entry]:
    """The words and calls that a type of values has, but for names of declarations."""
    match type_:
        case Choice():
            yield from (Entry(str(name), "value", str(name), "") for name in type_.names)
        case Flag():
            yield from (Entry(name, "value", name, "") for name in ("true", "false"))
        case Optional():
            yield Entry("none", "value", "none", "")
            yield from values(type_.inner)
        case ListOf():
            yield from values(cast("ListOf[object]", type_).item)
        case CallOf(known=known):
            yield from signatures(known.values())
        case Objectives():
            yield Entry("none", "value", "none", "")
            yield from signatures(OBJECTIVES.values())
        case LossSum():
            yield from signatures(LOSSES.values())
        case Chain():
            yield from signatures(SCHEDULES.values())
        case EnergyModelName():
            yield from (Entry(f'"{name}"', "value", f'"{name}"', "an energy model") for name in type_.known())
        case Learnable():
            yield signature(LEARNED)
        case Declared(also=also):
            yield from (Entry(name, "value", name, "") for name in also)
        case NeuronUse():
            yield Entry("none", "value", "none", "")
        case Pipeline():
            yield Entry("none", "value", "none", "")
            yield from operations()
        case _:
            if "surrogate" in type_.words:
                yield from map(surrogate, SURROGATES.values())


def parameter(type_: ValueType[object], function: str, named: str | int) -> Key[object] | None:
    """A parameter of a call in a key's value, by its name or its number; None if there is no such call or parameter."""
    match type_:
        case Optional():
            return parameter(type_.inner, function, named)
        case ListOf():
            return parameter(cast("ListOf[object]", type_).item, function, named)
        case CallOf(known=known):
            called = known.get(function)
        case Objectives():
            called = OBJECTIVES.get(function)
        case LossSum():
            called = LOSSES.get(function)
        case Chain():
            called = SCHEDULES.get(function)
        case Learnable():
            called = LEARNED if function == LEARN else None
        case _:
            called = None
    found = () if called is None else called.parameters
    return next((key for i, key in enumerate(found) if named in (i, key.name)), None)


def declared_kind(type_: ValueType[object]) -> str | None:
    """The kind of declarations that a type of values names."""
    match type_:
        case Declared(kind=kind):
            return kind
        case Optional():
            return declared_kind(type_.inner)
        case NeuronUse() | Pipeline():
            return "neuron"
        case _:
            return None


def signatures(known: Iterable[Signature]) -> Iterator[Entry]:
    """Calls of a vocabulary."""
    return map(signature, known)


def signature(found: Signature) -> Entry:
    """A call, or a model of neurons."""
    sort = "model" if isinstance(found, ModelSignature) else "call"
    equation, source = getattr(found, "equation", ""), getattr(found, "source", "")
    doc = (
        found.doc
        + (f" ({source})" if source else "")
        + (f"\n\n```\n{equation.replace('; ', chr(10))}\n```" if equation else "")
    )
    return Entry(found.name, sort, found.text, doc, tuple((k.name, f"{k.type.words}: {k.doc}") for k in found.parameters))


def surrogate(found: SurrogateDef) -> Entry:
    """A surrogate gradient, with its derivative."""
    usage = f"{found.name}({', '.join(f'{k} = {v:g}' for k, v in found.parameters.items())})"
    doc = f"{found.doc} ({found.source})\n\n```\ndy/du = {found.formula}, x = u - threshold\n```"
    return Entry(found.name, "call", usage, doc, tuple((name, "a number") for name in found.parameters))


def operation(op: type[Op]) -> Entry:
    """An operation of a dataflow."""
    parameters = tuple((n, f"{type_text(op, n)}, {default_text(op, n, d)}") for n, d in written_parameters(op).items())
    operands = tuple((o.lstrip("*"), "a value") for o in op.operands)
    return Entry(op.name, "operation", usage(op), documentation(op), operands + parameters)


def choices(function: str, parameter: str | int) -> Iterator[Entry]:
    """The words that a parameter of an operation takes, given by its name or by its number behind the operands."""
    op = OPS.get(function)
    names = () if op is None else tuple(written_parameters(op))
    name = parameter if isinstance(parameter, str) else names[parameter] if 0 <= parameter < len(names) else ""
    if op is not None and name in names:
        words = op.choices(name) or (("true", "false") if op.model_fields[name].annotation is bool else ())
        yield from (Entry(word, "value", word, f"{name} of `{function}`") for word in words)


def operations() -> Iterator[Entry]:
    """All that a dataflow can call, but for declarations."""
    yield from (operation(op) for op in OPS.values() if op.written)
    yield from (Entry(name, "operation", form, _FORM_DOCS[name]) for name, form in FORMS.items())


def called(name: str) -> Entry | None:
    """What a dataflow calls by a name, but for declarations."""
    if name in OPS and OPS[name].written:
        return operation(OPS[name])
    return Entry(name, "operation", FORMS[name], _FORM_DOCS[name]) if name in FORMS else None
