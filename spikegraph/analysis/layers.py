"""Shape, parameters and operations of each layer of a network."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from spikegraph.analysis.energy import CMOS_45NM, EnergyModel, driven, untyped_inputs
from spikegraph.analysis.parts import (
    Norms,
    Part,
    Products,
    altered,
    dense,
    each,
    neurons_part,
    norms_part,
    products_part,
    scaled,
    sums_part,
)
from spikegraph.ir.folding import Uses
from spikegraph.ir.graph import Graph, Node
from spikegraph.ir.ops.windows import product
from spikegraph.ir.path import Step
from spikegraph.ir.types import Value


@dataclass(frozen=True)
class Layer:
    """A layer of the spec's network, or a cell.

    Attributes:
        name: Name in the spec; a layer of a block that is used several times is listed once.
        op: Name of the operation.
        value: Type of its result.
        parameters: Number of trainable parameters.
        additions: Additions per time step and sample for spikes and sums of n spikes, if every neuron fires and no window
            reaches beyond its input; for inputs that are whole numbers only by their measured values, if each of them is 1.
        multiplications: Multiply-accumulates per time step and sample for other inputs, and one for each number of a norm that
            deployment doesn't fold; fractional as a mean over steps.
        fired: Additions for the spikes that arrive: counted where they were measured, else those at the firing rates of the
            inputs; equal to `additions` if these are not known.
        uses: Number of uses of the weights; the operations are summed over them.
        once: Those of the additions that happen and of the multiplications that are the same at every time step, so that
            they are computed once for each inference.
        model: What an operation costs.
        at_rates: Additions at the firing rates of the inputs, if no window reaches beyond its input; None for `fired`.
        steps: Time steps of an inference, of which the parts are.
        parts: What its operations do in an inference.
    """

    name: str
    op: str
    value: Value
    parameters: int
    additions: int
    multiplications: float
    fired: float
    uses: int
    once: tuple[float, float] = (0.0, 0.0)
    model: EnergyModel = field(default=CMOS_45NM, repr=False)
    at_rates: float | None = None
    steps: int = 1
    parts: tuple[Part, ...] = field(default=(), repr=False)

    @property
    def synaptic_operations(self) -> float:
        """Additions of an inference, one for each spike and each weight that it meets; a mean over samples.

        A count of n is n of them, a sign one. Biases and products of real numbers aren't counted.
        """
        return sum(part.additions for part in self.parts if isinstance(part, Products))

    @property
    def rate(self) -> float:
        """Mean firing rate of the inputs, weighted by their additions; 1 if it is not known or there are no additions.

        That of a count up to n is its mean divided by n.
        """
        return (self.fired if self.at_rates is None else self.at_rates) / self.additions if self.additions else 1.0

    @property
    def millijoules(self) -> float:
        """Energy per time step and sample, in millijoules."""
        return self.model.millijoules(self) / (self.steps if self.model.whole else 1)

    def inference_millijoules(self, steps: int) -> float:
        """Energy per inference of `steps` time steps and sample, in millijoules."""
        if self.model.whole:
            return self.model.millijoules(self)
        saved = [count * (1 - 1 / steps) for count in self.once]
        mean = altered(self, fired=self.fired - saved[0], multiplications=self.multiplications - saved[1])
        return steps * self.model.millijoules(mean)

    def scaled(self, factor: float) -> "Layer":
        """The layer with so many times as many spikes."""
        rates = self.fired if self.at_rates is None else self.at_rates
        parts = each(self.parts, lambda part: scaled(part, factor))
        once = (self.once[0] * factor, self.once[1])
        return altered(self, fired=self.fired * factor, at_rates=rates * factor, once=once, parts=parts)

    def dense(self, bits: int, levels: int = 1) -> "Layer":
        """The layer with activations of so many bits in place of neurons: all products multiply, and happen once."""
        parts = each(self.parts, lambda part: dense(part, bits, levels))
        products = sum(
            part.dense if isinstance(part, Products) else part.count for part in parts if isinstance(part, Products | Norms)
        )
        none = {"additions": 0, "fired": 0.0, "at_rates": 0.0, "once": (0.0, 0.0)}
        return altered(self, multiplications=products, steps=1, parts=parts, **none)


def layers(
    outline: Graph,
    lowered: Graph,
    rates: Mapping[str, float] | None = None,
    model: EnergyModel = CMOS_45NM,
    counted: Mapping[str, float] | None = None,
    steps: int = 1,
) -> list[Layer]:
    """The layers of `outline` in order, with the costs of their operations in `lowered`.

    Args:
        outline: Graph with one node for each layer.
        lowered: Graph of plain operations derived from it.
        rates: Mean magnitudes of spikes, sums of spikes and signs by node of `lowered`, and of real inputs that additions
            compute; without them every neuron fires, which gives an upper bound. So does an input without one.
        model: What an operation costs.
        counted: Additions per time step and sample by operation of `lowered`, as they were counted with the rates; the
            others follow from the rates.
        steps: Time steps of an inference.
    """
    owners = owners_of(lowered, outline)
    rows: dict[str, list[Node]] = {}
    for node in outline:
        if not node.op.traits.source:
            rows.setdefault(node.weights, []).append(node)
    parts: dict[str, list[Node]] = {name: [] for name in rows}
    for node in lowered:
        if (owner := owners[node.name]) is not None:
            parts[outline.node(owner).weights].append(node)
    whole = untyped_inputs(lowered) & rates.keys() if rates is not None else set[str]()
    arriving = _Arriving(rates, counted or {}, whole, steps, Uses.of(lowered).staying())
    return [_layer(name, nodes, parts[name], arriving, model) for name, nodes in rows.items()]


def layer_of(
    node: Node,
    model: EnergyModel,
    steps: int,
    rates: Mapping[str, float] | None,
    counted: Mapping[str, float],
    *,
    stays: bool = False,
) -> Layer:
    """One operation of a lowered graph as a layer; `stays`: it is a norm that isn't folded, others as those of `layers`."""
    staying = {node.name} if stays else set[str]()
    return _layer(node.name, [node], [node], _Arriving(rates, counted, set(), steps, staying), model)


