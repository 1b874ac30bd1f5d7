"""`single_path`: each step trains one uniformly drawn path, and nothing else."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from same_run import assert_same_run
from small_search import SPEC, searching
from tiny_search import Told, stop_after, train

from spikegraph.backends.search import single_path as module
from spikegraph.backends.search.path_optimizer import of_paths
from spikegraph.backends.search.searching import RunSearch
from spikegraph.backends.search.single_path import single_path
from spikegraph.backends.search.supernet import Supernet
from spikegraph.backends.torch.datasets import inputs_of
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.base.errors import Interrupted
from spikegraph.base.processes import ONE, Processes
from spikegraph.runs.record import read_run
from spikegraph.searches.architecture import Architecture

pytestmark = pytest.mark.usefixtures("one_thread")

METHOD = "single_path(discretise = shared_weights(draws = 2))"


def test_a_step_is_one_of_the_network_of_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeats the search with separate networks, whose weights are copied from and to a table of all weights."""
    spec = SPEC.replace("retrain net on cifar10 {", "retrain net on cifar10 { stems = relu").replace(
        "epochs        = 2", "epochs = 1"
    )
    spec = spec.replace("warm_up       = 1", "warm_up = 0  clip = 0.5").replace(
        "sgd(lr = 0.05)", "sgd(lr = 0.05, momentum = 0.9)"
    )
    begun: list[tuple[Supernet, dict[str, torch.Tensor]]] = []

    class Kept(Supernet):
        @classmethod
        def begin(cls, search: RunSearch, *, learnt: bool = True) -> Supernet:
            net = Supernet.begin(search, learnt=learnt)
            begun.append((net, {name: value.clone() for name, value in net.model.state_dict().items()}))
            return net

    monkeypatch.setattr(module, "Supernet", Kept)
    with searching(tmp_path, METHOD, spec) as search:
        single_path(search)
        (net, table), space = begun[0], search.trials.space
        trained = {name: torch.nn.Parameter(table[name]) for name, _ in net.model.named_parameters()}
        optimizer = torch.optim.SGD(trained.values(), lr=0.05, momentum=0.9)
        steps = read_run(tmp_path / "run").steps("search")
        for number, (entry, group) in enumerate(zip(steps, net.batches.weights(0), strict=True)):
            drawn = space.draw(np.random.default_rng(search.seed("path", 0, number)))
            alone = Model(search.program.bind(drawn.text()).build("retrain").plain).train()
            alone.load_state_dict({name: table[name] for name in alone.state_dict()})
            losses = Losses(alone.graph, search.run.loss)
            values, _ = alone.run(inputs_of(group[0], ("image",)), wanted=losses.wanted)
            loss = losses.over(ONE, values, group[0])[0]
            assert entry.losses["loss"] == pytest.approx(loss.item(), rel=1e-4)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(alone.parameters(), 0.5)
            optimizer.zero_grad(set_to_none=True)
            for name, parameter in alone.named_parameters():
                trained[name].grad = parameter.grad
            optimizer.param_groups[0]["lr"] = entry.lr
            optimizer.step()
            table |= {name: value.detach() for name, value in trained.items()} | dict(alone.named_buffers())
    assert len(steps) == 3
    for name, value in net.model.state_dict().items():
        torch.testing.assert_close(value, table[name], rtol=1e-4, atol=1e-5, msg=name)
    assert not any(entry.architecture for entry in read_run(tmp_path / "run").epochs("search"))


def test_paths_are_drawn_uniformly_and_as_a_function_of_epoch_and_step(tmp_path: Path) -> None:
    with searching(tmp_path, METHOD) as search:
        space = search.trials.space
        draws = [space.draw(np.random.default_rng(search.seed("path", e, s))) for e in range(30) for s in range(30)]
    first = Counter(e.operation for a in draws for e in a.edges if (e.cell, e.node, e.source) == ("plain", "n0", "prev"))
    assert sum(first.values()) == 900 and all(abs(count - 300) < 4 * (900 * 2 / 9) ** 0.5 for count in first.values())
    assert len(set(draws)) > 800


def test_few_models_of_paths_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spikegraph.backends.search.supernet.MOST_PATHS", 2)
    with searching(tmp_path, METHOD) as search:
        net, random = Supernet.begin(search, learnt=False), np.random.default_rng(0)
        a, b, c = (search.trials.space.draw(random) for _ in range(3))

        def get(path: Architecture) -> object:
            return net.path(path, statistics=True)

        kept_a, kept_b = get(a), get(b)
        assert get(a) is kept_a
        get(c)
        assert get(a) is kept_a and get(b) is not kept_b


def test_interrupted_during_the_comparison_for_a_snapshot(tmp_path: Path) -> None:
    """The steps of the epoch are saved, and aren't repeated."""
    method = "single_path(discretise = shared_weights(draws = 4))  snapshots = 1"
    train(tmp_path / "whole", method, save_every=60.0)
    with pytest.raises(Interrupted):
        train(tmp_path, method, save_every=60.0, reporter=stop_after(2))
    assert not (tmp_path / "run/snapshots").exists()
    told = Told()
    train(tmp_path, method, save_every=60.0, resume=True, reporter=told)
    assert [title for title in told.titles if title.startswith("search epoch")] == ["search epoch 2/2"]
    assert_same_run(tmp_path / "run", tmp_path / "whole/run")


class Twice(Processes):
    """Stands for two processes with the gradients g and 3 g."""

    def averaged(self, tensors):  # type: ignore[no-untyped-def]
        return [2 * x for x in tensors]


def test_gradients_are_averaged_and_then_clipped() -> None:
    used, unused = torch.nn.Parameter(torch.zeros(2)), torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.SGD([used, unused], lr=1.0, weight_decay=0.1)
    of_paths(optimizer, Twice(), 5.0)
    used.grad = torch.tensor([3.0, 4.0])
    optimizer.step()
    torch.testing.assert_close(used.data, torch.tensor([-3.0, -4.0]))
    torch.testing.assert_close(unused.data, torch.ones(2))
