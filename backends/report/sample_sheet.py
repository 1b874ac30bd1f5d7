"""Samples as a picture: a row for each sample, a column for each time step, then the truth; or as an animation."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from spikegraph.backends.graphviz.theme import LIGHT
from spikegraph.backends.report.pictures import VIRIDIS, ramp
from spikegraph.data.signed_picture import ABOVE, BELOW, coloured, difference, full_scale
from spikegraph.data.statistics import Shown

TILE = 112
"""Pixels that a tile's longer side has at least; small samples are enlarged by a whole factor."""

BESIDE = 6
"""Images in a row."""

MOST_STEPS = 10
"""Time steps of a row; of longer samples some at equal distances are drawn."""

GAP, LINE, MARGIN = 6, 18, 10
FRAME_MS = 120
"""How long a time step of an animation is shown."""

Legend = list[tuple[tuple[int, int, int] | None, str]]
"""Colours and their meanings; an entry without a colour is a text alone."""

Picture = NDArray[np.uint8]
"""Colours [H, W, 3]."""


def sheet(samples: Sequence[Shown], *, signed: bool, classes: Sequence[str] = ()) -> bytes:
    """A PNG of samples.

    Args:
        samples: The samples, one or more.
        signed: Channels hold events: where the light increased in the first half, where it decreased in the second half.
        classes: The names of labels.
    """
    rows, legend = [_row(sample, signed) for sample in samples], _legend(samples, signed, classes)
    if all(len(row) == 1 for row in rows):
        tiles = [(sample.name, row[0][1]) for sample, row in zip(samples, rows, strict=True)]
        rows = [tiles[k : k + BESIDE] for k in range(0, len(tiles), BESIDE)]
        return _png(_page(rows, [""] * len(rows), legend))
    return _png(_page(rows, [sample.name for sample in samples], legend))


def animation(samples: Sequence[Shown], *, signed: bool, classes: Sequence[str] = ()) -> bytes:
    """A GIF of samples side by side, with a frame for each time step.

    Raises:
        ValueError: The samples have no time steps.
    """
    if any(next(iter(sample.inputs.values())).ndim != 4 for sample in samples):
        raise ValueError("the samples have no time steps")
    steps = min(len(next(iter(sample.inputs.values()))) for sample in samples)
    frames: list[Image.Image] = []
    for step in range(steps):
        tiles = [
            (
                f"{sample.name}" if len(sample.inputs) == 1 else f"{sample.name} {name}",
                _tile(value[step], full_scale(value), signed, True),
            )
            for sample in samples
            for name, value in sample.inputs.items()
        ]
        legend = [*_legend(samples, signed, classes, truth=False), (None, f"time step {step + 1} of {steps}")]
        frames.append(_page([tiles], [""], legend))
    file = io.BytesIO()
    frames[0].save(file, "gif", save_all=True, append_images=frames[1:], duration=FRAME_MS, loop=0)
    return file.getvalue()


