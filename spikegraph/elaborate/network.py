"""Builds the graph of a network from its dataflow."""

from collections.abc import Collection, Iterable, Sequence

from spikegraph.dsl.ast import Call, Expr, Index, Name, Number, Pipe
from spikegraph.dsl.diagnostics import Label
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Block, Network, Wire
from spikegraph.elaborate.block_uses import BlockUses, Use, used_here
from spikegraph.elaborate.calls import KnownCall, make, sort
from spikegraph.elaborate.choices import CHOOSE, add_choice
from spikegraph.elaborate.context import Context, text
from spikegraph.elaborate.currents import add_neurons
from spikegraph.elaborate.decided_paths import at_decided_level
from spikegraph.elaborate.habits import says_what_it_must
from spikegraph.elaborate.inputs import input_operation, steps_of
from spikegraph.elaborate.layers import UNKNOWN, Wired, add_chain, add_trellis, ends
from spikegraph.elaborate.recurrence import Delays
from spikegraph.elaborate.repetition import repetition
from spikegraph.elaborate.scope import Scope
from spikegraph.elaborate.size import MOST_NODES, report_size
from spikegraph.elaborate.unknown_operations import as_call, report_missing, report_no_value, report_unknown
from spikegraph.ir.graph import Graph, GraphError
from spikegraph.ir.limits import check_value
from spikegraph.ir.opdef import OPS, Op
from spikegraph.ir.path import Path
from spikegraph.ir.type_rules import TypeRuleError

LONGEST_PATH = 1000
"""Maximum number of characters of an operation's name, which has the names of the blocks around it."""


