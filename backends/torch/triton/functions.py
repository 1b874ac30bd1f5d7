"""Functions that generated kernels call: surrogate gradients, and what Triton's language lacks.

Their arguments are blocks of numbers of one type, float32 or float64. The formulas are those of `spikegraph.ir.surrogates`.
"""

# pyright: basic, reportGeneralTypeIssues=false

import triton
import triton.language as tl

PI = tl.constexpr(3.14159265358979323846)


@triton.jit
def sigmoid(x):
    """1 / (1 + exp(-x))."""
    e = tl.exp(-tl.abs(x))
    return tl.where(x < 0, e, 1.0) / (1.0 + e)


@triton.jit
def tanh(x):
    """By exp, but near 0 by its series."""
    size = tl.abs(x)
    e = tl.exp(-2.0 * size)
    far = (1.0 - e) / (1.0 + e)
    square = x * x
    near = square * (62.0 / 2835.0) - 17.0 / 315.0
    near = size * (1.0 + square * (square * (2.0 / 15.0 + square * near) - 1.0 / 3.0))
    found = tl.where(size < 0.02, near, far)
    return tl.where(x < 0, -found, found)


@triton.jit
def atan(x):
    """By halving the angle twice, and its series."""
    size = tl.abs(x)
    inside = tl.where(size > 1.0, 1.0 / tl.where(size > 1.0, size, 1.0), size)
    half = inside / (1.0 + tl.sqrt(1.0 + inside * inside))
    y = half / (1.0 + tl.sqrt(1.0 + half * half))
    square = y * y
    total = tl.zeros_like(x)
    for k in tl.static_range(14):
        total = 1.0 / (27.0 - 2.0 * k) - square * total
    found = 4.0 * y * total
    found = tl.where(size > 1.0, PI / 2.0 - found, found)
    return tl.where(x < 0, -found, found)


@triton.jit
def slope_of_erf(x):
    """The derivative of erf: 2 / sqrt(pi) * exp(-x^2)."""
    return 1.12837916709551257390 * tl.exp(-(x * x))


@triton.jit
def quotient(x, y):
    """The quotient, rounded to the nearest number as torch rounds it, so that potentials at a threshold stay there."""
    return x / y if x.dtype == tl.float64 else tl.div_rn(x, y)  # of float64 it always is


@triton.jit
def root(x):
    """The square root, rounded to the nearest number."""
    return tl.sqrt(x) if x.dtype == tl.float64 else tl.sqrt_rn(x)


@triton.jit
def nearest(x):
    """The nearest whole number, of two the even one."""
    low = tl.floor(x)
    rest = x - low
    odd = low - 2.0 * tl.floor(low * 0.5)
    return low + tl.where((rest > 0.5) | ((rest == 0.5) & (odd == 1.0)), 1.0, 0.0)


@triton.jit
def above(ratio):
    """The largest whole number that is less."""
    return -tl.floor(-ratio) - 1.0


@triton.jit
def within(count, levels):
    """A count, at least 0 and at most `levels`."""
    return tl.where(count < 0, 0.0, tl.where(count > levels, levels, count))


@triton.jit
def slope_dspike(x, b, scale):
    """dy/du of `dspike` at x = u - threshold; `scale` is the factor that depends only on b."""
    e = tl.exp(-2.0 * b * tl.abs(x))
    return tl.where(tl.abs(x) <= 0.5, scale * 4.0 * e / ((1.0 + e) * (1.0 + e)), 0.0)


@triton.jit
def slope_triangle(x, b, scale):
    """dy/du of `triangle` at x = u - threshold; `scale` is the factor that depends only on b."""
    return tl.where(tl.abs(x) < 1.0, 1.0 - tl.abs(x), 0.0) * b


@triton.jit
def slope_superspike(x, b, scale):
    """dy/du of `superspike` at x = u - threshold; `scale` is the factor that depends only on b."""
    y = 1.0 + b * tl.abs(x)
    return 1.0 / (y * y)


@triton.jit
def slope_softsign(x, b, scale):
    """dy/du of `softsign` at x = u - threshold; `scale` is the factor that depends only on b."""
    return slope_superspike(x, b, scale) * scale


@triton.jit
def slope_arctan(x, b, scale):
    """dy/du of `arctan` at x = u - threshold; `scale` is the factor that depends only on b."""
    y = x * PI
    return scale / (1.0 + y * y)


@triton.jit
def slope_rectangular(x, b, scale):
    """dy/du of `rectangular` at x = u - threshold; `scale` is the factor that depends only on b."""
    return tl.where(b * tl.abs(x) <= 0.5, b, 0.0)