def _row(sample: Shown, signed: bool) -> list[tuple[str, Picture]]:
    """The tiles of a sample with their captions."""
    tiles: list[tuple[str, Picture]] = []
    for name, value in sample.inputs.items():
        if value.ndim == 3:
            tiles.append((name, _tile(value, full_scale(value), signed, False)))
            continue
        count, room = len(value), max(1, MOST_STEPS // len(sample.inputs))
        chosen = range(count) if count <= room else [k * (count - 1) // (room - 1) if room > 1 else 0 for k in range(room)]
        caption = "step" if len(sample.inputs) == 1 else name
        tiles += [(f"{caption} {k + 1}", _tile(value[k], full_scale(value), signed, True)) for k in chosen]
    if sample.truth is not None:
        tiles.append((f"true {sample.kind}", _enlarged(_truth(sample.truth, sample.kind))))
    return tiles


def _tile(value: NDArray[Any], scale: float, signed: bool, steps: bool) -> Picture:
    """One input [C, H, W] at one time step."""
    if not steps and value.shape[0] in (1, 3) and value.min() >= 0 and value.max() <= 1:
        return _enlarged(np.round(np.broadcast_to(value, (3, *value.shape[1:])).transpose(1, 2, 0) * 255).astype(np.uint8))
    plane = difference(value) if signed else value.sum(0) if steps else value.mean(0)
    return _enlarged(coloured(plane, scale))


def _truth(truth: NDArray[Any], kind: str) -> Picture:
    """The colours of a truth: by label, of a flow by direction and length, of other numbers from dark to bright."""
    if kind == "labels":
        colours = np.array([_label_colour(k) for k in range(256)], np.uint8)
        return colours[np.clip(truth, 0, 255)]
    known: NDArray[np.bool_] = np.asarray(np.isfinite(truth).all(axis=0))
    if kind == "flow" and truth.shape[0] == 2:
        x, y = np.where(known, truth, 0.0).astype(float)
        length = np.hypot(x, y)
        return np.where(known[..., None], _wheel(np.arctan2(y, x), length / (full_scale(length) or 1.0)), 255).astype(np.uint8)
    values = np.where(known, truth[0], 0.0)
    low, high = (float(f(values[known])) if known.any() else 0.0 for f in (np.min, np.max))
    colours = np.array(ramp(VIRIDIS, 256), np.uint8)
    index = np.clip((values - low) / ((high - low) or 1.0) * 255, 0, 255).astype(np.uint8)
    return np.where(known[..., None], colours[index], 255).astype(np.uint8)


def _wheel(angle: NDArray[np.float64], strength: NDArray[np.float64]) -> NDArray[np.float64]:
    """The hue of a direction, the paler the shorter; colours [H, W, 3]."""
    hue = np.stack([0.5 + 0.5 * np.cos(angle - shift) for shift in (0.0, 2 * np.pi / 3, 4 * np.pi / 3)], -1)
    return 255 * (1 - np.clip(strength, 0, 1)[..., None] * (1 - hue))


def _label_colour(label: int) -> tuple[int, int, int]:
    """Labels in the colours of candidates, then in paler ones; those that are no class, such as 255, white."""
    colours = LIGHT.candidates
    if label == 255:
        return 255, 255, 255
    base, pale = np.array(_rgb(colours[label % len(colours)]), float), label // len(colours) * 0.3
    red, green, blue = (int(v) for v in base + (255 - base) * min(pale, 0.9))
    return red, green, blue


def _legend(samples: Sequence[Shown], signed: bool, classes: Sequence[str], *, truth: bool = True) -> Legend:
    """The colours that are there with their meanings."""
    found: Legend = []
    values = [value for sample in samples for value in sample.inputs.values()]
    if signed or any(value.min() < 0 for value in values):
        found += [(ABOVE, "lighter" if signed else "above 0"), (BELOW, "darker" if signed else "below 0")]
    elif any(value.ndim == 4 for value in values):
        found.append((ABOVE, "above 0"))
    kinds = {sample.kind for sample in samples if sample.truth is not None} if truth else set[str]()
    if "labels" in kinds:
        there = sorted({int(k) for s in samples if s.truth is not None for k in np.unique(s.truth)})
        found += [
            (_label_colour(k), classes[k] if k < len(classes) else "no class" if k == 255 else f"label {k}") for k in there
        ]
    if "flow" in kinds:
        for angle, name in ((0.0, "to the right"), (np.pi / 2, "down"), (np.pi, "to the left"), (-np.pi / 2, "up")):
            red, green, blue = (int(v) for v in _wheel(np.array(angle), np.array(1.0)))
            found.append(((red, green, blue), name))
    if "disparity" in kinds:
        found += [(ramp(VIRIDIS, 2)[0], "small disparity"), (ramp(VIRIDIS, 2)[1], "large disparity")]
    return found


def _page(rows: Sequence[Sequence[tuple[str, Picture]]], names: Sequence[str], legend: Legend) -> Image.Image:
    """Rows of tiles with their names above and the legend below."""
    font = ImageFont.load_default(12)
    named = LINE if any(names) else 0
    heights = [named + LINE + max(tile.shape[0] for _, tile in row) + GAP for row in rows]
    width = max(sum(tile.shape[1] + GAP for _, tile in row) for row in rows) + 2 * MARGIN
    entries: list[tuple[int, int, tuple[int, int, int] | None, str]] = []
    at, line = MARGIN, 0
    for colour, text in legend:
        need = 26 + int(font.getlength(text))
        if at > MARGIN and at + need > max(width, 320):
            at, line = MARGIN, line + 1
        entries.append((at, line, colour, text))
        at += need
    bottom = (line + 1) * LINE if legend else 0
    width = max(width, 320)
    page = Image.new("RGB", (width, sum(heights) + bottom + 2 * MARGIN), LIGHT.ground)
    draw, y = ImageDraw.Draw(page), MARGIN
    for row, name, height in zip(rows, names, heights, strict=True):
        draw.text((MARGIN, y), name, LIGHT.ink, font)
        x = MARGIN
        for caption, tile in row:
            draw.text((x, y + named), _cut(caption, tile.shape[1], font), LIGHT.muted, font)
            page.paste(Image.fromarray(tile), (x, y + named + LINE))
            draw.rectangle(
                (x - 1, y + named + LINE - 1, x + tile.shape[1], y + named + LINE + tile.shape[0]), outline=LIGHT.faint
            )
            x += tile.shape[1] + GAP
        y += height
    for x, number, colour, text in entries:
        top = y + GAP + number * LINE
        if colour is not None:
            draw.rectangle((x, top + 3, x + 9, top + 12), colour, LIGHT.muted)
        draw.text((x + (14 if colour is not None else 0), top), text, LIGHT.ink, font)
    return page


def _cut(text: str, width: int, font: Any) -> str:
    """A text that fits a width."""
    while len(text) > 1 and font.getlength(text) > width:
        text = text[:-1]
    return text


def _enlarged(picture: Picture) -> Picture:
    factor = max(1, TILE // max(picture.shape[:2]))
    return np.ascontiguousarray(picture.repeat(factor, 0).repeat(factor, 1))


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _png(page: Image.Image) -> bytes:
    file = io.BytesIO()
    page.save(file, "png", optimize=True)
    return file.getvalue()
