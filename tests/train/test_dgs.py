"""One pass for all candidates equals separate passes; a search changes nothing else; the choice of b."""

from typing import cast

import dgs_networks as nets
import pytest
import torch
from dgs_candidates import BS, assert_as_separate
from dgs_networks import assert_same, chain, declared, settings, snapshot, used_optimizer

from spikegraph.analysis.dgs import groups, passes_shared, temperatures
from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.kernels import KERNELS
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.modules.surrogate_gradient import register_gradient
from spikegraph.backends.torch.train.dgs import SurrogateSearch, candidates_around, chosen, groups_of, iterate
from spikegraph.backends.torch.train.dgs_passes import Passes
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.base.errors import TrainError
from spikegraph.base.processes import ONE
from spikegraph.ir.ops.fused import NormLif
from spikegraph.ir.surrogates import SURROGATES, SurrogateDef, register_surrogate
from spikegraph.passes import pipeline
from spikegraph.passes.instrument_dgs import InstrumentDgs
from spikegraph.passes.phase_pipelines import FASTER
from spikegraph.program.program import Program

pytestmark = pytest.mark.usefixtures("one_thread")

DELAYED = """sdhs 1
neuron lif { decay = 0.5  threshold = 0.2  surrogate = dspike(b = 3) }
network net {
  input x : real[2, 4, 4]
  time = 5
  a = x -> conv(3, out = 3) -> lif
  b = a -> flatten -> delayed(6, most = 2) -> BEHIND
  output logits = b -> linear(3) -> mean(time)
}
dataset d { source = arrays  file = "mine.npz" }
retrain net on d { epochs = 1  batch = 3  weights = sgd(lr = 0.1)  loss = cross_entropy(logits)  dgs at b { every = 1 } }
"""


@pytest.mark.parametrize("double", [True, False])
def test_one_pass_gives_what_separate_passes_give_in_shared_weights(double: bool) -> None:
    torch.manual_seed(0)
    graph = nets.stereo("features.stem")
    model = Model(graph).train()
    model = model.double() if double else model
    losses = Losses(graph, nets.tiny_run.LOSS)
    (group,) = groups(graph)
    assert len(group.uses) == 2
    assert passes_shared(graph, group)
    assert_as_separate(model, losses, nets.stereo_batch(double), 1e-12 if double else 1e-6)


def test_the_passes_are_those_of_the_model_with_its_norms_weights() -> None:
    model, losses, batch = chain("first")
    used_optimizer(model)
    found = Passes(model, losses, groups(model.graph)).forward(batch)
    value = losses.of(model, batch, ONE)[0]
    assert torch.equal(found.loss, value)
    norm = [p for k, p in model.named_parameters() if k.startswith("first.norm.")]
    own = [t for (k, _), t in found.weights.items() if k == "first.norm"]
    for one, other in zip(torch.autograd.grad(found.loss, own), torch.autograd.grad(value, norm), strict=True):
        assert other.abs().min() > 0
        torch.testing.assert_close(one, other, rtol=1e-12, atol=0)


@pytest.mark.parametrize("surrogate", sorted(SURROGATES))
@pytest.mark.parametrize("place", ["first", "n0"])
def test_every_surrogate(place: str, surrogate: str) -> None:
    model, losses, batch = chain(place, surrogate=surrogate)
    assert_as_separate(model, losses, batch, 1e-12)


def test_an_input_that_is_the_same_at_every_step() -> None:
    model, losses, batch = chain("first", steps=False)
    assert_as_separate(model, losses, batch, 1e-12)


def test_neurons_that_are_fused_with_their_norms_end_a_local_subgraph() -> None:
    graph = InstrumentDgs(at="n0").apply(nets.chain_graph())
    fused = pipeline.run(FASTER, graph)
    assert [n.name for n in fused if isinstance(n.op, NormLif)] == ["first", "second"]
    assert groups(fused) == groups(graph)
    (group,) = groups(fused)
    assert group.weights == ("n0.0.conv", "n0.0.norm", "n0.1.conv", "n0.1.norm")


@pytest.mark.parametrize("behind", ["lif", "norm -> lif"])
def test_the_weights_of_a_layer_with_delays_are_searched_too(behind: str) -> None:
    text = DELAYED.replace("BEHIND", behind)
    program = Program.of_text(text, "n.sdhs")
    torch.manual_seed(0)
    model = lower(program.build("retrain").graph).double().train()
    (group,) = groups(model.graph)
    assert group.weights == ("b.delayed", *(["b.norm"] if "norm" in behind else []))
    random = torch.Generator().manual_seed(1)
    x = torch.randn(3, 2, 4, 4, generator=random).double()
    batch = Batch({"x": x}, torch.arange(3), torch.ones(3, dtype=torch.bool))
    assert program.spec.retrain is not None
    assert_as_separate(model, Losses(model.graph, program.spec.retrain.loss), batch, 1e-12)


