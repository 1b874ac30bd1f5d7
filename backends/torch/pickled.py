"""Reads the weights in a file of `torch.save`, and calls nothing that the file names.

A model that was saved whole gives its weights too, and none of its code runs. Both layouts are read: archives, of torch since
1.6, and the streams before.
"""

from __future__ import annotations

import io
import pickle
import sys
import zipfile
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import cast

import torch
from torch import Tensor

from spikegraph.backends.torch.pickled_values import Inert, Read, Reader, Storage, View
from spikegraph.base.errors import DataError

MAGIC = 0x1950A86A20F9469CFC6C
"""The first number of a stream."""

KEYS = ("state_dict", "model_state_dict", "model", "net", "network", "module", "weights", "params")
"""Where checkpoints have the weights, the first that is there."""

MOST_VIEWS, MOST_MODULES, DEEPEST = 16, 100_000, 200
"""Numbers of all tensors together for each one that is stored, which several may share; modules of one that was saved whole,
and of those one below the other."""

WHOLE = "module."
"""What data parallel training puts in front of all names."""

FIX = "save the weights again with `torch.save(model.state_dict(), FILE)`, or as safetensors"


def read_pickled(path: Path, content: bytes) -> dict[str, Tensor]:
    """The weights in the content of a file of `torch.save`, by name.

    Args:
        path: The file, for messages.
        content: Its content.

    Raises:
        DataError: It is damaged, has no weights, or several sets of them.
    """
    try:
        read = Read()
        found = _archive(content, read) if zipfile.is_zipfile(io.BytesIO(content)) else _stream(content, read)
        stored = sum(storage.count for storage in read.storages.values())
        if read.numbers > MOST_VIEWS * max(stored, 1):
            raise pickle.UnpicklingError("its tensors have far more numbers than it stores")
        return {name: view.tensor().clone() for name, view in sorted(_weights(found, path).items())}
    except DataError:
        raise
    except Exception as error:  # a damaged pickle can raise anything
        raise DataError(f"it isn't a sound file of `torch.save`: {error}", path, FIX) from error


def _archive(content: bytes, read: Read) -> object:
    """The value in an archive: a pickle, and a file for each storage."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = {entry.filename.partition("/")[2]: entry for entry in archive.infolist()}
        if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries.values()):
            raise pickle.UnpicklingError("its parts are compressed, as torch doesn't write them")
        if "data.pkl" not in entries:
            raise pickle.UnpicklingError("it has no `data.pkl`")
        found: object = Reader(io.BytesIO(archive.read(entries["data.pkl"])), read).load()
        order = archive.read(entries["byteorder"]).decode() if "byteorder" in entries else "little"
        if order != sys.byteorder:
            raise pickle.UnpicklingError(f"its numbers are in the order {order}")
        if sum(storage.size for storage in read.storages.values()) > len(content):
            raise pickle.UnpicklingError("a storage is incomplete")
        for key, storage in read.storages.items():
            _fill(storage, archive.read(entries[f"data/{key}"]))
    return found


def _stream(content: bytes, read: Read) -> object:
    """The value in a stream: pickles one after the other, then the numbers of each storage."""
    file = io.BytesIO(content)
    if Reader(file, read).load() != MAGIC:
        raise pickle.UnpicklingError("it begins otherwise")
    for _ in ("version", "system"):
        Reader(file, read).load()
    found: object = Reader(file, read).load()
    keys: object = Reader(file, read).load()
    for key in cast("list[object]", keys) if isinstance(keys, list) else ():
        storage = read.storages[str(key)]
        if int.from_bytes(file.read(8), "little") != storage.count:
            raise pickle.UnpicklingError("a storage has another length")
        _fill(storage, file.read(storage.size))
    return found


def _fill(storage: Storage, data: bytes) -> None:
    if len(data) != storage.size:
        raise pickle.UnpicklingError("a storage is incomplete")
    storage.values = torch.frombuffer(bytearray(data), dtype=storage.kind) if data else torch.empty(0, dtype=storage.kind)


def _weights(found: object, path: Path) -> dict[str, View]:
    """The tensors by name: of a state dict, of a checkpoint that has one, or of a module that was saved whole.

    Raises:
        DataError: There are none, or no key tells which are meant.
    """
    modules = count()
    own = dict(_named(found, "", modules))
    if not own and isinstance(found, Mapping):
        held = {str(key): dict(_named(value, "", modules)) for key, value in cast("Mapping[object, object]", found).items()}
        sets = {key: tensors for key, tensors in held.items() if tensors}
        key = next((key for key in KEYS if key in sets), next(iter(sets), ""))
        if key not in KEYS and len(sets) > 1:
            raise DataError(f"it has weights in {', '.join(f'`{name}`' for name in sets)}", path, FIX)
        own = sets.get(key, {})
    if not own:
        raise DataError("it has no tensors by name", path, FIX)
    whole = all(name.startswith(WHOLE) for name in own)
    return {name.removeprefix(WHOLE) if whole else name: view for name, view in own.items()}


def _named(value: object, prefix: str, modules: Iterator[int], depth: int = 0) -> Iterator[tuple[str, View]]:
    """The tensors of a state dict, or of a module with those below it; `modules` counts them."""
    held = value.state if isinstance(value, Inert) else None
    if isinstance(held, Mapping):
        if depth > DEEPEST or next(modules) > MOST_MODULES:
            raise pickle.UnpicklingError("its modules have no end")
        state = cast("Mapping[object, object]", held)
        kept = state.get("_non_persistent_buffers_set")
        names = cast("frozenset[str]", kept) if isinstance(kept, frozenset) else ()
        passing = {f"{prefix}{name}" for name in names}
        for part in ("_parameters", "_buffers"):
            if isinstance(state.get(part), Mapping):
                found = _named(state.get(part), prefix, modules, depth)
                yield from ((name, view) for name, view in found if name not in passing)
        below = state.get("_modules")
        for name, module in cast("Mapping[object, object]", below).items() if isinstance(below, Mapping) else ():
            if isinstance(module, Inert):
                yield from _named(module, f"{prefix}{name}.", modules, depth + 1)
    elif isinstance(value, Mapping):
        for name, item in cast("Mapping[object, object]", value).items():
            if isinstance(item, View):
                yield f"{prefix}{name}", item
