"""Products of matrices of tokens."""

import numpy as np

from spikegraph.ir.ops.matrices import MatrixProduct
from spikegraph.meaning.call import Array, Call
from spikegraph.meaning.references import reference


@reference(MatrixProduct)
def matrix_product(call: Call[MatrixProduct], a: Array, b: Array) -> Array:
    """In each head the product of the matrices [positions, channels of the head], either of them transposed."""
    op, size = call.op, a.shape[3:]
    first, second = ("ci" if op.left else "ic"), ("jc" if op.right else "cj")
    pairs = zip(*(np.split(x.reshape(*x.shape[:3], -1), op.heads, axis=2) for x in (a, b)), strict=True)
    parts = [np.einsum(f"tn{first},tn{second}->tnji", _matrix(x), _matrix(y)) for x, y in pairs]
    result = np.concatenate(np.broadcast_arrays(*parts), axis=2)
    return result if op.left else result.reshape(*result.shape[:3], *size)


def _matrix(x: Array) -> Array:
    """[T, N, C, positions] with tokens in rows."""
    return x.swapaxes(2, 3)
