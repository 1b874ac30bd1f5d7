"""What the operations of a network do in an inference, counted once: energy models are functions of these counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from spikegraph.ir.arithmetic import Layer, Sum, Window
from spikegraph.ir.graph import Node
from spikegraph.ir.ops.windows import product
from spikegraph.ir.types import Kind
from spikegraph.ir.updates import Update


@dataclass(frozen=True)
class Products:
    """Products of an operation, of one sample.

    Attributes:
        op: Name of the operation.
        weighted: True for products with weights, False for those of numbers with each other, such as in attention.
        steps: How often they are computed in an inference: once for each time step, or once if all steps have the same.
        dense: Products at each of these times, if no number is 0.
        inputs: Numbers that they take at each of these times; of two sides with numbers those of the one that arrives.
        outputs: Sums of products at each of these times.
        channels: Channels of the numbers that they take, and of the sums.
        arrived: Spikes that arrive in an inference; a count of n is n, a sign is 1. None for real numbers.
        additions: Additions of the inference, one for each spike and weight that it meets; 0 for real numbers.
        weights: Trained numbers, biases included.
        biased: Whether each sum has a bias.
        counted: Whether the additions were counted where spikes arrived; otherwise they follow from firing rates.
        alike: Whether each number meets as many weights, wherever and whenever it arrives, as in a linear layer.
        window: The window of a convolution; None for other operations.
        bits: Bits of the activations that it takes in a quantised ANN; None elsewhere.
        nonzero: The share of these activations that aren't 0.
        bound: The most spikes of a number at a time step, if spikes arrive.
    """

    op: str
    weighted: bool
    steps: int
    dense: int
    inputs: int
    outputs: int
    channels: tuple[int, int]
    arrived: float | None
    additions: float
    weights: int
    biased: bool
    counted: bool = False
    alike: bool = False
    window: Window | None = None
    bits: int | None = None
    nonzero: float = 1.0
    bound: int = 1

    @property
    def linear(self) -> bool:
        """True if each number meets a weight for each sum, or for each but its own, as in a linear layer without axes."""
        return self.weighted and self.window is None and (self.alike or self.dense == self.inputs * self.outputs)

    @property
    def exact(self) -> bool:
        """Whether the additions are those of the spikes that were measured: counted, or the same wherever a spike arrives."""
        return self.counted or self.alike or self.arrived is None


@dataclass(frozen=True)
class Population:
    """Neurons of one sample.

    Attributes:
        model: Their model.
        steps: How often they compute in an inference, as of `Products`.
        count: Number of neurons.
        update: What a time step of one of them computes; None for a model without equations.
        states: Numbers that one of them keeps from step to step.
        spikes: Spikes of an inference; 0 if they don't fire.
        fires: Whether they fire.
        levels: The most spikes of one of them at a time step.
        signed: Whether a spike is 1 or -1.
        leaks: Whether the potential decays, if the model is `lif`.
        decays_input: Whether the input decays with the potential.
        reset: What a spike does to the potential, `hard`, `soft` or `late`; `none` for neurons that don't fire.
    """

    model: str
    steps: int
    count: int
    update: Update | None
    states: int
    spikes: float
    fires: bool
    levels: int = 1
    signed: bool = False
    leaks: bool = False
    decays_input: bool = False
    reset: str = "none"


@dataclass(frozen=True)
class Activations:
    """Functions of single numbers in place of neurons, in a network that isn't spiking.

    Attributes:
        count: Their number in an inference.
    """

    count: int


@dataclass(frozen=True)
class Norms:
    """Norms that deployment doesn't fold: each number times a factor, plus another number.

    Attributes:
        steps: How often they are computed in an inference, as of `Products`.
        count: Numbers at each of these times.
    """

    steps: int
    count: int


@dataclass(frozen=True)
class Sums:
    """Sums of numbers with each other: poolings by the mean, shortcuts.

    Attributes:
        additions: Additions of an inference.
        once: Those of a time step, if all numbers are real; 0 for sums over time steps.
        spiking: Whether the additions are those for spikes that arrive.
    """

    additions: float
    once: float = 0.0
    spiking: bool = False


Part = Products | Population | Activations | Norms | Sums

T = TypeVar("T")


def products_part(
    node: Node,
    count: int,
    steps: int,
    arrived: float | None = None,
    additions: float = 0.0,
    *,
    counted: bool = False,
    driver: int = 0,
) -> Products:
    """The counts of an operation's products.

    Args:
        node: The operation.
        count: Its products at each time step, if computed densely.
        steps: Time steps of an inference.
        arrived: As of `Products`.
        additions: As of `Products`.
        counted: As of `Products`.
        driver: The operand whose spikes arrive, by index.
    """
    x, shapes = node.operand_values[driver], [shape for leaf in node.leaves.values() for shape in leaf.items()]
    weights, biased = sum(product(shape) for _, shape in shapes), any(name == "bias" for name, _ in shapes)
    computed = node.arithmetic
    return Products(
        op=node.op.name,
        weighted=bool(shapes),
        steps=steps if node.value.steps else 1,
        dense=count,
        inputs=product(x.shape),
        outputs=product(node.value.shape),
        channels=(x.channels, node.value.channels),
        arrived=arrived,
        additions=additions,
        weights=weights,
        biased=biased,
        counted=counted,
        bound=x.bound,
        # What has a state meets numbers at later steps, of which a sample may have none any more.
        alike=bool(shapes) and isinstance(computed, Layer) and not x.size and not node.op.traits.stateful,
        window=computed.over if isinstance(computed, Layer) else None,
    )


def neurons_part(node: Node, steps: int, rates: Mapping[str, float] | None) -> Population:
    """The counts of an operation's neurons, with their measured rates; without these each fires as much as it can."""
    op, value = node.op, node.value
    steps = steps if value.steps else 1  # without a state, neurons of a still image compute once
    places = product(value.size)
    levels = value.bound if op.traits.fires else 0
    each = {name: levels if rates is None else rates.get(name, levels) for name in node.populations}
    spikes = sum(n * places * steps * each[name] for name, n in node.populations.items()) if op.traits.fires else 0.0
    model, count = op.model or op.name, product(value.shape)
    signed = op.traits.fires and value.kind is Kind.EVENTS
    found = Population(model, steps, count, op.update(), op.states(), spikes, op.traits.fires, max(levels, 1), signed)
    neuron = op.any_neuron()
    if neuron is None:
        return found
    leaks = neuron.decay != 1.0 or any(learned.name == "decay" for learned in neuron.learned)
    return replace(found, leaks=leaks, decays_input=neuron.decay_input, reset=neuron.reset if op.traits.fires else "none")


