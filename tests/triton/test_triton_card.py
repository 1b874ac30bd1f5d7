"""Whole steps on a GPU: captured as CUDA graphs, without a wait for it, in each precision, and compiled by torch.

`tools/gpu-check` runs these tests, since no other machine has what they test. Elsewhere they run on the processor, with a
recorder in place of CUDA graphs, so that they are known to be sound; what torch compiles is tested there by
`tests/train/test_compiled_steps.py`, with the same functions.
"""

import math
import os
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import Any, TypeVar

import pytest
import torch
from torch import Tensor, nn
from typing_extensions import override

from spikegraph.backends.distributed.objective import Objective
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.modules import generated_neurons
from spikegraph.backends.torch.train.device import float32_products
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for
from spikegraph.backends.torch.train.scaling import with_scaler
from spikegraph.backends.torch.train.seeding import reproducible
from spikegraph.backends.torch.train.step import step
from spikegraph.backends.torch.train.step_graph import WARM, CudaGraphs
from spikegraph.backends.torch.triton import launch
from spikegraph.base.processes import ONE
from spikegraph.ir.graph import Graph
from spikegraph.passes.fuse import Fuse
from spikegraph.passes.pipeline import run

from ..train.compiled_steps import CROSS_ENTROPY, classes, gradients, stepped, stereo, whole, without_shapes
from ..train.graphed_steps import groups, same, trained, unequal_steps
from ..train.recorded import Recorded
from ..train.tiny_run import ADAM, LOSS, SGD, class_graph, stereo_graph
from ..train.traced_steps import trained as trained_of
from ..train.waits import stepper

T = TypeVar("T")
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS reads it when it is used first

