"""One model, from everywhere: each thing that is done with a network, for a spec, a run, a model, an imported one, a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from spikingjelly.activation_based import functional, layer, neuron
from torch import nn

import spikegraph
from spikegraph import Imported, Model, Program, Run, SpecError, UserError

from ..few_images import MOVED, few_moved

SPEC = """\
sdhs 1

neuron lif { }
candidates one { c3 = conv(3) -> norm -> lif  skip = identity }
cell plain { nodes = 2 candidates = one neuron = lif }
genotype plain { n0 = c3(prev2) + c3(prev)  n1 = skip(prev2) + c3(n0) }

network net {
  input film : real[2, 34, 34]
  stem  = film -> stem(3, out = 4, stride = 4)
  cells = stem -> chain([plain, plain], width = 2)
  output logits = cells -> pool -> linear(10) -> mean(time)
}
dataset moved { source = events_small  steps = 3  duration = 100ms  cache = none }
retrain net on moved {
  epochs = 1  batch = 20  epoch_samples = 100
  weights = adam(lr = 0.01)  loss = cross_entropy(logits)
}
"""
SHAPE = (3, 2, 34, 34)
"""Time steps, channels, height and width of a sample."""


class OverTime(nn.Module):
    """The mean over the time steps."""

    def forward(self, x):
        return x.mean(0)


@pytest.fixture(scope="module", autouse=True)
def few():
    """No test looks at an accuracy: it is one of few recordings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MOVED, few_moved)
        yield


@pytest.fixture(scope="module")
def subjects(tmp_path_factory):
    """The five kinds of networks; all but the spec and the imported one have the same weights."""
    folder = tmp_path_factory.mktemp("one")
    (folder / "net.sdhs").write_text(SPEC)
    run = spikegraph.fit(folder / "net.sdhs", out=folder / "run", seed=1)
    run.export(folder / "net.safetensors", to="safetensors")
    torch.manual_seed(0)
    module = nn.Sequential(
        layer.Conv2d(2, 4, 3, 4, 1, step_mode="m"),
        layer.BatchNorm2d(4, step_mode="m"),
        neuron.LIFNode(tau=2.0, step_mode="m"),
        layer.Flatten(step_mode="m"),
        layer.Linear(4 * 81, 10, step_mode="m"),
        OverTime(),
    ).eval()
    example = torch.randint(0, 3, (3, 1, 2, 34, 34)).float()
    functional.reset_net(module)
    return SimpleNamespace(
        folder=folder,
        spec=folder / "net.sdhs",
        run=run,
        model=run.model("retrain"),
        imported=spikegraph.from_torch(module, example, name="jelly"),
        deployed=folder / "net.safetensors",
    )


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """A recording of 0.3 s in which a point moves."""
    path, t = tmp_path_factory.mktemp("recording") / "moved.npy", np.arange(0, 300_000, 500)
    events = np.zeros(len(t), [("t", "<i8"), ("x", "<i2"), ("y", "<i2"), ("p", "?")])
    events["t"], events["x"], events["y"], events["p"] = t, 10 + t // 20_000, 12 + t // 30_000, t // 500 % 2
    np.save(path, events)
    return path


@dataclass(frozen=True)
class Here:
    """What a cell of the table is tried with.

    Attributes:
        all: The networks.
        out: A new folder.
        recording: A recording of events.
    """

    all: Any
    out: Path
    recording: Path

    def pairs(self, network: Any) -> list[tuple[Any, int]]:
        """Samples in Python with their classes: events, or for the imported network tensors."""
        events, ones = np.load(self.recording), torch.ones(SHAPE)
        return [(ones * (k % 3) if network is self.all.imported else events[k:], k % 10) for k in range(20)]


def model(network: Any) -> Any:
    """A network as a model that can be trained."""
    if isinstance(network, Model):
        return network
    return network.model() if isinstance(network, Imported) else spikegraph.load_run(network, phase="retrain")


def fitted(network: Any, here: Here) -> Any:
    """Trains it: on the data that the spec names; the imported network, whose spec names none, on samples in Python."""
    sets = {"train": here.pairs(network), "test": here.pairs(network)} if network is here.all.imported else {}
    return spikegraph.fit(network, out=here.out / "fitted", overrides=["retrain.epochs=1"], **sets)


def second(network: Any, here: Here) -> Any:
    """Trains the spec from the weights of the network."""
    return spikegraph.fit(here.all.spec, weights=network, out=here.out / "second")


ACTIONS: dict[str, Callable[[Any, Here], Any]] = {
    "train": fitted,
    "start from": second,
    "evaluate": lambda network, here: spikegraph.evaluate(network, here.pairs(network)),
    "predict": lambda network, here: spikegraph.predict(network, np.ones((2, *SHAPE), np.float32)),
    "stream": lambda network, here: spikegraph.stream(network, here.recording, here.out / "streamed"),
    "save": lambda network, here: model(network).save(here.out / "saved"),
    "package": lambda network, here: spikegraph.package(network, here.out / "package"),
    "load": lambda network, here: spikegraph.load(network),
    "export": lambda network, here: spikegraph.export(network, here.out / "again.safetensors", to="safetensors"),
    "certify": lambda network, here: spikegraph.certify(network),
    "stats": lambda network, here: spikegraph.stats(network),
    "render": lambda network, here: spikegraph.render(network, here.out / "net.svg"),
    "report": lambda network, here: spikegraph.report(network, here.out / "report.html"),
    "diff": lambda network, here: spikegraph.diff(here.all.run, network),
}


def trained(found: Any, here: Here) -> None:
    assert isinstance(found, Run)
    assert found.complete
    assert 0 <= found.metrics["accuracy_percent"] <= 100
    assert [row["epoch"] for row in found.history] == [1]


