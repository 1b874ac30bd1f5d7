"""Files of safetensors, taken apart and put together without torch: tensors stay bytes.

A file is the length of its header (8 bytes), the header as JSON, and the tensors.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from safetensors import SafetensorError, safe_open

from spikegraph.upgrade.table import UpgradeError

METADATA = "__metadata__"


@dataclass(frozen=True)
class Tensor:
    """A tensor: its type as the header names it, its shape, and its bytes."""

    dtype: str
    shape: tuple[int, ...]
    data: bytes


@dataclass(frozen=True)
class Content:
    """The tensors of a file by name, in the order of their bytes, and its metadata."""

    tensors: Mapping[str, Tensor]
    metadata: Mapping[str, str]


def read(path: Path, fix: str) -> Content:
    """What is in a file.

    Args:
        path: The file.
        fix: Advice for a damaged file.

    Raises:
        UpgradeError: The file is damaged.
        OSError: It can't be read.
    """
    try:
        with cast("Any", safe_open)(path, framework="np"):  # checks the header, and that the tensors fill the file
            data = path.read_bytes()
    except SafetensorError as error:
        raise UpgradeError(f"damaged: {error}", fix, path=path) from error
    start = 8 + int.from_bytes(data[:8], "little")
    header: dict[str, Any] = json.loads(data[8:start])
    metadata: dict[str, str] = header.pop(METADATA, {})
    tensors: dict[str, Tensor] = {}
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = entry["data_offsets"]
        tensors[name] = Tensor(entry["dtype"], tuple(entry["shape"]), data[start + begin : start + end])
    return Content(tensors, metadata)


def write(content: Content) -> bytes:
    """A file with this content."""
    header: dict[str, Any] = {METADATA: dict(content.metadata)}
    end = 0
    for name, tensor in content.tensors.items():
        header[name] = {"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": (end, end := end + len(tensor.data))}
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)  # the tensors start at a multiple of eight bytes
    return b"".join((len(text).to_bytes(8, "little"), text, *(tensor.data for tensor in content.tensors.values())))
