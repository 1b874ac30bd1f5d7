"""The plug-ins in manifests: those that a run uses, wherever it looks them up, and no others of the process."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import spikegraph
from spikegraph.base.errors import RunFolderError
from spikegraph.plugins.owners import forget
from spikegraph.program.kept import kept
from spikegraph.runs.folder import RunFolder
from spikegraph.tasks.class_scores import ClassScores

SPEC = """sdhs 1
neuron lif {{ surrogate = triangle(b = 3) }}
network net {{
  input image : real[3, 4, 4]
  time = 2
  output logits = image -> {layer} -> lif -> pool -> linear(2) -> mean(time)
}}
dataset bars {{ source = arrays  file = "bars.npz" }}
retrain net on bars {{ epochs = 2  batch = 4  weights = adam(lr = 0.01)  loss = cross_entropy(logits) }}
"""
GRADIENT = """from spikegraph.plugins.registry import when_used

@when_used("spikegraph.kernels")
def kernels():
    from spikegraph.backends.torch.modules.surrogate_gradient import register_gradient
    register_gradient("triangle", lambda x, b: (x.abs() < 0.5).to(x.dtype), replace=True)
"""
OPERATION = """from spikegraph.ir.opdef import Op, register

@register
class Twice(Op):
    '''Twice the value.'''

    name = "twice_a_value"

    def infer(self, x):
        return x
"""
KERNEL = """from spikegraph.plugins.registry import when_used

@when_used("spikegraph.kernels")
def kernels():
    from spikegraph.backends.torch.kernels.base import kernel
    from spikegraph.ir.opdef import OPS

    @kernel(OPS["twice_a_value"])
    def twice(call, xs, state):
        return 2 * xs[0], None
"""
FORMAT = """from spikegraph.data.events.formats import FORMATS, Format
FORMATS.register("xyz", Format("xyz files", (".xyz",), lambda path: None))
"""
METRIC = """from spikegraph.runs.metrics import METRICS, Metric
METRICS.register("of_a_file", Metric("a number"))
"""
ENERGY = """from spikegraph.analysis.energy import ENERGY_MODELS, EnergyModel
ENERGY_MODELS.register("of-a-file", EnergyModel("of-a-file", "a unit", "", {"addition": 1.0}, lambda layer, pj: layer.fired))
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Writes and loads plug-ins; the spec and its data are in the working directory."""
    monkeypatch.chdir(tmp_path)
    draw = np.random.default_rng(0)
    np.savez("bars.npz", inputs=draw.random((16, 4, 4, 3), np.float32), targets=draw.integers(0, 2, 16))
    Path("net.sdhs").write_text(SPEC.format(layer="conv(3, out = 4) -> norm"))
    Path("twice.sdhs").write_text(SPEC.format(layer="twice_a_value -> conv(3, out = 4) -> norm"))

    def load(**plugins: str) -> None:
        for name, text in plugins.items():
            Path(f"{name}.py").write_text(text)
            spikegraph.load_plugin(f"{name}.py")

    return load


def plugins(out: str) -> tuple[str, ...]:
    return RunFolder(Path(out)).read_manifest().plugins


def interrupted(spec: str, out: str) -> None:
    def stop(moment: object) -> None:
        raise spikegraph.Interrupted

    with pytest.raises(spikegraph.Interrupted):
        spikegraph.fit(spec, out=out, device="cpu", on_epoch=stop)


def test_what_replaces_a_gradient_and_what_adds_a_kernel(load: Callable[..., None]) -> None:
    load(operation=OPERATION, kernel=KERNEL, format=FORMAT)
    interrupted("twice.sdhs", "twice")
    assert plugins("twice") == ("operation.py", "kernel.py")
    interrupted("net.sdhs", "net")
    assert plugins("net") == ()  # of the same process, and `format.py` was asked by going through all formats
    load(gradient=GRADIENT)
    with pytest.raises(RunFolderError) as told:
        spikegraph.fit("net.sdhs", out="net", device="cpu", resume=True)
    assert [line.partition(",")[0] for line in told.value.details] == ["plug-in gradient.py: the run's none"]
    spikegraph.fit("net.sdhs", out="other", device="cpu")
    assert plugins("other") == ("gradient.py",)
    forget("gradient.py")
    spikegraph.fit("twice.sdhs", out="twice", device="cpu", resume=True)
    assert plugins("twice") == ("operation.py", "kernel.py")


def test_what_a_run_looks_up_only_at_its_end(load: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    load(metric=METRIC)
    interrupted("net.sdhs", "run")
    assert plugins("run") == ()
    of = ClassScores.metrics
    monkeypatch.setattr(ClassScores, "metrics", lambda scores: {**of(scores), "of_a_file": 1.0})
    assert spikegraph.fit("net.sdhs", out="run", device="cpu", resume=True).metrics["of_a_file"] == 1.0
    assert plugins("run") == ("metric.py",)
    assert spikegraph.fit("net.sdhs", out="run", device="cpu", resume=True).metrics["of_a_file"] == 1.0


def test_the_energy_model_of_an_objective(load: Callable[..., None]) -> None:
    load(energy=ENERGY)
    few = "candidates few { a = conv(3) -> norm -> lif  b = identity }\n"
    cell = f"{few}cell plain {{ nodes = 1  candidates = few  neuron = lif }}\nnetwork"
    text = SPEC.format(layer="conv(3, out = 4) -> norm -> lif -> chain([plain], width = 2)").replace("network", cell)
    search = 'search net on bars { method = random(2)  objective = [accuracy, energy("of-a-file")] }\n'
    Path("searched.sdhs").write_text(text.replace("epochs = 2", "epochs = 2  validate = 0.5") + search)
    interrupted("searched.sdhs", "searched")
    assert plugins("searched") == ("energy.py",)


def test_a_saved_model_needs_what_it_uses(load: Callable[..., None]) -> None:
    load(operation=OPERATION, kernel=KERNEL)
    spikegraph.compile("net.sdhs").save("net")
    spikegraph.compile("twice.sdhs").save("twice")
    assert [kept(Path(folder)).plugins for folder in ("net", "twice")] == [(), ("operation.py", "kernel.py")]
