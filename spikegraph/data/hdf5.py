"""Opens HDF5 files and their data sets; every problem is a `DataError`.

A file may come from anybody. Nothing is followed out of it: no external link, external storage or virtual data set. What a data
set claims to have is compared with what the file stores before it is read, and it is read in pieces.
"""

import math
import zlib
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import h5py

from spikegraph.base import memory
from spikegraph.base.errors import DataError
from spikegraph.data import blosc
from spikegraph.data.chunks import DEFLATE, FLETCHER32, SHUFFLE, filters

AGAIN = "copy or download it again"
INSIDE = "copy the data into the file itself"
TEXTS = 'write them with one length: `file["NAME"] = np.char.encode(texts, "utf-8")`'

DAMAGED = (OSError, RuntimeError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, MemoryError, zlib.error)
"""What h5py raises for a damaged file."""

LARGEST_CHUNK = 16 * 1024 * 1024
"""Most bytes of the chunks that are unpacked at once, each as a whole; `SPIKEGRAPH_MEMORY` allows an eighth of it instead."""

BEST_COMPRESSION = {DEFLATE: 1032, SHUFFLE: 1, FLETCHER32: 1, **blosc.BEST_COMPRESSION}
"""How many bytes a byte that a filter packed can stand for."""

LARGEST_ATTRIBUTE = 64 * 1024
"""Most bytes of an attribute."""

MOST_LINKS = 16
"""Most soft links on the way to a data set."""

MOST_LISTED = 1000
DEEPEST_LISTED = 16
"""How many data sets of a file are listed, and how many groups deep."""

MOST_NAMES = 20
"""How many names a message lists."""


@contextmanager
def reading(path: Path, what: str) -> Generator[None]:
    """Turns what h5py raises for a damaged file into an error that names the file.

    Args:
        path: The file.
        what: What is read, such as `left events: rows from 0 on`.

    Raises:
        DataError: It can't be read.
    """
    try:
        yield
    except DAMAGED as error:
        raise DataError(f"{what} can't be read: {error or type(error).__name__}", path, AGAIN) from error


def open_file(path: Path) -> h5py.File:
    """Open a file for reading.

    Raises:
        DataError: The file is missing, damaged, or not HDF5.
    """
    if not path.exists():
        raise DataError("no such file", path)
    if not path.is_file():
        raise DataError("it isn't a plain file", path, AGAIN)
    try:
        return h5py.File(path, "r")
    except DAMAGED as error:
        if "truncated" in str(error):
            summary, fix = "the HDF5 file is truncated", AGAIN
        elif path.stat().st_size == 0:
            summary, fix = "the file is empty", AGAIN
        elif isinstance(error, PermissionError):
            summary, fix = "no permission to read the file", None
        else:
            summary, fix = f"this is not an HDF5 file ({error})", None
        raise DataError(summary, path, fix) from error


def dataset(file: h5py.File, path: Path, name: str, shape: tuple[int | None, ...], kinds: str = "fiu") -> h5py.Dataset:
    """The data set `name` of a file, of numbers or of texts that take equally many bytes.

    Args:
        file: The open file.
        path: The file's path, for messages.
        name: Name of the data set, such as `davis/left/events`.
        shape: Expected shape; None accepts any length.
        kinds: The kinds of values that are accepted, as numpy calls them; `S` for texts.

    Raises:
        DataError: The data set is missing or damaged, holds something else, has another shape, or its data are in another file.
    """
    found = any_dataset(file, path, name, shape)
    with reading(path, f"`{name}`"):
        if "S" in kinds and (found.dtype.metadata or {}).get("vlen") in (str, bytes):
            raise DataError(f"`{name}` holds texts of different lengths", path, TEXTS)
        if found.dtype.kind not in kinds:
            raise DataError(f"`{name}` holds {found.dtype}, not numbers", path)
        if found.id.get_type() != h5py.h5t.py_create(found.dtype):
            if found.dtype.kind == "S":
                raise DataError(f"`{name}` holds texts of an unusual format", path, TEXTS)
            raise DataError(f"`{name}` holds numbers of an unusual format", path, "write it as float64 or float32")
        return found


