"""Products of values, and attention."""

from spikegraph.backends.python.holes import hole
from spikegraph.backends.python.rule_table import Expression, Place, rule
from spikegraph.backends.python.rules.wiring import positioned
from spikegraph.ir.ops.matrices import MatrixProduct
from spikegraph.ir.ops.products import Attend, Iand, Mul


@rule(Mul)
def mul(place: Place[Mul]) -> Expression:
    """The product; one without positions counts at every one."""
    return Expression(" * ".join(positioned(place)), whole=False)


@rule(Iand)
def iand(place: Place[Iand]) -> Expression:
    """(1 - x) * y."""
    return Expression("(1 - {0}) * {1}", whole=False)


@rule(Attend)
def attend(place: Place[Attend]) -> Expression:
    """A function of the module, in the order of products that takes fewer multiplications."""
    op, (q, k, v) = place.op, place.node.operand_values
    queries, keys = (_product(value.size) for value in (q, k))
    features, outputs = q.channels // op.heads, v.channels // op.heads
    linear = keys * features * (queries + outputs) < queries * keys * (features + outputs)
    name = place.help("attend_linear" if linear else "attend")
    heads, scale, axes = hole("heads", op.heads), hole("scale", op.scale), len(q.size)
    by_axes = "" if axes == len(k.size) == 2 else f", axes={axes}"
    if axes != len(k.size):
        by_axes += f", other_axes={len(k.size)}"
    return Expression(f"{name}({{0}}, {{1}}, {{2}}, heads={heads}, scale={scale}{by_axes})")


@rule(MatrixProduct)
def matrix_product(place: Place[MatrixProduct]) -> Expression:
    """A function of the module."""
    op, (a, b) = place.op, place.node.operand_values
    more = f", heads={hole('heads', op.heads)}" if op.heads != 1 else ""
    more += f', transpose="{op.transpose}"' if op.transpose != "none" else ""
    more += f", axes={len(a.size)}" if len(a.size) != 2 else ""
    more += f", other_axes={len(b.size)}" if len(b.size) != len(a.size) else ""
    return Expression(f"{place.help('matrix_product')}({{0}}, {{1}}{more})")


def _product(size: tuple[int, ...]) -> int:
    found = 1
    for n in size:
        found *= n
    return found
