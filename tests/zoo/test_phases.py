"""What `docs/zoo.md` says can be done with the systems: searched, retrained, deployed and run step by step, on tiny ones."""

from pathlib import Path

import pytest
import torch

from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.main import train_program
from spikegraph.base.errors import NotStreamableError
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.ir.stepwise import not_stepwise
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.validation.smaller import smallest

from ..few_images import PLACE, few_images
from .peers import ZOO

SPECS = sorted(ZOO.glob("*.sdhs"))
NAMES = [path.stem for path in SPECS]
UNTRAINED = {"autodeeplab": "there is no segmentation sample yet", "spike_yolo": "detection isn't a task"}
"""Systems that can't be trained on a sample, with the reason."""
TINY = {name: (f"{name}.planes=4",) for name in ("ddes", "eitnet", "eis", "psmnet")}
"""Params of systems that need large maps, for a test that computes them several times in float64."""
FEW = ("epochs=1", "epoch_samples=16", "batch=8")
FEW_LARGE = ("epochs=1", "epoch_samples=2", "batch=1")


SHORTENED = ("leastereo",)
"""Systems whose profile makes a trellis shorter than the published path."""

CANDIDATES = ("auto_spikformer",)
"""Systems whose search trains candidates, and no supernet."""


@pytest.fixture(autouse=True)
def _little_data(monkeypatch, short_recording):
    monkeypatch.setattr(PLACE, few_images)
    monkeypatch.setattr("spikegraph.data.stereo_parts.sample_folder", lambda *_, **__: short_recording)


def read(path: Path, *overrides: str, decided: bool = True) -> Program:
    genotype = ZOO / "genotypes" / path.name
    source = path.read_text(encoding="utf-8")
    profile = "sample" if "profile sample" in source else None
    known = decided and genotype.exists() and path.stem not in SHORTENED
    return Program.read(path, profile=profile, overrides=overrides, genotype=genotype if known else None)


def decided(program: Program) -> bool:
    """True if nothing is left to choose."""
    try:
        program.build("deploy")
    except SpecError:
        return False
    return True


LARGE = ("ddes", "ddes_snn", "eitnet", "eis", "psmnet", "leastereo", "stereospike", "autodeeplab")
"""Systems on whole images, which take long."""


def marks(path: Path) -> list[pytest.MarkDecorator]:
    """A large system takes long; two of them resemble others."""
    return [pytest.mark.long if path.stem in ("ddes_snn", "leastereo") else pytest.mark.slow] if path.stem in LARGE else []


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem, marks=marks(path)) for path in SPECS])
def test_step_by_step_equals_the_whole_sequence(path):
    """On small maps: what a step leaves to the next one is the same at each place."""
    program = read(path, *TINY.get(path.stem, ()))
    built = program.build("deploy") if decided(program) else read(path).build("search")
    graph = smallest(built.plain, lambda small: None)
    model = lower(graph).double().eval()
    steps = graph.time or 3
    random = torch.Generator().manual_seed(0)
    inputs = {}
    for name, node in graph.inputs().items():
        shape = (*((steps,) if node.value.steps else ()), 1, *node.value.shape)
        inputs[name] = torch.randint(-1, 2, shape, generator=random).double()
    wanted = tuple(graph.outputs.values())
    with torch.no_grad():
        whole, _ = model.run(inputs, wanted=wanted)
        if not_stepwise(graph):
            with pytest.raises(NotStreamableError):
                model.stream(wanted)
            return
        stream = model.stream(wanted)
        each = [stream.step({k: x[t] if graph.node(k).value.steps else x for k, x in inputs.items()}) for t in range(steps)]
    for name in wanted:
        node = graph.node(name)
        found = torch.stack([values[name] for values in each]) if node.value.steps else each[-1][name]
        torch.testing.assert_close(found, whole[name], rtol=1e-9, atol=1e-9)


