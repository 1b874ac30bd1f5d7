"""Trainings in float16, whose gradients are scaled, and in TF32."""

from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from tiny_run import ADAM, LOSS, SGD, Sets, job, retrain_run, search_run, stereo_graph, train
from torch import nn
from typing_extensions import override

from spikegraph.backends.torch.datasets import collate, item
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.memory import precision_of
from spikegraph.backends.torch.train.device import float32_products, require_precision
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.optim import optimizer_for
from spikegraph.backends.torch.train.optim_state import optimizer_state, restore_optimizer
from spikegraph.backends.torch.train.scaling import SKIPPED, require_scalable, scaler_of, with_scaler
from spikegraph.backends.torch.train.step import step
from spikegraph.backends.torch.train.step_graph import StepGraph
from spikegraph.base.errors import TrainError, UntrainableError
from spikegraph.program.run_settings import Settings
from spikegraph.runs.folder import RunFolder

from .recorded import Recorded

HALF = torch.float16
INFINITE = float("inf")


def stereo(low: torch.dtype | None = HALF) -> tuple[Any, Losses, torch.optim.Optimizer, Any]:
    torch.manual_seed(1)
    model = lower(stereo_graph("c3"), low=low).train()
    samples = Sets().train
    batch = collate([item(samples.sample(k)) for k in (0, 1)], samples.task)
    return model, Losses(model.graph, LOSS), with_scaler(optimizer_for(SGD, model.weights()), model), batch


def test_values_between_convolutions_are_float16() -> None:
    model, _, _, batch = stereo()
    seen = dict[str, torch.dtype]()
    model.run(batch.inputs, wanted=("similarity",), watch=lambda name, value: seen.update({name: value.dtype}))
    assert {name: str(seen[name]) for name in ("features@left.stem.conv", "features@left", "similarity")} == {
        "features@left.stem.conv": "torch.float16",
        "features@left": "torch.float16",
        "similarity": "torch.float32",
    }
    assert precision_of(model.low) == "fp16"


def test_gradients_are_scaled_in_the_backward_pass_alone() -> None:
    """The gradients are those of float32, up to the rounding of float16; a scale of 1 loses the small ones."""
    grads = dict[float, torch.Tensor]()
    for scale in (1.0, 2.0**16):
        model, _, optimizer, batch = stereo()
        scaler = scaler_of(optimizer)
        assert scaler is not None
        scaler._init_scale = scale
        assert step(model, Small(model.graph, LOSS), optimizer, (batch,))[SKIPPED] == 0
        grads[scale] = torch.cat([p.grad.flatten() for p in model.weights() if p.grad is not None])
    model, _, optimizer, batch = stereo(None)
    step(model, Small(model.graph, LOSS), optimizer, (batch,))
    whole = torch.cat([p.grad.flatten() for p in model.weights() if p.grad is not None])
    apart = {scale: float((grad - whole).norm() / whole.norm()) for scale, grad in grads.items()}
    assert apart[2.0**16] < 0.05 < apart[1.0]


class Small(Losses):
    """A loss whose gradients are too small for float16."""

    @override
    def of(self, model: Any, batch: Any, processes: Any, watch: Any = None) -> Any:
        own, total, parts = super().of(model, batch, processes, watch)
        return own * 1e-7, total, parts


def returned(value: Any, batch: Any) -> Any:
    return value


@pytest.mark.parametrize("call", [SGD, ADAM, replace(ADAM, name="adamw")])
def test_a_step_with_infinite_gradients_is_left_out(call: Any) -> None:
    _, losses, _, batch = stereo()
    weight = nn.Parameter(torch.ones(3))
    model: Any = SimpleNamespace(graph=None, low=HALF, parameters=lambda: iter([weight]))
    optimizer = with_scaler(optimizer_for(call, [weight]), model)
    scaler = scaler_of(optimizer)
    assert scaler is not None
    numbers = list[tuple[float, float, list[float]]]()
    for slope in (INFINITE, 1.0, float("nan"), 2.0):
        loss = (weight * slope).sum()
        objective = partial(returned, (loss, loss.detach(), {"loss": loss.detach()}))
        found = step(model, losses, optimizer, (batch,), objective=objective)
        numbers.append((float(found[SKIPPED]), scaler.get_scale(), weight.tolist()))
    assert [skipped for skipped, _, _ in numbers] == [1, 0, 1, 0]
    assert [scale for _, scale, _ in numbers] == [2.0**15, 2.0**15, 2.0**14, 2.0**14]
    assert numbers[0][2] == [1.0] * 3  # without a value of its own, momentum would be anything now
    assert numbers[1][2] == numbers[2][2] != numbers[3][2] != numbers[1][2]
    if call is SGD:  # momentum is 0.9: the steps are 1 and 0.9 * 1 + 2
        assert [numbers[k][2] for k in (1, 3)] == [pytest.approx([1 - 0.05] * 3), pytest.approx([0.95 - 0.05 * 2.9] * 3)]