@triton.jit
def slope_open_rectangular(x, b, scale):
    """dy/du of `open_rectangular` at x = u - threshold; `scale` is the factor that depends only on b."""
    return tl.where(b * tl.abs(x) < 0.5, b, 0.0)


@triton.jit
def slope_exponential(x, b, scale):
    """dy/du of `exponential` at x = u - threshold; `scale` is the factor that depends only on b."""
    return tl.exp(-b * tl.abs(x)) * scale


@triton.jit
def slope_sigmoid(x, b, scale):
    """dy/du of `sigmoid` at x = u - threshold; `scale` is the factor that depends only on b."""
    e = tl.exp(-b * tl.abs(x))
    return scale * e / ((1.0 + e) * (1.0 + e))


@triton.jit
def slope_cauchy(x, b, scale):
    """dy/du of `cauchy` at x = u - threshold; `scale` is the factor that depends only on b."""
    y = x * b * (PI / 2.0)
    return scale / (1.0 + y * y)


@triton.jit
def slope_gaussian(x, b, scale):
    """dy/du of `gaussian` at x = u - threshold; `scale` is the factor that depends only on b."""
    return tl.exp(-(b * x) * (b * x)) * scale


@triton.jit
def slope_hat(x, b, scale):
    """dy/du of `hat` at x = u - threshold; `scale` is the factor that depends only on b."""
    y = 1.0 - b * tl.abs(x)
    return tl.where(y > 0, y, 0.0) * scale


@triton.jit
def by_b_dspike(x, b):
    """The derivative by b of the smoothed spike of `dspike`."""
    half, at = tanh(b * 0.5), tanh(b * x)
    found = x * (1.0 - at * at) / (2.0 * half) - at * (1.0 - half * half) / (4.0 * half * half)
    return tl.where(tl.abs(x) <= 0.5, found, 0.0)


@triton.jit
def by_b_triangle(x, b):
    """The derivative by b of the smoothed spike of `triangle`."""
    inside = tl.where(x < -1.0, -1.0, tl.where(x > 1.0, 1.0, x))
    return inside * (1.0 - tl.abs(inside) * 0.5)


@triton.jit
def by_b_superspike(x, b):
    """The derivative by b of the smoothed spike of `superspike`."""
    y = b * tl.abs(x) + 1.0
    return -x * tl.abs(x) / (y * y)


@triton.jit
def by_b_arctan(x, b):
    """The derivative by b of the smoothed spike of `arctan`."""
    return atan(x * PI) / (3.0 * PI)


@triton.jit
def by_b_rectangular(x, b):
    """The derivative by b of the smoothed spike of `rectangular`."""
    return tl.where(tl.abs(x) * b <= 0.5, x, 0.0)


@triton.jit
def by_b_open_rectangular(x, b):
    """The derivative by b of the smoothed spike of `open_rectangular`."""
    return tl.where(tl.abs(x) * b < 0.5, x, 0.0)


@triton.jit
def by_b_exponential(x, b):
    """The derivative by b of the smoothed spike of `exponential`."""
    return x * 0.5 * tl.exp(-b * tl.abs(x))


@triton.jit
def by_b_sigmoid(x, b):
    """The derivative by b of the smoothed spike of `sigmoid`."""
    return x * sigmoid(b * x) * sigmoid(-b * x)


@triton.jit
def by_b_cauchy(x, b):
    """The derivative by b of the smoothed spike of `cauchy`."""
    y = (PI / 2.0) * b * x
    return x * 0.5 / (1.0 + y * y)


@triton.jit
def by_b_softsign(x, b):
    """The derivative by b of the smoothed spike of `softsign`."""
    y = 1.0 + b * tl.abs(x)
    return x * 0.5 / (y * y)


@triton.jit
def by_b_gaussian(x, b):
    """The derivative by b of the smoothed spike of `gaussian`."""
    return x * 0.56418958354775628695 * tl.exp(-(b * x) * (b * x))


@triton.jit
def by_b_hat(x, b):
    """The derivative by b of the smoothed spike of `hat`."""
    y = 1.0 - b * tl.abs(x)
    return x * tl.where(y > 0, y, 0.0)


@triton.jit
def load_two(pointers, mask):
    """Numbers of two steps, which a block [rows, 2, columns] of pointers has."""
    return tl.split(tl.permute(tl.load(pointers, mask=mask, other=0.0), (0, 2, 1)))


@triton.jit
def store_two(pointers, mask, first, second):
    """Writes numbers of two steps where a block [rows, 2, columns] of pointers has them."""
    tl.store(pointers, tl.permute(tl.join(first, second), (0, 2, 1)), mask=mask)