# Warnings of versions that only a machine with a GPU has are printed there, and are no errors.
MARKS = [pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU"), pytest.mark.filterwarnings("default")]
CARD = pytest.param("cuda", marks=MARKS)
on_both = pytest.mark.parametrize("device", ["cpu", CARD])
on_a_card = pytest.mark.parametrize("device", [CARD])


@pytest.fixture
def ran(device: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The kernels of Triton that ran; neurons of few values have some too on a GPU."""
    found, start = list[str](), launch.Launch.run

    def counted(self: launch.Launch, text: str, name: str, *rest: Any, **constants: object) -> None:
        found.append(name)
        start(self, text, name, *rest, **constants)

    if device == "cuda":
        monkeypatch.setattr(generated_neurons, "FEWEST_VALUES", 0)
        monkeypatch.setattr(launch.Launch, "run", counted)
    return found


def kernels(device: str, *names: str) -> set[str]:
    """Those of these kernels that must have run on a device."""
    return set(names) if device == "cuda" else set()


class Counted(CudaGraphs):
    """Captures CUDA graphs, and counts as `Recorded` does."""

    def __init__(self) -> None:
        super().__init__(torch.device("cuda"))
        self.captured, self.launched = 0, 0

    @override
    def capture(self, run: Callable[[], T]) -> tuple[Callable[[], object], T]:
        self.captured += 1
        replay, found = super().capture(run)

        def launch() -> None:
            self.launched += 1
            replay()

        return launch, found


RECORDERS: dict[str, Callable[[], Any]] = {"cpu": Recorded, "cuda": Counted}


def fused(graph: Graph) -> Graph:
    """With norms, sums and neurons as one operation, as networks run."""
    return run((Fuse(),), graph)


@on_both
@pytest.mark.parametrize(
    ("calls", "accumulate", "low"),
    [((ADAM,), 2, None), ((SGD, ADAM), 1, None), ((SGD,), 1, torch.bfloat16), ((SGD,), 1, torch.float16)],
)
def test_captured_steps_have_the_same_bits(
    calls: Sequence[Any], accumulate: int, low: torch.dtype | None, device: str, ran: list[str]
) -> None:
    """A CUDA graph starts the kernels of the steps as they are, so nothing is rounded otherwise."""
    sizes = [2, 2, 2, 2, 2, 1, 2, 2]
    graph, how = fused(stereo_graph(None)), {"clip": 0.5, "device": device, "low": low}
    with reproducible(torch.device(device), threads=1):
        plain, again = (trained(graph, LOSS, groups(sizes, accumulate), calls, **how) for _ in range(2))
        graphed = trained(graph, LOSS, groups(sizes, accumulate), calls, **how, recorder=RECORDERS[device])
    assert same(plain, again), "steps differ that run as they are, so the others can't be compared"
    assert same(plain, graphed)
    assert [(r.captured, r.launched) for r in graphed["recorders"]] == [(1, 4)] * len(calls)
    assert kernels(device, "moments", "forward", "backward") <= set(ran)


@on_both
def test_captured_steps_of_a_classifier(device: str, ran: list[str]) -> None:
    batch = classes()[2]
    with reproducible(torch.device(device), threads=1):
        plain, graphed = (
            trained(fused(class_graph()), CROSS_ENTROPY, [(batch,)] * 7, (SGD,), device=device, recorder=recorder)
            for recorder in (None, RECORDERS[device])
        )
    assert same(plain, graphed)
    assert graphed["recorders"][0].launched == 7 - WARM
    assert kernels(device, "forward", "backward") <= set(ran)


@on_both
def test_captured_steps_of_a_stream(device: str, ran: list[str]) -> None:
    torch.manual_seed(1)
    model, recorder = lower(fused(stereo_graph("c3"))).to(device).eval(), RECORDERS[device]()
    x = {name: value[0].to(device) for name, value in groups([2], 1)[0][0].inputs.items()}
    with reproducible(torch.device(device), threads=1):
        assert unequal_steps(model, lambda k: {name: v * (1 + k % 3) for name, v in x.items()}, 12, recorder, (2, 8)) == []
    assert (recorder.captured, recorder.launched) == (1, 12 - 3 - WARM)
    assert kernels(device, "forward") <= set(ran)


@contextmanager
def never_waiting(device: str) -> Generator[None]:
    """What waits for a GPU is an error, as far as torch notices."""
    if device == "cuda":
        torch.cuda.synchronize()
        torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        if device == "cuda":
            torch.cuda.set_sync_debug_mode("default")


@on_a_card
def test_waiting_is_noticed(device: str) -> None:
    x = torch.zeros(3, device=device)
    with pytest.raises(RuntimeError, match="synchronizing"), never_waiting(device):
        x.sum().item()


@pytest.mark.parametrize(
    ("device", "spec"),
    [("cpu", "images"), *(pytest.param("cuda", s, marks=MARKS) for s in ("images", "cifar10", "stereo", "zoo/srnn_shd"))],
)
def test_warm_steps_never_wait(device: str, spec: str, ran: list[str]) -> None:
    """Of retrainings, a search, samples with time steps and loops, behind steps that compile kernels and choose algorithms."""
    graph, trained_by, batch = trained_of(spec)
    torch.manual_seed(1)
    take, batch = stepper(lower(graph).to(device).train(), trained_by), batch.to(torch.device(device))
    for _ in range(WARM):
        take([batch])
    with never_waiting(device):
        take([batch])
        meter = take([batch])
    assert all(math.isfinite(value) for numbers in meter.read() for value in numbers.values())
    assert kernels(device, "forward", "backward") <= set(ran)


@on_both
def test_warm_steps_of_a_stream_never_wait(device: str, ran: list[str]) -> None:
    model, x = lower(fused(stereo_graph("c3"))).to(device).eval(), groups([2], 1)[0][0].to(torch.device(device)).inputs
    stream, found = model.stream(), list[Tensor]()
    with torch.inference_mode():
        for number in range(5):
            with never_waiting(device) if number > 2 else nullcontext():
                found += stream.step({name: value[0] for name, value in x.items()}).values()
    assert all(bool(value.isfinite().all()) for value in found)
    assert kernels(device, "forward") <= set(ran)


LOW = {"bf16": torch.bfloat16, "fp16": torch.float16}
BOUNDS = {"fp32": 1e-5, "tf32": 32 * 2**-11, "fp16": 32 * 2**-11, "bf16": 32 * 2**-8}
"""By how much gradients may differ from those in float64, as a share of their norm: 32 times the rounding of one number.

On the processor it is 2 to 4 times, and 22 where a spike of float16 is another one. In float32 it is 1.4e-7 there; a GPU's
exponentials are exact to some units of the last place, and no spike of this step is so near to its threshold.
"""


def gradient(device: str, precision: str, *, double: bool = False) -> Tensor:
    """All gradients of a step as one vector, in float64 on the processor."""
    torch.manual_seed(1)
    model = lower(fused(stereo_graph("c3")), low=LOW.get(precision)).to(device, torch.float64 if double else None).train()
    (batch,) = groups([4], 1)[0]
    if double:
        inputs = {name: x.double() for name, x in batch.inputs.items()}
        batch = replace(batch, inputs=inputs, target=batch.target.double())
    optimizer = with_scaler(optimizer_for(SGD, model.weights()), model)
    with float32_products(torch.device(device), precision):
        step(model, Losses(model.graph, LOSS), optimizer, [batch.to(torch.device(device))])
    return torch.cat([p.grad.flatten().double().cpu() for p in model.weights() if p.grad is not None])


@pytest.mark.parametrize(
    ("device", "precision"),
    [*(("cpu", p) for p in ("fp32", "fp16", "bf16")), *(pytest.param("cuda", p, marks=MARKS) for p in BOUNDS)],
)
def test_precisions(device: str, precision: str, ran: list[str]) -> None:
    exact, found = gradient("cpu", "fp32", double=True), gradient(device, precision)
    apart = float((found - exact).norm() / exact.norm())
    assert apart < BOUNDS[precision]
    assert precision not in LOW or apart > 1e-5, "nothing was rounded"
    assert kernels(device, "moments", "forward", "backward") <= set(ran)


@on_a_card
def test_tf32_is_used_where_it_is_wanted_alone(device: str) -> None:
    """Products and convolutions of standard normal numbers: a rounding to 10 bits shows, one to 23 doesn't."""
    random = torch.Generator().manual_seed(0)
    x, w = torch.randn(8, 64, 32, 32, generator=random), torch.randn(64, 64, 3, 3, generator=random)
    a, b = torch.randn(512, 512, generator=random), torch.randn(512, 512, generator=random)
    for function, operands in ((nn.functional.conv2d, (x, w)), (torch.matmul, (a, b))):
        exact = function(*(each.double() for each in operands))
        for precision, least, most in (("tf32", 1e-4, 1e-3), ("fp32", 0.0, 2e-5)):
            with float32_products(torch.device(device), precision):
                found = function(*(each.to(device) for each in operands)).double().cpu()
            assert least <= float((found - exact).norm() / exact.norm()) <= most, (function, precision)


@on_a_card
@pytest.mark.unchecked
@pytest.mark.parametrize("made", [stereo, classes])
def test_compiled_losses_and_gradients(
    made: Callable[[Graph], Any], device: str, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Torch's own kernels add in another order; no potential is so near to its threshold that a spike is another one."""
    without_shapes(monkeypatch)
    torch.manual_seed(1)
    model, losses, batch = made(fused(stereo_graph(None) if made is stereo else class_graph()))
    objective, batch = Objective(model.to(device), losses, ONE), batch.to(torch.device(device))
    eager = gradients(model, objective, batch)
    ran.clear()
    compiled = gradients(model, whole(objective, "inductor"), batch)
    assert kernels(device, "forward", "backward") <= set(ran)
    torch.testing.assert_close(compiled, eager, rtol=1e-4, atol=1e-5)
    assert any(bool(grad.any()) for grad in eager[1].values())


@on_a_card
@pytest.mark.unchecked
def test_compiled_steps_of_a_stream(device: str, ran: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    without_shapes(monkeypatch)
    torch.manual_seed(1)
    model, _, batch = stereo(fused(stereo_graph(None)))
    model, batch = model.to(device).eval(), batch.to(torch.device(device))
    with torch.no_grad():
        eager = [*stepped(model.step, batch)]
        ran.clear()
        compiled = [*stepped(whole(model.step, "inductor"), batch)]
    assert kernels(device, "forward") <= set(ran)
    torch.testing.assert_close(compiled, eager, rtol=1e-4, atol=1e-5)