LIKE_OTHERS = {
    ("darts", "search"): "autosnn, and the step by step of darts",
    ("nasbench201", "search"): "autosnn, and its own step by step",
    ("snasnet_fw", "search"): "autosnn, and its own step by step",
    ("leastereo", "search"): "autosnn, and the step by step of ddes",
    ("snasnet_bw", "search"): "autosnn, and its own step by step",
    ("spikedhs_relu", "retraining"): "cifarnet, and its own step by step",
    ("lif_firenet", "retraining"): "stereospike, and its own step by step",
    ("darts", "retraining"): "cifarnet, and the step by step of darts",
    ("psmnet", "retraining"): "stereospike, and its own step by step",
    ("ddes", "retraining"): "stereospike, and its own step by step",
    ("auto_spikformer", "search"): "autosnn, and its own step by step",
    ("eis", "retraining"): "stereospike, and its own step by step",
    ("eitnet", "retraining"): "stereospike, and its own step by step",
    ("auto_spikformer", "retraining"): "spikformer, and its own step by step",
    ("vggsnn", "retraining"): "vgg16, and its own step by step",
    ("dcls_shd", "retraining"): "srnn_shd, and its own step by step",
    ("spiking_resformer", "retraining"): "spikformer, and its own step by step",
    ("ddes_snn", "retraining"): "stereospike, and the step by step of ddes",
    ("autosnn64", "retraining"): "the search of autosnn",
    ("autosnn128", "retraining"): "the search of autosnn",
    ("resnet18", "retraining"): "sew_resnet18",
    ("resnet19", "retraining"): "sew_resnet18",
    ("resnet20", "retraining"): "sew_resnet18",
    ("resnet34_large", "retraining"): "sew_resnet18",
    **dict.fromkeys(
        (
            (f"{name}_resnet{layers}", "retraining")
            for name, layers in (("sew", 34), ("sew", 50), ("ms", 34), ("ms", 104), ("att_ms", 18), ("max", 18))
        ),
        "sew_resnet18, and spikes as those of SpikingJelly",
    ),
    **dict.fromkeys(
        (
            (name, "retraining")
            for name in ("spikformer_imagenet", "spikformer_v2", "spikingformer", "max_former", "qkformer", "meta_spikeformer")
        ),
        "spikformer and spike_driven, and spikes as those of SpikingJelly",
    ),
    ("plif_gesture", "retraining"): "plif_net",
    ("dh_snn", "retraining"): "srnn_shd, and its own step by step",
    ("vgg9", "retraining"): "vgg16, and its own step by step",
    ("qcfs_vgg16", "retraining"): "vgg16, and its own step by step",
}
"""The longest cases, and what always runs and resembles them."""


def cases(paths: list[Path], phase: str) -> list[object]:
    """Parameters: those like others are long."""
    marks = [pytest.mark.long if (path.stem, phase) in LIKE_OTHERS else pytest.mark.slow for path in paths]
    return [pytest.param(path, id=path.stem, marks=mark) for path, mark in zip(paths, marks, strict=True)]


def few(path: Path) -> tuple[str, ...]:
    """Settings of two steps."""
    return FEW_LARGE if path.stem in LARGE else FEW


RETRAINED = [path for path in SPECS if "\nretrain " in path.read_text(encoding="utf-8") and path.stem not in UNTRAINED]
SEARCHED = [path for path in SPECS if "\nsearch " in path.read_text(encoding="utf-8") and path.stem not in UNTRAINED]


@pytest.mark.parametrize("path", cases(RETRAINED, "retraining"))
def test_a_few_steps_of_retraining(path, tmp_path):
    program = read(path, *(f"retrain.{setting}" for setting in few(path)))
    if not program.spec.genotypes and program.spec.search is not None:
        pytest.skip("the test of the search retrains what it finds")
    _, summary = train_program(program, Settings(device="cpu"), out=tmp_path / "run")
    assert summary.retrain is not None
    assert summary.retrain.steps == 2
    assert summary.evaluation is not None


@pytest.mark.parametrize("path", cases(SEARCHED, "search"))
def test_a_few_steps_of_search(path, tmp_path):
    settings = [f"{phase}.{setting}" for phase in ("search", "retrain") for setting in few(path)]
    program = read(path, *settings, decided=False)
    folder, summary = train_program(program, Settings(device="cpu"), out=tmp_path / "run")
    if path.stem in CANDIDATES:
        assert summary.cost is not None
        assert summary.cost.candidates > 0
    else:
        assert summary.search is not None
        assert summary.search.steps > 0
    assert summary.retrain is not None
    profile = "sample" if path.stem in SHORTENED else None
    assert not Program.read(path, profile=profile, genotype=folder / "genotype.sdhs").check("retrain").has_errors


def test_every_system_that_is_not_a_part_of_another_can_be_trained():
    trained = {path.stem for path in (*RETRAINED, *SEARCHED)} | set(UNTRAINED)
    assert set(NAMES) - trained <= {"resnet34"}  # `resnet34_large` trains it with more channels
