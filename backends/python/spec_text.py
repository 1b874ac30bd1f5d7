"""The spec in a module's docstring."""

import re
from collections.abc import Mapping
from dataclasses import replace

from spikegraph.dsl import ast
from spikegraph.dsl.layout import flat
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.schema.cell import Cell
from spikegraph.dsl.schema.neuron import Neuron
from spikegraph.dsl.schema.record import keys
from spikegraph.dsl.schema.run import Retrain
from spikegraph.dsl.schema.trellis import Trellis
from spikegraph.dsl.traversal import Node, children
from spikegraph.genotype.searched_params import decided_params
from spikegraph.ir.graph import Graph
from spikegraph.ir.opdef import OPS
from spikegraph.program.program import Program

LEFT_OUT = ("search", "profile")
"""Kinds of declarations that say nothing of the network and its training."""

RECORDS: Mapping[str, type] = {"neuron": Neuron, "cell": Cell, "trellis": Trellis, "retrain": Retrain}
"""The records that have the defaults of declarations."""

ALWAYS = ("decay", "threshold", "surrogate", "reset")
"""Keys of neurons that are kept even where they have their default."""


FOUND = "# The search of surrogates found b = {} for `{}`."
"""A comment on a surrogate that isn't as the spec says."""


def spec_text(program: Program, graph: Graph, temperatures: Mapping[str, float] = {}) -> str:
    """The declarations of a network and its training, without defaults, and its genotype.

    Args:
        program: The spec.
        graph: The network.
        temperatures: What its training has found for surrogates, by the names of the neurons' weights: comments at the top.
    """
    file = _decided(program, graph.name)
    blocks = {item.name.id: item for item in file.items if isinstance(item, ast.Block)}
    kept = [item for item in file.items if not isinstance(item, ast.Block) and _belongs(item, graph.name)]
    waiting, named = list[Node](kept), set[str]()
    while waiting:
        node = waiting.pop()
        name = node.function.id if isinstance(node, ast.Call) else node.id if isinstance(node, ast.Name) else ""
        if name in blocks and name not in named:
            named.add(name)
            waiting.append(blocks[name])
        waiting += children(node)
    items = [_brief(item) for item in file.items if item in kept or (isinstance(item, ast.Block) and item.name.id in named)]
    found = [f"{FOUND.format(b, name)}\n" for name, b in temperatures.items()]
    return "".join([*found, print_file(replace(file, items=tuple(items)))])


def temperatures_in(spec: str) -> dict[str, float]:
    """What the comments of a spec's text say of its surrogates."""
    pattern = re.escape(FOUND).replace(r"\{\}", "(.+)")
    return {name: float(b) for b, name in re.findall(f"(?m)^{pattern}$", spec)}


def _decided(program: Program, network: str) -> ast.File:
    """The spec with the params that a search has decided as defaults of its network, since the search is left out."""
    file, decided = program.resolved.file, decided_params(program.checked("retrain").spec, network)
    items: list[ast.Item] = []
    for item in file.items:
        match item:
            case ast.Declaration(kind="network") if item.name.id == network:
                body = [replace(s, value=decided.get(s.name.id, s.value)) if isinstance(s, ast.Param) else s for s in item.body]
            case ast.Declaration(kind="genotype") if item.name.id == network and decided:
                body = [s for s in item.body if not (isinstance(s, ast.Entry) and flat(s.key) in decided)]
            case _:
                items.append(item)
                continue
        items += [replace(item, body=tuple(body))] if body else []
    return replace(file, items=tuple(items))


def _belongs(item: ast.Item, network: str) -> bool:
    match item:
        case ast.Run():
            return item.kind not in LEFT_OUT and item.network.id == network
        case ast.Declaration():
            return item.kind not in LEFT_OUT and (item.kind != "network" or item.name.id == network)
        case _:
            return True


def _brief(item: ast.Item) -> ast.Item:
    if isinstance(item, ast.Declaration | ast.Run) and item.kind in RECORDS:
        defaults = {key.name: key.default for key in keys(RECORDS[item.kind])}
        return replace(item, body=tuple(_statement(s) for s in item.body if not _is_default(s, defaults)))
    if isinstance(item, ast.Declaration | ast.Block):
        return replace(item, body=tuple(_statement(s) for s in item.body))
    return item


def _is_default(statement: ast.Statement, defaults: Mapping[str, str | None]) -> bool:
    if not isinstance(statement, ast.Entry) or not isinstance(statement.key, ast.Name):
        return False
    key, value = statement.key.id, flat(statement.value)
    return key not in ALWAYS and (value == defaults.get(key) or (key == "model" and value == "lif"))


def _statement(statement: ast.Statement) -> ast.Statement:
    match statement:
        case ast.Entry() | ast.Output() | ast.Return():
            return replace(statement, value=_expression(statement.value))
        case ast.Block():
            return replace(statement, body=tuple(_statement(s) for s in statement.body))
        case _:
            return statement


def _expression(expr: ast.Expr) -> ast.Expr:
    """The expression without arguments of operations that are their defaults."""
    match expr:
        case ast.Pipe():
            return replace(expr, stages=tuple(_expression(each) for each in expr.stages))
        case ast.Call():
            found = tuple(replace(a, value=_expression(a.value)) for a in expr.arguments if not _is_default_of(expr, a))
            return replace(expr, arguments=found) if found or not expr.arguments else expr.function
        case _:
            return expr


def _is_default_of(call: ast.Call, argument: ast.Argument) -> bool:
    op = OPS.get(call.function.id)
    default = None if op is None or argument.name is None else op.parameters().get(argument.name, ...)
    if isinstance(default, bool):
        return flat(argument.value) == str(default).lower()
    if isinstance(default, int | float):
        return flat(argument.value) in (str(default), f"{default:g}", f"{default:g}".replace("e-0", "e-"))
    return isinstance(default, str) and flat(argument.value) == default
