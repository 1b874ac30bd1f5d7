"""How many operands an operation takes."""

from functools import cache

from spikegraph.ir.opdef import Op


@cache  # `verify` calls this for every node after every pass
def arity(op: type[Op]) -> tuple[int, int | None]:
    """The minimum and maximum number of operands; a maximum of None is unlimited."""
    variadic = any(o.startswith("*") for o in op.operands)
    return len(op.operands) - len(op.optional), None if variadic else len(op.operands)
