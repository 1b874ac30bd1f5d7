"""What a search costs: said at its start, and recorded at its end."""

from pathlib import Path

import pytest
from small_search import searching
from tiny_search import Told, train

from spikegraph.backends.search.cost import expected_text, supernet_cost
from spikegraph.program.program import Program
from spikegraph.program.search_cost import COSTS, candidates_cost, least_share, retraining_steps
from spikegraph.runs.folder import RunFolder

pytestmark = pytest.mark.usefixtures("one_thread")


def test_a_path_costs_what_its_network_does(tmp_path: Path) -> None:
    """Two epochs of 30 samples, where the retraining has two of 40."""
    with searching(tmp_path, "single_path") as search:
        assert supernet_cost(search) == pytest.approx(60 / 80)


def test_a_supernet_costs_by_its_operations(tmp_path: Path) -> None:
    """Three passes of 30 samples, since one of the two epochs is the warm-up; each is one of all candidates on all edges."""
    with searching(tmp_path, "darts") as search:
        cost = supernet_cost(search)
        # The cells have 2 + 3 edges, of which 4 are kept, with convolutions of 9 and of 1 weights.
        assert cost is not None and 90 / 80 < cost < 4 * 90 / 80
        text = expected_text(search)
        assert text is not None and text.startswith(f"the search costs about {cost:.3g} trainings; a training has 8 steps")
        # With patience it may end after the warm-up: one pass of 30 samples in place of three.
        assert supernet_cost(search, epochs=1) == pytest.approx(cost / 3)
    (tmp_path / "perturbed").mkdir()
    with searching(tmp_path / "perturbed", "darts(discretise = perturb(epochs = 1))") as search:
        # One more behind each of ten edges, and of two nodes that keep two of three.
        assert supernet_cost(search) == pytest.approx(cost * (3 + 12) / 3)
    (tmp_path / "other").mkdir()
    with searching(tmp_path / "other", "random(7)") as search:
        assert supernet_cost(search) == 0.0
        assert expected_text(search) == "the search costs about 7 trainings; a training has 8 steps"


@pytest.mark.parametrize(("method", "cost"), [("random(3)", 3.0), ("halving(4)", 2.0), ("evolution(4)", 4.0)])
def test_the_cost_is_told_before_and_recorded_after(tmp_path: Path, method: str, cost: float) -> None:
    """Twelve samples in batches of four are twelve steps in four epochs. 25 are more, so evolution trains all to the end."""
    told = Told()
    summary = train(tmp_path, method, reporter=told)
    assert f"the search costs about {cost:.3g} trainings; a training has 12 steps" in told.notices
    assert summary.search_trainings == summary.search_cost == cost
    assert RunFolder(tmp_path / "run").read_summary().search_trainings == cost


def test_a_short_training_makes_evolution_dear() -> None:
    """Ten candidates of 25 steps in a training of 63: ten times 0.397, and halving of some of them."""
    assert least_share(63) == pytest.approx(25 / 63)
    program = Program.read("builtin:cifar10", profile="sample", overrides=("search.method=evolution(10)",))
    assert candidates_cost(program.spec, 63) == pytest.approx(10 * 25 / 63 + 4 * (1 - 25 / 63) * 0.5 + 2 * 0.5, rel=0.2)
    assert candidates_cost(program.spec, None) == candidates_cost(program.spec, 100_000)


def test_the_steps_of_a_retraining_are_known_from_the_spec() -> None:
    """4,000 images of which a tenth validates, in batches of 32, for 20 epochs."""
    program = Program.read(
        "builtin:cifar10", profile="sample", overrides=("retrain.validate=0.1", "cifar10.source=fashion_mnist_small")
    )
    assert retraining_steps(program.spec) == 20 * 113
    assert retraining_steps(Program.read("builtin:stereo").spec) == 200 * 259  # 517 windows of MVSEC's first split in pairs
    assert retraining_steps(Program.read("builtin:stereo", overrides=("mvsec.sequence=outdoor_day",)).spec) is None
    assert set(COSTS) == {"random", "halving", "evolution", "darts", "partial", "single_path"}
