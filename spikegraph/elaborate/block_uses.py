"""The uses of blocks: what they bind, where their nodes are, and whose their weights are."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.base.record import record
from spikegraph.dsl.ast import Call, Expr
from spikegraph.dsl.diagnostics import Label
from spikegraph.dsl.name_fixes import name_span, rename
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import Block
from spikegraph.elaborate.context import Context, text
from spikegraph.elaborate.layers import Wired, ends
from spikegraph.elaborate.params import bound
from spikegraph.elaborate.scope import Scope
from spikegraph.ir.graph import Graph
from spikegraph.ir.path import Path

DEEPEST = 32
"""Maximum nesting depth of blocks."""


def used_here(block: str, at: Span) -> Label:
    """The note of a use of a block at an error inside it."""
    return Label(at, f"block `{block}` is used here")


def uses_around(name: str, graph: Graph) -> list[Label]:
    """The notes of the uses of blocks around an operation, innermost first; `graph` is what the spec says."""
    paths = {Path(node.path.steps[: i + 1]): step for node in graph for i, step in enumerate(node.path.steps) if step.at}
    around = [(str(path), step) for path, step in paths.items() if name.startswith(f"{path}.")]
    return [used_here(step.block, step.at) for _, step in sorted(around, key=lambda u: -len(u[0])) if step.at is not None]


@record
class Use:
    """A use of a block: the operands in its call, and the context inside, with its params."""

    block: Block
    call: Call
    operands: tuple[Expr, ...]
    context: Context

    def told(self, home: Path, values: Sequence[Wired]) -> Path:
        """The path of the use with its params, and with the nodes that its operands are."""
        params = ((name, self.context.values.get(name)) for name in self.block.params)
        numbers = tuple((name, value) for name, value in params if isinstance(value, int | float))
        given = zip(self.block.parameters, values, strict=True)
        nodes = tuple((name, node) for name, value in given if (node := ends(value)) is not None)
        return home.given(numbers, nodes)


class BlockUses:
    """All uses of blocks in one network; `open` are the blocks around the present place."""

    def __init__(self, context: Context) -> None:
        self.context, self.diagnostics = context, context.diagnostics
        self.beside = replace(context, values={}, chosen={})
        self.open: list[Block] = []
        self.labels: dict[str, dict[str, int]] = {}
        self.owners: dict[str, object] = {}
        self.counts: dict[str, int] = {}
        self.weighted: dict[str, bool] = {}
        self.uses: dict[str, tuple[Block, int]] = {}
        self.known: dict[tuple[int, int, int, int], tuple[Use, Context]] = {}
        self.contexts: dict[tuple[int, str, tuple[tuple[str, int], ...]], Context] = {}

    def bind(self, block: Block, call: Call, piped: int, caller: Context) -> Use | None:
        """A use of a block with `piped` operands from the pipeline; None after an error."""
        if any(b is block for b in self.open):
            help = "a block can't use itself"
            self.diagnostics.error("SG0311", call.span, f"block `{block.name}` is recursive", help=help)
            return None
        if len(self.open) == DEEPEST:
            help = f"blocks can be nested {DEEPEST} deep"
            self.diagnostics.error("SG0218", call.span, "blocks are nested too deeply", help=help)
            return None
        key = id(block), id(call), piped, id(caller)
        if key in self.known:
            return self.known[key][0]
        given: dict[str, Expr] = {}
        before = self.diagnostics.reports
        for a in call.arguments:
            if a.name is None:
                continue
            if a.name not in block.params or a.name in given:
                what = f"has no param `{a.name}`" if a.name not in given else f"is given `{a.name}` twice"
                has = f"its params are {listed(block.params, last='and')}" if block.params else "it has no params"
                help = (did_you_mean(a.name, block.params) or has) if a.name not in given else None
                fixes = rename(name_span(a), a.name, block.params) if a.name not in given else ()
                self.diagnostics.error("SG0308", a.span, f"block `{block.name}` {what}", help=help, fixes=fixes)
                continue
            given[a.name] = a.value
        if self.diagnostics.reports > before:
            return None
        operands = tuple(a.value for a in call.arguments if a.name is None)
        wanted, count = len(block.parameters), piped + len(operands)
        if wanted != count:
            help = f"its parameters are {listed(block.parameters, last='and')}" if wanted else "it has no parameters"
            if count > wanted and block.params:
                help += f"; write its params by name, such as `{next(iter(block.params))} = ...`"
            summary = f"block `{block.name}` needs {wanted} value{'s' * (wanted != 1)}, not {count}"
            self.diagnostics.error("SG0309", call.span, summary, help=help)
            return None
        context = self._one(block, bound(block, given, caller, self.beside if block.top else self.context))
        use = Use(block, call, operands, context)
        if self.diagnostics.reports == before:
            self.known[key] = use, caller
        return use

    def _one(self, block: Block, context: Context) -> Context:
        """The context of the first use of a block with these params, so that what they decide is found once."""
        neurons = tuple((name, id(neuron)) for name, neuron in context.chosen.items())
        return self.contexts.setdefault((id(block), repr(context.values), neurons), context)

    def home(self, use: Use, scope: Scope, base: Path, graph: Graph, *, last: bool) -> Path:
        """The path of the use: its statement's with weights of its own, otherwise the block's, the same for all uses."""
        block, arguments = use.block, use.call.arguments
        if block.weights == "own":
            wanted = scope.prefix + base if base.steps and last else (scope.prefix + base) / block.name
            return self._free(wanted, use.call.span, graph).framed(block.name, use.call.span)
        named = scope.home / block.name
        while named.label in scope.names or named.label in scope.later:
            named = named.up() / f"{named.label}_block"
        first = next((text(a.value) for a in arguments if a.name is None), "")
        label = self._label(block.name, "".join(c for c in first if c.isalnum() or c == "_"))
        return self._free(named, block.span, None).used(label).framed(block.name, use.call.span)

    def operands_below(self, block: Block, scope: Scope, base: Path) -> Path:
        """Where the operands in a use are; not where the weights of the block are, which have the same name in a result."""
        path = base / block.name
        taken = block.weights != "own" and scope.prefix + path == scope.home / block.name
        return base / f"{block.name}_value" if taken else path

    def homes(self, use: Use, scope: Scope, base: Path, graph: Graph, times: int, *, last: bool) -> Iterator[Path]:
        """The paths of `times` uses in sequence: `l1[0]`, `l1[1]` and so on with weights of their own."""
        home = self.home(use, scope, base, graph, last=last)
        for i in range(times):
            if use.block.weights == "own":
                yield home.at(str(i))
            else:
                yield home if i == 0 else self.home(use, scope, base, graph, last=last)

    def note(self, block: Block, graph: Graph, before: int) -> None:
        """Counts one use, whose nodes follow the first `before` of the graph."""
        name = f"{block.head.file}:{block.head.line}:{block.head.column}"
        if name not in self.weighted:
            nodes = islice(graph, before, None)
            self.weighted[name] = any(n.leaves or n.op.traits.expanded_by is not None for n in nodes)
        self.uses[name] = block, self.uses.get(name, (block, 0))[1] + 1

    def warn(self) -> None:
        """Adds a warning for each block that is used more than once and doesn't say whose its weights are."""
        for name, (block, count) in self.uses.items():
            if count > 1 and not block.stated and self.weighted[name]:
                summary = f"the {count} uses of block `{block.name}` share their weights"
                help = "write `weights = shared` in it if they should, or `weights = own` for weights of each use"
                self.diagnostics.warning("SG0322", block.head, summary, help=help)

    def _free(self, wanted: Path, owner: object, graph: Graph | None) -> Path:
        """A path for `owner` whose weights nothing else has; uses of a block with shared weights have one owner.

        Inside of a block with shared weights, each call in its text owns its weights, whatever the use around it.
        """
        key = str(wanted)
        count = self.counts.get(key, 1)
        path = wanted if count == 1 else wanted.up() / f"{wanted.label}{count}"
        taken = graph is not None and (str(path) in graph or path.text_at("0") in graph)
        while taken or self.owners.get(path.weights, owner) != owner:
            count += 1
            path = wanted.up() / f"{wanted.label}{count}"
            taken = graph is not None and (str(path) in graph or path.text_at("0") in graph)
        if graph is not None:
            self.counts[key] = count
        self.owners[path.weights] = owner
        return path

    def _label(self, block: str, wanted: str) -> str:
        """A free label for one use of a block: its first argument, if that is a name."""
        used = self.labels.setdefault(block, {})
        base = label = wanted if len(wanted) <= 40 and wanted.isidentifier() else "use"
        count = 1
        while label in used:
            count = max(used[base] + 1, count + 1)
            label = f"{base}{count}"
        used[label], used[base] = 1, count
        return label
