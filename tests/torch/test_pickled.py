"""Weights in files of `torch.save`: torch is the judge of what is read, and nothing that a file names is called."""

from __future__ import annotations

import argparse
import io
import os
import pickle
import warnings
import zipfile
from collections import OrderedDict
from pathlib import Path

import pytest
import torch
from torch import nn

from spikegraph.backends.torch.pickled import read_pickled
from spikegraph.base.errors import DataError

NEW, OLD = True, False
PLACE = Path("weights.pth")


class Own(nn.Module):
    """A module of a stranger, whose code must not run."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3))
        self.head = nn.ModuleDict({"a": nn.Linear(3, 2).half(), "b": nn.Linear(3, 2, bias=False)})
        self.register_buffer("passing", torch.ones(2), persistent=False)
        self.options = argparse.Namespace(lr=0.1)

    def __setstate__(self, state):
        raise AssertionError("code of the file ran")


def saved(value: object, layout: bool) -> bytes:
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the source of a module isn't known
        torch.save(value, file, _use_new_zipfile_serialization=layout)
    return file.getvalue()


def equal(found: dict[str, torch.Tensor], wanted: dict[str, torch.Tensor]) -> bool:
    same = all(torch.equal(found[k], v) and found[k].dtype == v.dtype for k, v in wanted.items())
    return found.keys() == wanted.keys() and same


@pytest.mark.parametrize("layout", [NEW, OLD])
def test_what_torch_writes(layout: bool) -> None:
    module = Own()
    state = module.state_dict()
    ways = {
        "a state dict": state,
        "a dict": dict(state),
        "a checkpoint": {"epoch": 3, "args": argparse.Namespace(lr=1), "state_dict": state, "optimizer": {"state": {}}},
        "data parallel": {"net": OrderedDict((f"module.{k}", v) for k, v in state.items())},
        "a module": module,
        "a module in a checkpoint": {"model": module, "loss": 0.1},
        "parameters": {k: nn.Parameter(v) if v.is_floating_point() else v for k, v in state.items()},
    }
    for way, value in ways.items():
        assert equal(read_pickled(PLACE, saved(value, layout)), state), way


@pytest.mark.parametrize("layout", [NEW, OLD])
@pytest.mark.parametrize("kind", [torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.uint8, torch.bool])
def test_types_and_views(layout: bool, kind: torch.dtype) -> None:
    whole = torch.arange(24).reshape(2, 3, 4).to(kind)
    parts = {"whole": whole, "row": whole[1], "turned": whole.permute(2, 0, 1), "every": whole[:, ::2], "one": whole[0, 0, 0]}
    parts["none"] = torch.zeros(0, 3, dtype=kind)
    assert equal(read_pickled(PLACE, saved(parts, layout)), parts)


class Evil:
    """Would run a program."""

    def __reduce__(self):
        return os.system, ("touch evil",)


@pytest.mark.parametrize("layout", [NEW, OLD])
def test_nothing_that_a_file_names_is_called(layout: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content = saved({"a": torch.ones(2), "b": Evil(), "c": [Evil(), {"d": Evil()}]}, layout)
    assert equal(read_pickled(PLACE, content), {"a": torch.ones(2)})
    assert not list(tmp_path.iterdir())


def archive(text: bytes, data: bytes = b"", compress: int = zipfile.ZIP_STORED) -> bytes:
    """An archive with a pickle and one storage."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compress) as made:
        made.writestr("a/data.pkl", text)
        made.writestr("a/data/0", data)
    return file.getvalue()


def tensor(shape: str, strides: str, count: int = 4, more: str = "") -> bytes:
    """The text of a pickle with one tensor of a storage of float32, in protocol 0; `more` stands behind it."""
    storage = f"(Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nI{count}\ntQ"
    view = f"ctorch._utils\n_rebuild_tensor_v2\n({storage}I0\n{shape}{strides}I00\nNtR{more}"
    return f"(dVw\n{view}s.".encode()


