"""How many operations and uses of blocks a network lists, counted without making them.

The counts of a block are those of its text, and those of its uses of other blocks times their number, so a short text of nested
blocks is counted in time in proportion to its length. They are at most what the elaboration makes, which judges what is near
the limit.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.evaluate import whole
from spikegraph.dsl.param_values import param_value
from spikegraph.dsl.spec import Block, Network, Value
from spikegraph.dsl.traversal import Node, children
from spikegraph.elaborate.block_uses import DEEPEST
from spikegraph.elaborate.choices import CHOOSE
from spikegraph.elaborate.context import Context, Values
from spikegraph.elaborate.repetition import PARAMETERS
from spikegraph.elaborate.unknown_operations import as_call
from spikegraph.ir.opdef import OPS

MOST_NODES = 30_000
"""Maximum number of operations and of uses of blocks that a network declares."""


def report_size(network: Network, most: int, diagnostics: Diagnostics) -> None:
    """Adds the error that a network lists more than `most` operations or uses."""
    help = f"at most {most} operations; nested blocks multiply them"
    diagnostics.error("SG0218", network.span, "the network is too large", help=help)


def check_size(network: Network, context: Context) -> bool:
    """Whether a network may be elaborated; adds an error if it lists too much. `context` has the values of its params."""
    counter = _Counter(network, context)
    if _fits(counter.whole()) and (not counter.varies or _fits(counter.with_params().whole())):
        return True
    report_size(network, MOST_NODES, context.diagnostics)
    return False


@record
class _Size:
    """Numbers of operations, and of uses of blocks."""

    operations: int = 0
    uses: int = 0

    def __add__(self, other: "_Size") -> "_Size":
        return _Size(self.operations + other.operations, self.uses + other.uses)

    def times(self, count: int) -> "_Size":
        """That of so many."""
        return _Size(self.operations * count, self.uses * count)


_NOTHING, _ONE = _Size(), _Size(operations=1)


def _fits(size: _Size) -> bool:
    return max(size.operations, size.uses) <= MOST_NODES


@record
class _Place:
    """The blocks, and the params that are values and neurons, visible at one place; `open` are the blocks around it."""

    blocks: Mapping[str, Block]
    numbers: Values
    neurons: frozenset[str]
    open: tuple[Block, ...] = ()


@dataclass
class _Counter:
    """Counts the blocks of one network; a block is counted once for all uses with the same values of its params.

    Without params, repetitions whose number depends on one count once.
    """

    network: Network
    context: Context
    params: bool = False
    counted: dict[tuple[int, tuple[object, ...]], _Size] = field(default_factory=dict[tuple[int, tuple[object, ...]], _Size])

    def __post_init__(self) -> None:
        """Collects the blocks, and notes whether the number of their uses depends on params."""
        self.beside, self.chosen = self.context.spec.blocks, frozenset(self.context.chosen)
        self.blocks = {**self.beside, **{b.name: b for b in self.network.blocks}}
        self.varies = any(map(_varies, (self.network, *self.blocks.values())))

    def with_params(self) -> "_Counter":
        """A counter that evaluates params; it has at most as many values to count as there are uses without repetitions."""
        return _Counter(self.network, self.context, params=True)

    def whole(self) -> _Size:
        """The size of the network."""
        place = _Place(self.blocks, self.context.values, self.chosen)
        return self.all([w.value for w in self.network.wires], place)

    def all(self, exprs: Sequence[ast.Expr], place: _Place) -> _Size:
        """The size of several values."""
        return sum((self.value(e, place) for e in exprs), _NOTHING)

    def value(self, expr: ast.Expr, place: _Place) -> _Size:
        """The size of a value: a pipeline, or an operation with its operands."""
        match expr:
            case ast.Pipe(stages=(first, *rest)):
                return self.value(first, place) + sum((self.stage(s, True, place) for s in rest), _NOTHING)
            case ast.Call():
                return self.stage(expr, False, place)
            case _:
                return _NOTHING

    def stage(self, expr: ast.Expr, piped: bool, place: _Place) -> _Size:
        """The size of one stage with its operands; `piped` is true if the pipeline provides one."""
        if not isinstance(expr, ast.Name | ast.Call):
            return _NOTHING
        call = as_call(expr)
        name, given = call.function.id, call.arguments
        if name in place.blocks and name not in place.neurons:
            return self.use(place.blocks[name], call, piped, place)
        first = [] if piped else [a.value for a in given[:1] if a.name is None]
        if name == "repeat":
            return self.all(first, place) + self.repeat(given[len(first) :], place)
        if name == CHOOSE:
            return _ONE + self.all(first, place) + sum((self.branch(a.value, place) for a in given if a.name), _NOTHING)
        if name == "previous":
            return _NOTHING
        op = OPS.get(name)
        if op is None or name in place.neurons:
            return _ONE + self.all(first, place)
        operands = [o for o in op.operands[1 if piped else 0 :] if o not in op.optional]
        count = len(given) if any(o.startswith("*") for o in op.operands) else len(operands)
        unnamed = [a.value for a in given if a.name is None]
        return _ONE + self.all([*unnamed[:count], *(a.value for a in given if a.name in op.operands)], place)

    def branch(self, expr: ast.Expr, place: _Place) -> _Size:
        """The size of a branch of a choice, whose first stage takes the value of the choice."""
        stages = expr.stages if isinstance(expr, ast.Pipe) else (expr,)
        return sum((self.stage(s, True, place) for s in stages), _NOTHING)

    def repeat(self, given: Sequence[ast.Argument], place: _Place) -> _Size:
        """The size of all repetitions of a block."""
        named = {a.name or PARAMETERS[min(i, 1)]: a.value for i, a in enumerate(given)}
        used, count = named.get("block"), named.get("times")
        call = as_call(used) if isinstance(used, ast.Name | ast.Call) else None
        if call is None or count is None or call.function.id not in place.blocks:
            return _NOTHING
        times = whole(count, place.numbers, Diagnostics()) if self.params or isinstance(count, ast.Number) else 1
        if times is None or times < 1:
            return _NOTHING
        operands = self.all([a.value for a in call.arguments if a.name is None], place)
        return operands + self.inside(place.blocks[call.function.id], call, True, place).times(times)

    def use(self, block: Block, call: ast.Call, piped: bool, place: _Place) -> _Size:
        """The size of one use of a block, with its operands."""
        operands = self.all([a.value for a in call.arguments if a.name is None], place)
        return operands + self.inside(block, call, piped, place)

    def inside(self, block: Block, call: ast.Call, piped: bool, place: _Place) -> _Size:
        """The size of a block without its operands; nothing for a use that is an error."""
        given = {a.name: a.value for a in call.arguments if a.name is not None}
        count = sum(a.name is None for a in call.arguments) + piped
        if count != len(block.parameters) or not given.keys() <= block.params.keys():
            return _NOTHING
        if len(place.open) == DEEPEST or any(b is block for b in place.open):
            return _NOTHING
        numbers = self.numbers(block, given, place) if self.params else {}
        key = (id(block), tuple(numbers.items()))
        if key not in self.counted:
            blocks, around = (self.beside, frozenset[str]()) if block.top else (self.blocks, self.chosen)
            within = _Place(blocks, numbers, around | block.neurons, (*place.open, block))
            size = self.all([*(w.value for w in block.wires), block.result], within)
            self.counted[key] = size + _Size(uses=1)
        return self.counted[key]

    def numbers(self, block: Block, given: Mapping[str, ast.Expr], place: _Place) -> dict[str, Value]:
        """The params of a use that are no neurons, in order."""
        found = {} if block.top else dict(self.context.values)
        for name, default in block.params.items():
            expr, numbers = (given[name], place.numbers) if name in given else (default, found)
            found.pop(name, None)
            if name not in block.neurons:
                found[name] = param_value(expr, numbers, Diagnostics())
        return found


def _varies(part: Network | Block) -> bool:
    """Whether the number of a repetition in a network or block isn't written as a number."""
    exprs = [w.value for w in part.wires] + ([part.result] if isinstance(part, Block) else [])
    calls = (call for expr in exprs for call in _repeats(expr))
    return any(not isinstance(a.value, ast.Number) for call in calls for a in call.arguments[-1:])


def _repeats(expr: ast.Expr) -> Iterator[ast.Call]:
    nodes: list[Node] = [expr]
    while nodes:
        node = nodes.pop()
        if isinstance(node, ast.Call) and node.function.id == "repeat":
            yield node
        nodes += children(node)
