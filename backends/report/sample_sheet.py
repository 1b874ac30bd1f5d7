"""Samples as a picture: a row for each sample, a column for each time step, then the truth; or as an animation."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image

from spikegraph.backends.report.tiles import Picture, enlarged, legend_of, look_of, page, png, scale_of, tile, truth_picture
from spikegraph.data.signed_picture import IMAGE_AXES, coloured, full_scale, values_plane
from spikegraph.data.statistics import Shown

BESIDE = 6
"""Images in a row."""

MOST_STEPS = 10
"""Time steps of a row; of longer samples some at equal distances are drawn."""

FRAME_MS = 120
"""How long a time step of an animation is shown."""


def sheet(samples: Sequence[Shown], *, signed: bool, classes: Sequence[str] = ()) -> bytes:
    """A PNG of samples.

    Args:
        samples: The samples, one or more.
        signed: Channels hold events: where the light increased in the first half, where it decreased in the second half.
        classes: The names of labels.
    """
    rows, legend = [_row(sample, signed) for sample in samples], legend_of(samples, signed, classes)
    if all(len(row) == 1 for row in rows):
        tiles = [(sample.name, row[0][1]) for sample, row in zip(samples, rows, strict=True)]
        rows = [tiles[k : k + BESIDE] for k in range(0, len(tiles), BESIDE)]
        return png(page(rows, [""] * len(rows), legend))
    return png(page(rows, [sample.name for sample in samples], legend))


def animation(samples: Sequence[Shown], *, signed: bool, classes: Sequence[str] = ()) -> bytes:
    """A GIF of samples side by side, with a frame for each time step; those with fewer steps stay at their last one.

    Raises:
        ValueError: The samples have no time steps, or an input isn't an image at each of them.
    """
    if not all(sample.timed for sample in samples):
        raise ValueError("the samples have no time steps")
    values = {name: value for sample in samples for name, value in sample.inputs.items()}
    other = next((name for name, value in values.items() if value.ndim != 1 + IMAGE_AXES), None)
    if other is not None:
        raise ValueError(f"the time steps of `{other}` aren't images, but numbers {list(values[other].shape[1:])}")
    lengths = {len(value) for sample in samples for value in sample.inputs.values()}
    steps, held = max(lengths), "; shorter samples stay at their last step" if len(lengths) > 1 else ""
    scales = [{name: scale_of(value, signed, True) for name, value in sample.inputs.items()} for sample in samples]
    frames: list[Image.Image] = []
    for step in range(steps):
        tiles = [
            (
                f"{sample.name}" if len(sample.inputs) == 1 else f"{sample.name} {name}",
                tile(value[min(step, len(value) - 1)], scale[name], signed, True),
            )
            for sample, scale in zip(samples, scales, strict=True)
            for name, value in sample.inputs.items()
        ]
        legend = [*legend_of(samples, signed, classes, truth=False), (None, f"time step {step + 1} of {steps}{held}")]
        frames.append(page([tiles], [""], legend))
    file = io.BytesIO()
    frames[0].save(file, "gif", save_all=True, append_images=frames[1:], duration=FRAME_MS, loop=0)
    return file.getvalue()


def _row(sample: Shown, signed: bool) -> list[tuple[str, Picture]]:
    """The tiles of a sample with their captions."""
    tiles: list[tuple[str, Picture]] = []
    for name, value in sample.inputs.items():
        if value.ndim - sample.timed != IMAGE_AXES:
            plane = values_plane(value, timed=sample.timed)
            tiles.append((name, enlarged(coloured(plane, full_scale(plane)))))
            continue
        scale = scale_of(value, signed, sample.timed)
        if not sample.timed:
            tiles.append((name, tile(value, scale, signed, False)))
            continue
        count, room = len(value), max(1, MOST_STEPS // len(sample.inputs))
        chosen = range(count) if count <= room else [k * (count - 1) // (room - 1) if room > 1 else 0 for k in range(room)]
        caption = "step" if len(sample.inputs) == 1 else name
        tiles += [(f"{caption} {k + 1}", tile(value[k], scale, signed, True)) for k in chosen]
    if sample.planes is not None:
        tiles.append((f"true {sample.task}", enlarged(truth_picture(sample.planes, look_of(sample.task)))))
    return tiles