def test_a_tensor_by_hand() -> None:
    values = torch.tensor([1.0, 2.0, 3.0, 4.0])
    content = archive(tensor("(I2\nI2\nt", "(I2\nI1\nt"), values.numpy().tobytes())
    assert equal(read_pickled(PLACE, content), {"w": values.reshape(2, 2)})


FOUR = torch.ones(4).numpy().tobytes()

HOSTILE = {
    "larger than its storage": (archive(tensor("(I5\nt", "(I1\nt"), FOUR), "a tensor is larger than its storage"),
    "spread by strides of 0": (archive(tensor("(I999999999\nt", "(I0\nt"), FOUR), "a tensor is larger than its storage"),
    "before its storage": (archive(tensor("(I4\nt", "(I-1\nt"), FOUR), "a tensor has no shape"),
    "too many axes": (archive(tensor("(" + "I1\n" * 40 + "t", "(" + "I1\n" * 40 + "t"), FOUR), "a tensor has no shape"),
    "a storage that isn't there": (archive(tensor("(I4\nt", "(I1\nt", count=10**11), FOUR), "a storage is incomplete"),
    "changed behind its check": (
        archive(tensor("(I4\nt", "(I1\nt", more="(dVshape\n(I99999999\ntsb"), FOUR),
        "it changes a tensor that it has made",
    ),
    "a function changed": (
        archive(b"(dVw\nctorch._utils\n_rebuild_tensor_v2\n(dV_function\nNsbs.", FOUR),
        "it changes a tensor that it has made",
    ),
    "compressed": (archive(tensor("(I4\nt", "(I1\nt"), FOUR, zipfile.ZIP_DEFLATED), "its parts are compressed"),
    "cut off": (archive(tensor("(I4\nt", "(I1\nt")[:-9], FOUR), "pickle data was truncated|Ran out of input"),
    "no pickle": (archive(b"\xff\xff"), "invalid load key"),
    "text": (b"hello", "Memo value not found"),
    "empty": (b"", "Ran out of input"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused(name: str) -> None:
    content, why = HOSTILE[name]
    with pytest.raises(DataError, match=rf"weights\.pth: it isn't a sound file of `torch\.save`: .*({why})"):
        read_pickled(PLACE, content)


def test_modules_without_end_are_refused() -> None:
    """Each module has the next one twice: 2 ** 60 of them."""
    with pytest.raises(DataError, match="its modules have no end"):
        read_pickled(PLACE, archive(b"(dVmodel\n" + nested(60) + b"s."))


def nested(levels: int) -> bytes:
    """The text of a module that has another one under two names, and so on."""
    if levels == 0:
        return b"cown\nNet\n(tR(dV_modules\n(dsb"
    inner = nested(levels - 1)
    return b"cown\nNet\n(tR(dV_modules\n(dVa\n" + inner + b"p%d\nsVb\ng%d\nssb" % (levels, levels)


def test_what_has_no_weights_is_refused() -> None:
    for value in ({"epoch": 3}, [torch.ones(2)], torch.ones(2), 7):
        with pytest.raises(DataError, match="it has no tensors by name"):
            read_pickled(PLACE, saved(value, NEW))
    two = {"generator": {"w": torch.ones(1)}, "critic": {"w": torch.ones(1)}}
    with pytest.raises(DataError, match="it has weights in `generator`, `critic`"):
        read_pickled(PLACE, saved(two, NEW))


def test_damaged_files_are_refused_or_read_as_they_are() -> None:
    """Any byte may be wrong: a clear error, or tensors of the file's size."""
    import random

    content, drawn = saved({"w": torch.arange(6.0), "b": torch.ones(2)}, NEW), random.Random(7)
    for _ in range(400):
        changed = bytearray(content)
        for _ in range(drawn.choice((1, 1, 2, 5))):
            changed[drawn.randrange(len(changed))] = drawn.randrange(256)
        try:
            found = read_pickled(PLACE, bytes(changed))
        except DataError:
            continue
        assert sum(tensor.numel() for tensor in found.values()) <= 8


def test_pickle_itself_would_run_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hostile value is one."""
    monkeypatch.chdir(tmp_path)
    pickle.loads(pickle.dumps(Evil()))
    assert (tmp_path / "evil").exists()
