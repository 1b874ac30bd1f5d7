"""Exported and compiled models give the spikes, gradients and running statistics of eager mode, with compiled kernels."""

import copy
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.ir.types import Kind
from spikegraph.passes.phase_pipelines import Phase
from spikegraph.program.program import Program

from ..traceable import without_checks

SPECS = Path(__file__).parents[2] / "specs"

SMALL = {
    "cifar10": ("normal.nodes=1", "reduction.nodes=1", "cifar10.time=2", "cifar10.stride=2", "search.W=4", "retrain.W=32"),
    "stereo": (
        *("stereo.planes=3", "search.C=4", "retrain.C=4", "feature.nodes=1", "matching.nodes=1"),
        *("feature_path.layers=1", "feature_path.levels=2", "matching_path.layers=2", "matching_path.levels=2"),
    ),
}

GENOTYPES = {
    "cifar10": "genotype normal {\n  n0 = c3(prev2) + c5(prev)\n}\ngenotype reduction {\n  n0 = skip(prev2) + c3(prev)\n}\n",
    "stereo": "genotype feature {\n  n0 = c3(prev2) + c5(prev)\n}\ngenotype matching {\n  n0 = skip(prev2) + c3(prev)\n}\n"
    "path feature_path = [0]\npath matching_path = [1, 0]\n",
}

DTYPES = {"cifar10": torch.float32, "stereo": torch.float64}
"""Torch decomposes the end of the stereo network into other operations, whose rounding changes gradients in float32."""

# Checks of shapes can't be traced.
pytestmark = pytest.mark.unchecked

PHASES = [(spec, phase) for spec in SMALL for phase in ("search", "retrain", "deploy")]
QUICK = [("cifar10", "deploy"), ("stereo", "retrain")]
SLOW, LONG = pytest.mark.slow, pytest.mark.long
MARKS = {("stereo", "search"): LONG, ("cifar10", "search"): LONG, ("cifar10", "retrain"): LONG, ("stereo", "deploy"): SLOW}
EXPORTED = [pytest.param(*case, marks=MARKS.get(case, ())) for case in PHASES]
COMPILED = [
    pytest.param(*case, marks=[pytest.mark.slow if case == ("cifar10", "retrain") else pytest.mark.long]) for case in PHASES
]
GENERATED = [pytest.param(*case, marks=pytest.mark.long) for case in QUICK]


@pytest.fixture(autouse=True)
def traceable(monkeypatch: pytest.MonkeyPatch) -> None:
    without_checks(monkeypatch)


class Observed(nn.Module):
    """A model whose results are its output and the spikes of all neurons."""

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model, self.inputs = model, tuple(model.graph.inputs())
        spikes = [n.name for n in model.graph if n.value.kind is Kind.SPIKE and n.op.name not in ("input", "wide_conv", "part")]
        self.wanted = (*model.outputs, *spikes)

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        values, _ = self.model.run(dict(zip(self.inputs, inputs, strict=True)), wanted=self.wanted)
        return tuple(values[name] for name in self.wanted)


def observed(spec: str, phase: Phase, folder: Path, *, small: bool = True) -> Observed:
    genotype = folder / "genotype.sdhs"
    genotype.write_text("sdhs 1\n" + GENOTYPES[spec])
    bound = None if phase == "search" else genotype if small else SPECS / "genotypes" / f"{spec}.sdhs"
    changes = SMALL[spec] if small else ()
    specs = shutil.copytree(SPECS, folder / "specs")
    if small and spec == "cifar10":  # cells of both kinds, one behind the other
        text = (specs / "cifar10.sdhs").read_text(encoding="utf-8").replace("cells[5]", "cells[1]")
        text = re.sub(r"chain\(\[.*?\]", "chain([normal, reduction, normal]", text)
        (specs / "cifar10.sdhs").write_text(text, encoding="utf-8")
    program = Program.read(specs / f"{spec}.sdhs", genotype=bound, overrides=changes, profile=None if small else "sample")
    torch.manual_seed(0)
    return Observed(lower(program.build(phase).graph)).train(phase != "deploy").to(DTYPES[spec])


def inputs(spec: str, batch: int) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(batch)
    if spec == "cifar10":
        return (torch.randn(batch, 3, 16, 16, generator=generator),)
    left = torch.randint(-1, 2, (2, batch, 5, 24, 36), generator=generator).to(DTYPES[spec])
    return left, left.roll(-3, -1)


def results(
    call: Callable[..., Any], module: nn.Module, given: tuple[Tensor, ...]
) -> tuple[tuple[Tensor, ...], Mapping[str, Tensor]]:
    """The values, and gradients and buffers by name."""
    module.zero_grad()
    values = call(*given)
    sum(v.float().square().mean() for v in values).backward()
    found = {f"{k}.grad": p.grad.clone() for k, p in module.named_parameters() if p.grad is not None}
    return values, {**found, **{k: v.clone() for k, v in module.named_buffers()}}


def compare(eager: Observed, call: Callable[..., Any], module: nn.Module, given: tuple[Tensor, ...]) -> None:
    """Spikes are equal; real values up to rounding, since torch computes some of its own operations differently."""
    (wanted, tensors), (found, others) = results(eager, eager, given), results(call, module, given)
    assert any(bool(v.any()) for v in wanted[1:])
    assert all(torch.equal(a, b) for a, b in zip(wanted[1:], found[1:], strict=True))
    torch.testing.assert_close(found[0], wanted[0], rtol=1e-5, atol=1e-5)
    assert tensors.keys() == others.keys()
    for name, value in tensors.items():
        torch.testing.assert_close(others[name], value, rtol=1e-4, atol=1e-6, msg=name)


def exported(spec: str, module: Observed) -> Callable[..., nn.Module]:
    """Exports with a batch of any size."""
    given = inputs(spec, 2)
    batch = {0 if spec == "cifar10" else 1: torch.export.Dim("batch", min=2)}
    return torch.export.export(module, given, dynamic_shapes=((batch,) * len(given),)).module()


@pytest.mark.native
@pytest.mark.parametrize(("spec", "phase"), EXPORTED)
def test_exported_models(spec: str, phase: Phase, tmp_path: Path) -> None:
    eager = observed(spec, phase, tmp_path)
    module = exported(spec, copy.deepcopy(eager))
    for batch in (2, 3):
        compare(eager, module, module, inputs(spec, batch))


@pytest.mark.native
@pytest.mark.parametrize(("spec", "phase"), COMPILED)
def test_compiled_models(spec: str, phase: Phase, tmp_path: Path) -> None:
    eager = observed(spec, phase, tmp_path)
    module = copy.deepcopy(eager)
    torch.compiler.reset()
    compare(eager, torch.compile(module, fullgraph=True, backend="aot_eager", dynamic=False), module, inputs(spec, 3))


@pytest.mark.slow
@pytest.mark.native
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(("spec", "phase"), GENERATED)
def test_whole_models_with_generated_code(spec: str, phase: Phase, tmp_path: Path) -> None:
    """The sample profile's networks with torch's default compiler."""
    eager = observed(spec, phase, tmp_path, small=False)
    module = copy.deepcopy(eager)
    torch.compiler.reset()
    compare(eager, torch.compile(module, fullgraph=True), module, inputs(spec, 2))
    other = exported(spec, copy.deepcopy(eager))
    compare(copy.deepcopy(eager), other, other, inputs(spec, 2))
