"""Damaged arrays, graphs of NIR and files of weights: a result or the documented error, within the memory that they may take.

Arrays are read as `data check` and as a training read them, which must say the same, within 64 MiB. The kinds take turns, so a
count is divided equally among them.
"""

import io
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import h5py
import nir
import numpy as np
import torch
from cases import Outcome
from event_mutants import exchanged
from isolated import Isolated
from measured import MOST, memory_of, verdict
from mutations import damaged
from tests_files import declaration, nir_graphs

from spikegraph import load, load_deployed
from spikegraph.backends.nir.importing import import_graph
from spikegraph.backends.torch.deployed_file import deployed_content
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.train.checkpoint import read_weights, weights_content
from spikegraph.base.errors import CheckpointError, DataError, UserError
from spikegraph.data.own_array_checks import check_arrays
from spikegraph.data.own_arrays import read_arrays
from spikegraph.foreign.errors import ForeignError

BOUND = 256 << 20
"""Bytes of memory for what isn't data: building a network takes more than its file."""

NETWORK = """\
sdhs 1
neuron lif { decay = 0.5 }
network net {
  input image : real[1, 6, 6]
  time = 2
  output logits = image -> conv(3, out = 4) -> norm -> lif -> pool -> linear(3) -> mean(time)
}
"""


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        name: The name of the file.
        write: Its content, without damage.
        readers: What reads it; all say the same.
        error: The documented error.
    """

    name: str
    write: Callable[[], bytes]
    readers: tuple[Callable[[Path], object], ...]
    error: type[UserError] = DataError


def attack(seed: int) -> Outcome:
    """Damages a file and reads it."""
    rng = random.Random(seed)
    name = tuple(KINDS)[seed % len(KINDS)]
    kind, data = KINDS[name], content(name)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        data = exchanged(data, rng) if rng.random() < 0.1 else damaged(data, rng, content(rng.choice(list(KINDS))))[1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / kind.name
        path.write_bytes(data)
        if kind.name == "x.npy":
            np.save(path.with_name("y.npy"), LABELS)
        wrong = memory_of(lambda: _read(kind, path), MOST if kind.name.startswith("x") else BOUND)
    return Outcome(name, not wrong, wrong)


case = Isolated(attack)


@lru_cache
def content(name: str) -> bytes:
    """The content of an undamaged file."""
    return KINDS[name].write()


def _read(kind: Kind, path: Path) -> str:
    found = [verdict(lambda read=read: read(path), kind.error, kind.name) for read in kind.readers]
    told = [wrong for _, wrong in found if wrong]
    if not told and len({said for said, _ in found}) > 1:
        return f"data check: {found[0][0]}, training: {found[1][0]}"
    return told[0] if told else ""


IMAGES = np.random.default_rng(0).random((12, 6, 5), np.float32)
LABELS = np.arange(12) % 3


def _npz(save: Callable[..., None]) -> bytes:
    file = io.BytesIO()
    save(file, images=IMAGES, labels=np.where(LABELS == 0, "cat", "dog"))
    return file.getvalue()


def _npy() -> bytes:
    file = io.BytesIO()
    np.save(file, IMAGES)
    return file.getvalue()


def _hdf5(**how: Any) -> bytes:
    def write(path: Path) -> None:
        with h5py.File(path, "w") as made:
            made.create_dataset("images", data=IMAGES, **how)
            made["labels"] = LABELS

    return _written(write)


def _nir() -> bytes:
    layers = nir_graphs.linear(), nir_graphs.lif(), nir_graphs.linear()
    return _written(lambda path: nir.write(path, nir_graphs.chain(*layers)))


def _arrays(**keys: object) -> tuple[Callable[[Path], object], ...]:
    """`data check` and a training."""
    declared = declaration(**keys)
    return tuple(lambda path, read=read: read(declared, path.parent) for read in (check_arrays, read_arrays))


def _written(write: Callable[[Path], object]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        write(path)
        return path.read_bytes()


@lru_cache
def _deployed() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        spec = Path(folder) / "net.sdhs"
        spec.write_text(NETWORK, encoding="utf-8")
        return deployed_content(lower(load(spec).build("deploy").graph))


KINDS: dict[str, Kind] = {
    "npz": Kind("x.npz", lambda: _npz(np.savez), _arrays(file="x.npz")),
    "packed npz": Kind("x.npz", lambda: _npz(np.savez_compressed), _arrays(file="x.npz")),
    "npy": Kind("x.npy", _npy, _arrays(inputs="x.npy", targets="y.npy")),
    "HDF5": Kind("x.h5", _hdf5, _arrays(file="x.h5")),
    "packed HDF5": Kind(
        "x.h5", lambda: _hdf5(chunks=(2, 6, 5), compression="gzip", shuffle=True, fletcher32=True), _arrays(file="x.h5")
    ),
    "NIR": Kind("net.nir", _nir, (import_graph,), ForeignError),
    "weights": Kind(
        "weights.safetensors",
        lambda: weights_content({"a.weight": torch.ones(4, 3), "b": torch.zeros(2)}, {"a": 3.0}),
        (read_weights,),
        CheckpointError,
    ),
    "deployed network": Kind("net.safetensors", _deployed, (load_deployed,)),
}