def accuracy(found: dict[str, float], here: Here) -> None:
    assert list(found) == ["accuracy_percent"]
    assert found["accuracy_percent"] in range(0, 101, 5)


def classes(found: list[dict[str, Any]], here: Here) -> None:
    assert [each["file"] for each in found] == ["[0]", "[1]"]
    assert found[0]["prediction"] == found[1]["prediction"]
    assert all(0.1 <= each["probability"] <= 1 for each in found)


def streamed(found: Any, here: Here) -> None:
    assert (found.steps, found.events) == (9, 600)


def kept(found: Path, here: Here) -> None:
    """What was written gives the same logits as the network that it was made of."""
    names = {path.name for path in found.iterdir()}
    assert {"model.json", "weights.safetensors", *(["card.md"] if found.name == "package" else [])} < names
    of = "jelly" if "jelly.sdhs" in names else "run"
    inputs = torch.rand(3, 2, *SHAPE[1:], generator=torch.manual_seed(3)).round()
    before = here.all.imported.model("deploy") if of == "jelly" else here.all.run.model()
    with torch.no_grad():
        assert torch.equal(spikegraph.load(found)(inputs), before(inputs))


def spec_or_model(found: Any, here: Here) -> None:
    assert isinstance(found, Program | Model)


def written(found: Any, here: Here) -> None:
    assert [path.name for path in found.written] == ["again.safetensors"]
    again = spikegraph.load_deployed(found.written[0])
    assert again.graph.name in ("net", "jelly")


def counts(found: Any, here: Here) -> None:
    networks = (here.all.model, here.all.imported.model())
    assert found.parameters in [sum(each.numel() for each in network.parameters()) for network in networks]


def spiking(found: Any, here: Here) -> None:
    assert found.holds


def picture(found: Any, here: Here) -> None:
    assert (here.out / "net.svg").read_text(encoding="utf-8") == found.svg()


def same(found: Any, here: Here) -> None:
    assert found.same_network
    assert repr(found).count("one network") == 1


def page(found: Any, here: Here) -> None:
    assert "<html" in Path(found).read_text(encoding="utf-8")


CHECKS = {
    "train": trained,
    "start from": trained,
    "evaluate": accuracy,
    "predict": classes,
    "stream": streamed,
    "save": kept,
    "package": kept,
    "load": spec_or_model,
    "export": written,
    "certify": spiking,
    "stats": counts,
    "render": picture,
    "report": page,
    "diff": same,
}

NO_WEIGHTS = "DataError: net.sdhs: it is a spec, which has no weights (help: train it, and give the run)"
FOLDED = (
    "ArgumentError: net.safetensors has a deployed network, whose norms are folded into other weights: it can be run, but not "
    "trained or compared with its training (help: give the run that it was exported from)"
)
NO_PATH = "ArgumentError: a `{}` is neither a run nor a path (help: give the run, or the path of its folder)"
NO_RUN = "NotARunError: {} is not the folder of a run"

REFUSED = {
    ("start from", "spec"): "DataError: net.sdhs: weights are read from files that end with .safetensors, or as those of "
    "`torch.save` do, and from folders (help: give the run)",
    ("start from", "imported"): "UntrainableError: net.sdhs:15:1: nothing of the given weights fits the network\n"
    "  left: `stem.conv.weight`, `stem.conv.bias`, `stem.norm.weight`, `stem.norm.bias` and 52 more (the source has none)\n"
    "  left: `h.bias`, `h.conv.bias`, `h.conv.weight`, `h.norm.bias` and 4 more (the network has none)\n"
    '(help: weights are taken by name and shape; give another source with weights="RUN", or another spec)',
    ("evaluate", "spec"): NO_WEIGHTS,
    ("predict", "spec"): NO_WEIGHTS,
    ("stream", "spec"): NO_WEIGHTS,
    ("save", "spec"): NO_WEIGHTS,
    ("package", "spec"): NO_WEIGHTS,
    ("export", "spec"): NO_WEIGHTS,
    ("stream", "imported"): "UntrainableError: jelly.sdhs has no `retrain`, so nothing says what its samples are (help: give a "
    "data set in Python, or add a `dataset` and a `retrain NETWORK on DATASET` to the spec)",
    ("train", "deployed"): FOLDED,
    (
        "start from",
        "deployed",
    ): "DataError: net.safetensors: it is a deployed network, whose norms are folded into other weights "
    "(help: give the run, or its weights.safetensors)",
    ("save", "deployed"): FOLDED,
    ("package", "deployed"): FOLDED,
    ("load", "model"): NO_PATH.format("Model"),
    ("load", "imported"): NO_PATH.format("Imported"),
    ("report", "spec"): NO_RUN.format("net.sdhs"),
    ("report", "model"): NO_PATH.format("Model"),
    ("report", "imported"): NO_PATH.format("Imported"),
    ("report", "deployed"): NO_RUN.format("net.safetensors"),
    ("diff", "imported"): "NoArchitectureError: 2 jelly.sdhs has no genotype or path (help: it has nothing that is searched)",
}
"""The cells that are refused, with the reason; all others work."""

pytestmark = pytest.mark.in_python

SUBJECTS = ("spec", "run", "model", "imported", "deployed")


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")
def test_every_cell_works_or_says_why_not(action, subject, subjects, recording, tmp_path):
    here, network = Here(subjects, tmp_path, recording), getattr(subjects, subject)
    if (action, subject) in REFUSED:
        with pytest.raises((UserError, SpecError)) as told:
            ACTIONS[action](network, here)
        text = f"{type(told.value).__name__}: {told.value}".replace(f"{subjects.folder}/", "")
        assert text == REFUSED[action, subject]
        assert not list(tmp_path.iterdir())
        return
    CHECKS[action](ACTIONS[action](network, here), here)