def test_the_scale_is_kept() -> None:
    model, losses, optimizer, batch = stereo()
    scaler = scaler_of(optimizer)
    assert scaler is not None
    scaler._init_scale = 2.0**40  # too large
    assert step(model, losses, optimizer, (batch,))[SKIPPED] == 1
    tensors, plain = optimizer_state(optimizer)
    assert plain["scaler"]["scale"] == 2.0**39
    _, _, other, _ = stereo()
    restore_optimizer(other, tensors, plain)
    kept = scaler_of(other)
    assert kept is not None
    assert kept.state_dict() == scaler.state_dict()
    _, _, without, _ = stereo(None)
    restore_optimizer(without, tensors, plain)  # with --force
    assert scaler_of(without) is None


@pytest.mark.usefixtures("one_thread")
def test_launched_steps_are_the_same() -> None:
    found = list[dict[str, torch.Tensor]]()
    for recorder in (None, Recorded()):
        model, losses, optimizer, batch = stereo()
        scaler = scaler_of(optimizer)
        assert scaler is not None
        scaler._init_scale = 2.0**24  # too large for the first steps
        graph = None if recorder is None else StepGraph(model, print, recorder)
        skipped = [float(step(model, losses, optimizer, (batch,), 0.5, graph=graph)[SKIPPED]) for _ in range(12)]
        assert 0 < sum(skipped) < 12
        found.append({**model.state_dict(), "scale": torch.tensor(scaler.get_scale()), "skipped": torch.tensor(skipped)})
    assert all(torch.equal(value, found[1][name]) for name, value in found[0].items())


@pytest.mark.usefixtures("one_thread")
def test_a_run_repeats_and_resumes(tmp_path: Path) -> None:
    """A run that stops after each epoch and goes on has the weights of one that doesn't, bit for bit."""
    how = {"precision": "fp16", "search": search_run(epochs=1, warm_up=0), "retrain": retrain_run(epochs=2)}
    train(job(tmp_path / "whole", **how))

    class StopsError(Exception):
        pass

    def stop(moment: Any) -> None:
        raise StopsError

    folder = tmp_path / "parts"
    with pytest.raises(TrainError):
        train(job(folder, on_epoch=stop, **how))
    with pytest.raises(TrainError):
        train(job(folder, on_epoch=stop, resume=True, **how))
    train(job(folder, resume=True, **how))
    wholes, parts = (RunFolder(tmp_path / name) for name in ("whole", "parts"))
    assert wholes.trained.read_bytes() == parts.trained.read_bytes()
    assert wholes.read_manifest().precision == "fp16"
    lines = wholes.metrics.read_text().splitlines()
    assert any('"skipped"' in line and '"retrain"' in line for line in lines)
    assert any('"architecture_skipped"' in line for line in lines)


def test_what_float16_cant_train() -> None:
    settings = Settings(precision="fp16")
    with pytest.raises(UntrainableError, match=r"tiny.sdhs:7:3: `dgs` compares gradients that are too small for float16"):
        require_scalable(settings, retrain_run(dgs=(object(),)))
    with pytest.raises(TrainError, match="in several processes can't compute in float16"):
        require_scalable(replace(settings, processes=SimpleNamespace(count=2)), retrain_run())  # type: ignore[arg-type]
    require_scalable(settings, retrain_run())


def test_tf32() -> None:
    places = (torch.backends.cuda.matmul, torch.backends.cudnn)
    before = [place.allow_tf32 for place in places]
    for precision, wanted in (("tf32", True), ("fp32", False), ("bf16", False)):
        with float32_products(torch.device("cuda"), precision):
            assert [place.allow_tf32 for place in places] == [wanted, wanted]
        assert [place.allow_tf32 for place in places] == before
    with float32_products(torch.device("cpu"), "fp32"):
        assert [place.allow_tf32 for place in places] == before
    require_precision("tf32", torch.device("cuda"))
    with pytest.raises(TrainError) as error:
        require_precision("tf32", torch.device("cpu"))
    assert str(error.value) == (
        "TF32 is a precision of CUDA devices, and this training is on `cpu` "
        "(help: leave out --precision tf32, or use --device cuda on a machine with such a GPU)"
    )
