"""Reads image files that may come from anybody."""

import struct
import warnings
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from spikegraph.errors import DataError
from spikegraph.reading import open_plain

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
    """An image as RGB, uint8 [H, W, 3].

    Raises:
        DataError: It can't be read, or has more than `MOST_PIXELS` pixels.
    """
    with _opened(path) as image:
        return np.array(image.convert("RGB"))


def image_size(path: Path) -> tuple[int, int]:
    """Height and width of an image, after it was read completely.

    Raises:
        DataError: It can't be read, or has more than `MOST_PIXELS` pixels.
    """
    with _opened(path) as image:
        image.load()
        return image.height, image.width


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


def _too_large(path: Path, pixels: str) -> DataError:
    return DataError(f"the image has {pixels} pixels; at most {MOST_PIXELS:,} are read", path, "make it smaller, or delete it")
