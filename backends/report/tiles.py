"""Arrays as pictures with captions and a legend: inputs of events, label maps, flow and disparities."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from PIL.PngImagePlugin import PngInfo

from spikegraph.backends.graphviz.theme import LIGHT
from spikegraph.backends.report.pictures import VIRIDIS, ramp
from spikegraph.data.signed_picture import ABOVE, BELOW, coloured, difference, full_scale
from spikegraph.data.statistics import Shown
from spikegraph.tasks import TASKS
from spikegraph.tasks.task import Look

TILE = 112
"""Pixels that a tile's longer side has at least; small samples are enlarged by a whole factor."""

GAP, LINE, MARGIN = 6, 18, 10

Legend = list[tuple[tuple[int, int, int] | None, str]]
"""Colours and their meanings; an entry without a colour is a text alone."""

Picture = NDArray[np.uint8]
"""Colours [H, W, 3]."""


def tile(value: NDArray[Any], scale: float, signed: bool, steps: bool) -> Picture:
    """One input [C, H, W] at one time step, or without steps; `scale` is that of `scale_of`."""
    if not steps and value.shape[0] in (1, 3) and value.min() >= 0 and value.max() <= 1:
        return enlarged(np.round(np.broadcast_to(value, (3, *value.shape[1:])).transpose(1, 2, 0) * 255).astype(np.uint8))
    return enlarged(coloured(plane_of(value, signed, steps), scale))


def plane_of(value: NDArray[Any], signed: bool, steps: bool) -> NDArray[Any]:
    """What is drawn of an input [C, H, W]: lighter minus darker if `signed`, the sum at a time step, else the mean; [H, W]."""
    return difference(value) if signed else value.sum(0) if steps else value.mean(0)


def scale_of(value: NDArray[Any], signed: bool, timed: bool) -> float:
    """The number in full colour of an input [C, H, W], or of all time steps of one [T, C, H, W]."""
    steps = value if timed else value[None]
    return full_scale(np.stack([plane_of(step, signed, timed) for step in steps]))


Ends = tuple[float, float]
"""The numbers with the first and with the last colour."""


def ends_of(values: Sequence[NDArray[Any]], look: Look) -> Ends | None:
    """The ends of the colours of pictures [C, H, W]: from 0, or from below it if a number is negative; None without numbers."""
    if look in ("labels", "colours"):
        return None
    if look == "directions":
        return 0.0, full_scale(np.concatenate([np.sqrt((value**2).sum(0)).ravel() for value in values]))
    every = np.concatenate([value.ravel() for value in values])
    full = full_scale(every)
    return (-full if (every[np.isfinite(every)] < 0).any() else 0.0), full


def truth_picture(truth: NDArray[Any], look: Look, ends: Ends | None = None) -> Picture:
    """The colours of a truth: by label, of a flow by direction and length, of other numbers from dark to bright, or its own.

    Args:
        truth: Labels [1, H, W], or colours [3, H, W], or numbers [C, H, W], whose channels are beside each other.
        look: How they are drawn.
        ends: The numbers with the first and the last colour, of a flow lengths from 0; by default the colours suit the picture.
    """
    if look == "labels":
        colours = np.array([_label_colour(k) for k in range(256)], np.uint8)
        return colours[np.clip(truth[0], 0, 255).astype(np.int64)]
    if look == "colours":
        return np.ascontiguousarray(truth.transpose(1, 2, 0)).astype(np.uint8)
    known: NDArray[np.bool_] = np.asarray(np.isfinite(truth).all(axis=0))
    if look == "directions" and truth.shape[0] == 2:
        x, y = np.where(known, truth, 0.0).astype(float)
        length = np.hypot(x, y)
        hue = _wheel(np.arctan2(y, x), length / ((ends[1] if ends else 0.0) or full_scale(length) or 1.0))
        return np.where(known[..., None], hue, 255).astype(np.uint8)
    beside = np.concatenate([*truth], axis=1)
    known = np.isfinite(beside)
    values = np.where(known, beside, 0.0)
    low, high = ends or (float(f(values[known])) if known.any() else 0.0 for f in (np.min, np.max))
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


