"""Optimizers and schedules of the language."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_run import call
from torch._subclasses.fake_tensor import FakeTensorMode

from spikegraph.backends.torch.train.optim import optimizer_for, set_learning_rate
from spikegraph.base.errors import TrainError
from spikegraph.dsl.schema.schedules import learning_rate
from spikegraph.dsl.spec import CallValue

from ..forked import python

IMAGES = Path(__file__).parents[2] / "specs" / "images.sdhs"
SETTINGS = ("images.W=2", "retrain.epochs=2", "retrain.epoch_samples=2", "retrain.batch=2")


def parameter() -> torch.nn.Parameter:
    return torch.nn.Parameter(torch.zeros(3))


def test_sgd() -> None:
    made = optimizer_for(call("sgd", lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True), [parameter()])
    assert isinstance(made, torch.optim.SGD)
    group = made.param_groups[0]
    assert (group["lr"], group["momentum"], group["weight_decay"], group["nesterov"]) == (0.1, 0.9, 0.01, True)


def test_adam() -> None:
    made = optimizer_for(call("adam", lr=0.1, betas=(0.5, 0.99), weight_decay=0.01), [parameter()])
    assert isinstance(made, torch.optim.Adam)
    group = made.param_groups[0]
    assert (group["lr"], group["betas"], group["weight_decay"]) == (0.1, (0.5, 0.99), 0.01)


def test_errors_of_torch_are_reported_with_a_position() -> None:
    with pytest.raises(TrainError, match=r"tiny.sdhs:7:3: `sgd`: Nesterov"):
        optimizer_for(call("sgd", lr=0.1, momentum=0.0, weight_decay=0.0, nesterov=True), [parameter()])
    with pytest.raises(TrainError, match="no optimizer `lion`"):
        optimizer_for(call("lion", lr=0.1), [parameter()])


def test_constant() -> None:
    assert [learning_rate([call("constant")], 0.3, p, 4) for p in (0, 1.5, 4)] == [0.3] * 3


def test_cosine() -> None:
    schedule = call("cosine", min=0.1)
    assert learning_rate([schedule], 0.5, 0, 8) == 0.5
    assert learning_rate([schedule], 0.5, 4, 8) == pytest.approx(0.3)
    assert learning_rate([schedule], 0.5, 2, 8) == pytest.approx(0.3 + 0.2 * math.cos(math.pi / 4))
    assert learning_rate([schedule], 0.5, 8, 8) == pytest.approx(0.1)


def test_halve_at() -> None:
    schedule = call("halve_at", epochs=(50, 100, 150))
    rates = [learning_rate([schedule], 0.001, p, 200) for p in (0, 49.9, 50, 99.99, 100, 150, 199)]
    assert rates == [0.001, 0.001, 0.0005, 0.0005, 0.00025, 0.000125, 0.000125]


def test_step() -> None:
    rates = [learning_rate([call("step", every=3, factor=0.1)], 1.0, p, 10) for p in (0, 2.9, 3, 6, 9.5)]
    assert rates == pytest.approx([1.0, 1.0, 0.1, 0.01, 0.001])


def test_a_warm_up_then_a_cosine_over_the_epochs_that_are_left() -> None:
    chain = [call("linear_warm_up", epochs=5, start=0.1), call("cosine", min=0.0, epochs=None)]
    rates = [learning_rate(chain, 0.5, p, 25) for p in (0, 2.5, 4.999, 5, 15, 25)]
    assert rates == pytest.approx([0.05, 0.275, 0.5, 0.5, 0.25, 0.0], abs=1e-3)


@pytest.mark.parametrize("epoch", range(12))
def test_chains_are_those_of_torch(epoch: int) -> None:
    """The judge is `SequentialLR` with torch's own schedules."""
    optimizer = torch.optim.SGD([parameter()], lr=0.4)
    parts = [
        torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.25, total_iters=3),
        torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=5, eta_min=0.1),
        torch.optim.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5),
    ]
    judge = torch.optim.lr_scheduler.SequentialLR(optimizer, parts, milestones=[3, 8])
    chain = [call("linear_warm_up", epochs=3, start=0.25), call("cosine", min=0.1, epochs=5), call("step", every=2, factor=0.5)]
    for _ in range(epoch):
        optimizer.step()
        judge.step()
    assert learning_rate(chain, 0.4, epoch, 12) == pytest.approx(optimizer.param_groups[0]["lr"])


