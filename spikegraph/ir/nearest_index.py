"""Where nearest resizing in floating-point numbers takes other pixels than the rule of whole numbers."""

from functools import lru_cache


def is_inexact(n: int, m: int, *, divided: bool = False) -> bool:
    """Whether resizing n pixels to m takes a pixel other than i * n // m for some i.

    Args:
        n: The pixels before.
        m: The pixels behind.
        divided: Whether i is divided by the rounded m / n, as in onnxruntime; else it is multiplied by the rounded n / m, as in
            torch.
    """
    return _is_inexact(n, m, divided)


# What `torch.compiler.assume_constant_result` sets: the compiler calls the function in place of tracing it.
is_inexact.__dict__["_dynamo_marked_constant"] = True


@lru_cache(4096)
def _is_inexact(n: int, m: int, divided: bool) -> bool:
    import numpy as np  # noqa: PLC0415 (`check` reads this package and needs no arrays)

    wanted = np.arange(m) * n // m
    for kind in (np.float32, np.float64):
        i = np.arange(m, dtype=kind)
        places = i / (kind(m) / kind(n)) if divided else i * (kind(n) / kind(m))
        if not np.array_equal(np.minimum(places.astype(np.int64), n - 1), wanted):
            return True
    return False
