"""Algorithm 1 compared with an implementation in numpy, on two layers in float64; and the vectors of Eq. 7."""

from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
from dgs_networks import NEURON, SPAN, Weighed, declared, settings
from numpy.typing import NDArray

from spikegraph.analysis.dgs import groups, temperatures
from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.dgs import SurrogateSearch, iterate
from spikegraph.backends.torch.train.dgs_passes import Forward, Passes
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.ir.graph import Graph
from spikegraph.ir.ops.activation import Lif
from spikegraph.ir.ops.convolution import Conv
from spikegraph.ir.ops.wiring import Input
from spikegraph.ir.stage import Stage
from spikegraph.ir.types import Kind
from spikegraph.passes.instrument_dgs import InstrumentDgs

Array = NDArray[np.float64]

STEPS, SAMPLES, INS, HIDDEN, OUTS = 4, 6, 3, 4, 2
DECAY, THRESHOLD = 0.2, 0.5
LR, MOMENTUM, WEIGHT_DECAY = 0.3, 0.9, 0.05
ALPHA_LR, EPSILON = 0.1, 0.001
BS = (2.6, 2.8, 3.0, 3.2, 3.4)

with np.load(Path(__file__).parents[1] / "vectors" / "equations.npz") as archive:
    VECTORS = {name: archive[name] for name in archive.files if name.startswith("dgs")}


def layers(ins: int, hidden: int, outs: int, size: tuple[int, int], second: bool = True) -> Graph:
    graph = Graph("two", Stage.LOWERED)
    graph.add("x", Input(kind=Kind.REAL, channels=ins, size=size), (), SPAN)
    graph.add("first.conv", Conv(kernel=1, out=hidden, bias=False), ("x",), SPAN)
    out = graph.add("first", Lif(neuron=NEURON), ("first.conv",), SPAN)
    if second:
        graph.add("second.conv", Conv(kernel=1, out=outs, bias=False), ("first",), SPAN)
        out = graph.add("second", Lif(neuron=NEURON), ("second.conv",), SPAN)
    graph.outputs["out"] = out
    return InstrumentDgs(at="first").apply(graph)


def dspike(u: Array, b: float) -> Array:
    """Eq. 14."""
    inside = (u >= 0) & (u <= 1)
    return np.where(inside, b / 2 * (1 - np.tanh(b * (u - 0.5)) ** 2) / np.tanh(b / 2), 0.0)


def fire(current: Array) -> tuple[Array, Array]:
    """Eq. 1: membrane potentials and spikes."""
    u, y = np.zeros_like(current), np.zeros_like(current)
    before = np.zeros_like(current[0])
    for t in range(len(current)):
        u[t] = DECAY * before + current[t]
        y[t] = u[t] > THRESHOLD
        before = u[t] * (1 - y[t])
    return u, y


def back(u: Array, y: Array, upstream: Array, b: float) -> Array:
    """dL/dI of Eq. 1 from dL/dy: du[t+1]/du[t] = decay * (1 - y[t] - u[t] * y'[t])."""
    grad = np.zeros_like(u)
    later = np.zeros_like(u[0])
    for t in reversed(range(len(u))):
        slope = dspike(u[t], b)
        grad[t] = upstream[t] * slope + later * DECAY * (1 - y[t] - u[t] * slope)
        later = grad[t]
    return grad


def softmax(a: Array) -> Array:
    e = np.exp(a - a.max())
    return e / e.sum()


@dataclass
class ByHand:
    """Algorithm 1 in numpy."""

    w1: Array
    w2: Array
    buffer: Array
    """Of the momentum, as the candidates' steps see it."""
    upstream: Array

    def loss(self, current: Array) -> tuple[float, Array]:
        """L = sum(z * upstream), and dL/dy of the first layer's spikes."""
        _, y = fire(current)
        second = y @ self.w2.T
        u2, z = fire(second)
        return float((z * self.upstream).sum()), back(u2, z, self.upstream, 3.0) @ self.w2

    def iteration(self, x: Array) -> tuple[list[Array], Array, float, float, list[float]]:
        """The N weight sets, alpha after its step, both losses, the gradients' norms."""
        current = x @ self.w1.T
        loss, arriving = self.loss(current)
        u, y = fire(current)
        sets: list[Array] = []
        norms: list[float] = []
        for b in BS:
            gradient = np.einsum("tnh,tni->hi", back(u, y, arriving, b), x)
            norms.append(float(np.linalg.norm(gradient)))
            sets.append(self.w1 - LR * (MOMENTUM * self.buffer + gradient + WEIGHT_DECAY * self.w1))
        currents = np.stack([x @ w.T for w in sets])
        p = softmax(np.full(len(BS), EPSILON))
        mixed = np.einsum("k,ktnh->tnh", p, currents)
        mixed_loss, arriving = self.loss(mixed)
        at_current = back(*fire(mixed), arriving, 3.0)
        scores = np.einsum("tnh,ktnh->k", at_current, currents)
        alpha = EPSILON - ALPHA_LR * p * (scores - p @ scores)
        return sets, alpha, loss, mixed_loss, norms


def tensor(values: Array) -> torch.Tensor:
    """[T, N, C] as [T, N, C, 1, 1]; a weight [out, in] as [out, in, 1, 1]."""
    return torch.from_numpy(values.copy()).reshape(*values.shape, 1, 1)