def owners_of(lowered: Graph, outline: Graph) -> dict[str, str | None]:
    """By node of a lowered graph what `owner_of` says of it; what contains nodes, such as an edge, is looked up once."""
    known: dict[str, str | None] = {}
    return {node.name: _owner(node.path.steps, node.name, outline, known) for node in lowered}


def owner_of(node: Node, outline: Graph) -> str | None:
    """The node of `outline` that a lowered node derives from: the innermost one that it is part of, unless that is an input."""
    return _owner(node.path.steps, node.name, outline, {})


def _owner(steps: tuple[Step, ...], text: str, outline: Graph, known: dict[str, str | None]) -> str | None:
    """The owner of what is at these steps, which print as `text`; `known` gets the owners of what contains it."""
    last, own = steps[-1], text if text in outline else None
    if own is None and last.text != last.label:
        before = text.removesuffix(last.text)
        own = next((before + name for name in (last.weights, last.label) if before + name in outline), None)
    if own is not None:
        return None if outline.node(own).op.traits.source else own
    whole = text.rpartition(".")[0]
    if whole and whole not in known:
        known[whole] = _owner(steps[:-1], whole, outline, known)
    return known.get(whole)


Costs = tuple[Sequence[tuple[int, float, float, float]], Sequence[Part]]
"""For each product of an operation its additions (the most, at the rates, those that happen) and multiplications; all parts."""


