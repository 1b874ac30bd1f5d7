"""The header of a `.npy` file: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.

numpy's own reader warns about some headers, and raises errors of many kinds for a damaged one.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from spikegraph.base.errors import DataError
from spikegraph.data.events.binary import AGAIN, TRUNCATED

MAGIC = b"\x93NUMPY"
LENGTHS = {1: 2, 2: 4, 3: 4}
"""Bytes of the header's length by the version of the format."""

LONGEST = 1 << 16
"""Most bytes of the header."""

LARGEST_AXIS = 1 << 48
NUMBER = re.compile(r"[<>|=]?([biuf])(1|2|4|8|16)")
LARGEST_VALUE = 1 << 20
"""Most bytes of a value that isn't a number, such as a text."""

WITHOUT = "write it again, without objects"
OBJECTS = "it holds Python objects, which aren't read"


@dataclass(frozen=True)
class NpyHeader:
    """What the header tells of an array.

    Attributes:
        kind: The type of its values, a number or fields of numbers.
        shape: Its shape.
        by_column: The first axis varies fastest.
    """

    kind: np.dtype[Any]
    shape: tuple[int, ...]
    by_column: bool


def read_header(file: IO[bytes], path: Path, part: str = "", *, any_type: bool = False) -> NpyHeader:
    """The header at the start of a file, which is then read from the first value on.

    Args:
        file: The open file.
        path: Its path, for messages.
        part: For messages, which array of the file it is, such as "`x`: ".
        any_type: Accept other values than numbers, such as texts, but no objects.

    Raises:
        DataError: It isn't one, or the array doesn't hold numbers.
    """
    start = file.read(len(MAGIC) + 2)
    if not start.startswith(MAGIC):
        raise DataError(f"{part}it isn't an array of numpy: it must begin with `\\x93NUMPY`", path, AGAIN)
    if len(start) < len(MAGIC) + 2:
        raise DataError(f"{part}it ends within its header", path, TRUNCATED)
    version = start[len(MAGIC)]
    if version not in LENGTHS:
        raise DataError(f"{part}it has the unknown version {version} of numpy's format", path, AGAIN)
    prefix = file.read(LENGTHS[version])
    length = int.from_bytes(prefix, "little")
    if length > LONGEST:
        raise DataError(f"{part}its header claims {length:,} bytes", path, AGAIN)
    text = file.read(length)
    if len(prefix) < LENGTHS[version] or len(text) < length:
        raise DataError(f"{part}it ends within its header", path, TRUNCATED)
    return _parsed(text, path, part, any_type=any_type)


def _parsed(text: bytes, path: Path, part: str, *, any_type: bool) -> NpyHeader:
    damaged = DataError(f"{part}its header is damaged", path, AGAIN)
    try:
        # Texts of Python may have escapes that it warns about.
        plain = text.decode("ascii").strip()
        found = ast.literal_eval(plain) if plain.isprintable() and "\\" not in plain else None
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError) as error:
        raise damaged from error
    if not isinstance(found, dict) or found.keys() != {"descr", "fortran_order", "shape"}:
        raise damaged
    held = cast("dict[str, Any]", found)
    by_column = held["fortran_order"]
    shape: tuple[Any, ...] = cast("tuple[Any, ...]", held["shape"]) if isinstance(held["shape"], tuple) else (None,)
    if not all(type(n) is int and 0 <= n < LARGEST_AXIS for n in shape) or type(by_column) is not bool:
        raise damaged
    return NpyHeader(_any(held["descr"], path, part) if any_type else _kind(held["descr"], path, part), shape, by_column)


def _any(described: Any, path: Path, part: str) -> np.dtype[Any]:
    """The type of the values, whatever they are but objects.

    Raises:
        DataError: There is no such type, or it has objects.
    """
    try:
        kind = np.lib.format.descr_to_dtype(described)
    except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError) as error:
        raise DataError(f"{part}it holds values of an unknown type", path, WITHOUT) from error
    if kind.hasobject:
        raise DataError(f"{part}{OBJECTS}", path, WITHOUT)
    if not 0 < kind.itemsize <= LARGEST_VALUE:
        raise DataError(f"{part}each of its values has {kind.itemsize:,} bytes; at most {LARGEST_VALUE:,} are read", path)
    return kind


def _kind(described: Any, path: Path, part: str) -> np.dtype[Any]:
    """The type of the values.

    Raises:
        DataError: They aren't numbers, or fields of numbers.
    """
    told = repr(described)
    if isinstance(described, str) and (found := NUMBER.fullmatch(described)):
        try:
            return np.dtype(described)
        except TypeError as error:
            raise DataError(f"{part}it holds values of the unknown type `{found[0]}`", path) from error
    if isinstance(described, list) and described:
        pairs = [cast("tuple[Any, ...]", field) for field in cast("list[Any]", described) if isinstance(field, tuple)]
        names = {pair[0] for pair in pairs if len(pair) == 2 and isinstance(pair[0], str) and pair[0]}
        if len(names) == len(cast("list[Any]", described)):
            return np.dtype([(name, _kind(value, path, part)) for name, value in pairs])
    if "O" in told:
        raise DataError(f"{part}{OBJECTS}", path, "write the columns as numbers")
    raise DataError(f"{part}it holds values of the type {told}, not numbers", path, "write the columns as numbers")
