"""Paths of a supernet: what they compute, what they share with it, and how they are ranked."""

from pathlib import Path

import numpy as np
import pytest
import torch
from small_search import SPEC, TRELLIS, supernet

from spikegraph.backends.search.discretise import discretise, drawn
from spikegraph.backends.search.ranking import losses_on_b, ranked
from spikegraph.backends.search.supernet import Supernet
from spikegraph.backends.torch.datasets import Batch, inputs_of
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.base.processes import ONE
from spikegraph.searches.architecture import Architecture

pytestmark = pytest.mark.usefixtures("one_thread")


def some(net: Supernet, count: int) -> list[Architecture]:
    random = np.random.default_rng(0)
    return list(dict.fromkeys(net.search.trials.space.draw(random) for _ in range(count)))


def derived(net: Supernet, architecture: Architecture) -> Model:
    """The network of a genotype by itself, with copies of the supernet's weights."""
    model = Model(net.search.program.bind(architecture.text()).build("retrain").plain)
    theirs = net.model.state_dict()
    model.load_state_dict({name: theirs[name].clone() for name in model.state_dict()})
    return model.train()


def a_batch(net: Supernet) -> Batch:
    return next(iter(net.batches.read(net.b, 30, 0, "comparison")))


def test_a_path_is_the_network_of_its_genotype_with_the_weights_of_the_supernet(tmp_path: Path) -> None:
    with supernet(tmp_path, spec=SPEC.replace("retrain net on cifar10 {", "retrain net on cifar10 { stems = relu")) as net:
        batch = a_batch(net)
        for architecture in some(net, 3):
            path, alone = net.path(architecture, statistics=False), derived(net, architecture)
            loss = path(batch)[0]
            values, _ = alone.run(inputs_of(batch, ("image",)), wanted=Losses(alone.graph, net.search.run.loss).wanted)
            expected = Losses(alone.graph, net.search.run.loss).over(ONE, values, batch)[0]
            torch.testing.assert_close(loss, expected, rtol=1e-5, atol=1e-6)
            loss.backward()
            expected.backward()
            shared = dict(net.model.named_parameters())
            for name, parameter in alone.named_parameters():
                torch.testing.assert_close(shared[name].grad, parameter.grad, rtol=1e-4, atol=1e-5, msg=name)
            unused = set(shared) - {name for name, _ in alone.named_parameters()}
            assert unused and all(shared[name].grad is None for name in unused)
            net.model.zero_grad(set_to_none=True)


@pytest.mark.parametrize("statistics", [False, True])
def test_running_statistics_change_only_if_they_are_shared(tmp_path: Path, statistics: bool) -> None:
    with supernet(tmp_path) as net:
        before = {name: value.clone() for name, value in net.model.state_dict().items()}
        path = net.path(some(net, 1)[0], statistics=statistics)
        path(a_batch(net))
        changed = {name for name, value in net.model.state_dict().items() if not torch.equal(value, before[name])}
        own = {name for name, _ in path.model.named_buffers()}
        assert changed == (own if statistics else set())


def test_a_path_of_a_trellis(tmp_path: Path) -> None:
    with supernet(tmp_path, spec=TRELLIS) as net:
        batch = a_batch(net)
        edges = some(net, 1)[0].edges
        paths = [Architecture(edges, (("walk", levels),)) for levels in ((0, 0), (0, 1), (1, 0), (1, 1))]
        assert len({float(net.path(path, statistics=False)(batch)[1]) for path in paths}) == 4


def test_the_losses_are_those_of_separate_networks(tmp_path: Path) -> None:
    with supernet(tmp_path, spec=SPEC.replace("retrain net on cifar10 {", "retrain net on cifar10 { stems = relu")) as net:
        architectures = some(net, 5)
        (batch,) = net.batches.read(net.b, 30, 0, "comparison", 0, wider=4)
        assert batch.size == 30
        expected: list[float] = []
        for architecture in architectures:
            model = derived(net, architecture)
            losses = Losses(model.graph, net.search.run.loss)
            with torch.no_grad():
                values = model.run(inputs_of(batch, ("image",)), wanted=losses.wanted)[0]
                expected.append(float(losses.over(ONE, values, batch)[1]))
        models = (lambda a=a: net.path(a, statistics=False) for a in architectures)
        assert losses_on_b(net, models, 5, "test") == pytest.approx(expected, rel=1e-5)


def test_a_loss_is_the_same_when_it_is_measured_again(tmp_path: Path) -> None:
    """A resumed search makes the models of paths anew; `rate_scale` divides by its running rate."""
    scaled = SPEC.replace("-> linear(10)", "-> linear(10) -> rate_scale(stem, momentum = 0.5)")
    with supernet(tmp_path, spec=scaled) as net:
        (architecture,) = some(net, 1)

        def loss() -> list[float]:
            return losses_on_b(net, [lambda: net.path(architecture, statistics=False)], 1, "test", 0)

        first = loss()
        net.path(architecture, statistics=False)(a_batch(net))
        assert loss() == first


def test_a_ranking_drops_the_worse_half_twice(tmp_path: Path) -> None:
    with supernet(tmp_path) as net:
        architectures = some(net, 5)

        def of(architecture: Architecture, samples: int, draw: int) -> float:
            (batch,) = net.batches.read(net.b, samples, 0, "comparison", draw, wider=4)
            return float(net.path(architecture, statistics=False)(batch)[1])

        first = {x: of(x, 8, 0) / 4 for x in architectures}
        *left, worse, worst = sorted(architectures, key=lambda x: first[x])
        second = {x: first[x] + of(x, 8, 1) / 4 for x in left}
        *left, third = sorted(left, key=lambda x: second[x])
        last = {x: second[x] + of(x, 15, 2) / 2 for x in left}
        assert ranked(net, architectures) == [*sorted(left, key=lambda x: last[x]), third, worse, worst]


def test_what_is_drawn_follows_the_parameters(tmp_path: Path) -> None:
    with supernet(tmp_path, "darts(discretise = shared_weights(draws = 20))") as net:
        net.model.architecture["plain.alpha"].data[:, 2] = 20.0
        found = drawn(net, 20)
        assert len(set(found)) == 20 and found[0] == net.decoded
        assert {e.operation for a in found for e in a.edges if e.cell == "plain"} == {"skip"}
        assert {e.operation for a in found for e in a.edges if e.cell == "smaller"} == {"c3", "c1", "skip"}
        assert found == drawn(net, 20)
        assert discretise(net) == ranked(net, found)[0]
