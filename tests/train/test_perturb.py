"""`perturb`: the decisions are those of an independent repetition on the plain supernet."""

from pathlib import Path

import numpy as np
import pytest
import torch
from small_search import ONE_CELL, TRELLIS, searching, supernet

from spikegraph.backends.search.darts import darts
from spikegraph.backends.search.discretise import discretise
from spikegraph.backends.search.supernet import Supernet
from spikegraph.backends.torch.datasets import inputs_of
from spikegraph.backends.torch.model import Model
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.base.errors import DivergedError
from spikegraph.base.processes import ONE
from spikegraph.searches.architecture import Architecture, Edge

pytestmark = pytest.mark.usefixtures("one_thread")
TUNED = "darts(discretise = perturb(epochs = 1))"


def loss_of(net: Supernet, graph, values: dict[str, torch.Tensor]) -> float:  # type: ignore[no-untyped-def]
    """The mean loss on B of a graph with these parameters, norms with the statistics of each batch."""
    model = Model(graph).train()
    model.load_state_dict({name: values[name] for name in model.state_dict()})
    losses, found = Losses(graph, net.search.run.loss), []
    for batch in net.batches.read(net.b, 10, 0, "comparison", 0, wider=4):
        with torch.no_grad():
            outputs, _ = model.run(inputs_of(batch, ("image",)), wanted=losses.wanted)
            found.append(float(losses.over(ONE, outputs, batch)[1]))
    return sum(found) / len(found)


@pytest.mark.parametrize("edges", ["false", "true"])
def test_every_decision_by_itself(tmp_path: Path, edges: str) -> None:
    with supernet(tmp_path, f"darts(discretise = perturb, edges = {edges})", ONE_CELL) as net:
        for parameter in net.model.architecture.values():
            parameter.data.normal_(std=0.5)
        values = {name: value.clone() for name, value in net.model.state_dict().items()}
        found = discretise(net)
        random = np.random.default_rng(net.search.seed("perturb"))
        plain, cells = net.search.program.build("search").plain, net.cells
        rows = [(cell, k) for cell in cells.values() for k in range(5)]
        chosen: dict[str, dict[int, int]] = {name: {} for name in cells}
        for number in random.permutation(5):
            cell, row = rows[number]
            name, losses = f"{cell.name}.alpha", []
            for k in range(3):
                alpha = values[name].clone()
                alpha[row, k] = -1e9
                losses.append(loss_of(net, plain, {**values, name: alpha}))
            assert len(set(losses)) == 3
            chosen[cell.name][row] = int(np.argmax(losses))
            values[name] = values[name].clone()
            values[name][row] = torch.where(torch.arange(3) == chosen[cell.name][row], 0.0, -1e9)
        for number in random.permutation(1):  # n1 keeps two of three edges
            cell, losses = list(cells.values())[number], []
            for row in (2, 3, 4):
                if edges == "true":
                    name = f"{cell.name}.edges"
                    weights = values[name].clone()
                    weights[row] = -1e9
                    losses.append(loss_of(net, plain, {**values, name: weights}))
                else:
                    left = {**chosen, cell.name: {r: k for r, k in chosen[cell.name].items() if r != row}}
                    losses.append(loss_of(net, net.chosen(left, {}, statistics=False).model.graph, values))
            dropped = 2 + int(np.argmin(losses))
            del chosen[cell.name][dropped]
            if edges == "true":
                values[f"{cell.name}.edges"][dropped] = -1e9
        expected = [
            Edge(cell.name, *(cell.edge_list()[row][0], cell.candidates[k].name, cell.edge_list()[row][1]))
            for cell in cells.values()
            for row, k in sorted(chosen[cell.name].items())
        ]
        assert found == Architecture(tuple(expected))


def test_the_path_of_a_trellis_is_that_of_beta(tmp_path: Path) -> None:
    with supernet(tmp_path, "darts(discretise = perturb)", TRELLIS.replace("epoch_samples = 30", "epoch_samples = 4")) as net:
        net.model.architecture["walk.beta"].data[0, 0] = torch.tensor([0.0, 0.0, 3.0])
        found = discretise(net)
        assert found.paths[0][1][0] == 1
        assert net.search.trials.space.allows(found) and len(found.edges) == 4


def test_max_skips(tmp_path: Path) -> None:
    """Without the limit all edges would be skips: every removal of one hurts most."""
    spec = ONE_CELL.replace("mix = membrane }", "mix = membrane max_skips = 1 }")
    with supernet(tmp_path, "darts(discretise = perturb)", spec) as net:
        for parameter in net.model.architecture.values():
            parameter.data[:, 2] = 12.0
        assert net.search.trials.space.allows(discretise(net))


def test_weights_are_trained_between_decisions(tmp_path: Path) -> None:
    with supernet(tmp_path, TUNED, ONE_CELL) as net:
        before = {name: value.clone() for name, value in net.model.named_parameters()}
        path = net.path(discretise(net), statistics=False)
        weights = [name for name, _ in path.model.named_parameters() if name.endswith("conv.weight")]
        shared = dict(net.model.named_parameters())
        assert weights and all(not torch.equal(shared[name], before[name]) for name in weights)


@pytest.mark.parametrize(
    ("batch", "what"),
    [
        (10, "candidates of edge 2 of 5: the smallest loss of 3 networks is "),
        (5, "training of what is left, epoch 1, step 2: the loss is"),
    ],
)
def test_a_training_between_decisions_that_diverges(
    tmp_path: Path, batch: int, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After one step only the comparison sees it; after a search whose loss was 2.3, 4.6e29 is too large, although finite."""
    monkeypatch.setattr("spikegraph.backends.search.tuning.rate_at", lambda *_: 1e30)
    with searching(tmp_path, TUNED, ONE_CELL.replace("batch         = 10", f"batch = {batch}")) as search:
        with pytest.raises(DivergedError) as error:
            darts(search)
        assert error.value.summary.startswith(f"search, {what}")
        assert error.value.help is not None
        assert error.value.help.startswith(
            f"the last good checkpoint is {search.log.folder.checkpoint('search')}; use a smaller"
        )
