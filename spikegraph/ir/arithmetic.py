"""What an operation computes with the numbers of its operands: the answers of `Op.arithmetic`.

The certificate follows from these answers what is a spike, a count or a real number, and `stats` counts additions and
multiplications by them. So an operation says once what it multiplies.
"""

from fractions import Fraction
from math import gcd, prod
from typing import Literal

from spikegraph.base.record import record

OverTime = Literal["maximum", "mean", "sum", "concatenation"]


@record
class Window:
    """The window of a convolution.

    Attributes:
        kernel: Weights along each axis.
        stride: Places between two windows along each axis.
        groups: Groups of channels that don't see each other.
    """

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    groups: int


@record
class Product:
    """Products of one kind.

    Attributes:
        count: Number of products per time step and sample if computed densely.
        sides: The operands on each side, by index: of two, or of more where one side is a product itself. An empty side is
            weights, or numbers that the operation computes from its operands.
    """

    count: int
    sides: tuple[tuple[int, ...], tuple[int, ...]]


@record(kw_only=True)
class Arithmetic:
    """What an operation computes; one of the classes below.

    Attributes:
        of: The operands whose numbers it uses, by index; None for all. Of others it uses the size alone.
        over_time: What it also takes over all time steps: the sum of its results at each step, their mean or maximum,
            or all of them in a row.
    """

    of: tuple[int, ...] | None = None
    over_time: OverTime | None = None


class Zeros(Arithmetic):
    """Zeros."""


class Constants(Arithmetic):
    """Numbers of the spec or of sizes, which no operand changes."""


class Learned(Arithmetic):
    """Numbers that training has found, which no operand changes."""


@record(kw_only=True)
class Copies(Arithmetic):
    """Numbers of its operands, or zeros.

    Attributes:
        moves: False if each number stays at its position.
        zeros: True if some results are zeros, beyond the border of an operand or before the first step.
        mixes: True if channels become positions or time steps, or the other way round: a layer before it and one behind it
            aren't one layer.
        parts: True if each time step has other numbers of an operand that is the same at every step.
    """

    moves: bool = True
    zeros: bool = False
    mixes: bool = False
    parts: bool = False


class Largest(Arithmetic):
    """The largest of several numbers of its operand."""


@record(kw_only=True)
class Sum(Arithmetic):
    """A sum of numbers, each times a whole number, and all times one factor.

    Attributes:
        factor: The factor.
        terms: The sum of the whole numbers for each operand.
        aligned: False if it moves numbers, or if it isn't the same at every position.
        summands: The numbers of each operand of which all results of a channel are made at a time step, if their windows differ
            in size; None if each result has `terms`.
    """

    factor: Fraction = Fraction(1)
    terms: int = 1
    aligned: bool = True
    summands: int | None = None


class Interpolation(Arithmetic):
    """Numbers between those of neighbours."""


class Factors(Arithmetic):
    """Each number times a factor of its channel that training has found, the same at every time step."""


@record(kw_only=True)
class Layer(Arithmetic):
    """A sum of numbers times weights, the same at every time step, plus a bias.

    Attributes:
        window: True if it reaches over several positions.
        padded: True if its window reaches beyond the border.
        over: Its window, for a convolution that energy models may price by it.
    """

    window: bool = False
    padded: bool = False
    over: Window | None = None


@record(kw_only=True)
class Multiplication(Arithmetic):
    """A sum of products that have a number of each operand, times a constant.

    Attributes:
        products: Its products.
        factor: The constant.
        terms: Number of products in each sum.
        complement: The operands that are subtracted from 1 before.
        exact: False if the result is no such sum, such as a mean whose divisor depends on operands.
    """

    products: tuple[Product, ...]
    factor: Fraction = Fraction(1)
    terms: int = 1
    complement: tuple[int, ...] = ()
    exact: bool = True


class Division(Multiplication):
    """Products with the inverse of the last operand: only constants there are a constant factor."""


class NeuronUpdate(Arithmetic):
    """The update of neurons, which `Op.update` counts."""


class Function(Arithmetic):
    """Another function of its operands, which gives real numbers; it has no weights."""


def mean_of(counts: tuple[tuple[int, ...], ...], *, aligned: bool) -> Sum:
    """The mean over windows.

    Windows may have different numbers of positions, such as at the border. Each mean is then a sum of whole multiples of the
    numbers, times one over the least common multiple of these numbers of positions.

    Args:
        counts: For each axis the number of positions that each window has along it.
        aligned: As in `Sum`.
    """
    common, same = prod(map(lcm, counts)), all(len(set(of)) == 1 for of in counts)
    summands = None if same else prod(map(sum, counts))
    return Sum(factor=Fraction(1, common), terms=common, aligned=aligned and same, summands=summands)


def lcm(numbers: tuple[int, ...]) -> int:
    """The least common multiple."""
    found = 1
    for n in numbers:
        found *= n // gcd(found, n)
    return found


def decimal(number: float) -> Fraction:
    """A number of the spec as the decimal fraction that it is written as: 0.3 is 3/10."""
    return Fraction(repr(number))
