"""Processes that read data start beside torch's threads, of which Python 3.12 and later warn."""

import os
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from typing_extensions import override

from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.train.loader import batches, moved
from spikegraph.backends.torch.train.sampling import Draw
from spikegraph.base.errors import DataError
from spikegraph.data.sample import Sample
from spikegraph.data.sets import DataSet
from spikegraph.data.source import Samples
from spikegraph.tasks import TASKS


class Images(Samples):
    """Four images, each of its own number."""

    @override
    def __len__(self) -> int:
        return 4

    @override
    def sample(self, index: int) -> Sample:
        if torch.utils.data.get_worker_info() is not None:
            assert torch.get_num_threads() == 1  # so that it waits for no thread that it hasn't inherited
        return Sample({"image": np.full((1, 4, 4), index, np.float32)}, np.array(index))


def test_forking_beside_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    fork = os.fork

    def forked() -> int:
        text = "This process (pid=1) is multi-threaded, use of fork() may lead to deadlocks in the child."
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        return fork()

    monkeypatch.setattr(os, "fork", forked)
    order = [[Draw(0, 0), Draw(0, 1)], [Draw(0, 2), Draw(0, 3)]]
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    found = list(batches(DataSet(Images(), TASKS["class"]), order, torch.device("cpu"), workers=2, seed=0))
    torch.set_num_threads(threads)
    assert [batch.target.tolist() for batch in found] == [[0, 1], [2, 3]]


class Damaged(Images):
    """Images of which the third can't be read."""

    @override
    def sample(self, index: int) -> Sample:
        if index == 2:
            raise DataError("it is damaged", Path("c.png"), "copy it again")
        return Sample({"image": np.zeros((1, 4, 4))}, np.array(index))


@pytest.mark.parametrize("workers", [0, 1])
def test_an_error_for_users_arrives_as_it_was_raised(workers: int) -> None:
    samples = DataSet(Damaged(), TASKS["class"])
    found = batches(samples, [[Draw(0, 0)], [Draw(0, 1), Draw(0, 2)]], torch.device("cpu"), workers=workers, seed=0)
    assert next(found).target.tolist() == [0]
    with pytest.raises(DataError) as caught:
        next(found)
    assert str(caught.value) == "c.png: it is damaged (help: copy it again)"


def test_batches_are_copied_by_a_stream_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The order of what torch is told; there is no GPU, so the tensors stay here."""
    told = list[str]()

    class Stream:
        def wait_stream(self, other: "Stream") -> None:
            told.append(f"the device waits for {'the copy' if other is copying else 'another'}")

    copying, computing = Stream(), Stream()

    @contextmanager
    def stream(of: Stream):
        told.append("copy" if of is copying else "compute")
        yield
        told.append("copied")

    monkeypatch.setattr(torch.cuda, "stream", stream)
    monkeypatch.setattr(torch.cuda, "current_stream", lambda device: computing)
    monkeypatch.setattr(torch.Tensor, "to", lambda x, *to, non_blocking: told.append(f"to {non_blocking}") or x.clone())
    monkeypatch.setattr(torch.Tensor, "record_stream", lambda x, of: told.append(f"kept {of is computing}"))
    batch = Batch({"x": torch.zeros(2, 3)}, torch.zeros(2), torch.tensor([True, False]))
    found = moved(batch, torch.device("cpu"), copying)  # type: ignore[arg-type]
    assert told == ["copy", *["to True"] * 4, "copied", "the device waits for the copy", *["kept True"] * 4]
    assert [x.tolist() for x in found.places] == [[0]]