class NetworkBuilder:
    """Builds the graph of one network; errors go to the context, and parts that depend on them are omitted silently."""

    def __init__(self, network: Network, context: Context, delays: Delays | None = None) -> None:
        self.network, self.context, self.diagnostics = network, context, context.diagnostics
        self.blocks = {**context.spec.blocks, **{b.name: b for b in network.blocks}}
        self.graph = Graph(network.name, time=steps_of(network, context), neurons=dict(context.neurons))
        self.delays = Delays() if delays is None else delays
        self.block_uses = BlockUses(context)
        self.calls: dict[int, tuple[Expr, Call]] = {}
        self.known: dict[tuple[int, int, bool], KnownCall] = {}
        self.uses = 0
        self.full = False
        self.complete = True
        self.wires: dict[str, str] = {}

    def build(self, loss_wires: Collection[str] = ()) -> Graph:
        """Builds the whole network; inputs and wires in `loss_wires` become taps if they are not outputs."""
        scope, decided = Scope(Path(), Path(), self.context, self.blocks), bool(self.context.spec.paths)
        for i in self.network.inputs:
            op = input_operation(i, self.network, self.context)
            scope.names[i.name] = None if op is None else self.add(Path() / i.name, op, (), i.span)
        self.wires = {name: name for name in self.graph.inputs()}
        self.graph.taps |= {name: name for name in self.wires if name in loss_wires}
        self.statements(self.network.wires, scope)
        self.delays.close(self, scope)
        for w in self.network.wires:
            node = ends(scope.names.get(w.name))
            if node == UNKNOWN:
                continue
            if node is not None and (w.output or w.name in loss_wires):
                node = at_decided_level(self.graph, node, self.context.spec.paths)
            value = None if node is None else self.graph.node(node).value
            if node is not None and value is not None and value.levels == 1 and not (w.output or decided):
                self.wires[w.name] = node
            if value is not None and value.levels > 1 and (w.output or w.name in loss_wires):
                summary = f"`{w.name}` is {value}: the trellis may end at any of its levels"
                self.diagnostics.error("SG0303", w.span, summary, help="put `restore(...)` after the trellis")
                self.complete = False
            elif node is not None and w.output:
                self.graph.outputs[w.name] = node
            elif node is not None and w.name in loss_wires:
                self.graph.taps[w.name] = node
        self.complete &= all(wired is not None for wired in scope.names.values())
        self.block_uses.warn()
        return self.graph

    def statements(self, wires: Iterable[Wire], scope: Scope) -> None:
        """Adds statements in source order."""
        wires = tuple(wires)
        scope.later = {w.name: w.span for w in wires}
        for w in wires:
            if w.name in scope.names:
                self.complete = False
                self.diagnostics.error("SG0315", w.span, f"`{w.name}` is defined twice", help="rename one of them")
                continue
            scope.names[w.name] = self.value(w.value, scope, Path() / w.name)

    def value(self, expr: Expr, scope: Scope, base: Path) -> Wired:
        """The value of an expression; None after an error."""
        match expr:
            case Name(id=name):
                return self.lookup(name, expr.span, scope)
            case Index(base=Name(id=name), items=(Number(value=int(index)),)):
                return self.element(name, index, expr.span, scope)
            case Call():
                return self.apply(expr, (), scope, base, last=True)
            case Pipe(stages=(first, *rest)):
                wired = self.first(first, scope, base)
                for i, stage in enumerate(rest):
                    if not isinstance(stage, Name | Call):
                        arguments = "arguments are in round brackets" if isinstance(stage, Index) else None
                        self.diagnostics.error("SG0310", stage.span, f"`{text(stage)}` is not an operation", help=arguments)
                        return None
                    wired = self.apply(stage, (wired,), scope, base, last=i == len(rest) - 1)
                return wired
            case _:
                return report_no_value(expr, self.diagnostics)

    def first(self, expr: Expr, scope: Scope, base: Path) -> Wired:
        """The first value of a pipeline."""
        if isinstance(expr, Call):
            return self.apply(expr, (), scope, base, last=False)
        return self.value(expr, scope, base)

    def lookup(self, name: str, span: Span, scope: Scope) -> Wired:
        """The value called `name`; None after an error."""
        if name in scope.names:
            return scope.names[name]
        if name in scope.missing:
            return None
        scope.missing.add(name)
        report_missing(name, span, scope.names, scope.later, self.diagnostics)
        return None

    def element(self, name: str, index: int, span: Span, scope: Scope) -> Wired:
        """The output of one cell of a chain, `cells[5]`; None after an error."""
        wired = self.lookup(name, span, scope)
        if wired is None or wired == UNKNOWN:
            return wired
        if isinstance(wired, str):
            self.diagnostics.error("SG0310", span, f"`{name}` is not a chain of cells, so it has no elements")
            return None
        if not 0 <= index < len(wired):
            help = f"its cells are 0 to {len(wired) - 1}"
            self.diagnostics.error("SG0310", span, f"`{name}` has no cell {index}", help=help)
            return None
        return wired[index]

    def apply(self, expr: Name | Call, piped: tuple[Wired, ...], scope: Scope, base: Path, *, last: bool) -> Wired:
        """Adds an operation, block, trellis, chain or neuron; None after an error.

        `piped` holds the first operand if the pipeline provides it.
        """
        _, call = self.calls.setdefault(id(expr), (expr, as_call(expr)))
        name, spec = call.function.id, self.context.spec
        if name in scope.blocks and name not in scope.context.chosen:
            return self.block(scope.blocks[name], call, piped, scope, base, last=last)
        if name == "repeat":
            return self.repeat(call, piped, scope, base, last=last)
        if name == "previous":
            return self.delays.use(self, call, bool(piped), scope, scope.path(self.graph, base, name, last))
        if name == CHOOSE and name not in scope.context.chosen:
            call, source = self.source(call, piped, scope, base)
            if source in (None, UNKNOWN):
                return source
            return add_choice(self, call, source, scope, scope.path(self.graph, base, name, last))
        if name in OPS and OPS[name].written and name not in scope.context.chosen:
            return self.operation(OPS[name], call, piped, scope, scope.path(self.graph, base, name, last))
        if not any(name in known for known in (spec.trellises, spec.neurons, scope.context.chosen, ("chain",))):
            if not any(self.context.broken.excuses(kind, name) for kind in ("neuron", "trellis", "block")):
                written = [n for n, o in OPS.items() if o.written]
                declared = (*scope.blocks, *spec.trellises, *spec.neurons, *scope.context.chosen)
                known = [*written, *declared, "chain", "previous", "repeat"]
                report_unknown(call, known, scope.context, values={*scope.names, *scope.later})
            return None
        if name in scope.context.chosen or name in spec.neurons:
            return add_neurons(self, call, piped, scope, base, last=last)
        call, source = self.source(call, piped, scope, base)
        if source in (None, UNKNOWN):
            return source
        fresh = scope.path(self.graph, base, name, last)  # after its operand, which may be of the same name
        if name == "chain":
            return add_chain(self.add, fresh, call, source, scope.context)
        return add_trellis(self.add, fresh, spec.trellises[name], call, source, scope.context)

    def source(self, call: Call, piped: tuple[Wired, ...], scope: Scope, base: Path) -> tuple[Call, str | None]:
        """Takes the one operand of a trellis, chain or neuron from the pipeline or the call; returns the remaining call too."""
        if piped:
            return call, ends(piped[0])
        if not call.arguments or call.arguments[0].name is not None:
            name = call.function.id
            self.diagnostics.error("SG0309", call.span, f"`{name}` needs its operand", help=f"write `x -> {name}`")
            return call, None
        first, *rest = call.arguments
        operand = self.operand(first.value, scope, base)
        return Call(call.function, tuple(rest), call.span), ends(operand)

    def operation(self, op: type[Op], call: Call, piped: tuple[Wired, ...], scope: Scope, path: Path) -> Wired:
        """Adds an operation of the registry; None after an error."""
        key = id(call), id(scope.context), bool(piped)
        known = self.known.get(key)
        sorted_ = known.sorted if known is not None else sort(op, call.arguments, bool(piped), call.span, scope.context)
        if sorted_ is None:
            return None
        operands = [ends(p) for p in piped]
        base = Path(path.steps[len(scope.prefix.steps) :])
        operands += [self.implied() if e is None else ends(self.operand(e, scope, base)) for e in sorted_.operands]
        made = known.op if known is not None else make(op, sorted_.parameters, call.span, scope.context)
        if UNKNOWN in operands and made is not None:
            guessed = self.delays.guessed(self, made, operands, call.span)
            if guessed is None:
                return UNKNOWN
            operands = [*guessed]
        valid = tuple(o for o in operands if o is not None)
        if made is None or len(valid) < len(operands):
            return None
        if known is None and not says_what_it_must(made, call, sorted_.parameters, scope.context):
            return None
        self.known[key] = known or KnownCall(call, scope.context, sorted_, made)
        return self.add(path, made, valid, call.span)

    def operand(self, expr: Expr, scope: Scope, base: Path) -> Wired:
        """The value of an operand in an argument: a name, or a nested operation, which is named after its function."""
        if isinstance(expr, Pipe | Call):
            return self.value(expr, scope.below(scope.prefix + base), Path())
        return self.value(expr, scope, base)

    def implied(self) -> str | None:
        """The default of an omitted operand: the network's first input."""
        return next(iter(self.graph.inputs()), None)

    def block(
        self, block: Block, call: Call, piped: tuple[Wired, ...], scope: Scope, base: Path, *, last: bool, times: int = 0
    ) -> Wired:
        """Adds one use of a block, or `times` uses in sequence; each has its own membrane potentials."""
        use = self.block_uses.bind(block, call, len(piped), scope.context)
        if use is None or self.full:
            return None
        below = self.block_uses.operands_below(block, scope, base)
        rest = [self.value(e, scope, below) for e in use.operands]
        if not times:
            return self.inside(use, [*piped, *rest], self.block_uses.home(use, scope, base, self.graph, last=last))
        made: list[str] = []
        for place in self.block_uses.homes(use, scope, base, self.graph, times, last=last):
            value = ends(self.inside(use, [made[-1] if made else piped[0], *rest], place))
            if value is None:
                return None
            made.append(value)
        return tuple(made)

    def inside(self, use: Use, values: Sequence[Wired], home: Path) -> Wired:
        """Adds the operations of one use of a block at `home`, on these operands."""
        self.uses += 1
        if self.full or self.too_large(self.uses):
            return None
        block, before, start = use.block, len(self.graph), self.delays.count
        blocks = self.context.spec.blocks if block.top else self.blocks
        home = use.told(home, values)
        inner = Scope(home, home, use.context, blocks, dict(zip(block.parameters, values, strict=True)))
        self.block_uses.open.append(block)
        with self.diagnostics.noting(used_here(block.name, use.call.span)):
            self.statements(block.wires, inner)
            result = self.value(block.result, inner, Path())
            self.delays.close(self, inner, start)
        self.block_uses.open.pop()
        self.block_uses.note(block, self.graph, before)
        return result

    def repeat(self, call: Call, piped: tuple[Wired, ...], scope: Scope, base: Path, *, last: bool) -> Wired:
        """Adds `repeat(block, times)`; None after an error."""
        call, source = self.source(call, piped, scope, base)
        if source is None:
            return None
        found = repetition(call, scope.blocks, scope.context)
        if found is None:
            return None
        block, use, times = found
        return self.block(block, use, (source,), scope, base, last=last, times=times)

    def too_large(self, count: int) -> bool:
        """True, with a diagnostic at the first time, if `count` operations or uses of blocks are too many."""
        if count > MOST_NODES and not self.full:
            report_size(self.network, MOST_NODES, self.diagnostics)
            self.full = True
        return count > MOST_NODES

    def add(self, path: Path, op: Op, operands: tuple[str, ...], span: Span) -> str | None:
        """Adds a node; None, with a diagnostic, after wrong operands or too many nodes, and unknown after a wrong guess."""
        if self.too_large(len(self.graph) + 1):
            return None
        if len(str(path)) > LONGEST_PATH:
            help = f"a name has at most {LONGEST_PATH} characters, with those of the blocks around it"
            self.diagnostics.error("SG0218", span, "the operation's name is too long", help=help)
            return None
        try:
            name = self.graph.add(path, op, operands, span)
            check_value(op.name, self.graph.node(name).value)
            return name
        except (GraphError, TypeRuleError) as error:
            cause = error.cause if isinstance(error, GraphError) else error
            decided = tuple(at_decided_level(self.graph, o, self.context.spec.paths) for o in operands)
            if cause.code == "SG0303" and decided != operands:
                return self.add(path, op, decided, span)
            nodes = [self.graph.node(o) for o in operands]
            labels = [Label(n.span, f"this is {n.value}") for n in nodes if n.span.line != span.line]
            self.diagnostics.error(cause.code, span, cause.summary, help=cause.help, labels=labels)
            return UNKNOWN if self.delays.doubts(self.graph, operands) else None