def legend_of(samples: Sequence[Shown], signed: bool, classes: Sequence[str], *, truth: bool = True) -> Legend:
    """The colours that are there with their meanings."""
    found: Legend = []
    values = [value for sample in samples for value in sample.inputs.values()]
    if signed or any(value.min() < 0 for value in values):
        found += sign_legend(signed)
    elif any(value.ndim == 4 for value in values):
        found.append((ABOVE, "above 0"))
    tasks = {sample.task for sample in samples if sample.planes is not None} if truth else set[str]()
    if any(look_of(task) == "labels" for task in tasks):
        there = sorted({int(k) for s in samples if s.planes is not None for k in np.unique(s.planes)})
        found += labels_legend(there, classes)
    return found + [entry for task in sorted(tasks) for entry in task_legend(task)]


def labels_legend(labels: Iterable[int], classes: Sequence[str]) -> Legend:
    """The colours of labels with their names."""
    return [(_label_colour(k), classes[k] if k < len(classes) else "no class" if k == 255 else f"label {k}") for k in labels]


def sign_legend(signed: bool) -> Legend:
    """The colours of inputs; `signed` if channels hold events, where the light increased and where it decreased."""
    return [(ABOVE, "lighter" if signed else "above 0"), (BELOW, "darker" if signed else "below 0")]


def look_of(task: str) -> Look:
    """How targets of a task, or the values of an output without one, are drawn."""
    return (TASKS[task].look if task in TASKS else None) or "numbers"


def task_legend(task: str) -> Legend:
    """The colours of targets by their direction, or from small to large; those of labels depend on which there are."""
    look = TASKS[task].look if task in TASKS else None
    if look == "directions":
        sides = ((0.0, "to the right"), (np.pi / 2, "down"), (np.pi, "to the left"), (-np.pi / 2, "up"))
        hues = [(_wheel(np.array(angle), np.array(1.0)), name) for angle, name in sides]
        return [((int(hue[0]), int(hue[1]), int(hue[2])), name) for hue, name in hues]
    if look == "numbers":
        return [(ramp(VIRIDIS, 2)[0], f"small {task}"), (ramp(VIRIDIS, 2)[1], f"large {task}")]
    return []


def page(rows: Sequence[Sequence[tuple[str, Picture]]], names: Sequence[str], legend: Legend) -> Image.Image:
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
    sheet = Image.new("RGB", (width, sum(heights) + bottom + 2 * MARGIN), LIGHT.ground)
    draw, y = ImageDraw.Draw(sheet), MARGIN
    for row, name, height in zip(rows, names, heights, strict=True):
        draw.text((MARGIN, y), name, LIGHT.ink, font)
        x = MARGIN
        for caption, tile in row:
            draw.text((x, y + named), _cut(caption, tile.shape[1], font), LIGHT.muted, font)
            sheet.paste(Image.fromarray(tile), (x, y + named + LINE))
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
    return sheet


def _cut(text: str, width: int, font: Any) -> str:
    """A text that fits a width."""
    while len(text) > 1 and font.getlength(text) > width:
        text = text[:-1]
    return text


def enlarged(picture: Picture) -> Picture:
    """A picture, larger by a whole factor if it is smaller than a tile."""
    factor = max(1, TILE // max(picture.shape[:2]))
    return np.ascontiguousarray(picture.repeat(factor, 0).repeat(factor, 1))


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def png(picture: Image.Image, software: str | None = None) -> bytes:
    """A picture as a PNG; `software` stands in it, for others to recognise it."""
    file, told = io.BytesIO(), PngInfo()
    if software is not None:
        told.add_text("Software", software)
    picture.save(file, "png", optimize=True, pnginfo=told)
    return file.getvalue()
