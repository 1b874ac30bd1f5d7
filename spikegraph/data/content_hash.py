"""The hash of a data set: the same for a copy elsewhere, another one when its content differs.

What is hashed, with SHA-256:

- Recordings: the name, the size and the content of each file that the run reads, and the rectification maps.
- Images in memory (CIFAR, MNIST, the small Fashion-MNIST): the names of the classes, all labels and all pixels.
- Folders of images: the names of all files, and size and content of at most 1,000 files at equal distances.
- Images of a plug-in: names of classes, all labels, and the pixels of at most 1,000 images at equal distances.
- Samples with a truth for each pixel: inputs and truth of at most 1,000 samples at equal distances.

Of a file larger than 256 MiB the content is that of 256 blocks of 1 MiB at equal distances, the first and the last one
included. So the time is bounded, and a change between the blocks of a large file isn't noticed. Times of files don't count.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.events.recordings import Recordings
from spikegraph.data.image_folder import Folder
from spikegraph.data.images import ImageArrays, Source
from spikegraph.data.maps import MapSource
from spikegraph.data.stacks import StackSource
from spikegraph.errors import DataError

BLOCK = 1 << 20
BLOCKS = 256
"""Number of blocks of a file that are hashed; a smaller file is hashed as a whole."""
MOST_IMAGES = 1000
"""Number of images whose content is hashed, where each is read by itself."""


def recordings_hash(sources: Mapping[str, StackSource]) -> str:
    """The hash of recordings.

    Raises:
        DataError: A file can't be read.
    """
    return _combined(part for name in sorted(sources) for part in (name.encode(), *_recording(sources[name])))


def images_hash(parts: Sequence[Source]) -> str:
    """The hash of images: the parts of a data set in order, such as training and test set.

    Raises:
        DataError: An image can't be read.
    """
    return _combined(item for part in parts for item in _images(part))


def maps_hash(parts: Sequence[MapSource]) -> str:
    """The hash of samples with a truth for each pixel: the parts of a data set in order.

    Raises:
        DataError: A sample can't be read.
    """
    samples = (part.sample(k) for part in parts for k in _spread(len(part), MOST_IMAGES))
    return _combined(item for s in samples for item in (s.kind.encode(), _array(s.truth), *_named(s.inputs)))


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


def _recording(source: StackSource) -> Iterable[bytes]:
    recording = source.recording
    for path in recording.files():
        yield path.name.encode()
        yield file_hash(path)
    for side, maps in (recording.maps or {}).items():
        yield side.encode()
        yield from (_array(maps.x), _array(maps.y))


def _images(source: Source) -> Iterable[bytes]:
    yield "\0".join(source.classes).encode()
    yield _array(source.labels)
    if isinstance(source, ImageArrays):
        yield _array(source.images)
    elif isinstance(source, Recordings):
        paths = list(dict.fromkeys(file.path for file in source.files))
        yield "\0".join(path.name for path in paths).encode()
        yield from (file_hash(paths[k]) for k in _spread(len(paths), MOST_IMAGES))
    elif isinstance(source, Folder):
        root = len(os.path.commonpath([Path(path).parent.parent for path in source.paths]))
        yield "\0".join(path[root:] for path in source.paths).encode()
        yield from (file_hash(Path(source.paths[k])) for k in _spread(len(source.paths), MOST_IMAGES))
    else:
        yield from (_array(source.image(k)) for k in _spread(len(source.labels), MOST_IMAGES))


def _named(arrays: Mapping[str, NDArray[Any]]) -> Iterable[bytes]:
    for name, array in arrays.items():
        yield from (name.encode(), _array(array))


def _spread(count: int, most: int) -> list[int]:
    """At most `most` of the numbers below `count` at equal distances, the first and the last one included."""
    return list(range(count)) if count <= most else [k * (count - 1) // (most - 1) for k in range(most)]


def _array(array: NDArray[Any]) -> bytes:
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
