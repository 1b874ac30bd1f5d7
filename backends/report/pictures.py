"""Arrays as PNG pictures that are embedded in the page."""

from base64 import b64encode
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spikegraph.backends.graphviz.theme import LIGHT
from spikegraph.charts.markup import Html, el

VIRIDIS = "440154 482878 3e4a89 31688e 26828e 1f9e89 35b779 6dcd59 b4de2c fde725"
"""Ten colours from dark to bright in perceptually even steps; safe for colour blindness and in grey."""
HEAT = "fff4ec ffd9b8 fdb27a f08438 d55e00 a13c00 5e2000"
"""Seven colours from light to dark, for errors."""

NOWHERE = 255
"""The transparent entry of each palette."""


def events(stack: NDArray[np.int8]) -> str:
    """Polarities [H, W]: positive ones in the colour of spikes, negative ones in that of real numbers, zeros transparent."""
    index = np.full(stack.shape, NOWHERE, np.uint8)
    index[stack > 0], index[stack < 0] = 0, 1
    return indexed(index, (_rgb(LIGHT.spike), _rgb(LIGHT.real)))


def mapped(values: NDArray[np.floating[Any]], low: float, high: float, colours: str = VIRIDIS) -> str:
    """Numbers [H, W] from `low` to `high` as colours; numbers outside are clipped, non-finite ones transparent."""
    share = np.clip((values - low) / ((high - low) or 1.0), 0.0, 1.0)
    known = np.isfinite(values)
    index = np.where(known, np.round(np.where(known, share, 0.0) * (NOWHERE - 1)), NOWHERE).astype(np.uint8)
    return indexed(index, ramp(colours, NOWHERE))


def photograph(image: NDArray[np.uint8]) -> str:
    """An image [H, W, C] with one or three channels."""
    return _uri(Image.fromarray(image[..., 0] if image.shape[-1] == 1 else np.ascontiguousarray(image[..., :3])))


def ramp(colours: str, count: int) -> tuple[tuple[int, int, int], ...]:
    """`count` colours, interpolated evenly between those given."""
    given = np.array([_rgb(c) for c in colours.split()], float)
    at = np.linspace(0, len(given) - 1, count)
    channels = [np.interp(at, np.arange(len(given)), given[:, c]).round().astype(int) for c in range(3)]
    return tuple((int(r), int(g), int(b)) for r, g, b in zip(*channels, strict=True))


def indexed(index: NDArray[np.uint8], colours: tuple[tuple[int, int, int], ...]) -> str:
    """A picture of palette indices [H, W], as a data URI."""
    image = Image.frombytes("P", (index.shape[1], index.shape[0]), index.tobytes())
    padded = [*colours, *[(0, 0, 0)] * (NOWHERE + 1 - len(colours))]  # PIL would repeat the last colour of a shorter palette
    image.putpalette([channel for colour in padded for channel in colour])
    return _uri(image, transparency=NOWHERE)


def picture(address: str, size: tuple[int, int], alternative: str, *, sharp: bool = False) -> Html:
    """An `img` element of `size` (H, W); `sharp` scales it without smoothing, for small images."""
    height, width = size
    return el("img", src=address, alt=alternative, width=width, height=height, class_="sharp" if sharp else None)


def scale(what: str, low: str, high: str, colours: str = VIRIDIS) -> Html:
    """A colour bar for pictures of `mapped`."""
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
