"""Processes that read data start beside torch's threads, of which Python 3.12 and later warn."""

import multiprocessing
import os
import signal
import warnings
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch
from typing_extensions import override

from spikegraph.analysis.out_of_memory import naming_layers
from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.train import loader
from spikegraph.backends.torch.train.loader import batches, moved
from spikegraph.backends.torch.train.sampling import Draw
from spikegraph.base.errors import DataError, OutOfMemoryError, PluginError, TrainError
from spikegraph.data.sample import Sample
from spikegraph.data.sets import DataSet
from spikegraph.data.source import Samples
from spikegraph.plugins.local_files import load_plugin
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


def images_after_an_edit(folder: Path) -> list[Batch]:
    """What a process reads that starts when a plug-in's file has another text than what was loaded of it."""
    plugin = folder / "edited.py"
    plugin.write_text("")
    load_plugin(plugin)
    plugin.write_text("# edited\n")
    return list(batches(DataSet(Images(), TASKS["class"]), [[Draw(0, 1)]], torch.device("cpu"), workers=1, seed=0))


def test_a_plug_in_may_be_edited_while_processes_are_forked(tmp_path: Path) -> None:
    assert [batch.target.tolist() for batch in images_after_an_edit(tmp_path)] == [[1]]


def test_a_process_that_can_not_load_a_plug_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loader, "get_all_start_methods", lambda: ["spawn"])
    with pytest.raises(PluginError, match=r"the plug-in `.*edited.py` has changed since it was loaded"):
        images_after_an_edit(tmp_path)


class Odd(Exception):  # noqa: N818
    """An exception that torch can't make from a text."""

    @property
    def message(self) -> str:
        """What is wrong."""
        return "it is odd"

    @override
    def __str__(self) -> str:
        return self.message


class Raising(Images):
    """Images whose code raises it."""

    @override
    def sample(self, index: int) -> Sample:
        raise Odd


def test_any_exception_arrives_with_its_text() -> None:
    with pytest.raises(RuntimeError, match=r"Odd: it is odd\n$"):
        list(batches(DataSet(Raising(), TASKS["class"]), [[Draw(0, 1)]], torch.device("cpu"), workers=1, seed=0))


def test_processes_are_forked_whatever_starts_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another process has none of a plug-in's classes, as it has none of this function's."""

    class Local(Images):
        pass

    before = multiprocessing.get_start_method()
    multiprocessing.set_start_method("spawn", force=True)
    try:
        found = list(batches(DataSet(Local(), TASKS["class"]), [[Draw(0, 1)]], torch.device("cpu"), workers=1, seed=0))
    finally:
        multiprocessing.set_start_method(before, force=True)
    assert [batch.target.tolist() for batch in found] == [[1]]


class Ending(Images):
    """Images whose reading ends the process, with an exit status or by the signal that the system sends without memory."""

    def __init__(self, status: int | None) -> None:
        self.status = status

    @override
    def sample(self, index: int) -> Sample:
        if self.status is None:
            os.kill(os.getpid(), signal.SIGKILL)
        os._exit(self.status)


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (1, TrainError, "a process that reads data ended with an exception (help: its exception is printed above; "),
        (None, OutOfMemoryError, "out of memory: a process that reads data was killed or got no shared memory (help: "),
    ],
)
def test_a_process_that_ends(status: int | None, kind: type[TrainError], text: str) -> None:
    with pytest.raises(kind) as caught, naming_layers():
        list(batches(DataSet(Ending(status), TASKS["class"]), [[Draw(0, 1)]], torch.device("cpu"), workers=1, seed=0))
    assert type(caught.value) is kind
    assert str(caught.value).startswith(text)


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