def test_several_places_share_the_passes_and_keep_each_others_temperature() -> None:
    model, losses, batch = chain("first", "second", "n0")
    assert [passes_shared(model.graph, g) for g in groups(model.graph)] == [True] * 3
    assert_as_separate(model, losses, batch, 1e-12)


@pytest.mark.parametrize(("place", "options"), [("f", {"nested": True}), ("n0", {"tapped": True})])
def test_where_one_pass_does_not_do_each_candidate_has_its_own(place: str, options: dict[str, bool]) -> None:
    model, losses, batch = chain(place, **options)
    (group,) = [g for g in groups(model.graph) if g.name == place]
    assert not passes_shared(model.graph, group)
    assert_as_separate(model, losses, batch, 1e-12)


@pytest.mark.usefixtures("registrations")
def test_a_surrogate_of_a_users_package() -> None:
    name = "cauchy_of_a_test"
    register_surrogate(SurrogateDef(name, "a bell", "1 / (1 + (b * x)^2)", "a user", lambda x, b: 1 / (1 + (b * x) ** 2)))
    register_gradient(name, lambda x, b: 1 / (1 + (b * x) ** 2))
    model, losses, batch = chain("first", surrogate=name)
    assert_as_separate(model, losses, batch, 1e-12)


def test_an_iteration_does_not_depend_on_the_ones_before() -> None:
    """Else a search that is resumed differs from one that isn't: compiled sums are rounded relative to running means."""
    torch.manual_seed(0)
    graph = pipeline.run(FASTER, nets.stereo("features.stem"))
    assert any(isinstance(n.op, NormLif) for n in graph)
    model = Model(graph).train()
    losses, own = Losses(graph, nets.tiny_run.LOSS), used_optimizer(model)
    passes = Passes(model, losses, groups(graph))
    candidates = {g.name: BS for g in passes.groups}
    batch = nets.stereo_batch(double=False)
    before = snapshot(model, own)
    first, *later = (iterate(passes, own, candidates, settings(), batch) for _ in range(4))
    assert_same(before, snapshot(model, own))
    for found in later:
        assert torch.equal(found.mixed_loss, first.mixed_loss)
        for g in passes.groups:
            assert torch.equal(found.norms[g.name], first.norms[g.name])
            assert torch.equal(found.alphas[g.name], first.alphas[g.name])


@pytest.mark.usefixtures("registrations")
@pytest.mark.parametrize("count", [2, 5])
def test_an_iteration_runs_the_network_twice_whatever_the_number_of_candidates(count: int) -> None:
    graph = nets.stereo("features.stem")
    model = Model(graph).train()
    runs: dict[str, int] = {}
    for op in ("cost_volume", "conv"):
        kernel = KERNELS[op]

        def counted(call, xs, state, op=op, kernel=kernel):
            runs[op] = runs.get(op, 0) + 1
            return kernel(call, xs, state)

        KERNELS.register(op, counted, replace=True)
    passes = Passes(model, Losses(graph, nets.tiny_run.LOSS), groups(graph))
    bs = {"features.stem": tuple(3 + 0.2 * i for i in range(count))}
    iterate(passes, used_optimizer(model), bs, settings(candidates=count), nets.stereo_batch(double=False))
    # Forward: the two stems, two convolutions of the features, one of the volume. Mixed: the same, but N times the stems.
    assert runs == {"cost_volume": 2, "conv": 5 + 2 * count + 3}


@pytest.mark.parametrize("kind", ["sgd", "nesterov", "adam"])
def test_iterations_leave_weights_statistics_optimizer_and_generators(kind: str) -> None:
    model, losses, batch = chain("first", "n0")
    own = used_optimizer(model, kind)
    before = snapshot(model, own)
    search = SurrogateSearch(declared("first", "n0"), model, losses, own)
    found = list(search.run([batch] * 3))
    assert_same(before, snapshot(model, own))
    assert len(found) == 3
    assert all(p.grad is None and p.requires_grad for p in model.weights())
    assert found[0]["loss"] == found[1]["loss"]


def mixed_loss(model: Model, losses: Losses, batch: Batch, sharp: float) -> tuple[torch.Tensor, Passes, dict]:
    """The loss where the last candidate of each group has nearly all the weight, and the candidates' weights."""
    own = used_optimizer(model)
    passes = Passes(model, losses, groups(model.graph))
    found = iterate(passes, own, {g.name: BS for g in passes.groups}, settings(), batch)
    alphas = {g.name: torch.tensor([0.0, 0, 0, 0, sharp], dtype=torch.float64) for g in passes.groups}
    forward = passes.forward(batch).detached()
    return passes.mixed(forward, found.weights, alphas, batch), passes, dict(found.weights)


