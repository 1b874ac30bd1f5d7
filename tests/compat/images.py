"""Images in MNIST's layout, made by arithmetic alone, so that every version of every library makes the same."""

import struct

import numpy as np

COUNTS = {"train": 16, "t10k": 8}


def write_images(folder):
    """Writes the four files below `folder`, and returns it."""
    raw = folder / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for part, count in COUNTS.items():
        k, row, column = np.ogrid[:count, :28, :28]
        images = ((k * 37 + row * (k % 5 + 1) * 9 + column * (k % 3 + 1) * 7) % 256).astype(np.uint8)
        labels = (np.arange(count) * 3 % 10).astype(np.uint8)
        for name, values in (("images-idx3", images), ("labels-idx1", labels)):
            head = struct.pack(f">HBB{values.ndim}I", 0, 8, values.ndim, *values.shape)
            (raw / f"{part}-{name}-ubyte").write_bytes(head + values.tobytes())
    return folder
