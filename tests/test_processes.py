"""How the processes of a run divide its batches, and one process that trains alone."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from spikegraph.base.errors import UntrainableError
from spikegraph.base.processes import ONE, Processes
from spikegraph.program.run_settings import require_divisible


def process(rank: int, count: int) -> Processes:
    found = Processes()
    found.rank, found.count = rank, count
    return found


@pytest.mark.parametrize(("samples", "parts"), [(6, ["012", "345"]), (5, ["012", "34"]), (2, ["0", "1"]), (1, ["0", "0"])])
def test_parts_of_a_batch(samples: int, parts: list[str]) -> None:
    batch = "0123456789"[:samples]
    assert ["".join(process(rank, 2).part(batch)) for rank in range(2)] == parts
    assert [process(rank, 2).has_part(samples) for rank in range(2)] == [True, samples > 1]


def test_every_sample_has_one_process() -> None:
    for count in range(1, 6):
        for samples in range(1, 14):
            those = [process(rank, count) for rank in range(count)]
            found = [k for p in those if p.has_part(samples) for k in p.part(range(samples))]
            assert found == list(range(samples))


def test_a_batch_that_cannot_be_divided() -> None:
    run = SimpleNamespace(batch=6, kind="search", span=SimpleNamespace(start="net.sdhs:3:1"))
    require_divisible(run, process(1, 3))
    with pytest.raises(UntrainableError) as caught:
        require_divisible(run, process(1, 4))
    assert caught.value.summary == "net.sdhs:3:1: `batch = 6` of `search` can't be divided by 4 processes"
    assert caught.value.help == "use a multiple of 4: --set search.batch=8"


def test_results_return_to_the_order_of_the_batches() -> None:
    class Three(Processes):
        def gathered(self, value: object) -> list:
            return [[0, 3, 6], [1, 4], [2, 5]]

    assert Three().in_order([]) == list(range(7))
    assert ONE.in_order([4, 5]) == [4, 5]
    assert ONE.largest(3) == 3
    assert ONE.broadcast(Path("run")) == Path("run")
