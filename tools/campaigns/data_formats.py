"""Images, arrays of images and maps, for the campaign `file_mutants`."""

import pickle
import random
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from formats import RAN, Evil, Format
from PIL import Image

from spikegraph.base.errors import DataError
from spikegraph.data.cifar import LAYOUTS, class_names, read_batch
from spikegraph.data.image_file import FORMATS, image_size, read_rgb
from spikegraph.data.mnist import read_part
from spikegraph.data.rectification import load_maps


def _image(kind: str) -> Callable[[], bytes]:
    def write() -> bytes:
        file = BytesIO()
        numbers = np.random.default_rng(0)
        pixels = Image.fromarray(numbers.integers(0, 256, (24, 31, 3), dtype=np.uint8))
        if kind == "TIFF":
            pixels.save(file, kind, compression="tiff_lzw")
        else:
            pixels.save(file, kind)
        return file.getvalue()

    return write


def _read_image(path: Path) -> None:
    image_size(path)
    read_rgb(path)


def _huge_image(rng: random.Random) -> bytes:
    """An image of few bytes that claims many pixels, or a program of Ghostscript."""
    side = rng.choice((3_000, 20_000, 100_000, 2**31 - 1))
    if rng.random() < 0.3:
        return b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(" + RAN.encode() + b") (w) file closefile\n%%EOF\n"
    if rng.random() < 0.5:
        return f"P6 {side} {side} 255\n".encode() + bytes(100)
    return _blank_image()


@lru_cache
def _blank_image() -> bytes:
    """A PNG of 20 kB with 144 million pixels."""
    file = BytesIO()
    Image.new("1", (12_000, 12_000)).save(file, "PNG")
    return file.getvalue()


def _idx() -> bytes:
    return bytes((0, 0, 8, 3)) + b"".join(n.to_bytes(4, "big") for n in (5, 28, 28)) + bytes(5 * 28 * 28)


def _read_idx(path: Path) -> None:
    path.with_name("train-labels-idx1-ubyte").write_bytes(bytes((0, 0, 8, 1, 0, 0, 0, 5)) + bytes((0, 1, 2, 3, 9)))
    read_part(path.parent, "train")


def _batch() -> bytes:
    data = np.random.default_rng(0).integers(0, 256, (3, 3072), dtype=np.uint8)
    return pickle.dumps({b"data": data, b"labels": [0, 1, 2], b"label_names": [b"a", b"b", b"c"]}, protocol=2)


def _odd_batch(rng: random.Random) -> bytes:
    nested: Any = 0
    for _ in range(60):
        nested = (nested, nested)
    data = np.zeros((3, 3072), np.uint8)
    value = rng.choice(
        (
            {b"data": Evil()},
            {b"data": data, b"labels": [nested, 1, 2]},
            {b"data": data, b"labels": [10**4000, 1, 2]},
            {b"data": data, b"labels": [0, 1, 2], b"label_names": [nested]},
            {b"data": np.array([Evil()], dtype=object), b"labels": [0]},
            {b"data": np.zeros((3, 3072), "M8[s]"), b"labels": [0, 1, 2]},
            {"data": "x" * 100, "labels": {}},
            Evil(),
            np.dtype([("x", "u1")]),
        )
    )
    return rng.choice(
        (
            pickle.dumps(value, protocol=rng.choice((0, 2, 4))),
            b"\x80\x04\x8e" + (2**40).to_bytes(8, "little"),
            b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I1000000000000\ntS'b'\ntR.",
            b"cos\nsystem\n(S'mkdir " + RAN.encode() + b"'\ntR.",
            b"]" * 100_000 + b"a" * 99_999 + b".",
            b"c__builtin__\neval\n(S'1'\ntR.",
        )
    )


def _read_batch(path: Path) -> None:
    layout = LAYOUTS["cifar10"]
    path.with_name("batches.meta").write_bytes(path.read_bytes())
    try:
        read_batch(path, b"labels", 10)
    finally:
        class_names(layout, path.parent)


def _map() -> bytes:
    return ("\n".join([" ".join(["1.5"] * 346)] * 260) + "\n").encode()


def _read_maps(path: Path) -> None:
    for side in ("left", "right"):
        for axis in "xy":
            other = path.with_name(f"made_{side}_{axis}_map.txt")
            if other != path:
                other.write_bytes(path.read_bytes())
    load_maps(path.parent, "made", (260, 346))


DATA: dict[str, Format] = {
    "MNIST": Format("train-images-idx3-ubyte", _idx, _read_idx, DataError),
    "CIFAR": Format("data_batch_1", _batch, _read_batch, DataError, _odd_batch),
    "rectification map": Format("made_left_x_map.txt", _map, _read_maps, DataError),
    **{kind: Format("x.jpg", _image(kind), _read_image, DataError, _huge_image) for kind in FORMATS},
}
