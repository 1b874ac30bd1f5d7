"""Reads pickles of numbers, text and arrays, without running any code from them."""

from __future__ import annotations

import io
import pickle
from pathlib import Path
from typing import Any

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
"""The callables that build arrays of numbers; a pickle with any other name is rejected."""


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """The callable of a name in the pickle, if allowed."""
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it uses {module}.{name}, which a batch of images doesn't need")
        return super().find_class(module, name)


def read_pickle(path: Path) -> dict[bytes, Any]:
    """The dict in a pickle, with bytes as keys; strings of Python 2 become bytes.

    Raises:
        DataError: The file is missing or damaged, holds no dict, or would run code.
    """
    try:
        found: object = _Reader(io.BytesIO(path.read_bytes()), encoding="bytes").load()
    except FileNotFoundError as error:
        raise DataError("the file is missing", path, "use --download to fetch missing files") from error
    except OSError as error:
        raise DataError(f"the file can't be read: {error.strerror or error}", path) from error
    except Exception as error:  # a damaged pickle can raise anything
        raise DataError(f"the file is damaged or isn't a batch of images: {error}", path, "download it again") from error
    if not isinstance(found, dict):
        raise DataError("the file isn't a batch of images", path)
    return {k.encode() if isinstance(k, str) else k: v for k, v in found.items()}
