"""What a file of `torch.save` may make: plain values, parts of storages, and inert values for everything else.

Such a file is a pickle, which names functions to call. Here each name that tensors need stands for a function of this module,
and every other one for an inert value that takes what it is given and does nothing.
"""

from __future__ import annotations

import io
import pickle
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from math import prod
from typing import Any, cast

import torch
from torch import Tensor
from typing_extensions import override

TYPES = {
    "DoubleStorage": torch.float64,
    "FloatStorage": torch.float32,
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "LongStorage": torch.int64,
    "IntStorage": torch.int32,
    "ShortStorage": torch.int16,
    "CharStorage": torch.int8,
    "ByteStorage": torch.uint8,
    "BoolStorage": torch.bool,
}
"""The types of numbers by the names of torch's storages."""

MOST_AXES, LARGEST = 32, 2**40
"""Most axes of a tensor; what no number of things reaches."""


class Inert:
    """Stands for a class or function that isn't known: it can be called, filled and indexed, and does nothing.

    Attributes:
        state: What the file says of it.
    """

    def __init__(self, *_: object, **__: object) -> None:
        self.state: object = None

    def __call__(self, *_: object, **__: object) -> Inert:
        """Another one."""
        return Inert()

    def __setstate__(self, state: object) -> None:
        self.state = state

    def __setitem__(self, key: object, value: object) -> None:
        """Ignores what is put in."""

    def append(self, value: object) -> None:
        """Ignores what is added."""

    def extend(self, values: object) -> None:
        """As `append`."""

    def add(self, value: object) -> None:
        """As `append`."""


class Sealed:
    """Base of what the file can't change once it is made."""

    def __setstate__(self, state: object) -> None:
        raise pickle.UnpicklingError("it changes a tensor that it has made")


class Known(Sealed):
    """A function of this module that stands for one of torch."""

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function

    def __call__(self, *arguments: object) -> object:
        """Calls it."""
        return self._function(*arguments)


@dataclass
class Storage(Sealed):
    """Numbers in a row, filled when the file is read that far."""

    kind: torch.dtype
    count: int
    values: Tensor | None = None

    @property
    def size(self) -> int:
        """Its bytes."""
        return self.count * self.kind.itemsize


@dataclass
class View(Sealed):
    """A tensor: a part of a storage. It isn't a tensor yet, since in a stream numbers come last."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def tensor(self) -> Tensor:
        """The tensor, which shares the storage's memory."""
        assert self.storage.values is not None
        return torch.as_strided(self.storage.values, self.shape, self.strides, self.offset)


class Kind(Sealed):
    """A type of storage, by its name."""

    def __init__(self, name: str) -> None:
        self.kind = TYPES[name]


@dataclass
class Read:
    """What a file has had so far.

    Attributes:
        storages: By key.
        numbers: The numbers of all tensors together.
    """

    storages: dict[str, Storage] = field(default_factory=dict[str, Storage])
    numbers: int = 0

    def storage(self, found: object) -> Storage:
        """The storage that a reference in the pickle means."""
        parts = cast("tuple[Any, ...]", found) if isinstance(found, tuple) else ()
        if len(parts) < 5 or parts[0] != "storage" or not isinstance(parts[1], Kind):
            raise pickle.UnpicklingError("it refers to something else than numbers")
        key, count = str(parts[2]), parts[4]
        if not isinstance(count, int) or not 0 <= count < LARGEST or (len(parts) > 5 and parts[5] is not None):
            raise pickle.UnpicklingError("a storage has no length")
        return self.storages.setdefault(key, Storage(parts[1].kind, count))

    def view(self, storage: object, offset: object, shape: object, strides: object, *_: object) -> View:
        """`torch._utils._rebuild_tensor_v2`."""
        sizes, steps = _whole(shape), _whole(strides)
        if not isinstance(storage, Storage) or not isinstance(offset, int) or len(sizes) != len(steps) or offset < 0:
            raise pickle.UnpicklingError("a tensor has no storage, place or shape")
        last = offset + sum((n - 1) * step for n, step in zip(sizes, steps, strict=True)) if prod(sizes) else offset - 1
        if last >= storage.count or prod(sizes) > storage.count:
            raise pickle.UnpicklingError("a tensor is larger than its storage")
        self.numbers += prod(sizes)
        return View(storage, offset, sizes, steps)


def _whole(values: object) -> tuple[int, ...]:
    items = tuple(cast("tuple[object, ...]", values)) if isinstance(values, tuple | list) else (None,)
    if len(items) > MOST_AXES or not all(isinstance(item, int) and 0 <= item < LARGEST for item in items):
        raise pickle.UnpicklingError("a tensor has no shape")
    return cast("tuple[int, ...]", items)


def _parameter(value: object, *_: object) -> object:
    """`torch._utils._rebuild_parameter`, and the form of it with attributes."""
    return value


def _typed(make: object, kind: object, arguments: object, *_: object) -> object:
    """`torch._tensor._rebuild_from_type_v2`: a tensor of a class of its own, as a plain one."""
    if not isinstance(make, Known | type) or not isinstance(arguments, tuple):
        raise pickle.UnpicklingError("a tensor of another type is incomplete")
    return make(*cast("tuple[Any, ...]", arguments))


def _names(items: object = ()) -> frozenset[str]:
    """`set`, of names."""
    found = cast("list[object]", items) if isinstance(items, list) else []
    return frozenset(item for item in found if isinstance(item, str))


class Reader(pickle.Unpickler):
    """Builds plain values, views and inert ones."""

    def __init__(self, file: io.BytesIO, read: Read) -> None:
        super().__init__(file, encoding="utf-8")
        self._read = read
        self._known: dict[tuple[str, str], Callable[..., object]] = {
            ("collections", "OrderedDict"): OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): Known(read.view),
            ("torch._utils", "_rebuild_tensor"): Known(read.view),
            ("torch._utils", "_rebuild_parameter"): Known(_parameter),
            ("torch._utils", "_rebuild_parameter_with_state"): Known(_parameter),
            ("torch._tensor", "_rebuild_from_type_v2"): Known(_typed),
            ("__builtin__", "set"): Known(_names),
            ("builtins", "set"): Known(_names),
            ("torch", "Size"): tuple,
        }

    @override
    def find_class(self, module: str, name: str, /) -> Any:
        """What stands for a name."""
        if module in ("torch", "torch.storage") and name in TYPES:
            return Kind(name)
        return self._known.get((module, name), Inert)

    @override
    def persistent_load(self, pid: object, /) -> object:
        """The storage that is meant; a stream refers to the classes of modules too, with their sources."""
        if isinstance(pid, tuple) and cast("tuple[object, ...]", pid)[:1] == ("module",):
            return Inert
        return self._read.storage(cast("object", pid))
