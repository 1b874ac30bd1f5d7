"""Input, truth and predictions of runs beside each other, on the same frames (Fig. 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress, zip_longest
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from spikegraph.backends.graphviz.theme import COLUMN, PAGE
from spikegraph.backends.report import pictures
from spikegraph.backends.report.paper.piece import Piece
from spikegraph.backends.report.paper.refusal import lacks
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.tiles import ends_of, legend_of, look_of, truth_picture
from spikegraph.charts.format_number import number
from spikegraph.charts.look import INK
from spikegraph.charts.markup import Html, el
from spikegraph.data.statistics import Shown
from spikegraph.runs.examples import Example, MapExample, StereoExample

TEXT, LINE, GAP, BAR = 6.5, 9.0, 4.0, 8.0
"""Size of text, height of its line, room between pictures, and height of a colour bar, in points."""

NARROW = 3
"""The most pictures that are beside each other in a column; of more the figure is as wide as a page."""

SMALL = 64
"""Pixels of a side up to which a picture is enlarged without smoothing."""

Legend = Sequence[tuple[tuple[int, int, int] | None, str]]

Samples = Sequence[Sequence[Example]]
"""A list for each sample, with the prediction of each run."""


@dataclass(frozen=True)
class View:
    """A picture.

    Attributes:
        address: The picture, as a data URI.
        size: Its height and width in pixels.
        text: What is below it.
    """

    address: str
    size: tuple[int, int]
    text: str = ""


@dataclass(frozen=True)
class Compared:
    """Samples with the predictions of runs.

    Attributes:
        heads: What is above the pictures that aren't predictions.
        rows: These pictures of each sample, then its predictions.
        scale: The meaning of the colours, if they have one.
    """

    heads: Sequence[str]
    rows: Sequence[Sequence[View]]
    scale: Piece | None = None


def comparison(runs: Sequence[Record]) -> list[Piece]:
    """A row for each frame: what the network sees, the truth, and what each run predicts.

    Frames are the same if their names and truths are: samples of different data sets may have the same name.
    """
    found = {run.label: _examples(run) for run in runs}
    first = next(iter(found.values()))
    frames = [name for name in first if all(name in of for of in found.values())]
    if not frames:
        other = next((run for run in runs[1:] if first.keys().isdisjoint(found[run.label])), runs[-1])
        raise lacks("3", other, f"a frame that {runs[0].label} shows too", "give runs of the same test set")
    shown = [[of[name] for of in found.values()] for name in frames]
    task = shown[0][0].of
    other = next((run for of in shown for run, each in zip(runs, of, strict=True) if each.of != task), None)
    if other is not None:
        raise lacks("3", other, f"predictions of the same task as those of {runs[0].label}", "give runs of one task")
    same = [all(_equal(of[0], each) for each in of) for of in shown]
    if not any(same):
        other = next(run for run, each in zip(runs, shown[0], strict=True) if not _equal(shown[0][0], each))
        raise lacks("3", other, f"a frame with the same truth as in {runs[0].label}", "give runs of the same test set")
    frames, shown = list(compress(frames, same)), list(compress(shown, same))
    draw = type(shown[0][0]).compared
    assert draw is not None
    drawn: Compared = draw(shown, runs[0])
    heads = [*drawn.heads, *(found if len(runs) > 1 else ["prediction"])]
    return _grid(heads, dict(zip(frames, drawn.rows, strict=True)), drawn.scale)


def _equal(one: Example, other: Example) -> bool:
    """Whether what is beside the predictions of two examples is the same."""
    pairs = zip_longest(_beside(one), _beside(other))
    return all(a is not None and b is not None and np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in pairs)


def _beside(example: Example) -> Sequence[NDArray[Any]]:
    """What runs that are compared must share: the truth, or all views but the prediction of examples that store none."""
    truth = example.arrays().get("truth")
    return list(example.views().values())[:-1] if truth is None else [truth]


def _examples(run: Record) -> Mapping[str, Example]:
    """The maps that a run keeps, by the names of their frames."""
    kept: Sequence[Example] = () if run.examples is None else run.examples.found
    if run.examples is None:
        raise lacks("3", run, "stored predictions", f"run `spikegraph evaluate {run.path} --examples`")
    maps = [each for each in kept if type(each).compared is not None]
    if not maps:
        raise lacks("3", run, "predictions with a value for each pixel", "give a run of disparity, depth, flow or segmentation")
    return {each.name or f"sample {k + 1}": each for k, each in enumerate(maps)}


def views(shown: Samples, run: Record) -> Compared:
    """The pictures of each sample, of which the last one is the prediction."""
    seen = [[list(e.views().values()) for e in of] for of in shown]
    rows = [
        [*((v, "") for v in of[0][:-1]), *((own[-1], e.note) for own, e in zip(of, es, strict=True))]
        for of, es in zip(seen, shown, strict=True)
    ]
    drawn = [[_view(pictures.photograph(v), v, note) for v, note in row] for row in rows]
    return Compared(list(shown[0][0].views())[:-1], drawn)


def stereo(shown: Samples, run: Record) -> Compared:
    """Events, true and predicted disparities in the same colours, with the mean error where the truth is known."""
    frames = cast("Sequence[Sequence[StereoExample]]", shown)
    known = np.concatenate([of[0].truth[np.isfinite(of[0].truth)] for of in frames])
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    rows = [
        [
            _view(pictures.events(of[0].left), of[0].truth),
            _view(pictures.mapped(of[0].truth, low, high), of[0].truth),
            *(_view(pictures.mapped(e.predicted, low, high), e.truth, _error(e)) for e in of),
        ]
        for of in frames
    ]
    ramp = np.tile(np.linspace(0, 1, round(10 * BAR), dtype=np.float32), (round(BAR), 1))
    bar = el("image", href=pictures.mapped(ramp, 0, 1), x=120, y=0, width=10 * BAR, height=BAR)
    ends = (("disparity", 70, "start"), (number(low), 117, "end"), (f"{number(high)} px", 203, "start"))
    labels = (_text(text, x, BAR - 1.5, anchor) for text, x, anchor in ends)
    return Compared(["events", "truth"], rows, Piece(el("g", bar, *labels), COLUMN, LINE))


def _error(e: StereoExample) -> str:
    error = np.abs(e.predicted - e.truth)[np.isfinite(e.truth)]
    return f"mean error {number(float(error.mean()))} px" if error.size else "no ground truth"


def maps(shown: Samples, run: Record) -> Compared:
    """The input, the target and the predictions of each sample, in the same colours, and what these mean."""
    frames = cast("Sequence[Sequence[MapExample]]", shown)
    task = frames[0][0].task
    look, every = look_of(task), [e for of in frames for e in of]
    ends = ends_of([e.truth for e in every], look)
    rows = [[of[0].image, *(truth_picture(v, look, ends) for v in (of[0].truth, *(e.predicted for e in of)))] for of in frames]
    classes = () if run.examples is None else run.examples.classes
    samples = [Shown({}, e.name, value, task) for e in every for value in (e.truth, e.predicted)]
    drawn = [[_view(pictures.photograph(picture), picture) for picture in row] for row in rows]
    return Compared(["input", "truth"], drawn, _meanings(legend_of(samples, signed=False, classes=classes)))


def _meanings(legend: Legend) -> Piece:
    parts: list[Html] = []
    x, y = 0.0, 0.0
    for colour, text in legend:
        wide = (BAR + 3 if colour else 0) + len(text) * 0.55 * TEXT + 8
        if x and x + wide > COLUMN:
            x, y = 0.0, y + LINE
        if colour is not None:
            shade = "#{:02X}{:02X}{:02X}".format(*colour)
            parts.append(el("rect", x=x, y=y, width=BAR, height=BAR, fill=shade, stroke=INK, stroke_width=0.3))
        parts.append(_text(text, x + (BAR + 3 if colour else 0), y + BAR - 1.5))
        x += wide
    return Piece(el("g", *parts), COLUMN, y + LINE)


def _view(address: str, value: NDArray[np.generic], text: str = "") -> View:
    return View(address, (value.shape[0], value.shape[1]), text)


def _grid(heads: Sequence[str], frames: Mapping[str, Sequence[View]], scale: Piece | None) -> list[Piece]:
    """The frames one below the other, each a piece, so that pages can be filled; heads above the first, the colours last."""
    width = COLUMN if len(heads) <= NARROW else PAGE
    wide = (width - GAP * (len(heads) - 1)) / len(heads)
    pieces = [_row(frame, views, wide, heads if k == 0 else ()) for k, (frame, views) in enumerate(frames.items())]
    pieces = [Piece(piece.content, width, piece.height) for piece in pieces]
    return pieces if scale is None else [*pieces, scale]


def _row(frame: str, views: Sequence[View], wide: float, heads: Sequence[str]) -> Piece:
    top = LINE * (2 if heads else 1)
    parts = [_text(head, k * (wide + GAP) + wide / 2, LINE - 2, "middle") for k, head in enumerate(heads)]
    parts.append(_text(frame, 0, top - 2))
    height = max(wide * view.size[0] / view.size[1] for view in views)
    for k, view in enumerate(views):
        x = k * (wide + GAP)
        tall = wide * view.size[0] / view.size[1]
        place = {"x": round(x, 2), "y": top, "width": round(wide, 2), "height": round(tall, 2)}
        sharp = "pixelated" if max(view.size) < SMALL else None
        parts.append(el("image", href=view.address, image_rendering=sharp, **place))
        parts.append(el("rect", fill="none", stroke=INK, stroke_width=0.3, **place))
        parts.append(_text(view.text, x + wide / 2, top + tall + LINE - 2, "middle"))
    below = LINE if any(view.text for view in views) else GAP
    return Piece(el("g", *parts), 0, top + height + below)


def _text(text: str, x: float, y: float, anchor: str = "start") -> Html:
    return el("text", text, x=round(x, 2), y=round(y, 2), font_size=TEXT, text_anchor=anchor)
