"""The declarations of a named import: `import "resnet.sdhs" as resnet` puts `resnet_` before each of their names."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field, replace

from spikegraph.base.record import record
from spikegraph.dsl import ast
from spikegraph.dsl.choice_places import blocks_of, steps_of, with_steps
from spikegraph.dsl.schema.dataset import SOURCES
from spikegraph.dsl.schema.neuron import Neuron
from spikegraph.dsl.schema.record import keys

Declared = Mapping[str, Collection[str]]
"""Names of declarations by kind."""

_OPERATIONS = ("neuron", "trellis", "block", "candidates")
"""Kinds of what a pipeline or an argument can name."""

_BOUND = (*_OPERATIONS, "cell")
"""Kinds of what a param can be bound to."""

_TAKES_OPERATIONS = ("repeat", "choose")
"""Operations whose arguments are operations."""

_KEYS = {
    "model": ("model",),
    "neuron": ("neuron",),
    "candidates": ("candidates",),
    "cell": ("cell",),
    "preprocess": ("neuron", "block"),
}
"""Kinds of what a key of a cell or trellis can name."""

_NEURON_KEYS = frozenset(key.name for key in keys(Neuron))
"""Arguments of a neuron's use, whose values have names of their own, such as those of surrogates."""

_SUBJECTS = {"genotype": ("cell", "network"), "path": ("trellis",)}
"""Kinds of what a declaration is about, whose name it has."""


def declared(items: Iterable[ast.Item], broken: Iterable[tuple[str, str]] = ()) -> dict[str, set[str]]:
    """The names that items declare by kind, with those of broken declarations."""
    found: dict[str, set[str]] = {}
    for kind, name in (*map(identity, items), *broken):
        found.setdefault(kind, set()).add(name)
    return found


def identity(item: ast.Item) -> tuple[str, str]:
    """Kind and name of a declaration; a search or retraining has its kind as name, and an import its file."""
    match item:
        case ast.Declaration(kind, name):
            return kind, name.id
        case ast.Block(name):
            return "block", name.id
        case ast.Path(trellis):
            return "path", trellis.id
        case ast.Run(kind):
            return kind, kind
        case ast.Import(path):
            return "import", path.value


def renamed(items: Iterable[ast.Item], names: Declared, prefix: str) -> list[ast.Item]:
    """The items with `prefix` before the names in `names`, where they are declared and where they are used."""
    items = list(items)
    known = {(item.kind, item.name.id): item for item in items if isinstance(item, ast.Declaration)}
    beside = {item.name.id: item for item in items if isinstance(item, ast.Block)}
    return [_Renaming(names, prefix, known, beside).item(item) for item in items]


def _key(entry: ast.Entry) -> str:
    """The key of an entry if it is a plain name."""
    return entry.key.id if isinstance(entry.key, ast.Name) else ""


def _params(family: Iterable[ast.Declaration]) -> frozenset[str]:
    """The names of the params that declarations have."""
    return frozenset(s.name.id for each in family for s in each.body if isinstance(s, ast.Param))


def _blocks(family: Iterable[ast.Declaration]) -> frozenset[str]:
    """The names of the blocks that networks have."""
    return frozenset(s.name.id for each in family for s in each.body if isinstance(s, ast.Block))


