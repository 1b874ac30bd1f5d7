"""Warnings of names that hide an operation, a word or another declaration where they are used: SG0326."""

from collections.abc import Iterable, Iterator
from functools import cache

from spikegraph.dsl.ast import Argument, Call, Expr, Name, Pipe, Sequence
from spikegraph.dsl.diagnostics import Diagnostics, Fix
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Block, Network, Spec
from spikegraph.dsl.traversal import Node, children
from spikegraph.elaborate.context import Context
from spikegraph.elaborate.reserved_names import meaning
from spikegraph.ir.annotations import parts_of
from spikegraph.ir.opdef import Op

_CODE = "SG0326"
_LONGEST_EDIT = 10_000


def warn_of_hidden_names(spec: Spec, diagnostics: Diagnostics) -> None:
    """Adds a warning for each block and param that stages find before what else has its name."""
    every = [(network, block) for network in spec.networks.values() for block in network.blocks]
    for network, block in [*((None, block) for block in spec.blocks.values()), *every]:
        _block(block, network, spec, diagnostics)
        _params(block, spec, diagnostics)
    for network in spec.networks.values():
        _params(network, spec, diagnostics)
    for name in spec.trellises.keys() & spec.neurons.keys():
        _warn("trellis", name, "a neuron", spec.trellises[name].span, (), diagnostics)


def warn_of_hidden_word(op: type[Op], parameter: str, given: Expr, context: Context) -> None:
    """Adds a warning if an argument is a param with the name of a word that the parameter takes, such as `groups = all`."""
    for each in given.items if isinstance(given, Sequence) else (given,):
        if not isinstance(each, Name) or context.values.get(each.id, each.id) == each.id:
            continue
        if each.id in _words_of(op, parameter):
            _warn("param", each.id, f"a word of `{parameter}`", each.span, (), context.diagnostics)


@cache
def _words_of(op: type[Op], parameter: str) -> tuple[object, ...]:
    """What a parameter takes, words and types; found once, since annotations are slow to look up."""
    return tuple(parts_of(op.model_fields[parameter].annotation))


def _block(block: Block, network: Network | None, spec: Spec, diagnostics: Diagnostics) -> None:
    hidden = _hidden(block.name, spec)
    if hidden is None:
        return
    parts: list[Network | Block] = [*spec.networks.values(), *spec.blocks.values()] if network is None else [network]
    parts += [b for n in spec.networks.values() for b in n.blocks if network in (None, n)]
    exprs = [e for part in parts for e in _values(part)]
    if network is None:
        exprs += [e for of in spec.candidates.values() for o in of.operations for e in o.stages]
        exprs += [e for cell in spec.cells.values() for e in cell.preprocess]
    fixes = _renamed(block, [*_uses(block.name, exprs)], diagnostics)
    _warn("block", block.name, hidden, block.head, fixes, diagnostics)


def _params(of: Network | Block, spec: Spec, diagnostics: Diagnostics) -> None:
    for name in of.params:
        hidden = "a built-in word" if name in ("true", "false", "none") else None
        if name in of.neurons:
            hidden = hidden or _hidden(name, spec) or ("a block" if name in spec.blocks else None)
        if hidden is not None:
            _warn("param", name, hidden, of.params[name].span, (), diagnostics)


def _hidden(name: str, spec: Spec) -> str | None:
    """What a block or a neuron param of this name hides."""
    declared = "a neuron" if name in spec.neurons else "a trellis" if name in spec.trellises else None
    return meaning(name) or declared


def _warn(kind: str, name: str, hidden: str, at: Span, fixes: Iterable[Fix], diagnostics: Diagnostics) -> None:
    summary = f"{kind} `{name}` has the name of {hidden}, which can't be used where it is seen"
    diagnostics.warning(_CODE, at, summary, help=f"rename the {kind}, such as `{name}_{kind}`", fixes=fixes)


def _values(part: Network | Block) -> list[Expr]:
    return [*(w.value for w in part.wires), *([part.result] if isinstance(part, Block) else [])]


def _uses(name: str, exprs: Iterable[Expr]) -> Iterator[Span]:
    """The places of a name that stands for a block: functions, stages, and the block of a repetition or branch."""
    nodes: list[Node] = [*exprs]
    while nodes:
        node = nodes.pop()
        stages: list[Expr] = []
        match node:
            case Call(function=Name(id=function, span=span), arguments=arguments):
                if function == name:
                    yield Span(span.file, span.line, span.column, span.line, span.column + len(name))
                if function in ("repeat", "choose"):
                    stages = [a.value for a in arguments]
            case Pipe(stages=(_, *rest)):
                stages = rest
            case Argument(value=Pipe(stages=(first, *_))):
                stages = [first]
            case _:
                pass
        yield from (s.span for s in stages if isinstance(s, Name) and s.id == name)
        nodes += children(node)


def _renamed(block: Block, uses: list[Span], diagnostics: Diagnostics) -> tuple[Fix, ...]:
    """The edit that renames a block and all its uses; none if they are in several files, or far apart."""
    head, new = block.head, f"{block.name}_block"
    source = diagnostics.sources.get(head.file)
    own = Span(head.file, head.end_line, head.end_column - len(block.name), head.end_line, head.end_column)
    places = sorted({own, *uses}, key=lambda span: (span.line, span.column))
    if source is None or any(span.file != head.file for span in places):
        return ()
    lines = source.text.split("\n")
    first, last = places[0], places[-1]
    for span in reversed(places):
        line = lines[span.line - 1]
        lines[span.line - 1] = line[: span.column - 1] + new + line[span.column - 1 + len(block.name) :]
    grown = sum(span.line == last.line for span in places) * (len(new) - len(block.name))
    text = "\n".join(lines[first.line - 1 : last.line])
    tail = len(lines[last.line - 1]) - (last.end_column - 1 + grown)
    text = text[first.column - 1 : len(text) - tail]
    whole = Span(head.file, first.line, first.column, last.end_line, last.end_column)
    return (Fix(whole, text, f"rename it to `{new}`"),) if len(text) <= _LONGEST_EDIT else ()
