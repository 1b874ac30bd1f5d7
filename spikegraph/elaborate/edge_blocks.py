"""Blocks in the pipelines of cells: the stages of a block are written out in place, so that later parts see only operations."""

from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager

from spikegraph.base.record import record
from spikegraph.dsl.ast import Call, Expr, Name, Pipe
from spikegraph.dsl.diagnostics import Label
from spikegraph.dsl.limits import MOST_STAGES
from spikegraph.dsl.spec import Block, Spec
from spikegraph.dsl.traversal import Node, children
from spikegraph.elaborate.block_uses import BlockUses, used_here
from spikegraph.elaborate.context import Context, text
from spikegraph.elaborate.repetition import repetition
from spikegraph.elaborate.unknown_operations import as_call


@record
class WrittenStage:
    """A stage that is no block: its expression, the context with the params that it sees, and the uses of blocks around it."""

    expr: Expr
    context: Context
    uses: tuple[Label, ...] = ()

    @contextmanager
    def noting(self) -> Generator[None]:
        """Adds the uses of blocks around it to each error inside."""
        with ExitStack() as notes:
            for use in self.uses:
                notes.enter_context(self.context.diagnostics.noting(use))
            yield


def written_out(stages: Sequence[Expr], context: Context) -> tuple[WrittenStage | None, ...]:
    """The stages of a pipeline of a cell with those of its blocks in place; None for each that had an error."""
    expansion = _Expansion(context)
    for stage in stages:
        expansion.stage(stage, context)
    return tuple(expansion.stages)


def on_edges(spec: Spec) -> set[str]:
    """The blocks that pipelines of cells use, also within other blocks."""
    nodes: list[Node] = [e for of in spec.candidates.values() for c in of.operations for e in c.stages]
    nodes += [e for cell in spec.cells.values() for e in cell.preprocess]
    found: set[str] = set()
    while nodes:
        node = nodes.pop()
        name = node.function if isinstance(node, Call) else node
        if isinstance(name, Name) and name.id in spec.blocks and name.id not in found:
            found.add(name.id)
            block = spec.blocks[name.id]
            nodes += [block.result, *(w.value for w in block.wires)]
        nodes += children(node)
    return found


class _Expansion:
    """Collects the stages of one pipeline; `around` are the uses of blocks around the present place."""

    def __init__(self, context: Context) -> None:
        self.blocks, self.diagnostics = context.spec.blocks, context.diagnostics
        self.uses = BlockUses(context)
        self.around: list[Label] = []
        self.stages: list[WrittenStage | None] = []
        self.full = False

    def stage(self, expr: Expr, context: Context) -> None:
        """Adds one stage, or the stages of a block."""
        if self.full:
            return
        if len(self.stages) == MOST_STAGES:
            summary, help = f"a pipeline of more than {MOST_STAGES} stages", f"there may be at most {MOST_STAGES}"
            self.diagnostics.error("SG0218", expr.span, summary, help=help)
            self.stages.append(None)
            self.full = True
            return
        call = as_call(expr) if isinstance(expr, Name | Call) else None
        if call is not None and call.function.id == "repeat":
            found = repetition(call, self.blocks, context)
            if found is None:
                self.stages.append(None)
                return
            block, use, times = found
            for _ in range(min(times, MOST_STAGES + 1)):
                self.block(block, use, context)
        elif call is not None and call.function.id in self.blocks and call.function.id not in context.chosen:
            self.block(self.blocks[call.function.id], call, context)
        else:
            self.stages.append(WrittenStage(expr, context, tuple(self.around)))

    def block(self, block: Block, call: Call, context: Context) -> None:
        """Adds the stages of one use of a block."""
        stages = self.pipeline(block, call)
        use = None if stages is None else self.uses.bind(block, call, 1, context)
        if stages is None or use is None:
            self.stages.append(None)
            return
        note = used_here(block.name, call.span)
        self.uses.open.append(block)
        self.around.append(note)
        with self.diagnostics.noting(note):
            for stage in stages:
                self.stage(stage, use.context)
        self.around.pop()
        self.uses.open.pop()

    def pipeline(self, block: Block, call: Call) -> tuple[Expr, ...] | None:
        """The stages from a block's operand to its result; None after an error, such as that there are several ways."""
        if len(block.parameters) != 1:
            summary = f"block `{block.name}` takes {len(block.parameters)} values, but an edge has one"
            self.diagnostics.error("SG0312", call.span, summary, help="use a block with one value")
            return None
        if block.weights != "own":
            summary = f"block `{block.name}` shares its weights among its uses, but every edge has its own"
            help = f"write `weights = own` in block `{block.name}`"
            self.diagnostics.error("SG0312", call.span, summary, help=help)
            return None
        (operand,) = block.parameters
        stages, value, wires = tuple[Expr, ...](), block.result, list(block.wires)
        while True:
            first, *rest = value.stages if isinstance(value, Pipe) else (value,)
            stages = (*rest, *stages)
            expected = wires[-1].name if wires else operand
            if not (isinstance(first, Name) and first.id == expected):
                summary = f"block `{block.name}` is not one pipeline: expected `{expected}` here, not `{text(first)}`"
                help = f"on an edge write `return {operand} -> conv(3) -> norm`; a branch of `choose` can be any block"
                self.diagnostics.error("SG0312", first.span, summary, help=help, labels=[used_here(block.name, call.span)])
                return None
            if not wires:
                break
            value = wires.pop().value
        if not stages:
            summary, help = f"block `{block.name}` returns its value unchanged", f"write `return {operand} -> identity`"
            self.diagnostics.error("SG0312", block.result.span, summary, help=help, labels=[used_here(block.name, call.span)])
            return None
        return stages