@record
class _Renaming:
    """Renames what items of one file name.

    `declarations` are those of the file, and `beside` its blocks. `bound` are names that mean something else here: params and
    blocks of a network; `blocks` are these blocks.
    """

    names: Declared
    prefix: str
    declarations: Mapping[tuple[str, str], ast.Declaration]
    beside: Mapping[str, ast.Block]
    bound: frozenset[str] = field(default=frozenset())
    blocks: frozenset[str] = field(default=frozenset())

    def name(self, name: ast.Name, *kinds: str) -> ast.Name:
        """A name, if it is that of a declaration of one of these kinds."""
        if name.id in self.bound or not any(name.id in self.names.get(kind, ()) for kind in kinds):
            return name
        return replace(name, id=self.prefix + name.id)

    def item(self, item: ast.Item) -> ast.Item:
        match item:
            case ast.Declaration(kind, name, like):
                kinds = _SUBJECTS.get(kind, (kind,))
                like = None if like is None else self.name(like, kind)
                return replace(item, name=self.name(name, *kinds), like=like, body=self.body(item))
            case ast.Block(name):
                return replace(self.block(item), name=self.name(name, "block"))
            case ast.Path(trellis):
                return replace(item, trellis=self.name(trellis, *_SUBJECTS["path"]))
            case _:
                return item

    def bases(self, item: ast.Declaration) -> list[ast.Declaration]:
        """What the `like` of a declaration leads to."""
        found: dict[str, ast.Declaration] = {item.name.id: item}
        at: ast.Declaration | None = item
        while at is not None and at.like is not None and at.like.id not in found:
            at = self.declarations.get((item.kind, at.like.id))
            if at is not None:
                found[at.name.id] = at
        return list(found.values())[1:]

    def body(self, item: ast.Declaration) -> tuple[ast.Statement, ...]:
        kind, body = item.kind, item.body
        match kind:
            case "network":
                family = (item, *self.bases(item))
                blocks = _blocks(family)
                inside = replace(self, bound=self.bound | _params(family) | blocks, blocks=blocks)
                return tuple(inside.wire(s) for s in body)
            case "cell" | "trellis" | "candidates" | "neuron":
                made = tuple(replace(s, value=self.key(kind, s)) if isinstance(s, ast.Entry) else s for s in body)
                return (*self.default_model(item), *made) if kind == "neuron" else made
            case "dataset":
                return (*self.own_source(item), *body)
            case "genotype":
                network = self.declarations.get(("network", item.name.id))
                family = [] if network is None else [network, *self.bases(network)]
                return tuple(self.decision(s, family) for s in body)
            case _:
                return body

    def default_model(self, item: ast.Declaration) -> tuple[ast.Statement, ...]:
        """The model of a neuron that names none, where the file has its own `lif`."""
        given = item.like is not None or any(isinstance(s, ast.Entry) and _key(s) == "model" for s in item.body)
        model = self.name(ast.Name("lif", item.name.span), "model")
        return () if given or model.id == "lif" else (ast.Entry(ast.Name("model", model.span), model, model.span),)

    def own_source(self, item: ast.Declaration) -> tuple[ast.Statement, ...]:
        """The source of a data set that names none, where that is its own name."""
        family = [item, *self.bases(item)]
        written = any(isinstance(s, ast.Entry) and _key(s) == "source" for each in family for s in each.body)
        if item.name.id not in SOURCES or written or any(base.name.id in SOURCES for base in family[1:]):
            return ()
        return (ast.Entry(ast.Name("source", item.name.span), item.name, item.name.span),)

    def decision(self, statement: ast.Statement, family: Sequence[ast.Declaration]) -> ast.Statement:
        """A line of a genotype; a param may be bound to a neuron or a cell, and the place of a choice may lead through blocks.

        `family` are the network and its bases, or none in the genotype of a cell.
        """
        match statement:
            case ast.Entry(ast.Name(key), value) if key in _params(family):
                return replace(statement, value=self.bound_value(value))
            case ast.Entry(ast.Attribute() as key) if family and (steps := steps_of(key)):
                body = [s for each in reversed(family) for s in each.body]
                inner = {s.name.id: s for s in body if isinstance(s, ast.Block)}
                found = blocks_of(steps, body, inner, self.beside)
                own = [block is not None and self.beside.get(block.name.id) is block for block in found]
                made = [self.prefix + step if prefixed else step for step, prefixed in zip(steps, own, strict=True)]
                return replace(statement, key=with_steps(key, made))
            case _:
                return statement

    def key(self, kind: str, entry: ast.Entry) -> ast.Expr:
        """The value of a key of a neuron, cell or trellis, or a candidate."""
        key = _key(entry)
        match entry.value:
            case ast.Call(function) as value if kind == "neuron":
                return replace(value, function=self.name(function, *_KEYS.get(key, ())))
            case ast.Name() as value if kind == "neuron":
                return self.name(value, *(_KEYS["model"] if key == "model" else ()))
            case value if kind == "neuron":
                return value
            case ast.Name() as value if kind != "candidates":
                return self.name(value, *_KEYS.get(key, ()))
            case ast.Sequence():
                return entry.value  # the edges of a cell
            case ast.Pipe(stages):
                return replace(entry.value, stages=tuple(self.operation(stage) for stage in stages))
            case value:
                return self.operation(value)

    def block(self, block: ast.Block) -> ast.Block:
        """A block, without its own name."""
        own = frozenset(s.name.id for s in block.body if isinstance(s, ast.Param))
        inside = replace(self, bound=self.bound | own)
        return replace(block, body=tuple(inside.wire(s) for s in block.body))

    def wire(self, statement: ast.Statement) -> ast.Statement:
        """A statement of a network or block."""
        match statement:
            case ast.Param(_, value):
                return replace(statement, value=replace(self, bound=self.bound - {statement.name.id}).bound_value(value))
            case ast.Entry(ast.Name("neuron"), ast.Name() as value):
                return replace(statement, value=self.name(value, "neuron"))
            case ast.Entry() | ast.Output() | ast.Return():
                return replace(statement, value=self.value(statement.value))
            case ast.Block():
                return self.block(statement)
            case _:
                return statement

    def value(self, expr: ast.Expr) -> ast.Expr:
        """A value of the dataflow, where a plain name is a wire."""
        match expr:
            case ast.Pipe((first, *rest)):
                return replace(expr, stages=(self.value(first), *(self.operation(stage) for stage in rest)))
            case ast.Call():
                return self.operation(expr)
            case _:
                return expr

    def operation(self, expr: ast.Expr) -> ast.Expr:
        """A stage of a pipeline, or an argument that may be an operation."""
        match expr:
            case ast.Name():
                return self.name(expr, *_OPERATIONS)
            case ast.Call(function, arguments):
                block = function.id in self.blocks or function.id in self.names.get("block", ())
                made = tuple(replace(a, value=self.argument(function.id, block, a)) for a in arguments)
                return replace(expr, function=self.name(function, *_OPERATIONS), arguments=made)
            case _:
                return self.value(expr)

    def bound_value(self, expr: ast.Expr) -> ast.Expr:
        """The value of a param: a neuron, a cell, a list of cells, or none of these."""
        match expr:
            case ast.Name():
                return self.name(expr, *_BOUND)
            case ast.Sequence(items):
                return replace(expr, items=tuple(map(self.bound_value, items)))
            case _:
                return self.operation(expr)

    def argument(self, function: str, block: bool, argument: ast.Argument) -> ast.Expr:
        """The value of an argument; a plain name is a wire, but for some functions and parameters an operation."""
        match argument.value:
            case value if block and argument.name is not None:
                return self.bound_value(value)
            case value if argument.name in _NEURON_KEYS and function not in _TAKES_OPERATIONS:
                return value
            case ast.Name() as value if function in _TAKES_OPERATIONS or argument.name == "neuron":
                return self.operation(value)
            case ast.Name() as value:
                return value
            case ast.Pipe(stages) as value if function in _TAKES_OPERATIONS:
                return replace(value, stages=tuple(self.operation(stage) for stage in stages))
            case ast.Sequence(items) if function == "chain":
                cells = tuple(self.name(i, "cell") if isinstance(i, ast.Name) else i for i in items)
                return replace(argument.value, items=cells)
            case value:
                return self.value(value)
