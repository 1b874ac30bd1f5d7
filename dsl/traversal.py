"""Traverses a tree without recursion: checks its depth, so that later stages may recurse, and its numbers."""

import math

from spikegraph.dsl import ast
from spikegraph.dsl.source import Span

Node = ast.File | ast.Item | ast.Statement | ast.Expr | ast.Argument | ast.Comment | ast.Branch


def children(node: Node) -> "tuple[Node, ...]":
    """The child nodes of `node`, in the order of the text."""
    match node:
        case ast.File():
            return node.items
        case ast.Declaration() | ast.Block() | ast.Dgs():
            return node.body
        case ast.Run():
            return (*node.bindings, *node.body)
        case ast.Path():
            return (node.levels,)
        case ast.Entry():
            return (node.key, node.value)
        case ast.Output() | ast.Param() | ast.Return() | ast.Argument():
            return (node.value,)
        case ast.Input():
            return (node.type,)
        case ast.Attribute():
            return (node.base,)
        case ast.Index():
            return (node.base, *node.items)
        case ast.Call():
            return node.arguments
        case ast.Sequence():
            return node.items
        case ast.Binary() | ast.Comparison():
            return (node.left, node.right)
        case ast.Logical():
            return node.operands
        case ast.Case():
            return node.branches
        case ast.Quantity():
            return (node.value, node.interval.low, node.interval.high)
        case ast.Weights():
            return (*node.sizes, node.value)
        case ast.State() | ast.Branch():
            return (node.value,)
        case ast.Negative():
            return (node.operand,)
        case ast.Pipe():
            return node.stages
        case _:
            return ()


def malformed(root: Node) -> bool:
    """Whether a number below `root` is malformed, which is already reported."""
    stack: list[Node] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Number) and math.isnan(node.value):
            return True
        stack.extend(children(node))
    return False


def first_too_deep(root: Node, limit: int) -> Span | None:
    """The span of a node more than `limit` levels below `root`, or None; linear in the tree."""
    level: list[Node] = [root]
    for _ in range(limit + 1):
        level = [child for node in level for child in children(node)]
        if not level:
            return None
    return min(node.span for node in level)