@dataclass(frozen=True)
class _Arriving:
    """What arrives at operations.

    Attributes:
        rates: As those of `layers`.
        counted: As those of `layers`.
        whole: The real operands that additions compute, by their measured values.
        steps: Time steps of an inference.
        staying: The norms that deployment doesn't fold.
        unmeasured: What operations cost of which nothing was measured, by the identity of what follows from their types.
    """

    rates: Mapping[str, float] | None
    counted: Mapping[str, float]
    whole: set[str]
    steps: int
    staying: Collection[str]
    unmeasured: dict[int, Costs] = field(default_factory=dict[int, Costs])

    def products(self, part: Node) -> list[tuple[int, int | None]]:
        """The products of an operation that count, as `driven` tells them; a real operand of whole numbers drives a layer's."""
        whole = part.op.multiplied == 1 and part.operands[:1] and part.operands[0] in self.whole and part.additions
        return [(count, 0 if driver is None and whole else driver) for count, driver in driven(part) if count]

    def additions(self, part: Node, count: int, driver: int) -> tuple[int, float, float]:
        """Additions of products that an operand drives: the most, those at the rates, and those that happen."""
        most, source = part.operand_values[driver].bound, part.operands[driver]
        at_rates = count * (most if self.rates is None else self.rates.get(source, most))
        return count * most, at_rates, self.counted.get(part.name, at_rates)

    def costs(self, node: Node) -> Costs:
        """What an operation costs. Without rates it is the same for all that share what follows from their types."""
        if node.name in self.staying:
            norms = norms_part(node, self.steps)
            return [(0, 0.0, 0.0, norms.count)], [norms]
        if self.rates is not None or self.counted or self.whole:
            return self._costs(node)
        if (known := self.unmeasured.get(id(node.applied))) is None:
            known = self.unmeasured[id(node.applied)] = self._costs(node)
        return known

    def _costs(self, part: Node) -> Costs:
        products: list[tuple[int, float, float, float]] = []
        found: list[Part] = []
        times = self.steps if part.value.steps else 1
        for count, driver in self.products(part):
            if driver is None:
                products.append((0, 0.0, 0.0, count))
                found.append(products_part(part, count, self.steps))
                continue
            most, mean, happen = self.additions(part, count, driver)
            products.append((most, mean, happen, 0))
            taken, known = part.operand_values[driver], part.name in self.counted
            arrived = times * mean / count * product(taken.shape)
            of = (part, count, self.steps, arrived, times * happen)
            found.append(products_part(*of, counted=known, driver=driver))
        return products, [*found, *self._others(part)]

    def _others(self, node: Node) -> list[Part]:
        """What an operation does besides products."""
        if node.op.traits.fires or node.op.update() is not None:
            return [neurons_part(node, self.steps, self.rates)]
        sums = sums_part(node, self.steps, self.rates)
        return [] if sums is None else [sums]


def _layer(name: str, nodes: list[Node], parts: list[Node], arriving: _Arriving, model: EnergyModel) -> Layer:
    parameters = sum(map(parameters_of, _weighted(parts)))
    additions, multiplications, at_rates, fired, once = 0, 0, 0.0, 0.0, [0.0, 0.0]
    found: list[Part] = []
    for part in parts:
        products, made = arriving.costs(part)
        if made:
            found += made
        for most, mean, happen, count in products:
            additions, at_rates, fired, multiplications = (
                additions + most,
                at_rates + mean,
                fired + happen,
                multiplications + count,
            )
            if not part.value.steps:
                once[0], once[1] = once[0] + happen, once[1] + count
    op, value, both = nodes[0].op.name, nodes[0].value, (once[0], once[1])
    steps, of = arriving.steps, tuple(found)
    return Layer(name, op, value, parameters, additions, multiplications, fired, len(nodes), both, model, at_rates, steps, of)


def parameters_of(node: Node) -> int:
    """The number of trainable parameters of one operation."""
    return node.applied.parameters


def roles(lowered: Graph) -> dict[str, int]:
    """The number of trainable parameters by operation, such as `conv`, `norm` and `linear`."""
    found: dict[str, int] = {}
    for node in _weighted(lowered):
        found[node.op.name] = found.get(node.op.name, 0) + parameters_of(node)
    return found


def _weighted(nodes: Iterable[Node]) -> Iterable[Node]:
    """The operations that have parameters, one for each name of weights."""
    return {node.weights: node for node in nodes if parameters_of(node)}.values()
