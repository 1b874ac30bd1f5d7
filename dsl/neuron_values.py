"""Overrides of params that are neurons."""

from collections.abc import Mapping

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl import ast
from spikegraph.dsl.declarations import Declarations
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.name_fixes import rename
from spikegraph.dsl.node_descriptions import describe
from spikegraph.dsl.param_values import TRUTH

Params = Mapping[str, ast.Expr]
"""The params of a network or block by their values."""


def names_neuron(value: ast.Expr, params: Params, declarations: Declarations) -> bool:
    """Whether a value is a declared neuron, with or without arguments, or a param that has one."""
    seen = set[str]()
    while (name := _head(value)) is not None and name.id in params and name.id not in seen:
        seen.add(name.id)
        value = params[name.id]
    return name is not None and _declared(name.id, declarations)


def takes_neuron(value: ast.Expr, params: Params, declarations: Declarations, diagnostics: Diagnostics) -> bool:
    """Whether a param that is a neuron takes a value, as far as the text shows; adds an error that lists the neurons if not."""
    name = _head(value)
    if name is not None and (name.id in params or declarations.incomplete or _declared(name.id, declarations)):
        return True
    known = declarations.named["neuron"]
    help = f"the neurons are {listed(known, last='and')}" if known else None
    if isinstance(value, ast.Name) and name is not None and name.id not in (*TRUTH, "none"):
        near = did_you_mean(name.id, known)
        fixes = rename(name.span, name.id, known)
        diagnostics.error("SG0202", name.span, f"no neuron is called `{name.id}`", help=near or help, fixes=fixes)
    else:
        diagnostics.error("SG0207", value.span, f"expected a neuron, found {describe(value)}", help=help)
    return False


def _head(value: ast.Expr) -> ast.Name | None:
    return value if isinstance(value, ast.Name) else value.function if isinstance(value, ast.Call) else None


def _declared(name: str, declarations: Declarations) -> bool:
    return name in declarations.named["neuron"] or ("neuron", name) in declarations.broken
