"""Reads pickles that hold numbers, text and arrays, and can run nothing."""

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
"""What arrays of numbers are made by; other names are refused."""


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        """The callable of a name in the pickle."""
        if (module, name) not in ALLOWED:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which no batch of images needs")
        return super().find_class(module, name)


def read_pickle(path: Path) -> dict[bytes, Any]:
    """The dict in a pickle; texts of Python 2 are bytes, and text keys are made bytes.

    Raises:
        DataError: It isn't there, is damaged, holds something else, or wants to run something.
    """
    try:
        found: object = _Reader(io.BytesIO(path.read_bytes()), encoding="bytes").load()
    except FileNotFoundError as error:
        raise DataError("there is no such file", path, "--download fetches what is missing") from error
    except OSError as error:
        raise DataError(f"it can't be read: {error.strerror or error}", path) from error
    except Exception as error:  # a damaged pickle fails in whatever way its bytes lead to
        raise DataError(f"it is damaged or no batch of images: {error}", path, "fetch it anew") from error
    if not isinstance(found, dict):
        raise DataError("it holds no batch of images", path)
    return {k.encode() if isinstance(k, str) else k: v for k, v in found.items()}
