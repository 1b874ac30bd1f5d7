"""The section of predictions: confusion matrix and images, or disparity and events (Che et al., NeurIPS 2022, Fig. 3)."""

from collections.abc import Mapping, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from spikegraph.backends.report.pictures import HEAT, events, mapped, photograph, picture, scale
from spikegraph.backends.report.record import Record
from spikegraph.backends.report.section import Section, absent, below, folded
from spikegraph.backends.report.sections.class_scores import class_scores
from spikegraph.backends.report.sections.confusion import confusion_of, figure
from spikegraph.backends.report.tiles import Ends, ends_of, legend_of, look_of, truth_picture
from spikegraph.charts.format_number import number
from spikegraph.charts.markup import Html, el, join
from spikegraph.data.statistics import Shown
from spikegraph.runs.confusion import class_name
from spikegraph.runs.examples import Example, Examples, ImageExample, MapExample, StereoExample
from spikegraph.tasks.task import Look

MOST_CLASSES = 1000
"""Most classes of a confusion matrix."""
ERROR = 3.0
"""Error in pixels at the end of the colour bar."""
SMALL = 64
"""Pixels of a side up to which a picture is enlarged without smoothing."""


def section(runs: Sequence[Record]) -> Section:
    """The section."""
    several = len(runs) > 1
    parts = [(r.label, join(_confusion(r), class_scores(r), _of_run(r, below(several)))) for r in runs]
    lead = "Samples are spread evenly over the test set; none was chosen for its result."
    return Section("examples", "Predictions", folded(parts, several), lead)


def _confusion(run: Record) -> Html | None:
    matrix = confusion_of(run)
    if matrix is not None and len(matrix.names) > MOST_CLASSES:
        return absent(f"The confusion matrix has {len(matrix.names):,} classes; at most {MOST_CLASSES:,} are drawn.")
    if matrix is not None:
        return figure(matrix, run.label)
    if any(metric.startswith("accuracy") for metric in run.metrics):
        return absent("This run has no confusion matrix: an older version of spikegraph evaluated it.")
    return None


def _of_run(run: Record, heading: str) -> Html:
    found = run.examples
    if found is not None and not found.found:
        return absent("Predictions for this task aren't drawn.")
    if found is None:
        if run.metrics:
            how = f"Run `spikegraph evaluate {run.path} --examples` to add them."
            return absent("This run has no stored predictions.", how)
        return absent("No predictions yet: the evaluation at the end of the run stores them.")
    return predictions(found, heading)


def predictions(found: Examples, heading: str) -> Html:
    """The predictions of a run, one or more, as their kind is drawn."""
    return type(found.found[0]).drawn(found, heading)


def views(found: Examples, heading: str) -> Html:
    """The pictures of each example, and how good its prediction is."""
    return join(*(_pictures(k, e, e.views(), heading) for k, e in enumerate(found.found)))


def stereo(found: Examples, heading: str) -> Html:
    """Events, true and predicted disparity, and error of each frame."""
    examples = cast("Sequence[StereoExample]", found.found)
    known = np.concatenate([e.truth[np.isfinite(e.truth)] for e in examples])
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    legend = el(
        "p",
        scale("disparity", number(low), f"{number(high)} px"),
        scale("error", "0", f"{ERROR:g} px or more", HEAT),
        el("span", "events ", el("span", "+", class_="positive"), " ", el("span", "−", class_="negative"), class_="scale"),
        class_="scales",
    )
    return join(legend, *(_frame(e, low, high, heading) for e in examples))


def _frame(e: StereoExample, low: float, high: float, heading: str) -> Html:
    error = np.abs(e.predicted - e.truth)[np.isfinite(e.truth)]
    accuracy = (
        f"mean error {number(float(error.mean()))} px, {100 * float((error <= 1).mean()):.1f} % within 1 px"
        if error.size
        else "no ground truth"
    )
    apart = np.where(np.isfinite(e.truth), np.abs(e.predicted - e.truth), np.inf)
    views = [
        ("events, left view", events(e.left)),
        ("true disparity", mapped(e.truth, low, high)),
        ("predicted disparity", mapped(e.predicted, low, high)),
        ("error, where the truth is known", mapped(apart, 0.0, ERROR, HEAT)),
    ]
    panels = [
        el("figure", picture(address, e.truth.shape, f"{what}, {e.name}"), el("figcaption", what)) for what, address in views
    ]
    return el("div", el(heading, e.name), el("p", accuracy, class_="note"), el("div", *panels, class_="views"), class_="frame")


def images(found: Examples, heading: str) -> Html:
    """Each image with the predicted class, its probability, and the true class if it differs."""
    examples = cast("Sequence[ImageExample]", found.found)
    right = sum(int(e.probabilities.argmax()) == e.truth for e in examples)
    note = el("p", f"{right} of these {len(examples)} are right.", class_="note")
    return join(note, el("div", *(_image(e, found.classes) for e in examples), class_="images"))


def maps(found: Examples, heading: str) -> Html:
    """The input, the target and the prediction of each sample, in the same colours, and what they mean."""
    examples = cast("Sequence[MapExample]", found.found)
    task = examples[0].task
    look = look_of(task)
    ends = ends_of([e.truth for e in examples], look)
    shown = [Shown({}, e.name, e.truth, task) for e in examples] + [Shown({}, e.name, e.predicted, task) for e in examples]
    legend = [_meaning(colour, text) for colour, text in legend_of(shown, signed=False, classes=found.classes)]
    frames = [_map(k, e, look, ends, heading) for k, e in enumerate(examples)]
    return join(el("p", *legend, class_="scales"), *frames)


def _meaning(colour: tuple[int, int, int] | None, text: str) -> Html:
    style = None if colour is None else f"background:rgb{colour}"
    return el("span", el("span", style=style, class_="colour", aria_hidden="true"), " ", text, class_="scale")


def _map(number: int, e: MapExample, look: Look, ends: Ends | None, heading: str) -> Html:
    truth, predicted = (truth_picture(values, look, ends) for values in (e.truth, e.predicted))
    return _pictures(number, e, {"input": e.image, f"true {e.task}": truth, f"predicted {e.task}": predicted}, heading)


def _pictures(number: int, e: Example, of: Mapping[str, NDArray[np.uint8]], heading: str) -> Html:
    name = e.name or f"sample {number + 1}"
    panels = [
        el(
            "figure",
            picture(photograph(view), view.shape[:2], f"{what}, {name}", sharp=max(view.shape[:2]) < SMALL),
            el("figcaption", what),
        )
        for what, view in of.items()
    ]
    note = el("p", e.note, class_="note") if e.note else None
    return el("div", el(heading, name), note, el("div", *panels, class_="views"), class_="frame")


def _image(e: ImageExample, classes: Sequence[str]) -> Html:
    predicted = int(e.probabilities.argmax())
    share = float(e.probabilities[predicted])
    names = [class_name(classes, k) for k in (predicted, e.truth)]
    right = predicted == e.truth
    mark = el("span", "✓" if right else "✗", class_="mark", aria_label="right" if right else "wrong", role="img")
    small = max(e.image.shape[:2]) < SMALL
    return el(
        "figure",
        picture(photograph(e.image), e.image.shape[:2], f"an image of the class {names[1]}", sharp=small),
        el(
            "figcaption",
            el("span", mark, " ", el("b", names[0]), f" {100 * share:.0f}\u00a0%"),
            None if right else el("span", f"true: {names[1]}", class_="note"),
        ),
        class_="image right" if right else "image wrong",
    )
