"""Appends to files without a buffer, so that what can't be written isn't written again later."""

from io import FileIO
from pathlib import Path

from spikegraph.base.file_errors import naming
from spikegraph.base.files import write_whole


def open_to_append(path: Path) -> FileIO:
    """Opens a file without a buffer, at its end.

    Raises:
        OSError: It can't be opened.
    """
    return path.open("ab", buffering=0)


def append(file: FileIO, content: bytes, path: Path) -> None:
    """Writes all of a content at once.

    Raises:
        OSError: It can't be written, with the file's name; the file may end with a part of it.
    """
    left = memoryview(content)
    with naming(path):
        while left:
            left = left[file.write(left) :]


def remove_incomplete_line(path: Path) -> None:
    """Removes what stands behind the last end of a line, which an append that failed has left.

    Raises:
        OSError: The file can't be read or written.
    """
    data = path.read_bytes()
    whole = data[: data.rfind(b"\n") + 1]
    if len(whole) < len(data):
        write_whole(path, whole)