def test_adamw() -> None:
    made = optimizer_for(call("adamw", lr=0.1, betas=(0.5, 0.99), weight_decay=0.02), [parameter()])
    assert isinstance(made, torch.optim.AdamW)
    group = made.param_groups[0]
    assert (group["lr"], group["betas"], group["weight_decay"]) == (0.1, (0.5, 0.99), 0.02)


def test_every_group_gets_the_rate() -> None:
    made = torch.optim.SGD([{"params": [parameter()]}, {"params": [parameter()], "lr": 3.0}], lr=1.0)
    set_learning_rate(made, 0.25)
    assert [group["lr"] for group in made.param_groups] == [0.25, 0.25]


def test_a_training_imports_no_compiler(tmp_path: Path) -> None:
    """Importing torch's compiler takes longer than everything else that a small training does; torch does it unasked."""
    code = (
        "import sys; from spikegraph.cli.entry import run; assert run(sys.argv[1:]) == 0\n"
        "assert not {'torch._dynamo', 'torch._inductor', 'sympy'} & sys.modules.keys()"
    )
    sets = [word for setting in SETTINGS for word in ("--set", setting)]
    done = python("-c", code, "compile", IMAGES, "--train", "--out", "run", "--device", "cpu", *sets, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "weights.safetensors").exists()


FUSED = (
    call("sgd", lr=0.1, momentum=0.9, weight_decay=0.0, nesterov=False),
    *(call(name, lr=0.1, betas=(0.9, 0.99), weight_decay=0.0) for name in ("adam", "adamw")),
)


@pytest.mark.parametrize("of", FUSED)
def test_on_a_gpu_all_are_fused(of: CallValue) -> None:
    """On tensors without memory, as there is no GPU; torch has no such form of the fused SGD, so that one doesn't step."""
    with FakeTensorMode():
        weight = torch.nn.Parameter(torch.empty(3, device="cuda"))
        weight.grad = torch.empty(3, device="cuda")
        optimizer = optimizer_for(of, [weight])
        assert optimizer.defaults["fused"] is True
        if of.name != "sgd":
            optimizer.step()
            assert {str(x.device) for x in optimizer.state[weight].values()} == {"cuda:0"}  # none is read to step


@pytest.mark.parametrize("name", ["sgd", "adam"])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_gradients_of_any_strides_give_what_torch_computes_one_by_one(name: str, layout: torch.memory_format) -> None:
    torch.manual_seed(0)
    given: dict[str, Any] = {"momentum": 0.9, "nesterov": False} if name == "sgd" else {"betas": (0.9, 0.999)}
    kind = torch.optim.SGD if name == "sgd" else torch.optim.Adam
    ours, plain = (torch.nn.Parameter(torch.randn(4, 3, 3, 3).contiguous(memory_format=layout)) for _ in range(2))
    ours.data.copy_(plain.data)
    optimizers = (
        optimizer_for(call(name, lr=0.1, weight_decay=0.01, **given), [ours]),
        kind([plain], 0.1, weight_decay=0.01, fused=False, foreach=False, **given),
    )
    for strides in (torch.channels_last, torch.contiguous_format, torch.channels_last):
        plain.grad = torch.randn(4, 3, 3, 3)
        ours.grad = plain.grad.contiguous(memory_format=strides)
        for optimizer in optimizers:
            optimizer.step()
    torch.testing.assert_close(ours, plain)
    assert all(state.shape in ((), ours.shape) for state in optimizers[0].state[ours].values())
