"""Reads pickles of numbers, strings and arrays, and never runs code from them.

A pickle names functions to call. Here each name that a published batch of images uses stands for an inert function of this
module, and any other name is an error; so nothing of numpy, whose own functions trust what they are given, is called.
"""

import io
import pickle
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypeIs

from spikegraph.base.errors import DataError
from spikegraph.base.reading import read_plain
from spikegraph.base.surface import argument

LARGEST_FILE = 256 * 1024 * 1024
"""Most bytes of a file; the largest published one has 155 MB."""

_NUMBERS = re.compile(r"[|<>=]?[uif][1248]|[|]?b1")


def _is_tuple(value: object) -> TypeIs[tuple[Any, ...]]:
    return isinstance(value, tuple)


class _Type:
    """`numpy.dtype`: the name of a type of numbers."""

    def __init__(self, name: object, *_: object) -> None:
        name = name.decode("latin-1") if isinstance(name, bytes) else name
        if not isinstance(name, str) or not _NUMBERS.fullmatch(name):
            raise pickle.UnpicklingError("an array doesn't have numbers")
        self.numpy = np.dtype(name)

    def __setstate__(self, state: object) -> None:
        order = state[1] if _is_tuple(state) and len(state) > 1 else "|"
        order = order.decode("latin-1") if isinstance(order, bytes) else order
        if order not in ("<", ">", "=", "|"):
            raise pickle.UnpicklingError("an array has an unknown order of bytes")
        self.numpy = self.numpy.newbyteorder(order)


class _Array:
    """`numpy.ndarray`, from its bytes."""

    def __init__(self) -> None:
        self.numpy: NDArray[Any] = np.empty(0)

    def fill(self, shape: object, kind: object, data: object, *, columns_first: bool) -> "_Array":
        if not _is_tuple(shape) or not isinstance(kind, _Type) or not isinstance(data, bytes | bytearray | str):
            raise pickle.UnpicklingError("an array has no shape, type or bytes")
        raw = data.encode("latin-1") if isinstance(data, str) else bytes(data)
        self.numpy = np.frombuffer(raw, kind.numpy).reshape(shape, order="F" if columns_first else "C")
        return self

    def __setstate__(self, state: object) -> None:
        if not _is_tuple(state) or len(state) != 5:
            raise pickle.UnpicklingError("an array is incomplete")
        _, shape, kind, columns_first, data = state
        self.fill(shape, kind, data, columns_first=bool(columns_first))


def _reconstruct(*_: object) -> _Array:
    return _Array()


def _frombuffer(data: object, kind: object, shape: object, order: object, *_: object) -> _Array:
    return _Array().fill(shape, kind, data, columns_first=order == "F")


def _encode(text: object, encoding: object = "latin-1") -> bytes:
    """`_codecs.encode`, with which Python 3 writes bytes into old pickles."""
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1", "bytes", b"latin1"):
        raise pickle.UnpicklingError("a text has an unknown encoding")
    return text.encode("latin-1")


ALLOWED: dict[tuple[str, str], object] = {
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.numeric", "_frombuffer"): _frombuffer,
    ("numpy._core.numeric", "_frombuffer"): _frombuffer,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Type,
    ("_codecs", "encode"): _encode,
}
"""What stands for the names that build arrays of numbers; all others are refused."""


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """What stands for a name in the pickle, if allowed."""
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it refers to {module}.{name}, which a batch of images does not need")
        return ALLOWED[module, name]


def is_list(value: object) -> TypeIs[list[object] | tuple[object, ...]]:
    """Whether a value is a list or a tuple; of what, is still to be checked."""
    return isinstance(value, list | tuple)


def is_array(value: object) -> TypeIs[NDArray[np.generic]]:
    """Whether a value is an array; its type and shape are still to be checked."""
    return isinstance(value, np.ndarray)


def _is_dict(value: object) -> TypeIs[dict[object, object]]:
    return isinstance(value, dict)


def read_pickle(path: Path) -> dict[object, object]:
    """The dict in a pickle. Python 2's strings are read as bytes, and string keys are converted to bytes.

    Raises:
        DataError: The file is missing or damaged, holds something else, or refers to other code.
    """
    try:
        found: object = _Reader(io.BytesIO(read_plain(path, LARGEST_FILE)), encoding="bytes").load()
    except FileNotFoundError as error:
        raise DataError("the file is missing", path, f"use {argument('download')} to fetch missing files") from error
    except OSError as error:
        raise DataError(f"it can't be read: {error.strerror or error}", path) from error
    except Exception as error:  # a damaged pickle can raise anything
        raise DataError(f"it is damaged or not a batch of images: {error}", path, "download it again") from error
    if not _is_dict(found):
        raise DataError("it is not a batch of images", path)
    plain = {k: v.numpy if isinstance(v, _Array) else v for k, v in found.items()}
    return {k.encode(errors="replace") if isinstance(k, str) else k: v for k, v in plain.items()}
