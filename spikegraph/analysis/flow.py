"""Follows through a deployed graph which values are spikes, counts, currents and other real numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from spikegraph.analysis.quantities import (
    NOTHING,
    Constant,
    Count,
    Current,
    Encoding,
    Quantity,
    Real,
    Refused,
    Unseen,
    added,
    concatenated,
    is_counted,
    multiplied,
    scaled,
)
from spikegraph.ir import arithmetic as ir
from spikegraph.ir.graph import MOST_ROUNDS, Graph, Node
from spikegraph.ir.plug_ins import is_built_in
from spikegraph.ir.types import Kind, Value

_MOST_DELAYS = 32
"""Values that loops carry, each of which may need a round of its own until it is known."""


def quantities(graph: Graph) -> Mapping[str, Quantity]:
    """What the value of each node is.

    Values that a loop carries are followed until nothing changes; they begin as unseen, which changes no sum. A count that
    grows from round to round is an accumulator, so it is real; so is what depends on itself alone.

    Args:
        graph: A deployed graph of plain operations.
    """
    later: dict[str, Quantity] = dict.fromkeys(graph.carried, Unseen())
    real: set[str] = set()
    first = MOST_ROUNDS + min(len(graph.carried), _MOST_DELAYS)
    for number in range(first + 2 * MOST_ROUNDS):
        found: dict[str, Quantity] = {}
        for node in graph:
            source = graph.carried.get(node.name)
            if source is None:
                found[node.name] = _quantity(graph, node, found)
            elif node.name in real:
                found[node.name] = Real(source)
            else:
                found[node.name] = _carried(found[source], source) if source in found else later[node.name]
        later = {name: _carried(found[source], source) for name, source in graph.carried.items()}
        changed = {name for name in graph.carried if name not in real and found[name] != later[name]}
        unseen = {name for name in graph.carried if isinstance(found[name], Unseen)}
        if not changed and not unseen:
            return found
        if number >= first + MOST_ROUNDS:
            real |= graph.carried.keys()
        elif number >= first or not changed:
            real |= changed or unseen
    raise AssertionError("values that are real stay so")


def arithmetic_of(node: Node) -> ir.Arithmetic | None:
    """What an operation computes; of one that doesn't say it, what its other methods tell. None if nothing is known."""
    op, operands = node.op, node.operand_values
    computed = node.arithmetic
    if computed is not None:
        return computed
    if op.interpolates:
        return ir.Interpolation()
    if op.additions(*operands):
        several = len(operands) > 1 and op.multiplied > 1
        return (
            ir.Multiplication(products=op.products(*operands), exact=False) if several else ir.Layer(window=True, padded=True)
        )
    return ir.Layer() if op.normalises else None


def is_trusted(node: Node) -> bool:
    """True for an operation that doesn't come with the package."""
    return not is_built_in(node.op)


def is_layer(node: Node) -> bool:
    """True for an operation that multiplies values by weights; norms that aren't folded are such operations."""
    return isinstance(arithmetic_of(node), ir.Layer)


def is_linear(node: Node) -> bool:
    """True for an operation without weights that only copies numbers, or adds them, with constant factors."""
    return isinstance(arithmetic_of(node), ir.Copies | ir.Sum | ir.Factors) and not node.op.traits.carries


def used(node: Node, computed: ir.Arithmetic | None) -> Sequence[str]:
    """The operands whose numbers an operation uses."""
    of = computed.of if computed is not None else None
    return node.operands if of is None else [node.operands[i] for i in of]


def refused_products(node: Node, found: Mapping[str, Quantity]) -> list[ir.Product]:
    """The products of an operation of which no side is spikes, counts or constants."""
    computed = arithmetic_of(node)
    if not isinstance(computed, ir.Multiplication):
        return []
    taken = [found[name] for name in node.operands]
    if any(isinstance(x, Refused) for x in taken):
        return []
    constant = isinstance(computed, ir.Division)
    sides = {i: isinstance(x, Constant | Unseen) if constant else is_counted(x) for i, x in enumerate(taken)}
    return [p for p in computed.products if not any(side and all(sides[i] for i in side) for side in p.sides)]


