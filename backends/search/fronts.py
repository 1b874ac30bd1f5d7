"""A run's search for two objectives: the front of what it has trained to the end, and the network that the run goes on with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from spikegraph.analysis.front_chart import front_svg
from spikegraph.base.errors import DivergedError
from spikegraph.base.files import write_whole
from spikegraph.dsl.schema.methods import METHODS
from spikegraph.dsl.schema.objectives import MODEL
from spikegraph.plugins.returned import of_type, returned_by
from spikegraph.runs.front import ENERGY, HIGHER, FrontPoint, front_file, knee, write_front
from spikegraph.searches.architecture import Architecture
from spikegraph.searches.hypervolume import front
from spikegraph.searches.trials import both, final_value

if TYPE_CHECKING:
    from spikegraph.backends.search.searching import RunSearch
    from spikegraph.backends.search.trials import RunTrials
    from spikegraph.searches.hypervolume import Point


def searched_front(search: RunSearch) -> Architecture:
    """Writes the front of a search for two objectives, and returns its knee, with which the run goes on.

    Raises:
        UntrainableError: The score has another direction than its name says.
        TypeError, ValueError: The method of a plug-in returned no architectures.
        DivergedError: The training of every candidate diverged.
        Interrupted: An interrupt was requested; the run is saved.
    """
    run, log = search.run, search.log
    function = METHODS[run.method.name].front
    assert function is not None, "the language refuses two objectives with this method"
    trained = _trained(run.method.name, function, function(search))
    measured = [_both(search.trials, architecture) for architecture in trained]
    best = front(measured)
    if not best:
        raise DivergedError("the training of every candidate diverged", "lower the learning rate of `retrain`")
    points = [_point(search, trained[k], measured[k]) for k in best]
    chosen = knee(points)
    goes_on = f"the run goes on with the knee, number {chosen + 1}: {points[chosen]}"
    log.notice(f"front: {len(points)} of {len(trained)} networks; {goes_on}")
    if log.processes.main:
        write_front(log.folder, points)
        others = [_values(search, point) for k, point in enumerate(measured) if k not in best]
        write_whole(front_file(log.folder).with_name("front.svg"), front_svg(points, others))
        log.add(front=len(points))
    return trained[best[chosen]]


def _trained(name: str, function: Callable[..., object], result: object) -> Sequence[Architecture]:
    """What a method for two objectives returned, if it is a list of architectures."""
    what = f"`front` of the search method `{name}`"
    found: list[object] = of_type(list, result, function, what)  # pyright: ignore[reportUnknownVariableType]
    if not found:
        raise returned_by(function, ValueError(f"{what} returns an empty list, not what it has trained to the end"))
    return [of_type(Architecture, each, function, f"an item of {what}") for each in found]


def _both(trials: RunTrials, architecture: Architecture) -> Point:
    """Both objectives of a candidate that is trained to the end; lower is better."""
    progress = trials.train(architecture, 1.0)
    return both(progress, final_value(progress))


def _values(search: RunSearch, point: Point) -> dict[str, float]:
    """The values of both objectives by name, as people read them."""
    score, price = search.run.objective
    return {score.name: -point[0] if score.name in HIGHER else point[0], price.name: point[1]}


def _point(search: RunSearch, architecture: Architecture, point: Point) -> FrontPoint:
    candidate = search.trials.candidate(architecture)
    price = search.run.objective[1]
    model = MODEL.of(price.named) if price.name == ENERGY else None
    found = FrontPoint(candidate.number, "", _values(search, point), model)
    name = search.program.name.replace("\\", "/").rpartition("/")[2]
    comment = f"On the front of {name}, seed {search.log.settings.seed}, candidate {candidate.number}: {found}."
    return replace(found, genotype=candidate.architecture.text(comment))
