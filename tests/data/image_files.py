"""Files of image data sets in the layout of their publishers."""

import gzip
import pickle
import struct

import numpy as np
from PIL import Image

from spikegraph.data.sets import data_sets
from spikegraph.dsl.schema.class_datasets import ImageDataset
from spikegraph.dsl.source import Span
from spikegraph.dsl.spec import CallValue

SMALL_FASHION = "fashion_mnist_small"
SPAN = Span("test.sdhs", 1, 1, 1, 1)
LABELS = [3, 8, 8, 0, 6, 6, 1, 6, 3, 1, 0, 9, 5, 7, 9, 8, 5, 7, 8, 6]
CLASSES = [b"airplane", b"automobile", b"bird", b"cat", b"deer", b"dog", b"frog", b"horse", b"ship", b"truck"]


def declared(source, augment=(), encoding="direct", **parameters):
    """A declaration with this source, these augmentations and this encoding."""
    calls = tuple(CallValue(name, (), arguments, SPAN) for name, arguments in augment)
    call = CallValue(encoding, (), parameters, SPAN)
    return ImageDataset(name=source, source=source, augment=calls, folder=None, encoding=call, span=SPAN)


def read_images(source, augment, folder, seed):
    """The data sets of a declaration with this source and these augmentations, as pairs of name and arguments."""
    return data_sets(declared(source, augment), folder, seed)


def coloured_images():
    """20 images like CIFAR10's, uint8 [20, 32, 32, 3], and their classes: shaded squares on a shaded ground, with noise."""
    random = np.random.default_rng(10)
    count = len(LABELS)
    rows, columns = np.mgrid[:32, :32] / 31
    slopes = random.uniform(-60, 60, (2, count, 1, 1, 3))
    ground = random.uniform(60, 200, (count, 1, 1, 3)) + slopes[0] * rows[..., None] + slopes[1] * columns[..., None]
    top, left = random.uniform(0, 0.5, (2, count, 1, 1))
    inside = (top <= rows) & (rows < top + 0.4) & (left <= columns) & (columns < left + 0.4)
    images = np.where(inside[..., None], 255 - ground, ground) + random.normal(0, 8, (count, 32, 32, 3))
    return images.clip(0, 255).astype(np.uint8), np.array(LABELS)


def pickled(path, **entries):
    path.parent.mkdir(parents=True, exist_ok=True)
    # Protocol 2, as the published files have it.
    path.write_bytes(pickle.dumps({k.encode(): v for k, v in entries.items()}, protocol=2))


def flat(images):
    """Rows of the published files: all red, then all green, then all blue."""
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2).reshape(len(images), -1))


def write_cifar10(folder, images, labels):
    """Five batches and a test batch, each with some of the images; the test batch has the last five."""
    root = folder / "cifar-10-batches-py"
    parts = np.array_split(np.arange(len(images) - 5), 5)
    for number, part in enumerate(parts, 1):
        pickled(root / f"data_batch_{number}", data=flat(images[part]), labels=labels[part].tolist())
    pickled(root / "test_batch", data=flat(images[-5:]), labels=labels[-5:].tolist())
    pickled(root / "batches.meta", label_names=CLASSES)
    return root


def write_mnist(folder, kind, images, labels, test=2):
    """Four files in the format of MNIST; the last `test` images are the test set."""
    raw = folder / kind / "raw"
    raw.mkdir(parents=True)
    for part, chosen in (("train", slice(None, -test)), ("t10k", slice(-test, None))):
        for name, values, dims in (
            ("images-idx3", images[chosen], images[chosen].shape),
            ("labels-idx1", labels[chosen], None),
        ):
            sizes = dims or (len(values),)
            head = struct.pack(">HBB", 0, 8, len(sizes)) + struct.pack(f">{len(sizes)}I", *sizes)
            data = head + values.astype(np.uint8).tobytes()
            (raw / f"{part}-{name}-ubyte").write_bytes(data)
            (raw / f"{part}-{name}-ubyte.gz").write_bytes(gzip.compress(data))


def write_folders(folder, sizes=((40, 30), (30, 50)), classes=("n01", "n02")):
    """Two classes in `train` and `val`, an image of each size in each; returns the folder."""
    random = np.random.default_rng(0)
    for part in ("train", "val"):
        for label in classes:
            where = folder / part / label
            where.mkdir(parents=True)
            for k, (height, width) in enumerate(sizes):
                Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8)).save(where / f"{k}.png")
    return folder
