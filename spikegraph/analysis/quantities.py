"""What a value of a deployed network is to the certificate, and what sums and concatenations of such values are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from math import gcd


@dataclass(frozen=True, slots=True)
class Constant:
    """Numbers of the spec or of sizes, which no input changes."""


@dataclass(frozen=True, slots=True)
class Count:
    """A spike, a count of spikes, or a constant multiple of one: `unit` times a whole number.

    Weights behind it can have the unit as a factor.

    Attributes:
        largest: The largest of these whole numbers: 1 for spikes, 0 for zeros.
        unit: The constant.
        each_step: True if `largest` is that of each time step, over which the count goes on, and their number isn't known.
        of_input: True if it is made of inputs alone, without weights and neurons.
    """

    largest: int = 1
    unit: Fraction = Fraction(1)
    each_step: bool = False
    of_input: bool = False


@dataclass(frozen=True, slots=True)
class Encoding:
    """Real numbers that depend on inputs in a linear way.

    Attributes:
        maker: The input, or the last layer before.
        weighted: True behind a layer.
    """

    maker: str
    weighted: bool = False


@dataclass(frozen=True, slots=True)
class Current:
    """The result of layers that take spikes or counts, with nothing but linear operations behind it.

    Attributes:
        maker: The last layer, or sum of layers.
        window: True if the kernel of a layer reaches over several positions.
        bordered: True if what is behind such a kernel, or its own padding, makes borders differ, so that another such kernel
            can't be joined with it.
        constant: True if it has a constant part, of a bias or a norm.
        uneven: True if this part isn't everywhere: it has zeros beyond a border or before the first step, so that no other
            layer can be joined with it.
    """

    maker: str
    window: bool = False
    bordered: bool = False
    constant: bool = False
    uneven: bool = False


@dataclass(frozen=True, slots=True)
class Real:
    """Other real numbers.

    Attributes:
        maker: The operation that made them of something else.
    """

    maker: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The result of an operation that is refused: what follows from it isn't reported again."""


@dataclass(frozen=True, slots=True)
class Unseen:
    """A value that a loop carries, before anything is known of it."""


Quantity = Constant | Count | Encoding | Current | Real | Refused | Unseen

NOTHING = Count(0)
"""Zeros."""


def is_counted(x: Quantity) -> bool:
    """True for spikes, counts, their constant multiples and constants: a product with them needs no multiplication."""
    return isinstance(x, Count | Constant | Unseen)


def concatenated(xs: Sequence[Quantity]) -> Quantity:
    """Values side by side. If they don't go together, it is real, made by the first that isn't a count."""
    real = next((x for x in xs if isinstance(x, Real)), None)
    if real is not None:
        return real
    counts = [x for x in xs if isinstance(x, Count)]
    unit = common_unit(counts)
    largest = max((int(x.largest * x.unit / unit) for x in counts), default=0)
    return _together(xs, largest, unit, None)


def added(xs: Sequence[Quantity], at: str) -> Quantity:
    """The sum of values. If they don't go together, or one is real, the sum is real, made by the node `at`."""
    if any(isinstance(x, Real) for x in xs):
        return Real(at)
    counts = [x for x in xs if isinstance(x, Count)]
    unit = common_unit(counts)
    return _together(xs, sum(int(x.largest * x.unit / unit) for x in counts), unit, at)


def multiplied(xs: Sequence[Count], factor: Fraction, terms: int, complement: Sequence[int]) -> Count:
    """A constant times a sum of products of counts; those in `complement` are subtracted from 1 before."""
    unit, largest = factor, terms
    for i, x in enumerate(xs):
        own, most = x.unit, x.largest
        if i in complement:
            own, most = gcd_of(Fraction(1), own), int(1 / gcd_of(Fraction(1), own))
            most = most if x.largest * x.unit <= 1 else most + int(x.largest * x.unit / own)
        unit, largest = unit * own, largest * most
    return Count(largest, unit, any(x.each_step for x in xs), all(x.of_input for x in xs))


def common_unit(counts: Sequence[Count]) -> Fraction:
    """The largest constant of which all units are whole multiples."""
    return reduce(gcd_of, (x.unit for x in counts if x.largest), Fraction(0)) or Fraction(1)


def gcd_of(a: Fraction, b: Fraction) -> Fraction:
    """The largest fraction of which both are whole multiples."""
    return Fraction(gcd(a.numerator * b.denominator, b.numerator * a.denominator), a.denominator * b.denominator)


def _together(xs: Sequence[Quantity], largest: int, unit: Fraction, at: str | None) -> Quantity:
    """What values that aren't real are together."""
    if any(isinstance(x, Refused) for x in xs):
        return Refused()
    if any(isinstance(x, Unseen) for x in xs) and all(isinstance(x, Unseen) or x == NOTHING for x in xs):
        return Unseen()
    some = [x for x in xs if not (isinstance(x, Constant | Unseen) or x == NOTHING)]
    counts = [x for x in some if isinstance(x, Count)]
    encodings = [x for x in some if isinstance(x, Encoding)]
    currents = [x for x in some if isinstance(x, Current)]
    if encodings and not currents and all(x.of_input for x in counts):
        maker = encodings[0].maker if len(some) == 1 or at is None else at
        return Encoding(maker, not counts and all(x.weighted for x in encodings))
    if currents and not counts and all(x.weighted for x in encodings):
        maker = currents[0].maker if len(some) == 1 or at is None else at
        window, bordered = any(x.window for x in currents), any(x.bordered for x in currents)
        return Current(maker, window, bordered, any(x.constant for x in currents), any(x.uneven for x in currents))
    if currents or encodings:
        return Real(at if at is not None else (currents or encodings)[0].maker)
    if not counts:
        return Constant() if any(isinstance(x, Constant) for x in xs) else NOTHING
    return Count(largest, unit, any(x.each_step for x in counts), all(x.of_input for x in counts))


def scaled(x: Quantity, factor: Fraction, terms: int) -> Quantity:
    """A sum of `terms` numbers of a value, times a factor, whose sign doesn't matter."""
    if not isinstance(x, Count) or x.largest == 0:
        return x
    return replace(x, largest=x.largest * terms, unit=x.unit * abs(factor))
