"""Penalties in searches and surrogate searches: what a supernet pays is what its paths pay, and no candidate is preferred."""

from math import prod
from pathlib import Path
from typing import Any

import dgs_networks as nets
import pytest
import small_search
import torch
from dgs_candidates import assert_as_separate
from same_run import assert_same_run
from tiny_run import SPAN, stereo_graph
from tiny_search import stop_after
from torch import Tensor

from spikegraph.analysis.dgs import groups, passes_shared
from spikegraph.backends.search.run import train
from spikegraph.backends.search.supernet import Supernet
from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.penalties import SpikePenalty
from spikegraph.base.errors import Interrupted
from spikegraph.base.processes import ONE
from spikegraph.data.sets import data_sets
from spikegraph.dsl.spec import Loss
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.runs.folder import RunFolder

from .waits import META, never_waiting

pytestmark = pytest.mark.usefixtures("one_thread")

SPIKES = Loss(0.5, "spikes", None, {}, SPAN, places=("all",))
ENERGY = Loss(2.0, "energy", None, {}, SPAN, places=("all",), model="cmos-45nm")


def with_price(spec: str) -> str:
    """A spec whose search and retraining have penalties, and whose nodes keep all their edges."""
    return spec.replace("= cross_entropy(logits)", "= cross_entropy(logits) + 2 * energy + 0.5 * spikes").replace(
        "nodes = 2", "nodes = 1"
    )


def parts_of(net: Supernet, batch: Batch, **architecture: Tensor) -> dict[str, float]:
    """The terms of the loss of a supernet with some architecture parameters."""
    path = net.changed(architecture)
    return {name: float(value) for name, value in path.losses.of(path.model, batch, ONE)[2].items()}


@pytest.mark.parametrize("spec", [small_search.SPEC, small_search.TRELLIS], ids=["cells", "trellis"])
@pytest.mark.parametrize("mix", ["membrane", "spike"])
def test_a_supernet_that_is_sure_pays_what_its_path_pays(tmp_path: Path, spec: str, mix: str) -> None:
    text = with_price(spec).replace("mix = membrane", f"mix = {mix}")
    with small_search.supernet(tmp_path, spec=text) as net:
        batch = next(iter(net.batches.steps_on(net.b, 0, "architecture", 0)))[0]
        random, sure = torch.Generator().manual_seed(3), dict[str, Tensor]()
        for name, parameter in net.model.architecture.items():
            chosen = torch.rand(parameter.shape, generator=random)
            if name.endswith("beta"):  # every path stays at its level, so that no other one adds to its values
                chosen[..., 1] = 2.0
            sure[name] = torch.where(chosen == chosen.amax(-1, keepdim=True), 0.0, -1e4)
        for name, parameter in net.model.architecture.items():
            parameter.data = sure[name]
        path = net.path(net.decoded, statistics=False)
        wanted = {name: float(value) for name, value in path.losses.of(path.model, batch, ONE)[2].items()}
        found = parts_of(net, batch, **sure)
    for name in ("energy(cmos-45nm)", "spikes(all)"):
        assert found[name] == pytest.approx(wanted[name], rel=1e-5)
        assert 0 < found[name] < 1


SIGNS = """sdhs 1
neuron signs { model = ternary  decay = 0.5  threshold = 0.3 }
network net {
  input image : real[1, 12, 12]
  time = 4
  a = image -> conv(3, out = 4) -> signs
  output logits = a -> conv(3, out = 4, stride = 2) -> signs -> pool -> linear(10) -> mean(time)
}
dataset mine { source = arrays  file = "mine.npz" }
search net on mine { epochs = 1  batch = 4  weights = sgd(lr = 0.1)  loss = cross_entropy(logits) + energy("cmos-45nm") }
retrain net on mine { epochs = 1  batch = 4  weights = sgd(lr = 0.1)  loss = cross_entropy(logits) + energy("cmos-45nm") }
"""


