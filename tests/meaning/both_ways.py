"""A compiled network and its reference, with the same seeded weights and inputs, and their comparison."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from one_reference import graph_of

from spikegraph.api.reference import choices_of
from spikegraph.backends.torch.model import Model
from spikegraph.ir.graph import Graph
from spikegraph.ir.types import Kind
from spikegraph.meaning.api import Trace, reference_of
from spikegraph.passes.phase_pipelines import Phase
from spikegraph.plugins import targets
from spikegraph.program.phases import Built
from spikegraph.program.program import Program

ROUNDING = 1e-10
STEP, SLOPE = 1e-5, 1e-6
"""Of differences, and how far they may be from a derivative, relative to it where it is above 1."""
Arrays = dict[str, Any]


def drawn(model: Model, seed: int) -> dict[str, Any]:
    """Other weights than those at the start, with statistics that differ from 0 and 1; the model has them too."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            random = torch.randn_like(tensor)
            tensor.copy_(random.abs() + 0.5 if name.endswith(("running_var", "running_rate")) else tensor + 0.3 * random)
    return {name: tensor.numpy().copy() for name, tensor in model.state_dict().items()}


def inputs_of(graph: Graph, seed: int, steps: int = 3, samples: int = 2) -> dict[str, Any]:
    """Seeded inputs of the kinds that the graph takes."""
    rng, found = np.random.default_rng(seed), {}
    for name, node in graph.inputs().items():
        x = rng.normal(size=(*((steps,) if node.value.steps else ()), samples, *node.value.shape))
        found[name] = {Kind.SPIKE: np.greater(x, 0) * 1.0, Kind.EVENTS: np.sign(np.round(x))}.get(node.value.kind, x)
    return found


def compare(program: Program, phase: Phase = "retrain", *, training: bool = False, seed: int = 0) -> Trace:
    """Compares the network in each of its forms: plain and joined graph, and `space`, whose reference is returned.

    All values are equal up to rounding, and all spikes are equal. A deployed network has no weights for `space`.
    """
    built = program.build(phase)
    compare_graph(built, built.graph, training=training, seed=seed)
    values, weights, trace = compare_graph(built, built.plain, training=training, seed=seed)
    if phase == "deploy":
        return trace
    space = reference_of(built.space, weights, choices_of(built), training=training)
    shared = [name for name in values if name in space.graph]
    assert len(shared) > 0.9 * len(values)
    trace = space.trace(inputs_of(built.space, seed), shared)
    agree(trace, values, shared, f"{phase}, space")
    return trace


def compare_graph(built: Built, graph: Graph, *, training: bool = False, seed: int = 0) -> tuple[Arrays, Arrays, Trace]:
    """Compares a lowered graph; returns the values of the compiled one, the weights, and the reference's trace."""
    model = targets.lower(graph, "torch", plain=built.plain, space=built.space).double().train(training)
    weights, inputs, names = drawn(model, seed), inputs_of(built.space, seed), [node.name for node in graph]
    with torch.no_grad():
        values, _ = model.run({name: torch.from_numpy(x) for name, x in inputs.items()}, wanted=names)
    single = {name: value.numpy() for name, value in values.items() if isinstance(value, torch.Tensor)}
    trace = reference_of(graph, weights, training=training).trace(inputs, names)
    agree(trace, single, single.keys(), f"{built.phase}, {len(graph)} operations")
    after = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    for name, statistic in trace.statistics.items():
        np.testing.assert_allclose(statistic, after[name], rtol=0, atol=ROUNDING, err_msg=name)
    return single, weights, trace


def agree(trace: Trace, values: Mapping[str, Any], names: Iterable[str], what: str) -> None:
    """Checks the values of nodes, and that spikes are equal."""
    for name in names:
        found, wanted = trace.values[name], values[name]
        assert found.shape == wanted.shape, f"{what}: {name}"
        np.testing.assert_allclose(found, wanted, rtol=0, atol=ROUNDING, err_msg=f"{what}: {name}")
        if name in trace.spikes:
            assert np.array_equal(found, wanted), f"{what}: spikes of {name}"


def compare_operation(
    name: str,
    parameters: Mapping[str, Any],
    shapes: Sequence[Sequence[int]],
    *,
    training: bool = False,
    halves: bool = False,
    static: Sequence[int] = (),
) -> None:
    """Compares a network of one operation; with `halves` potentials meet thresholds exactly."""
    graph = graph_of(name, parameters, *shapes, static=static)
    model = Model(graph).double().train(training)
    weights, inputs = drawn(model, 1), inputs_of(graph, 2)
    if halves:
        inputs = {k: np.round(4 * x) / 4 for k, x in inputs.items()}
    with torch.no_grad():
        values, _ = model.run({k: torch.from_numpy(x) for k, x in inputs.items()})
    trace = reference_of(graph, weights, training=training).trace(inputs)
    np.testing.assert_allclose(trace.outputs["y"], values["y"].numpy(), rtol=0, atol=ROUNDING)
    after = {k: v.numpy() for k, v in model.state_dict().items()}
    for k, statistic in trace.statistics.items():
        np.testing.assert_allclose(statistic, after[k], rtol=0, atol=ROUNDING)


def compare_slope(name: str, parameters: Mapping[str, Any], shapes: Sequence[Sequence[int]], *, training: bool = False) -> None:
    """The gradients of a smooth operation and the slope of the reference, in a random direction of inputs and weights."""
    graph = graph_of(name, parameters, *shapes)
    model = Model(graph).double().train(training)
    weights, inputs, rng = drawn(model, 1), inputs_of(graph, 2), np.random.default_rng(3)
    given = {k: torch.from_numpy(x).requires_grad_() for k, x in inputs.items()}
    (y,) = model.run(given)[0].values()
    upstream = rng.normal(size=y.shape)
    leaves = given | dict(model.named_parameters())
    along = {k: rng.normal(size=x.shape) for k, x in leaves.items()}
    found = 0.0
    if y.requires_grad:
        grads = torch.autograd.grad(
            y, list(leaves.values()), torch.from_numpy(upstream), materialize_grads=True, allow_unused=True
        )
        found = sum(float((g.numpy() * along[k]).sum()) for k, g in zip(leaves, grads, strict=True))

    def at(step: float) -> float:
        moved = [{k: x + step * along.get(k, 0) for k, x in arrays.items()} for arrays in (weights, inputs)]
        return float((reference_of(graph, moved[0], training=training)(moved[1])["y"] * upstream).sum())

    wanted = (at(STEP) - at(-STEP)) / (2 * STEP)
    assert abs(found - wanted) <= SLOPE * max(1.0, abs(wanted)), f"{name}: {found} instead of {wanted}"