@pytest.mark.parametrize(
    ("places", "options"),
    [
        (("first",), {}),
        (("n0",), {}),
        (("first", "second", "n0"), {}),
        (("f",), {"nested": True}),
        (("first",), {"steps": False}),
    ],
)
def test_a_mixture_of_one_candidate_is_the_network_with_its_weights(places: tuple[str, ...], options: dict[str, bool]) -> None:
    model, losses, batch = chain(*places, **options)
    mixed, passes, weights = mixed_loss(model, losses, batch, 2000.0)
    with torch.no_grad():
        for g in passes.groups:
            for key, value in passes.parameters[g.name].items():
                value.copy_(weights[g.name][-1][key])
        values, _ = model.run(batch.inputs, wanted=losses.wanted)
    expected, *_ = losses.over(ONE, values, batch)
    torch.testing.assert_close(mixed, expected, rtol=1e-12, atol=1e-12)


def test_candidates_lie_around_b_within_the_bounds() -> None:
    assert candidates_around(3.0, settings()) == (2.6, 2.8, 3.0, 3.2, 3.4)
    assert candidates_around(3.0, settings(candidates=2, spacing=0.5)) == (2.75, 3.25)
    assert candidates_around(1.2, settings()) == (1.0, 1.0, 1.2, 1.4, 1.6)
    assert candidates_around(8.0, settings()) == (6.0,) * 5
    assert candidates_around(8.0, settings(bounds=(1.0, 10.0))) == (7.6, 7.8, 8.0, 8.2, 8.4)
    b = 3.0
    for _ in range(10):
        b = candidates_around(b, settings())[1]
    assert b == 1.0


def test_the_largest_alpha_is_chosen_and_of_equal_ones_the_nearest() -> None:
    assert chosen([0.0, 0.1, 0.2, 0.3, 0.1], BS, 3.0) == 3.2
    assert chosen([0.001] * 5, BS, 3.0) == 3.0
    assert chosen([0.2, 0.1, 0.1, 0.1, 0.2], BS, 2.9) == 2.6
    assert chosen([0.2, 0.2, 0.1, 0.1, 0.1], BS, 3.0) == 2.8


def test_a_round_gives_the_neuron_the_candidate_with_the_largest_mean_alpha() -> None:
    model, losses, batch = chain("first")
    own = used_optimizer(model)
    search = SurrogateSearch(declared("first", lr=0.5, epsilon=0.25), model, losses, own)
    passes = Passes(model, losses, groups(model.graph))
    once = iterate(passes, own, {"first": BS}, search.settings, batch)
    list(search.run([batch] * 3))
    (line,) = search.close()
    torch.testing.assert_close(torch.tensor(line["alpha"], dtype=torch.float64), once.alphas["first"])
    assert line["candidates"] == list(BS)
    assert (line["neuron"], line["place"], line["b_before"], line["iterations"]) == ("first", "first", 3.0, 3)
    assert line["b"] == BS[int(once.alphas["first"].argmax())]
    assert temperatures(model.graph) == {"first": line["b"]}
    assert line["gradient_norm"] == pytest.approx(once.norms["first"].tolist())
    # Alpha restarts at each batch, so the mean changes by the mean step of plain gradient descent.
    assert sum(line["alpha"]) == pytest.approx(5 * 0.25)


def test_alpha_moves_against_its_gradient() -> None:
    model, losses, batch = chain("first")
    own = used_optimizer(model)
    passes = Passes(model, losses, groups(model.graph))
    found = iterate(passes, own, {"first": BS}, settings(lr=0.5, epsilon=0.25), batch)
    alphas = {"first": torch.full((5,), 0.25, dtype=torch.float64, requires_grad=True)}
    passes.mixed(passes.forward(batch).detached(), found.weights, alphas, batch).backward()
    grad = cast("torch.Tensor", alphas["first"].grad)
    assert float(grad.abs().max()) > 0
    torch.testing.assert_close(found.alphas["first"], 0.25 - 0.5 * grad)


def test_a_network_that_is_not_marked_is_refused() -> None:
    model, _, _ = chain("first")
    assert [g.name for g in groups_of(declared("first"), model)] == ["first"]
    with pytest.raises(TrainError, match=r"tiny.sdhs:7:3: the network has no instrumented neuron for `dgs at second`"):
        groups_of(declared("first", "second"), model)
    unmarked = Model(InstrumentDgs(at="n0").apply(nets.chain_graph()))
    with pytest.raises(TrainError, match="`dgs at first`"):
        groups_of(declared("first"), unmarked)
