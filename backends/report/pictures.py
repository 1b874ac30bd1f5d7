"""Arrays as pictures: PNG in the page itself."""

from base64 import b64encode
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spikegraph.backends.graphviz.theme import LIGHT
from spikegraph.charts.markup import Html, el

VIRIDIS = "440154 482878 3e4a89 31688e 26828e 1f9e89 35b779 6dcd59 b4de2c fde725"
"""Ten colours from dark to bright, evenly apart to the eye, also to colour-blind ones and in grey."""
HEAT = "fff4ec ffd9b8 fdb27a f08438 d55e00 a13c00 5e2000"
"""From nothing to much."""

NOWHERE = 255
"""The entry of a palette that lets the page shine through."""


def events(stack: NDArray[np.int8]) -> str:
    """Positive polarities in the colour of spikes, negative ones in that of real numbers, nothing where there is none."""
    index = np.full(stack.shape, NOWHERE, np.uint8)
    index[stack > 0], index[stack < 0] = 0, 1
    return indexed(index, (_rgb(LIGHT.spike), _rgb(LIGHT.real)))


def mapped(values: NDArray[np.floating[Any]], low: float, high: float, colours: str = VIRIDIS) -> str:
    """Numbers from `low` to `high` in colours, those outside in the nearest; nothing where a number isn't finite."""
    share = np.clip((values - low) / ((high - low) or 1.0), 0.0, 1.0)
    known = np.isfinite(values)
    index = np.where(known, np.round(np.where(known, share, 0.0) * (NOWHERE - 1)), NOWHERE).astype(np.uint8)
    return indexed(index, ramp(colours, NOWHERE))


def photograph(image: NDArray[np.uint8]) -> str:
    """An image [H, W, C] of one or three channels."""
    return _uri(Image.fromarray(image[..., 0] if image.shape[-1] == 1 else np.ascontiguousarray(image[..., :3])))


def ramp(colours: str, count: int) -> tuple[tuple[int, int, int], ...]:
    """So many colours, evenly from the first to the last of some."""
    given = np.array([_rgb(c) for c in colours.split()], float)
    at = np.linspace(0, len(given) - 1, count)
    channels = [np.interp(at, np.arange(len(given)), given[:, c]).round().astype(int) for c in range(3)]
    return tuple((int(r), int(g), int(b)) for r, g, b in zip(*channels, strict=True))


def indexed(index: NDArray[np.uint8], colours: tuple[tuple[int, int, int], ...]) -> str:
    """A picture of a palette, as the address of its data."""
    image = Image.frombytes("P", (index.shape[1], index.shape[0]), index.tobytes())
    padded = [*colours, *[(0, 0, 0)] * (NOWHERE + 1 - len(colours))]  # a shorter palette would be filled up by its last colour
    image.putpalette([channel for colour in padded for channel in colour])
    return _uri(image, transparency=NOWHERE)


def picture(address: str, size: tuple[int, int], alternative: str, *, sharp: bool = False) -> Html:
    """An image of H x W pixels; `sharp` keeps the pixels of small ones apart."""
    height, width = size
    return el("img", src=address, alt=alternative, width=width, height=height, class_="sharp" if sharp else None)


def scale(what: str, low: str, high: str, colours: str = VIRIDIS) -> Html:
    """What the colours of `mapped` stand for."""
    stops = ", ".join(f"#{c}" for c in colours.split())
    bar = el("span", style=f"background:linear-gradient(90deg,{stops})", class_="ramp", aria_hidden="true")
    return el("span", f"{what} {low}", bar, high, class_="scale")


def _rgb(colour: str) -> tuple[int, int, int]:
    digits = colour.removeprefix("#")
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def _uri(image: Image.Image, **options: Any) -> str:
    file = BytesIO()
    image.save(file, "png", compress_level=9, **options)
    return "data:image/png;base64," + b64encode(file.getvalue()).decode()
