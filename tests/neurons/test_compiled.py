"""Networks of every model of the registry, compiled and exported by torch: their results and gradients in training."""

import copy
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import spikegraph
from spikegraph.backends.torch.model import Model
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS

from ..traceable import without_checks
from .every_model import STEPS, currents, inputs, models, spec

COMPILED = ("glif", "psn", "tclif")
"""Those of the library that are compiled without `--long` too: learned numbers, all steps at once, several states."""

EXPORTED = ("clif", "sliding_psn")

# Checks of shapes can't be traced.
pytestmark = pytest.mark.unchecked


def names(quick: Collection[str]) -> list[Any]:
    """All models; those that aren't `quick` need `--long`, but for a plug-in's."""
    own = [name for name in models() if name in quick or not NEURON_MODELS.is_built_in(name)]
    return [*own, *(pytest.param(name, marks=pytest.mark.long) for name in models() if name not in own)]


@pytest.fixture(autouse=True)
def traceable(monkeypatch: pytest.MonkeyPatch) -> None:
    without_checks(monkeypatch)


def network(name: str, folder: Path) -> Model:
    """The network of a model, whose norms have random factors."""
    path = folder / "net.sdhs"
    path.write_text(
        spec(name, currents(name)).replace(f"time = {STEPS}", f"time = {3 if name == 'alpha' else 2}"), encoding="utf-8"
    )
    torch.manual_seed(0)
    model = spikegraph.compile(spikegraph.load(path))
    assert isinstance(model, Model)
    with torch.no_grad():
        for key, parameter in model.named_parameters():
            if "norm.weight" in key:
                parameter.mul_(300.0 if name in ("brf", "izhikevich") else 2.0).mul_(1 + 0.1 * torch.rand(parameter.shape))
    return model.double()


def computed(call: nn.Module, model: Model) -> dict[str, Tensor]:
    """The result of a step of training, the gradients and the running statistics after it."""
    result = call(inputs(2, 7).double())
    result.square().sum().backward()
    grads = {f"{name}.grad": p.grad for name, p in model.named_parameters() if p.grad is not None}
    return {"result": result.detach(), **grads, **{name: b.clone() for name, b in model.named_buffers()}}


@pytest.mark.parametrize("name", names(COMPILED))
def test_compiled(name: str, tmp_path: Path) -> None:
    eager = network(name, tmp_path)
    model = copy.deepcopy(eager)
    torch.compiler.reset()
    found = computed(torch.compile(model, backend="aot_eager", fullgraph=True), model)
    wanted = computed(eager, eager)
    assert found.keys() == wanted.keys()
    assert wanted["result"].abs().max() > 0
    assert all(bool(value.any()) for key, value in wanted.items() if key.endswith("conv.weight.grad"))
    for key, value in wanted.items():
        torch.testing.assert_close(found[key], value, rtol=1e-9, atol=1e-12, msg=key)


@pytest.mark.parametrize("name", names(EXPORTED))
def test_exported(name: str, tmp_path: Path) -> None:
    model, x = network(name, tmp_path).eval(), inputs(2, 7).double()
    exported = torch.export.export(model, (x,))
    with torch.no_grad():
        torch.testing.assert_close(exported.module()(x), model(x), rtol=0, atol=1e-12)
