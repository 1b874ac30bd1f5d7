"""Products of matrices, which are attention: `q @ k.transpose(-2, -1) @ v`, in any order of its factors."""

from typing import Any

from spikegraph.foreign.adapters import Adapter, Call, adapter
from spikegraph.foreign.known.functions import div, mul, neg
from spikegraph.foreign.product import Product, matrix
from spikegraph.foreign.statements import Value

ALIKE = "give it [..., heads, tokens, channels of a head], as reshape and permute make them"


@adapter("operator.matmul", "torch.matmul", "Tensor.matmul", "torch.bmm", "Tensor.bmm", any_layout=True)
def matmul(call: Call, x: Any, y: Any) -> Product:
    """A product of matrices in the last two dimensions; with a third one it is attention."""
    factors = [*_factors(call, x), *_factors(call, y)]
    if len(factors) > 3:
        raise call.refuse("it is a product of more than three matrices", "put a neuron between them")
    if len(factors) == 3 and [f.tokens_first for f in factors] not in ([True, False, True], [False, True, False]):
        return matmul(call, *(o.settled() if isinstance(o, Product) else o for o in (x, y)))
    if len({f.heads for f in factors}) > 1:
        heads = " and ".join(str(f.heads) for f in factors)
        raise call.refuse(f"its operands have {heads} heads", ALIKE)
    scale = x.scale if isinstance(x, Product) else 1.0
    scale *= y.scale if isinstance(y, Product) else 1.0
    first = call.layout(factors[0].value)
    return Product(tuple(factors), scale, call, first.with_(first.dimensions[:-2]))


TAKES_PRODUCTS: frozenset[Adapter] = frozenset((matmul, mul, div, neg))
"""Adapters that take products of which it isn't known what they are part of."""


def _factors(call: Call, x: Any) -> tuple[Any, ...]:
    if isinstance(x, Product):
        return x.factors
    if not isinstance(x, Value):
        raise call.refuse("one of its operands isn't a value", ALIKE)
    found = matrix(call.layout(x), x)
    if found is None:
        raise call.refuse(f"its operand {list(x.shape)} isn't a matrix of tokens and channels for each head", ALIKE)
    return (found,)