def test_spikes_with_signs_do_not_cancel_behind_a_choice() -> None:
    """A choice between two neurons that are alike is that neuron."""
    found: list[float] = []
    for phase, text in (("retrain", SIGNS), ("search", SIGNS.replace("4) -> signs\n", "4) -> choose(p = signs, q = signs)\n"))):
        program = Program.of_text(text, "n.sdhs")
        built, run = program.build(phase), program.spec.search if phase == "search" else program.spec.retrain
        model, random = lower(built.graph).train(), torch.Generator().manual_seed(1)
        for weight in model.weights():
            weight.data = torch.randn(weight.shape, generator=random) * 0.5
        given = Batch({"image": torch.randn(4, 1, 12, 12, generator=random)}, torch.zeros(4).long(), torch.ones(4).bool())
        assert run is not None
        found.append(float(Losses(model.graph, run.loss, built.plain).of(model, given, ONE)[2]["energy(cmos-45nm)"]))
    assert found[1] == pytest.approx(found[0], rel=1e-5)


def test_what_a_loss_alone_takes_does_not_count(tmp_path: Path) -> None:
    """A cell that may be empty is likely as often where an auxiliary loss takes it too: if all fire, the share is 1."""
    text = with_price(small_search.SPEC).replace("c1   = conv(1) -> norm -> lif", "none = zero")
    assert "zero" in text and "auxiliary" in text
    with small_search.supernet(tmp_path, spec=text) as net:
        batch = next(iter(net.batches.steps_on(net.b, 0, "architecture", 0)))[0]
        (term,) = Losses(net.model.graph, (SPIKES,), net.plain).terms
        assert isinstance(term, SpikePenalty)
        firing = {name: torch.tensor([float(prod(net.plain.node(name).value.shape))]) for name in term.nodes}
        equal = {name: torch.zeros_like(parameter) for name, parameter in net.model.architecture.items()}
        assert float(term.weighted(firing, equal, batch)) == pytest.approx(term.most)


def test_the_dearest_candidate_loses_most(tmp_path: Path) -> None:
    """A convolution of 3 x 3 has nine times the additions of one of 1 x 1; a shortcut has none."""
    with small_search.supernet(tmp_path, spec=with_price(small_search.SPEC)) as net:
        batch = next(iter(net.batches.steps_on(net.b, 0, "architecture", 0)))[0]
        losses = Losses(net.model.graph, (ENERGY,), net.plain)
        gradients = torch.autograd.grad(losses.of(net.model, batch, ONE)[0], list(net.model.architecture.values()))
    for gradient in gradients:
        assert (gradient[:, 0] > 0).all() and (gradient[:, 1:] < 0).all()  # c3, c1, skip


def test_a_surrogate_search_sees_the_penalties() -> None:
    torch.manual_seed(0)
    graph = nets.stereo("features.stem")
    (group,) = groups(graph)
    assert passes_shared(graph, group)
    losses = Losses(graph, (*nets.tiny_run.LOSS, SPIKES, ENERGY))
    assert_as_separate(Model(graph).train().double(), losses, nets.stereo_batch(), 1e-12)


def test_a_step_does_not_wait_for_a_device() -> None:
    graph = stereo_graph("c3")
    model, losses, batch = lower(graph).to(META).train(), Losses(graph, (SPIKES, ENERGY)), nets.stereo_batch(False).to(META)
    losses.of(model, batch, ONE)
    constants: Any = losses.terms[1]
    copied_once = [list(sums._weights.values()) for sums in constants._sums.values()]
    with never_waiting(model.state_dict(), (batch.inputs, batch.target, batch.counted, batch.places), copied_once):
        losses.of(model, batch, ONE)[0].backward()


def run_in(folder: Path, spec: str, **settings: object) -> Path:
    """The run of a spec in a folder."""
    program = small_search.program(folder, spec=spec)
    sets = data_sets(program.spec.datasets["cifar10"], None, 1)
    train(program, sets, RunFolder(folder / "run"), Settings(seed=1, **settings))  # type: ignore[arg-type]
    return folder / "run"


@pytest.mark.long
@pytest.mark.parametrize("step", [2, 5])
def test_interrupted_then_resumed(tmp_path: Path, step: int) -> None:
    spec = with_price(small_search.ONE_CELL)
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    whole.mkdir()
    cut.mkdir()
    run_in(whole, spec)
    with pytest.raises(Interrupted):
        run_in(cut, spec, reporter=stop_after(step))
    run_in(cut, spec, resume=True)
    assert_same_run(cut / "run", whole / "run")
