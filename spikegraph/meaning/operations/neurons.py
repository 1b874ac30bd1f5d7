"""Neurons: the equations of docs/language.md, one time step after the other (Che et al., NeurIPS 2022, Eq. 1)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from spikegraph.base.errors import NoReferenceError
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.ops.activation import Graded, Lif, Neurons, Potential
from spikegraph.ir.ops.fused import NormLif
from spikegraph.ir.ops.joined_neurons import JoinedNeurons, NormNeurons, WideNeurons
from spikegraph.ir.ops.over_time import NeuronsOverTime
from spikegraph.ir.ops.wide import WideLif
from spikegraph.ir.traits import CurrentTerm
from spikegraph.meaning.call import Array, Call
from spikegraph.meaning.operations.norms import batch_norm
from spikegraph.meaning.operations.texts import step
from spikegraph.meaning.references import EQUATIONS, equation, reference


@dataclass(frozen=True)
class Cells:
    """The neurons of a node at one time step.

    Attributes:
        neuron: What the spec says of them.
        numbers: Decay, threshold and the model's own numbers; a number for each channel is [C, 1, ...].
        state: What they remember, 0 before the first step.
    """

    neuron: Neuron
    numbers: Mapping[str, Array]
    state: dict[str, Array]

    def __getitem__(self, name: str) -> Array:
        """A number of the neuron."""
        return self.numbers[name]

    def before(self, name: str) -> Array:
        """A state at the step before."""
        return self.state.get(name, np.zeros(()))

    def charged(self, current: Array) -> Array:
        """u[t] = decay * v[t-1] + I[t]; with a late reset decay * u[t-1] - threshold * y[t-1] + I[t]."""
        v = self.before("v")
        return (v if self.neuron.reset == "late" else self["decay"] * v) + current

    def scaled(self, current: Array) -> Array:
        """I[t], times 1 - decay if `decay_input`."""
        return (1 - self["decay"]) * current if self.neuron.decay_input else current

    def fired(self, u: Array, threshold: Array) -> Array:
        """The spikes y[t], or the potential of neurons that never fire; v[t] is what the next step adds its current to."""
        y = self._counted(u, threshold) if self.neuron.fires else np.zeros_like(u)
        match self.neuron.reset:
            case "hard":
                self.state["v"] = np.where(y > 0, 0.0, u)
            case "soft":
                self.state["v"] = u - self["threshold"] * y
            case "late":
                self.state["v"] = self["decay"] * u - self["threshold"] * y
        return y if self.neuron.fires else u

    def _counted(self, u: Array, threshold: Array) -> Array:
        """How many multiples k * threshold the potential is above, or has reached, k = 1 to `levels`; or the nearest k.

        Half-way between two multiples the even k is the nearest.
        """
        levels = self.neuron.levels
        match self.neuron.spike_at:
            case "above":
                return sum((np.where(u > k * threshold, 1.0, 0.0) for k in range(1, levels + 1)), np.zeros_like(u))
            case "reached":
                return sum((np.where(u >= k * threshold, 1.0, 0.0) for k in range(1, levels + 1)), np.zeros_like(u))
            case "nearest":
                nearest: Array = np.rint(u / threshold)
                return np.clip(nearest, 0, levels)


Equation = Callable[[Cells, Array], tuple[Array, Array]]


@equation("lif")
def lif(cells: Cells, current: Array) -> tuple[Array, Array]:
    """u[t] = decay * v[t-1] + I[t]."""
    u = cells.charged(cells.scaled(current))
    return u, cells.fired(u, cells["threshold"])


@equation("alif")
def adaptive(cells: Cells, current: Array) -> tuple[Array, Array]:
    """As `lif`, with y[t] = 1 where u[t] > threshold + adaptation * a[t-1]; a[t] = adaptation_decay * a[t-1] + y[t]."""
    a = cells.before("a")
    u = cells.charged(cells.scaled(current))
    y = cells.fired(u, cells["threshold"] + cells["adaptation"] * a)
    if cells.neuron.fires:
        cells.state["a"] = cells["adaptation_decay"] * a + y
    return u, y


@equation("cuba")
def current_based(cells: Cells, current: Array) -> tuple[Array, Array]:
    """s[t] = current_decay * s[t-1] + I[t]; u[t] = decay * v[t-1] + s[t].

    With `decay_input` s is scaled, which is the same as scaling I.
    """
    s = cells["current_decay"] * cells.before("s") + current
    cells.state["s"] = s
    u = cells.charged(cells.scaled(s))
    return u, cells.fired(u, cells["threshold"])


@equation("relu")
def rectified(cells: Cells, current: Array) -> tuple[Array, Array]:
    """u[t] = I[t] where I[t] > 0, else slope * I[t]."""
    u = np.where(current > 0, current, cells["slope"] * current)
    return u, u


@reference(Lif, Neurons, Graded)
def neurons(call: Call[Lif | Neurons | Graded], *xs: Array) -> Array:
    """Neurons of any model."""
    return _all_steps(call, xs[0], call.op.neuron, xs[1:])


@reference(NeuronsOverTime)
def neurons_over_time(call: Call[NeuronsOverTime], *xs: Array) -> Array:
    """Neurons of a model that has all time steps at once; fewer steps than the weights have take those of the first."""
    currents = [np.broadcast_to(x, (call.steps, *x.shape[1:])) for x in xs]
    u, y, _ = step(call.op.neuron, numbers_over_time(call, call.op, xs[0].ndim - 3), currents, {})
    _record(call, u)
    return y


def numbers_over_time(call: Call, op: NeuronsOverTime, axes: int) -> dict[str, Array]:
    """The numbers of neurons that have all time steps at once, with their weights of all steps, for values with `axes` axes."""
    numbers = numbers_of(call, op.neuron, axes)
    for learned in op.neuron.trained:
        if learned.per == "step":
            numbers[learned.name] = numbers[learned.name].reshape(-1, *(1 for _ in range(axes + 2)))[: call.steps]
    for matrix in op.matrices:
        w = call.tensor(matrix.name)[: call.steps, : call.steps]
        numbers[matrix.name] = w + np.eye(call.steps) if matrix.identity else w
    return numbers


@reference(Potential)
def potential(call: Call[Potential], x: Array) -> Array:
    """u[t] = decay * u[t-1] + I[t]: neurons that never fire."""
    return _all_steps(call, x, Neuron.model_validate({"decay": call.op.decay, "fires": False}))


@reference(WideLif)
def wide_lif(call: Call[WideLif], x: Array) -> Array:
    """Several neurons that differ only in their surrogates, side by side."""
    return _all_steps(call, x, call.op.neuron)


@reference(WideNeurons)
def wide_neuron(call: Call[WideNeurons], x: Array) -> Array:
    """Several neurons of any model that differ only in their surrogates and in what they have learned, side by side."""
    return _all_steps(call, x, call.op.neuron)


@reference(NormNeurons)
def norm_neuron(call: Call[NormNeurons], *xs: Array) -> Array:
    """Neurons of any model, whose currents are sums of values, each with its batch norms or unchanged."""
    left = iter(xs)
    first, *others = (_sum_of(call, terms, [next(left) for _ in terms]) for terms in call.op.currents)
    return _all_steps(call, first, call.op.neuron, others)


@reference(NormLif)
def norm_lif(call: Call[NormLif], *xs: Array) -> Array:
    """Neurons whose current is a sum of values, each with its batch norms or unchanged."""
    return _all_steps(call, _sum_of(call, call.op.terms, xs), call.op.neuron)


def _sum_of(call: Call, terms: Sequence[CurrentTerm], xs: Sequence[Array]) -> Array:
    """The sum of values, each with its norms."""
    found = zip(terms, xs, strict=True)
    return sum((batch_norm(call, x, t.norms, t.eps, t.momentum) if t.norms else x for t, x in found), np.zeros(()))


def _all_steps(call: Call, current: Array, neuron: Neuron, others: Sequence[Array] = ()) -> Array:
    """The results of the neurons at all steps, [T, N, C, *size]; `others` are further currents of a model with several."""
    equation = equation_of(neuron)
    if equation is None:
        raise NoReferenceError(
            f"the neuron model `{neuron.model}` of `{call.node.name}` has no reference",
            "its plug-in gives it one with `@equation(...)`",
        )
    axes = current.ndim - 3
    cells = Cells(neuron, numbers_of(call, neuron, axes), call.state)
    steps = call.steps if call.node.value.steps else current.shape[0]
    currents = [np.broadcast_to(x, (steps, *x.shape[1:])) for x in (current, *others)]
    if others:
        found = [_of_text(cells, *now) for now in zip(*currents, strict=True)]
    else:
        found = [equation(cells, now) for now in currents[0]]
    _record(call, np.stack([u for u, _ in found]))
    return np.stack([y for _, y in found])


def equation_of(neuron: Neuron) -> Equation | None:
    """One time step of a neuron: as it is written here for its model, or as the model's text says; None without either."""
    known = EQUATIONS.get(neuron.registered)
    return _of_text if known is None and neuron.written_model is not None else known


