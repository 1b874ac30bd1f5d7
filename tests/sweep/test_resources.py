"""What each of several runs gets of a machine."""

import pytest

from spikegraph.sweep.resources import Slot, given_threads, shares, visible_gpus


@pytest.mark.parametrize(
    ("arguments", "jobs", "threads"),
    [
        ((5, 8, None, None), 5, 1),
        ((2, 8, None, None), 2, 4),
        ((10, 8, None, 4), 2, 4),
        ((10, 8, None, 16), 1, 16),
        ((10, 8, 2, None), 2, 4),
        ((10, 2, 4, None), 4, 1),
        ((10, 8, 3, 1), 3, 1),
        ((1, 8, 4, None), 1, 8),
    ],
)
def test_cores(arguments, jobs, threads):
    assert shares(*arguments) == (Slot(threads),) * jobs


def test_gpus():
    assert shares(10, 8, None, None, ("0", "1")) == (Slot(4, "0"), Slot(4, "1"))
    assert [slot.gpu for slot in shares(10, 8, 3, None, ("0", "1"))] == ["0", "1", "0"]
    assert shares(1, 8, None, None, ("0", "1")) == (Slot(8, "0"),)
    assert Slot(4, "GPU-7").environment == {
        "OMP_NUM_THREADS": "4",
        "MKL_NUM_THREADS": "4",
        "OPENBLAS_NUM_THREADS": "4",
        "CUDA_VISIBLE_DEVICES": "GPU-7",
    }
    assert "CUDA_VISIBLE_DEVICES" not in Slot(4).environment
    assert visible_gpus(2, {"CUDA_VISIBLE_DEVICES": "3,1"}) == ("3", "1")
    assert visible_gpus(2, {}) == ("0", "1")


@pytest.mark.parametrize(("text", "threads"), [(None, None), ("", None), ("4", 4), ("4,2", 4), ("0", None), ("many", None)])
def test_threads_of_the_environment(text, threads):
    assert given_threads({} if text is None else {"OMP_NUM_THREADS": text}) == threads
