"""The hash of a data set: the same for a copy elsewhere, another one when its content differs.

What is hashed, with SHA-256:

- Recordings: the name, the size and the content of each file that the run reads, and the rectification maps.
- Images in memory (CIFAR, MNIST, the small Fashion-MNIST): the names of the classes, all labels and all pixels.
- Folders of images: the names of all files, and size and content of at most 1,000 files at equal distances.
- Samples with classes that are given in Python: the names of the classes, all labels, and at most 1,000 at equal distances.
- Samples that are given in Python and drawn anew at each reading, such as by random transforms (two readings of at most 100 at
  equal distances differ): their number, the names of the classes, and all targets that aren't drawn too.
- Other samples: inputs and targets of at most 1,000 at equal distances.

Of a file larger than 256 MiB the content is that of 256 blocks of 1 MiB at equal distances, the first and the last one
included. So the time is bounded, and a change between the blocks of a large file isn't noticed. Times of files don't count.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError

if TYPE_CHECKING:
    from spikegraph.data.sample import Sample

BLOCK = 1 << 20
BLOCKS = 256
"""Number of blocks of a file that are hashed; a smaller file is hashed as a whole."""
MOST_SAMPLES = 1000
"""Number of samples whose content is hashed, where each is read by itself."""


class Content(Protocol):
    """A part of a data set."""

    def content(self) -> Iterable[bytes]:
        """What is hashed of it, in order."""
        ...


def data_hash(parts: Sequence[Content]) -> str:
    """The hash of a data set from what is hashed of its parts, in order.

    Raises:
        DataError: A sample or a file can't be read.
    """
    return _combined(item for part in parts for item in part.content())


def of_samples(sample: Callable[[int], Sample], count: int, task: str = "") -> Iterator[bytes]:
    """What is hashed of samples that are only known by number."""
    for each in (sample(k) for k in _spread(count, MOST_SAMPLES)):
        yield from (task.encode(), array_hash(each.target))
        for name, values in each.inputs.items():
            yield from (name.encode(), array_hash(values))


def of_classes(classes: Sequence[str], labels: NDArray[Any]) -> Iterator[bytes]:
    """What is hashed of the classes of samples."""
    yield "\0".join(classes).encode()
    yield array_hash(labels)


def of_images(classes: Sequence[str], labels: NDArray[Any], image: Callable[[int], NDArray[Any]]) -> Iterator[bytes]:
    """What is hashed of images, or samples with time steps, that are only known by number."""
    yield from of_classes(classes, labels)
    yield from (array_hash(image(k)) for k in _spread(len(labels), MOST_SAMPLES))


def of_targets(classes: Sequence[str], targets: Sequence[NDArray[Any]], count: int) -> Iterator[bytes]:
    """What is hashed of so many samples whose values are drawn at random."""
    yield "\0".join((str(count), *classes)).encode()
    yield from map(array_hash, targets)


def of_files(paths: Sequence[Path], names: Sequence[str]) -> Iterator[bytes]:
    """What is hashed of files, each of which is a sample."""
    yield "\0".join(names).encode()
    yield from (file_hash(paths[k]) for k in _spread(len(paths), MOST_SAMPLES))


def file_hash(path: Path) -> bytes:
    """The hash of a file's size and content, or of blocks of it; see above.

    Raises:
        DataError: The file can't be read.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            digest = sha256(str(size).encode())
            if size <= BLOCK * BLOCKS:
                while block := file.read(BLOCK):
                    digest.update(block)
                return digest.digest()
            for start in _spread(size - BLOCK + 1, BLOCKS):
                file.seek(start)
                digest.update(file.read(BLOCK))
            return digest.digest()
    except OSError as error:
        raise DataError(f"can't be read: {error.strerror or error}", path) from error


def _spread(count: int, most: int) -> list[int]:
    """At most `most` of the numbers below `count` at equal distances, the first and the last one included."""
    return list(range(count)) if count <= most else [k * (count - 1) // (most - 1) for k in range(most)]


def array_hash(array: NDArray[Any]) -> bytes:
    """The hash of an array's type, shape and values, whatever its order in memory."""
    whole = np.ascontiguousarray(array)
    digest = sha256(f"{whole.dtype.str} {whole.shape}".encode())
    digest.update(whole.data)
    return digest.digest()


def _combined(parts: Iterable[bytes]) -> str:
    """One hash of byte strings; each one's length is part of it, so that no two lists have the same."""
    digest = sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()