def _quantity(graph: Graph, node: Node, found: Mapping[str, Quantity]) -> Quantity:
    """What the value of a node is, from what its operands are."""
    if node.op.traits.source:
        return _input(node)
    computed = arithmetic_of(node)
    taken = [found[name] for name in used(node, computed)]
    if node.op.normalises and node.op.normalisation() is None:
        return Refused()
    match computed:
        case ir.Zeros():
            return NOTHING
        case ir.Constants():
            return Constant()
        case ir.Copies():
            given = _bordered(concatenated(taken), computed.moves)
            if computed.zeros and isinstance(given, Current) and given.constant:
                given = replace(given, uneven=True)
            if computed.parts and isinstance(given, Constant):
                return Real(node.name)
            return Real(given.maker) if computed.mixes and isinstance(given, Current) else given
        case ir.Largest():
            return _largest(node, concatenated(taken))
        case ir.Sum():
            return _sum(computed, node, taken, graph.time)
        case ir.Interpolation():
            return _interpolated(node, concatenated(taken))
        case ir.Factors():
            given = concatenated(taken)
            return Real(node.name) if isinstance(given, Count) else given
        case ir.Layer():
            return _layer(computed, node, concatenated(taken))
        case ir.Multiplication():
            return _multiplied(computed, node, found)
        case ir.NeuronUpdate():
            return _by_type(node, node.value)
        case None:
            given = None if node.op.traits.fires or not node.operands else node.op.summed(node.operand_values[0])
            return _by_type(node, node.value if given is None else given)
        case _:
            return Real(node.name)


def _carried(given: Quantity, source: str) -> Quantity:
    """A value at the next step; one that is refused is real there, so that what it enters is judged."""
    return Real(source) if isinstance(given, Refused) else given


def _input(node: Node) -> Quantity:
    """An input: -1, 0 and 1 are signed spikes, whose products need no multiplication either."""
    return Encoding(node.name) if node.value.kind is Kind.REAL else Count(node.value.bound, of_input=True)


def _by_type(node: Node, value: Value) -> Quantity:
    """The result of an operation, of which nothing is known but its type."""
    return Real(node.name) if value.kind is Kind.REAL else Count(value.bound)


def _bordered(given: Quantity, differs: bool) -> Quantity:
    """A value behind an operation; if that `differs` from position to position, a current's next kernel can't be joined."""
    return replace(given, bordered=True) if differs and isinstance(given, Current) and given.window else given


def _largest(node: Node, given: Quantity) -> Quantity:
    if isinstance(given, Current):
        return Real(given.maker)
    return Real(node.name) if isinstance(given, Encoding) else given


def _sum(computed: ir.Sum, node: Node, taken: Sequence[Quantity], time: int | None) -> Quantity:
    given = scaled(added(taken, node.name) if len(taken) > 1 else taken[0], computed.factor, computed.terms)
    if computed.over_time is not None and isinstance(given, Count):
        factor = Fraction(1, time or 1) if computed.over_time == "mean" else Fraction(1)
        given = replace(given, each_step=True) if time is None else scaled(given, factor, time)
    return _bordered(given, not computed.aligned)


def _interpolated(node: Node, given: Quantity) -> Quantity:
    if isinstance(given, Count) and given.of_input:
        return Encoding(node.name)
    return given if isinstance(given, Encoding | Constant | Refused | Unseen) else Real(node.name)


def _layer(computed: ir.Layer, node: Node, given: Quantity) -> Quantity:
    if isinstance(given, Encoding) or (isinstance(given, Count) and given.of_input):
        return Encoding(node.name, weighted=True)
    if isinstance(given, Constant):
        return Real(node.name)
    if isinstance(given, Real | Refused | Unseen):
        return given if isinstance(given, Unseen) else Refused()
    before = given if isinstance(given, Current) else Current("")
    bordered = before.bordered or (computed.padded and (computed.window or before.window))
    constant = before.constant or node.op.normalises or any("bias" in tensors for tensors in node.leaves.values())
    return Current(node.name, before.window or computed.window, bordered, constant, before.uneven)


def _multiplied(computed: ir.Multiplication, node: Node, found: Mapping[str, Quantity]) -> Quantity:
    taken = [found[name] for name in node.operands]
    if refused_products(node, found) or any(isinstance(x, Refused) for x in taken):
        return Refused()
    if any(isinstance(x, Unseen) for x in taken):
        return Unseen()
    counts = [x for x in taken if isinstance(x, Count)]
    if len(counts) < len(taken) or not computed.exact:
        return Real(node.name)
    return multiplied(counts, computed.factor, computed.terms, computed.complement)
