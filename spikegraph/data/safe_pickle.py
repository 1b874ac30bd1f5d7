"""Reads pickles of numbers, strings and arrays, and never runs code from them."""

import io
import pickle
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypeIs

from spikegraph.errors import DataError

ALLOWED = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.numeric", "_frombuffer"),
    ("numpy.core.numeric", "_frombuffer"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
    ("_codecs", "encode"),
}
"""The callables that build arrays of numbers; all others are refused."""


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """The callable of a name in the pickle, if allowed."""
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it refers to {module}.{name}, which a batch of images does not need")
        return super().find_class(module, name)


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
        found: object = _Reader(io.BytesIO(path.read_bytes()), encoding="bytes").load()
    except FileNotFoundError as error:
        raise DataError("the file is missing", path, "use --download to fetch missing files") from error
    except OSError as error:
        raise DataError(f"it can't be read: {error.strerror or error}", path) from error
    except Exception as error:  # a damaged pickle can raise anything
        raise DataError(f"it is damaged or not a batch of images: {error}", path, "download it again") from error
    if not _is_dict(found):
        raise DataError("it is not a batch of images", path)
    return {k.encode() if isinstance(k, str) else k: v for k, v in found.items()}
