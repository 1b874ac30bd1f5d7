"""Counts of a training step on tensors without memory, against what torch allocates and keeps in a real one."""

from collections.abc import Callable

import pytest
import torch
from torch.profiler import ProfilerActivity, profile

from spikegraph.analysis.statistics import Statistics
from spikegraph.backends.torch.forecast import processor
from spikegraph.backends.torch.forecast.step import count_step
from spikegraph.backends.torch.forecast.works import work_of
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import weights_optimizer
from spikegraph.program.program import Program

STEPS = 3

NEURONS = """sdhs 1
network small {
  input image : real[1, 28, 28]
  time = 4
  a = image -> conv(3, out = 8) -> norm -> NEURON
  b = a -> conv(3, out = 8, stride = 2) -> norm -> NEURON
  output logits = b -> pool -> linear(10) -> mean(time)
}
neuron mine { MODEL }
dataset fashion_mnist_small { }
retrain small on fashion_mnist_small {
  epochs = 1  batch = 8  loss = cross_entropy(logits)
  weights = adam(lr = 0.1)
}
"""

VOLUMES = """sdhs 1
network volumes {
  input left, right : events[5, 260, 346]
  block features(view) {
    weights = shared
    return view -> conv(3, out = 2, stride = 8) -> norm -> lif
  }
  a = cost_volume(features(left), features(right), planes = 4) -> conv(3, out = 4) -> norm -> lif
  b = a -> conv(3, out = 4) -> norm -> lif
  output disparity = b -> conv(3, out = 1) -> subpixel(step = 8, support = 2)
}
neuron lif { }
dataset sample { steps = 2  burn_in = 0 }
retrain volumes on sample {
  epochs = 1  batch = 1  loss = subpixel_cross_entropy(diversity = 2)
  weights = sgd(lr = 0.1)
}
"""


def text(neuron, model=""):
    return NEURONS.replace("NEURON", neuron).replace("MODEL", model)


def programs():
    yield "lif", Program.of_text(text("mine"), "small"), False
    yield "bf16", Program.of_text(text("mine"), "small"), True
    yield "generated", Program.of_text(text("mine", "model = alif"), "small"), False
    yield "cells", Program.read("builtin:cifar10", genotype="builtin:genotypes/cifar10", profile="sample"), False
    yield "volumes", Program.of_text(VOLUMES, "volumes"), False


def real(graph, run, *, bf16):
    """A model, and a function that runs both passes of a step on the weights; it calls `between` with the results."""
    torch.manual_seed(0)
    model = lower(graph, bf16=bf16).train()
    wanted, parameters = Losses(graph, run.loss).wanted, [p for p in model.parameters() if p.requires_grad]
    inputs = {
        name: torch.rand(*([graph.time or STEPS] if node.value.steps else []), run.batch, *node.value.shape)
        for name, node in graph.inputs().items()
    }

    def step(between=None):
        values = model.values(inputs, wanted)
        results = [values[name] for name in wanted]
        if between is not None:
            between(results)
        torch.autograd.grad(results, parameters, [torch.empty_like(x) for x in results], allow_unused=True)

    return model, inputs, step


@pytest.fixture(scope="module", params=programs(), ids=lambda param: param[0])
def case(request):
    _, program, bf16 = request.param
    built = program.build("retrain")
    model, inputs, step = real(built.graph, built.run, bf16=bf16)
    step()  # compiles what is missing, and makes what is made once
    return count_step(built.graph, built.run, STEPS, bf16=bf16), model, inputs, step


def size(tensors):
    """Bytes of what is stored, once for each storage."""
    return sum({x.untyped_storage().data_ptr(): x.untyped_storage().nbytes() for x in tensors}.values())


def test_what_is_kept_for_the_backward_pass(case):
    counts, model, inputs, step = case
    own = [*model.parameters(), *model.buffers(), *inputs.values()]
    known, kept = {x.untyped_storage().data_ptr() for x in own}, []

    def note(tensor):
        kept.append(tensor)
        return tensor

    found = []

    def between(results):
        held = [x for x in (*kept, *results) if x.untyped_storage().data_ptr() not in known]
        found.append(size(held))

    with torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        step(between)
    assert counts.saved == pytest.approx(found[0], rel=1e-3)