@pytest.fixture(params=[3, 8, 24])
def both(request: pytest.FixtureRequest) -> tuple[ByHand, Model, torch.optim.Optimizer, Losses, list[Array]]:
    """The same network, optimizer and batches, by hand and in torch."""
    rng = np.random.default_rng(request.param)
    hand = ByHand(
        rng.normal(0, 0.6, (HIDDEN, INS)),
        rng.normal(0, 0.9, (OUTS, HIDDEN)),
        rng.normal(0, 0.2, (HIDDEN, INS)),
        rng.normal(0, 1, (STEPS, SAMPLES, OUTS)),
    )
    batches = [rng.normal(0, 1, (STEPS, SAMPLES, INS)) for _ in range(4)]
    model = Model(layers(INS, HIDDEN, OUTS, (1, 1))).double()
    model.load_state_dict({"first.conv.weight": tensor(hand.w1), "second.conv.weight": tensor(hand.w2)})
    parameters = model.weights()
    optimizer = torch.optim.SGD(parameters, lr=LR, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY)
    optimizer.state[parameters[0]]["momentum_buffer"] = tensor(hand.buffer)
    losses = cast("Losses", Weighed("second", tensor(hand.upstream)))
    return hand, model, optimizer, losses, batches


def batch(x: Array) -> Batch:
    return Batch({"x": tensor(x)}, torch.zeros(1, dtype=torch.int64), torch.ones(1, dtype=torch.bool))


def test_an_iteration(both: tuple[ByHand, Model, torch.optim.Optimizer, Losses, list[Array]]) -> None:
    hand, model, optimizer, losses, batches = both
    passes = Passes(model, losses, groups(model.graph))
    for x in batches:
        sets, alpha, loss, mixed_loss, norms = hand.iteration(x)
        found = iterate(passes, optimizer, {"first": BS}, settings(), batch(x))
        for weights, wanted in zip(found.weights["first"], sets, strict=True):
            torch.testing.assert_close(weights["first.conv", "weight"], tensor(wanted), rtol=0, atol=1e-12)
        assert found.alphas["first"].numpy() == pytest.approx(alpha, abs=1e-12)
        assert float(found.loss) == pytest.approx(loss, abs=1e-12)
        assert float(found.mixed_loss) == pytest.approx(mixed_loss, abs=1e-12)
        assert found.norms["first"].numpy() == pytest.approx(norms, abs=1e-12)
        assert np.ptp(alpha) > 1e-6
        assert min(np.abs(a - b).max() for a, b in zip(sets[1:], sets[:-1], strict=True)) > 1e-6


def test_an_iteration_whose_steps_know_of_no_earlier_ones(
    both: tuple[ByHand, Model, torch.optim.Optimizer, Losses, list[Array]],
) -> None:
    hand, model, optimizer, losses, batches = both
    new = replace(hand, buffer=np.zeros_like(hand.buffer))
    found = iterate(
        Passes(model, losses, groups(model.graph)), optimizer, {"first": BS}, settings(state="fresh"), batch(batches[0])
    )
    sets, alpha, *_ = new.iteration(batches[0])
    for weights, wanted, other in zip(found.weights["first"], sets, hand.iteration(batches[0])[0], strict=True):
        torch.testing.assert_close(weights["first.conv", "weight"], tensor(wanted), rtol=0, atol=1e-12)
        assert np.abs(wanted - other).max() > 1e-3
    assert found.alphas["first"].numpy() == pytest.approx(alpha, abs=1e-12)


def test_a_round_and_its_choice(both: tuple[ByHand, Model, torch.optim.Optimizer, Losses, list[Array]]) -> None:
    hand, model, optimizer, losses, batches = both
    search = SurrogateSearch(declared("first", iterations=4), model, losses, optimizer)
    assert len(list(search.run(map(batch, batches)))) == 4
    (line,) = search.close()
    alphas = np.mean([hand.iteration(x)[1] for x in batches], axis=0)
    assert line["alpha"] == pytest.approx(alphas.tolist(), abs=1e-12)
    assert line["b"] == BS[int(alphas.argmax())]
    assert line["loss"] == pytest.approx(np.mean([hand.iteration(x)[2] for x in batches]), abs=1e-12)
    assert temperatures(model.graph) == {"first": line["b"]}
    assert torch.equal(model.state_dict()["first.conv.weight"], tensor(hand.w1))


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-9), (torch.float32, 1e-5)])
def test_vectors(dtype: torch.dtype, tolerance: float) -> None:
    """Currents of the candidates: five sets of weights that each select channels of one input."""

    def vector(name: str) -> torch.Tensor:
        return torch.from_numpy(VECTORS[name]).to(dtype)

    currents = vector("dgs/currents")
    count, steps, width = currents.shape
    model = Model(layers(count, 1, 1, (1, width), second=False)).to(dtype).train()
    (group,) = groups(model.graph)
    x = currents.movedim(0, 1).reshape(steps, 1, count, 1, width)
    picks: list[Any] = [{("first.conv", "weight"): row.reshape(1, count, 1, 1)} for row in torch.eye(count, dtype=dtype)]
    outputs: list[torch.Tensor] = []

    class Seen(Weighed):
        def __call__(self, values: Any, batch: Batch) -> Any:
            outputs.append(values["first"].detach().reshape(steps, width))
            return super().__call__(values, batch)

    losses = cast("Losses", Seen("first", vector("dgs/upstream").reshape(steps, 1, 1, 1, width)))
    passes = Passes(model, losses, (group,))
    alpha = vector("dgs/alpha").requires_grad_()
    data = Batch({"x": x}, torch.zeros(1, dtype=torch.int64), torch.ones(1, dtype=torch.bool))
    found = cast("Forward", SimpleNamespace(values=passes.forward(data).detached().values))
    passes.mixed(found, {"first": picks}, {"first": alpha}, data).backward()
    torch.testing.assert_close(outputs[-1], vector("dgs/out"), rtol=0, atol=tolerance)
    assert alpha.grad is not None
    torch.testing.assert_close(alpha.grad, vector("dgs/grad_alpha"), rtol=0, atol=tolerance)
