"""Reads image files that may come from anybody."""

import struct
import warnings
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.base.reading import open_plain

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = (".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp")
"""Names of images end like this, as torchvision has it."""

FORMATS = ("BMP", "JPEG", "PNG", "PPM", "TIFF", "WEBP")
"""The formats that are read, whatever a file is called; others would let a file start programs, such as Ghostscript."""

MOST_PIXELS = 89_478_485
"""Most pixels of an image; Pillow warns of more."""

DAMAGED = (
    *(OSError, EOFError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, AttributeError, AssertionError),
    *(RuntimeError, MemoryError, struct.error, zlib.error),
)
"""What Pillow raises for a damaged file."""


def read_rgb(path: Path) -> NDArray[np.uint8]:
    """An image as RGB, uint8 [H, W, 3]: of 16 bits the upper eight, without transparency, not turned as its EXIF data say.

    Raises:
        DataError: It can't be read, has more than `MOST_PIXELS` pixels, or pixels of 32 bits.
    """
    with _opened(path) as image:
        _require_bytes(image, path)
        if _sixteen_bits(image):  # Pillow would make everything above 255 white
            upper = (np.array(image).astype(np.uint16) >> 8).astype(np.uint8)
            return np.repeat(upper[..., None], 3, axis=2)
        return np.array(image.convert("RGB"))


def image_size(path: Path) -> tuple[int, int]:
    """Height and width of an image, after it was read completely.

    Raises:
        DataError: It can't be read, has more than `MOST_PIXELS` pixels, or pixels of 32 bits.
    """
    with _opened(path) as image:
        _require_bytes(image, path)
        image.load()
        return image.height, image.width


def read_grey(path: Path, bits: Literal[8, 16], size: tuple[int, int]) -> NDArray[np.int64]:
    """The values of a grey image whose pixels are numbers and no brightness, such as labels, int64 [H, W].

    Args:
        path: The file.
        bits: Bits of a value.
        size: Height and width that it must have.

    Raises:
        DataError: It can't be read, isn't grey with these bits, or has another size.
    """
    with _opened(path) as image:
        modes = {"L": "8-bit grey", "P": "8-bit with a palette", "1": "black and white", "I;16": "16-bit grey"}
        if image.mode != ("L" if bits == 8 else "I;16"):
            raise DataError(f"the image is {modes.get(image.mode, image.mode)}; it must be {bits}-bit grey", path)
        if (image.height, image.width) != size:
            raise DataError(f"the image has {image.height} x {image.width} pixels, expected {size[0]} x {size[1]}", path)
        return np.array(image).astype(np.int64)


@contextmanager
def _opened(path: Path) -> Generator["Image"]:
    from PIL import Image, UnidentifiedImageError  # noqa: PLC0415 (only needed here)

    try:
        with warnings.catch_warnings(action="ignore"), open_plain(path) as file, Image.open(file, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise _too_large(path, f"{image.width} x {image.height}")
            yield image
    except UnidentifiedImageError as error:
        raise DataError(f"the image can't be read: it isn't {', '.join(FORMATS[:-1])} or {FORMATS[-1]}", path) from error
    except Image.DecompressionBombError as error:
        raise _too_large(path, "too many") from error
    except OSError as error:
        raise DataError(f"the image can't be read: {error.strerror or error}", path) from error
    except DAMAGED as error:
        raise DataError(f"the image can't be read: {error or type(error).__name__}", path) from error


def _sixteen_bits(image: "Image") -> bool:
    """Whether a grey image has 16 bits; Pillow opens PGM, and its older versions PNG, as whole numbers of 32."""
    return image.mode.startswith("I;16") or (image.mode == "I" and image.format in ("PNG", "PPM"))


def _require_bytes(image: "Image", path: Path) -> None:
    """Refuses pixels that are numbers of 32 bits: what is black and what white isn't known of them."""
    if image.mode in ("F", "I") and not _sixteen_bits(image):
        kind = "floating-point numbers" if image.mode == "F" else "whole numbers"
        help = (
            "save it with 8 or 16 bits, or give arrays (`source = arrays`), whose floating-point numbers are taken as they are"
        )
        raise DataError(f"its pixels are {kind} of 32 bits, which say not what is white", path, help)


def _too_large(path: Path, pixels: str) -> DataError:
    return DataError(f"the image has {pixels} pixels; at most {MOST_PIXELS:,} are read", path, "make it smaller, or delete it")