def test_the_most_memory_at_a_time(case):
    counts, model, inputs, step = case
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as found:
        step()
    events = [event for event in found.profiler.kineto_results.events() if event.name() == "[memory]"]
    now = most = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        now += event.nbytes()
        most = max(most, now)
    most += size([*model.parameters(), *model.buffers(), *inputs.values()])
    assert counts.passes == pytest.approx(most, rel=0.03)  # less what kernels of others allocate while they run


def test_weights_gradients_and_states(case):
    counts, model, _, _ = case
    assert counts.weights == size([*model.parameters(), *model.buffers()])
    assert counts.gradients == size(model.parameters())


@pytest.mark.parametrize(
    ("optimizer", "states"), [("sgd(lr = 0.1)", 0), ("sgd(lr = 0.1, momentum = 0.9)", 1), ("adam(lr = 0.1)", 2)]
)
def test_what_an_optimizer_keeps(optimizer, states):
    program = Program.of_text(text("mine").replace("adam(lr = 0.1)", optimizer), "small")
    built = program.build("retrain")
    model, _, _ = real(built.graph, built.run, bf16=False)
    made = weights_optimizer(built.run, model)
    for parameter in model.parameters():
        parameter.grad = torch.zeros_like(parameter)
    made.step()
    kept = [x for state in made.state.values() for x in state.values() if isinstance(x, torch.Tensor) and x.dim()]
    counts = count_step(built.graph, built.run, STEPS)
    assert counts.states == sum(x.numel() * 4 for x in kept) == states * counts.gradients


def test_operations_of_convolutions_and_layers():
    built = Program.of_text(text("mine"), "small").build("retrain")
    # By hand: 3 x 3 windows on 28 x 28 and 14 x 14; the image is the same at all 4 steps, and needs no gradient.
    first, second, linear = 28 * 28 * 8 * 9, 14 * 14 * 8 * 8 * 9, 8 * 10
    layers = [layer.additions + layer.multiplications for layer in Statistics.of(built.outline, built.plain).layers]
    assert sum(layers) == first + second + linear
    forward, backward = first + 4 * (second + linear), first + 2 * 4 * (second + linear)
    counted = count_step(built.graph, built.run, STEPS).flops
    assert counted == 2 * 8 * (forward + backward)
    for kernels in ("triton", "others"):
        assert count_step(built.graph, built.run, STEPS, kernels=kernels).flops == counted


def test_devices_without_compiled_kernels_keep_potentials():
    built = Program.of_text(text("mine"), "small").build("retrain")
    ours, others = (count_step(built.graph, built.run, STEPS, kernels=kernels) for kernels in ("cpu", "others"))
    assert others.saved > 1.5 * ours.saved
    assert others.moved > 2 * (ours.moved + ours.by_kernels)
    assert ours.by_kernels > 0 == others.by_kernels
    assert others.weights == ours.weights


@pytest.mark.parametrize("backward", [False, True])
def test_convolutions_with_as_many_outputs_as_samples_are_measured(monkeypatch, backward):
    """Of a batch of 64 a part is run, and of 64 weights all."""
    shapes: list[tuple[int, ...]] = []

    def once(run: Callable[[], object]) -> float:
        found = run()
        shapes.extend(tuple(x.shape) for x in (found if isinstance(found, tuple) else (found,)) if isinstance(x, torch.Tensor))
        return 3.0

    x, weight = torch.rand(64, 16, 64, 64, device="meta"), torch.rand(64, 16, 3, 3, device="meta")
    form = ([1, 1], [1, 1], [1, 1], False, [0, 0], 1)
    y = torch.ops.aten.convolution(x, weight, None, *form)
    call = torch.ops.aten.convolution_backward.default if backward else torch.ops.aten.convolution.default
    given = (y, x, weight, None, *form, [True, True, False]) if backward else (x, weight, None, *form)
    work = work_of(call, given, {}, call(*given))
    assert work is not None
    monkeypatch.setattr(processor, "_seconds", once)
    seconds = processor.Processor.seconds(object.__new__(processor.Processor), work)
    part = shapes[0][0]
    assert part < 64 and seconds == pytest.approx(3.0 * 64 / part)
    assert shapes == ([(part, 16, 64, 64), (64, 16, 3, 3)] if backward else [(part, 64, 64, 64)])
