"""The declarations of a named import: `import "resnet.sdhs" as resnet` puts `resnet_` before each of their names."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field, replace

from spikegraph.base.record import record
from spikegraph.dsl import ast

Declared = Mapping[str, Collection[str]]
"""Names of declarations by kind."""

_OPERATIONS = ("neuron", "trellis", "block", "candidates")
"""Kinds of what a pipeline or an argument can name."""

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
    return [_Renaming(names, prefix).item(item) for item in items]


@record
class _Renaming:
    """Renames what items of one file name.

    `bound` are names that mean something else here: params and blocks of a network; `blocks` are these blocks.
    """

    names: Declared
    prefix: str
    bound: frozenset[str] = field(default=frozenset())
    blocks: frozenset[str] = field(default=frozenset())

    def name(self, name: ast.Name, *kinds: str) -> ast.Name:
        """A name, if it is that of a declaration of one of these kinds."""
        if name.id in self.bound or not any(name.id in self.names.get(kind, ()) for kind in kinds):
            return name
        return replace(name, id=self.prefix + name.id)

    def item(self, item: ast.Item) -> ast.Item:
        match item:
            case ast.Declaration(kind, name, like, body):
                kinds = _SUBJECTS.get(kind, (kind,))
                like = None if like is None else self.name(like, kind)
                return replace(item, name=self.name(name, *kinds), like=like, body=self.body(kind, body))
            case ast.Block(name):
                return replace(self.block(item), name=self.name(name, "block"))
            case ast.Path(trellis):
                return replace(item, trellis=self.name(trellis, *_SUBJECTS["path"]))
            case _:
                return item

    def body(self, kind: str, body: Sequence[ast.Statement]) -> tuple[ast.Statement, ...]:
        match kind:
            case "network":
                own = frozenset(s.name.id for s in body if isinstance(s, ast.Param | ast.Block))
                blocks = frozenset(s.name.id for s in body if isinstance(s, ast.Block))
                inside = replace(self, bound=self.bound | own, blocks=blocks)
                return tuple(inside.wire(s) for s in body)
            case "cell" | "trellis" | "candidates" | "neuron":
                return tuple(replace(s, value=self.key(kind, s)) if isinstance(s, ast.Entry) else s for s in body)
            case _:
                return tuple(body)

    def key(self, kind: str, entry: ast.Entry) -> ast.Expr:
        """The value of a key of a neuron, cell or trellis, or a candidate."""
        key = entry.key.id if isinstance(entry.key, ast.Name) else ""
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
                return replace(statement, value=replace(self, bound=self.bound - {statement.name.id}).operation(value))
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
                takes = function.id in (*_TAKES_OPERATIONS, *self.blocks) or function.id in self.names.get("block", ())
                made = tuple(replace(a, value=self.argument(function.id, takes, a)) for a in arguments)
                return replace(expr, function=self.name(function, *_OPERATIONS), arguments=made)
            case _:
                return self.value(expr)

    def argument(self, function: str, takes: bool, argument: ast.Argument) -> ast.Expr:
        """The value of an argument; a plain name is an operation for some functions and parameters."""
        match argument.value:
            case ast.Name() as value:
                return self.operation(value) if takes or argument.name == "neuron" else value
            case ast.Sequence(items) if function == "chain":
                cells = tuple(self.name(i, "cell") if isinstance(i, ast.Name) else i for i in items)
                return replace(argument.value, items=cells)
            case value:
                return self.value(value)
