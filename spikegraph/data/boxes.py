"""Recognises labels that are boxes around objects, so that their data are refused with the reason and not for their layout."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from spikegraph.base.errors import DataError
from spikegraph.data.array_files import Head
from spikegraph.dsl.schema.boxes import INSTEAD, NO_BOXES

MOST_FILES = 5_000
"""Files of a folder that are looked at."""

START = 1 << 16
"""Bytes of a file that are looked at, at its beginning and at its end."""

PROPHESEE = "_bbox.npy"

AXES, NUMBERS = 3, (4, 5, 6)
"""Boxes in an array [N, K, 4 to 6]: two corners, or a corner and a size, with a class and how sure it is."""

_LINE = re.compile(rb"\d+(?: +\d*\.?\d+(?:[eE][+-]?\d+)?){4}\s*")


@contextmanager
def refusing_boxes(folder: Path | None) -> Generator[None]:
    """Raises the error of `box_labels` in place of another one of a folder that can't be read."""
    try:
        yield
    except DataError as error:
        if folder is not None and (found := box_labels(folder)) is not None:
            raise found from error
        raise


def box_labels(folder: Path) -> DataError | None:
    """The error of a folder that has boxes as labels; None if none are found.

    Known are Prophesee's `*_bbox.npy`, JSON as of COCO, text files as of YOLO, also in a folder `labels` beside one of images,
    and XML as of Pascal VOC.
    """
    beside = folder.parent / "labels"
    places = (folder, beside) if folder.name == "images" or folder.parent.name == "images" else (folder,)
    found = (path for place in places for path in islice(_files(place), MOST_FILES))
    return next((_refused(path, known) for path in found if (known := boxes_of(path)) is not None), None)


def boxes_of(path: Path) -> str | None:
    """What boxes a file has, in words; None if it has none."""
    if path.name.lower().endswith(PROPHESEE):
        return "boxes in Prophesee's layout"
    looks = _LOOKS.get(path.suffix.lower())
    try:
        return looks[0] if looks is not None and looks[1](_ends(path)) else None
    except OSError:
        return None


def require_recordings(paths: Iterable[str]) -> None:
    """Checks that none of the files of recordings has Prophesee's boxes, whose names end as those of recordings do.

    Raises:
        DataError: One has.
    """
    for path in map(Path, paths):
        if path.name.lower().endswith(PROPHESEE) and (known := boxes_of(path)) is not None:
            raise _refused(path, known)


def array_of_boxes(targets: Head) -> DataError | None:
    """The error of targets that are boxes; None if they don't look so."""
    if len(targets.shape) != AXES or targets.shape[-1] not in NUMBERS or targets.kind.kind not in "fiu":
        return None
    return _refused(targets.path, f"`{targets.name or targets.path.name}` {list(targets.shape)} looks like boxes")


def _refused(path: Path, what: str) -> DataError:
    return DataError(f"{what}: {NO_BOXES}", path, INSTEAD)


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(place) / name for name in sorted(names) if not name.startswith("."))


def _ends(path: Path) -> bytes:
    with path.open("rb") as file:
        start = file.read(START)
        size = file.seek(0, os.SEEK_END)
        file.seek(max(len(start), size - START))
        return start + file.read(START)


def _coco(text: bytes) -> bool:
    return b'"bbox"' in text and b'"annotations"' in text


def _yolo(text: bytes) -> bool:
    lines = [line for line in text[: START // 16].splitlines() if line.strip()][:20]
    return bool(lines) and all(_LINE.fullmatch(line) for line in lines) and all(_share(line) for line in lines)


def _share(line: bytes) -> bool:
    """Whether the place and size of a box are shares of an image."""
    return all(0 <= float(number) <= 1 for number in line.split()[1:])


_LOOKS: dict[str, tuple[str, Callable[[bytes], bool]]] = {
    ".json": ("boxes in COCO's layout", _coco),
    ".txt": ("boxes in YOLO's layout", _yolo),
    ".xml": ("boxes in Pascal VOC's layout", lambda text: b"<bndbox>" in text),
}