def _of_text(cells: Cells, *currents: Array) -> tuple[Array, Array]:
    u, y, _ = step(cells.neuron, cells.numbers, currents, cells.state)
    return u, y


def numbers_of(call: Call, neuron: Neuron, axes: int) -> dict[str, Array]:
    """Decay, threshold and the model's own numbers; learned ones from trained parameters, for values with `axes` axes."""
    names = ("decay", "threshold", *(c.name for c in neuron.constants))
    numbers = {name: np.asarray(neuron.number(name), np.float64) for name in names}
    for learned in neuron.trained:
        if learned.name in numbers:
            trained = _parameter(call, learned.name).reshape(-1, *(1 for _ in range(axes)))
            form = neuron.form(learned.name)
            match form.function:
                case "sigmoid":
                    found = 1 / (1 + np.exp(-trained))
                case "exp":
                    found = np.exp(trained)
                case "identity":
                    found = trained
            numbers[learned.name] = form.offset + form.factor * found
    return numbers


def _parameter(call: Call, name: str) -> Array:
    """A trained parameter of neurons: one number, or one for each channel, as it always is for several groups of channels."""
    op = call.op
    if not isinstance(op, JoinedNeurons):
        return call.tensor(name)
    return np.concatenate([np.broadcast_to(call.tensor(name, of=group), op.width) for group in op.learned])


def _record(call: Call, u: Array) -> None:
    """Records potentials under the names that the neurons have in the plain graph."""
    start = 0
    for name, channels in (call.node.populations or {call.node.name: u.shape[2]}).items():
        call.potential(u[:, :, start : start + channels], name)
        start += channels
