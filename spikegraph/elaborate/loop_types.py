"""The types of values that loops carry, and what is wrong with loops: one error for one mistake."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from itertools import count

from spikegraph.base.record import record
from spikegraph.dsl.ast import Expr, Index, Name
from spikegraph.dsl.diagnostics import Diagnostics, Label, StoppedError
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Network
from spikegraph.dsl.traversal import Node, children
from spikegraph.elaborate.context import Context, text
from spikegraph.elaborate.network import NetworkBuilder
from spikegraph.elaborate.recurrence import LOOP, Delays, Key
from spikegraph.elaborate.typed_builder import TypedNetworkBuilder
from spikegraph.ir.graph import MOST_ROUNDS, Graph
from spikegraph.ir.loops import in_loops
from spikegraph.ir.stepwise import over_steps
from spikegraph.ir.types import Value


@record
class Carried:
    """What is known of the sources of `previous` that come later.

    Attributes:
        types: Their types; those that don't follow are missing.
        settled: Whether the types stay the same at each step.
        wrong: What was wrong with the operations when the last types were found, those behind a guess included.
    """

    types: Mapping[Key, Value]
    settled: bool
    wrong: Diagnostics


def with_loops(network: Network, context: Context, loss_wires: Collection[str]) -> tuple[TypedNetworkBuilder, Graph]:
    """The builder and the graph of a network with values that come later; `context` gets what is wrong.

    Where types grow, other errors only follow from that. Where a type stays unknown because an operation before it is wrong,
    the error is that of the operation.
    """
    carried = carried_types(network, context)
    found = Diagnostics()
    builder = TypedNetworkBuilder(network, replace(context, diagnostics=found), Delays(carried.types))
    graph = builder.build(loss_wires)
    growing = [d for d in found if d.code == LOOP]
    if growing and not carried.settled:
        context.diagnostics.take(growing)
    elif found.has_errors or not builder.delays.unknown:
        context.diagnostics.extend(found)
        builder.complete &= found.has_errors or check_steps(graph, context.diagnostics)
    else:
        builder.complete = False
        context.diagnostics.extend(carried.wrong)
        if not carried.wrong.has_errors:
            _unknown(builder, context)
    return builder, graph


def carried_types(network: Network, context: Context) -> Carried:
    """What is known of the values that come later in a network."""
    types: dict[Key, Value] = {}
    real = False
    for number in count(1):
        delays, found = Delays(types, guess=True, real=real), Diagnostics()
        try:
            NetworkBuilder(network, replace(context, diagnostics=found), delays).build()
        except StoppedError:
            return Carried(types, True, found)
        if all(types.get(key) == value for key, value in delays.found.items()):
            if real or not delays.unknown:
                return Carried(types, True, found)
            real = True
        types = {**types, **delays.found}
        if number >= MOST_ROUNDS + len({*types, *delays.unknown}):
            return Carried(types, False, found)
    raise AssertionError("the rounds end")


def _unknown(builder: NetworkBuilder, context: Context) -> None:
    """Adds an error for each loop without a type, but not for those that take values from another such loop."""
    first: dict[str, Span] = {}
    for (_, span), source in builder.delays.unknown.items():
        first.setdefault(_name(source), span)
    uses = dict(_uses(builder))
    reached = {name: _reached(name, uses) for name in first}
    for number, (name, span) in enumerate(first.items()):
        before = list(first)[:number]
        if any(other in reached[name] and (name not in reached[other] or other in before) for other in first if other != name):
            continue
        shown = next(text(source) for key, source in builder.delays.unknown.items() if key[1] == span)
        summary = f"the type of `previous({shown})` doesn't follow from anything outside of its loop"
        help = f"add a value from outside, such as `{shown} = add(x, previous({shown}) -> ...) -> ...`"
        context.diagnostics.error(LOOP, span, summary, help=help)


def _name(source: Name | Index) -> str:
    return source.id if isinstance(source, Name) else _base(source.base)


def _base(expr: Expr) -> str:
    return expr.id if isinstance(expr, Name) else ""


def _uses(builder: NetworkBuilder) -> Iterator[tuple[str, set[str]]]:
    """The names in the value of each wire, of the network and of its blocks."""
    for part in (builder.network, *builder.blocks.values()):
        for wire in part.wires:
            yield wire.name, set(_names(wire.value))


def _names(expr: Expr) -> Iterator[str]:
    nodes: list[Node] = [expr]
    while nodes:
        node = nodes.pop()
        if isinstance(node, Name):
            yield node.id
        nodes += children(node)


def _reached(name: str, uses: Mapping[str, set[str]]) -> set[str]:
    """The names of the values that a value depends on."""
    found, todo = set[str](), [name]
    while todo:
        new = uses.get(todo.pop(), set()) - found
        found |= new
        todo += new
    return found


def check_steps(graph: Graph, diagnostics: Diagnostics) -> bool:
    """Whether each loop has values at every step; adds an error if not."""
    members = in_loops(graph)
    for node in graph:
        if node.name in members and (node.op.traits.over_time or not node.value.steps):
            loop = [graph.node(n) for n, number in members.items() if number == members[node.name]]
            labels = [Label(n.span, "the loop is closed here") for n in loop if n.op.traits.carries]
            summary = f"`{node.op.name}` needs all time steps, so it can't be part of a loop"
            help = "put it behind the loop"
            if not node.op.traits.over_time and not over_steps(node):  # a value of the loop gives it a size alone
                summary = f"the result of `{node.op.name}` is the same at every time step, so it can't be part of a loop"
                help = "take the size from a value outside of the loop"
            diagnostics.error(LOOP, node.span, summary, help=help, labels=labels)
            return False
    return True