def norms_part(node: Node, steps: int) -> Norms:
    """The counts of a norm that stays; those of a margin are known beforehand."""
    return Norms(steps if node.value.steps else 1, product(node.operand_values[0].shape))


def adds_two_spikes(node: Node) -> bool:
    """Whether an operation adds two spikes, so that its additions are as many as there are spikes."""
    two = len(node.operands) == 2 and all(value.kind is Kind.SPIKE for value in node.operand_values)
    return two and isinstance(node.arithmetic, Sum)


def sums_part(node: Node, steps: int, rates: Mapping[str, float] | None) -> Sums | None:
    """The additions of a sum of operands, or over windows or time steps; None for another operation.

    A sum of two spikes costs one for each spike of both, and for each place at which that of a whole channel counts.
    """
    arithmetic = node.arithmetic
    if not isinstance(arithmetic, Sum):
        return None
    times, outputs = steps if node.value.steps else 1, product(node.value.shape)
    if arithmetic.over_time in ("mean", "sum"):
        return Sums(float(outputs * (steps - 1)))
    if adds_two_spikes(node):
        each = [1.0 if rates is None else rates.get(name, 1.0) for name in node.operands]
        return Sums(times * outputs * sum(each), float(outputs), spiking=True)
    of = outputs * arithmetic.terms if arithmetic.summands is None else node.value.channels * arithmetic.summands
    once = len(node.operands) * of - outputs
    return Sums(float(times * once), float(once))


def altered(of: T, **fields: object) -> T:
    """As `replace`, which takes ten times as long; to find where two energies are equal needs thousands."""
    made: T = object.__new__(type(of))
    vars(made).update(vars(of), **fields)
    return made


def each(parts: Sequence[Part], change: Callable[[Part], Part]) -> tuple[Part, ...]:
    """Parts that are changed alike; the very same part, which many operations can share, is changed once."""
    changed = {id(part): part for part in parts}
    changed = {key: change(part) for key, part in changed.items()}
    return tuple([changed[id(part)] for part in parts])


def scaled(part: Part, factor: float) -> Part:
    """A part with so many times as many spikes."""
    match part:
        case Products(arrived=float() | int() as arrived):
            return altered(part, arrived=arrived * factor, additions=part.additions * factor)
        case Population():
            return altered(part, spikes=part.spikes * factor)
        case Sums(spiking=True):
            return altered(part, additions=part.additions * factor)
        case _:
            return part


def dense(part: Part, bits: int, levels: int = 1) -> Part:
    """A part of the same network with activations of so many bits in place of spikes: everything happens once.

    Of the activations a share between s and T s isn't 0, where T steps have a firing rate s; 2 T s / (T + 1) is taken, at most
    1 (Yan et al., arXiv 2409.08290, theorem 2 and its average case). Where they are those of neurons with n levels, n T is in
    place of T.
    """
    match part:
        case Products(arrived=float() | int() as arrived):
            most = min(levels, part.bound) * part.steps
            nonzero = min(2 * arrived / (part.inputs * (most + 1)), 1.0)
            return altered(part, steps=1, arrived=None, additions=0.0, bits=bits, nonzero=nonzero)
        case Products():
            return altered(part, steps=1, arrived=None, additions=0.0)
        case Population():
            return Activations(part.count)
        case Norms():
            return altered(part, steps=1)
        case Sums():
            return Sums(part.once, part.once)
        case _:
            return part