def any_dataset(file: h5py.File, path: Path, name: str, shape: tuple[int | None, ...]) -> h5py.Dataset:
    """The data set `name` of a file, whatever the type of its values; arguments as for `dataset`.

    Raises:
        DataError: The data set is missing or damaged, has another shape, or its data are in another file.
    """
    with reading(path, f"`{name}`"):
        found = _follow(file, path, name)
        if found is None:
            raise DataError(f"there is no `{name}`", path, _nearest(file, name))
        if not isinstance(found, h5py.Dataset):
            raise DataError(f"`{name}` is a group, not a data set", path)
        _require_own(found, path, name)
        expected = "[" + ", ".join("any" if n is None else str(n) for n in shape) + "]"
        held = sizes(found)
        if len(held) != len(shape) or any(n not in (None, m) for n, m in zip(shape, held, strict=True)):
            raise DataError(f"`{name}` has the shape {held}, expected {expected}", path)
        _require_filters(found, path, name)
        require_small_chunks([found], path, f"`{name}` has")
        return found


def require_small_chunks(found: Sequence[h5py.Dataset], path: Path, who: str) -> None:
    """Checks that a chunk of each of some data sets can be held in memory at once.

    Args:
        found: The data sets.
        path: Their file.
        who: What they are and `has` or `have`, for the message.

    Raises:
        DataError: They are too large.
    """
    size = sum(math.prod(one.chunks or (0,)) * _item(one) for one in found)
    most = max(LARGEST_CHUNK, (memory.given() or 0) // 8)
    if size > most:
        summary = f"{who} chunks of {size:,} bytes; at most {most:,} are read"
        help = f"write smaller chunks: h5repack -l CHUNK=..., or set {memory.VARIABLE}={-(-size * 8 // 2**30)}G"
        raise DataError(summary, path, help)


def has(file: h5py.File, name: str) -> bool:
    """Whether a file has something of this name at its top."""
    return file.get(name, getlink=True) is not None


def require_stored(found: h5py.Dataset, path: Path, name: str) -> None:
    """Checks that the file has about as much of a data set as its shape claims.

    Raises:
        DataError: It has less, even if it were compressed as far as possible.
    """
    with reading(path, f"`{name}`"):
        stored = min(found.id.get_storage_size(), path.stat().st_size)
        best = math.prod(BEST_COMPRESSION[name] for name in filters(found))
        claimed = math.prod(sizes(found)) * _item(found)
    if claimed > stored * best:
        summary = f"`{name}` claims {sizes(found)} values, {claimed:,} bytes, but the file stores {stored:,} bytes of them"
        raise DataError(summary, path, AGAIN)


def attribute(file: h5py.File, path: Path, name: str) -> object:
    """An attribute of a file that is a single value; None if there is no such attribute.

    Raises:
        DataError: The attribute is damaged, or isn't a single short value.
    """
    with reading(path, f"the attribute `{name}`"):
        if name not in file.attrs:
            return None
        held = file.attrs.get_id(name)
        if held.shape is None or math.prod(held.shape) != 1 or held.get_storage_size() > LARGEST_ATTRIBUTE:
            raise DataError(f"the attribute `{name}` isn't a single short value", path, f"delete or rewrite `{name}`")
        return file.attrs[name]


def contents(file: h5py.File, path: Path) -> dict[str, list[int]]:
    """The data sets of a file with their shapes, sorted by name; at most `MOST_LISTED`.

    Raises:
        DataError: The file is damaged.
    """
    found: dict[str, list[int]] = {}
    groups: list[tuple[str, h5py.Group]] = [("", file)]
    with reading(path, "the list of its data sets"):
        while groups and len(found) < MOST_LISTED:
            prefix, group = groups.pop()
            for name in _names(group, MOST_LISTED):
                if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                    continue
                item = group[name]
                if isinstance(item, h5py.Dataset):
                    found[prefix + printable(name)] = [] if _is_virtual(item) else sizes(item)
                elif isinstance(item, h5py.Group) and prefix.count("/") < DEEPEST_LISTED:
                    groups.append((f"{prefix}{printable(name)}/", item))
    return dict(sorted(found.items())[:MOST_LISTED])


def sizes(found: h5py.Dataset) -> list[int]:
    """The shape of a data set; that of one without data has no entries."""
    return [int(n) for n in found.shape or ()]


def printable(name: str | bytes) -> str:
    """A name that can be printed, also where the file doesn't have it as UTF-8."""
    return (
        name.decode(errors="backslashreplace") if isinstance(name, bytes) else name.encode(errors="backslashreplace").decode()
    )


def _follow(file: h5py.File, path: Path, name: str) -> object:
    """The object of a name; None if there is none. Soft links are followed within the file, others refused."""
    at: object = file
    parts, links = name.split("/")[::-1], 0
    while parts:
        part = parts.pop()
        if part in ("", "."):
            continue
        if not isinstance(at, h5py.Group):
            return None
        link = at.get(part, getlink=True)
        if link is None:
            return None
        if isinstance(link, h5py.ExternalLink):
            raise DataError(f"`{name}` is a link to another file, {link.filename!r}", path, INSIDE)
        if isinstance(link, h5py.SoftLink):
            links += 1
            if links > MOST_LINKS:
                raise DataError(f"`{name}` is a link to itself, or more than {MOST_LINKS} links long", path, INSIDE)
            at = file if link.path.startswith("/") else at
            parts += link.path.split("/")[::-1]
        else:
            at = at[part]
    return at


def _require_own(found: h5py.Dataset, path: Path, name: str) -> None:
    """Refuses a data set whose data are in other files."""
    if _is_virtual(found):
        raise DataError(f"`{name}` is a virtual data set, whose data are elsewhere", path, INSIDE)
    plist = found.id.get_create_plist()
    if plist.get_external_count() > 0:
        other = plist.get_external(0)[0]
        other = other.decode(errors="backslashreplace") if isinstance(other, bytes) else other
        raise DataError(f"`{name}` has its data in another file, {other!r}", path, INSIDE)


def _require_filters(found: h5py.Dataset, path: Path, name: str) -> None:
    """Refuses a data set that can't be unpacked here."""
    used = set(filters(found))
    if not used <= BEST_COMPRESSION.keys():
        raise DataError(f"`{name}` is compressed in another way than gzip", path, "repack the file: h5repack -f GZIP=1")
    others = sorted(used & blosc.NAMES.keys())
    if others and not blosc.is_available():
        raise DataError(f"`{name}` is compressed with {blosc.NAMES[others[0]]}, which needs hdf5plugin", path, blosc.INSTALL)


def _is_virtual(found: h5py.Dataset) -> bool:
    return found.id.get_create_plist().get_layout() == h5py.h5d.VIRTUAL


def _item(found: h5py.Dataset) -> int:
    """Bytes of a value, in the file or in memory, whichever is more."""
    return max(found.id.get_type().get_size(), found.dtype.itemsize)


def _names(group: h5py.Group, most: int) -> list[str | bytes]:
    """The first names in a group."""
    return [name for name, _ in zip(group, range(most), strict=False)]


def _nearest(file: h5py.File, name: str) -> str | None:
    """Lists the deepest existing group on the way to `name`."""
    group, parts = file, name.split("/")
    where = "the file"
    for depth, part in enumerate(parts):
        if not isinstance(group.get(part, getlink=True), h5py.HardLink):
            break
        below = group[part]
        if not isinstance(below, h5py.Group):
            break
        group, where = below, f"`{'/'.join(parts[: depth + 1])}`"
    names = _names(group, MOST_NAMES + 1)
    more = ", ..." if len(names) > MOST_NAMES else ""
    held = ", ".join(sorted(map(printable, names[:MOST_NAMES])))
    return f"{where} holds {held}{more}" if held else f"{where} is empty"
