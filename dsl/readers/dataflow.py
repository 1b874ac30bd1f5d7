"""What networks and blocks have in common: names, wires, and `block` itself."""

from dataclasses import replace

from spikegraph.dsl import ast, spec
from spikegraph.dsl.diagnostics import Label
from spikegraph.dsl.readers.block import allowed, read_block
from spikegraph.dsl.readers.params import Params
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.source import Span

WEIGHTS = "weights"


class Names:
    """The names of one network or block; none may be declared twice."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.first: dict[str, ast.Name] = {}
        self.sound = True

    def take(self, name: ast.Name) -> None:
        """Adds a name, with an error if it is there."""
        first = self.first.setdefault(name.id, name)
        if first is not name:
            self.scope.diagnostics.error(
                "SG0204", name.span, f"`{name.id}` is declared twice", labels=[Label(first.span, "first here")]
            )
            self.sound = False


def read_wire(statement: ast.Entry | ast.Output, names: Names, scope: Scope) -> spec.Wire | None:
    """A statement of the dataflow; None after an error."""
    name = statement.name if isinstance(statement, ast.Output) else statement.key
    if not isinstance(name, ast.Name):
        scope.diagnostics.error("SG0203", name.span, "the name of a wire can't have dots or indices")
        names.sound = False
        return None
    names.take(name)
    return spec.Wire(name.id, statement.value, isinstance(statement, ast.Output), statement.span)


def read_dataflow_block(node: ast.Block, scope: Scope, outer: Params | None = None) -> tuple[spec.Block, ast.Block] | None:
    """A block, and its node with every default; None if it is wrong. `outer` has the params of the network around it."""
    sound = allowed(node.body, "block", scope)
    names, params = Names(scope), Params(scope, outer)
    for parameter in node.parameters:
        names.take(parameter)
    wires: list[spec.Wire] = []
    returns: list[ast.Return] = []
    weights: ast.Entry | None = None
    for statement in node.body:
        match statement:
            case ast.Entry(ast.Name("weights") as key):
                names.take(key)
                weights = weights or statement
            case ast.Param(name):
                names.take(name)
                names.sound &= params.take(statement)
            case ast.Entry():
                wire = read_wire(statement, names, scope)
                wires.extend([wire] if wire is not None else [])
            case ast.Return():
                returns.append(statement)
            case _:
                pass
    keys = read_block(
        spec.Block,
        () if weights is None else (weights,),
        "block",
        node.name.span,
        scope,
        name=node.name.id,
        parameters=tuple(parameter.id for parameter in node.parameters),
        stated=weights is not None,
        params=params.defaults,
        neurons=params.own_neurons,
        kinds=params.kinds,
        wires=tuple(wires),
        result=returns[0].value if returns else node.name,
        top=outer is None,
        head=Span(node.span.file, node.span.line, node.span.column, node.name.span.end_line, node.name.span.end_column),
        span=node.span,
    )
    if not _returns(node, returns, scope) or keys is None or not sound or not names.sound:
        return None
    if weights is not None:
        return keys.record, node
    owner = node.name.span
    entry = ast.Entry(ast.Name(WEIGHTS, owner), keys.exprs[WEIGHTS], owner)
    return keys.record, replace(node, body=(entry, *node.body))


def _returns(node: ast.Block, returns: list[ast.Return], scope: Scope) -> bool:
    """Whether a block ends with its only `return`; adds an error if not."""
    if not returns:
        scope.diagnostics.error(
            "SG0220", node.name.span, f"block `{node.name.id}` returns nothing", help="end it with `return ...`"
        )
    elif len(returns) > 1:
        scope.diagnostics.error("SG0220", returns[1].span, "a second `return`", labels=[Label(returns[0].span, "first here")])
    elif node.body[-1] is not returns[0]:
        scope.diagnostics.error("SG0220", returns[0].span, "`return` must be the last line of a block")
    else:
        return True
    return False
