"""Params of networks and blocks, which declarations don't see: what is said where one is named."""

from spikegraph.dsl import ast
from spikegraph.dsl.layout import flat
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.traversal import children


def param_named(expr: ast.Expr, scope: Scope) -> tuple[ast.Name, str, ast.Param] | None:
    """The first name in an expression that is a param, what has it, such as "network `net`", and its declaration."""
    waiting: list[ast.Expr] = [expr]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            for kind in ("network", "block"):
                for owner, declared in scope.names.get(kind, {}).items():
                    body = () if isinstance(declared, ast.Path) else declared.body
                    for param in body:
                        if isinstance(param, ast.Param) and param.name.id == node.id:
                            return node, f"{kind} `{owner}`", param
        waiting += [child for child in children(node) if isinstance(child, ast.Expr)]
    return None


def unseen(name: ast.Name, owner: str, help: str, scope: Scope) -> None:
    """Adds the error that a declaration names a param."""
    summary = f"`{name.id}` is a param of {owner}, which a declaration can't see"
    scope.diagnostics.error("SG0202", name.span, summary, help=help)


def sees_no_param(expr: ast.Expr, scope: Scope) -> bool:
    """Whether a number outside of networks names no param; adds an error if it does."""
    found = param_named(expr, scope)
    if found is None:
        return True
    name, owner, param = found
    default = f", such as its default `{flat(param.value)}`" if isinstance(param.value, ast.Number) else ""
    unseen(name, owner, f"write a number{default}", scope)
    return False
