"""Whether something can be learnt from samples: what is wrong with a data set as a whole is said before a training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spikegraph.base.errors import DataError
from spikegraph.data.source import LOOKED, not_finite, spread
from spikegraph.dsl.schema.sample_type import AugmentError

if TYPE_CHECKING:
    from spikegraph.data.sets import DataSet, DataSets
    from spikegraph.dsl.schema.sample_type import Lasting
    from spikegraph.dsl.spec import Run

SHOW = "look at the samples with `spikegraph data show SPEC`"
TARGETS = "give them targets"
UNIT = "store times as whole microseconds, or as seconds in floating-point numbers"


@dataclass
class Range:
    """Between which numbers the values lie that were seen.

    Attributes:
        low: The smallest; above `high` if none was seen.
        high: The largest.
    """

    low: float = np.inf
    high: float = -np.inf

    def add(self, values: NDArray[Any]) -> None:
        """Takes values; those that aren't finite don't count."""
        known = values[np.isfinite(values)] if values.dtype.kind == "f" else values
        if known.size:
            self.low, self.high = min(self.low, float(known.min())), max(self.high, float(known.max()))

    @property
    def known(self) -> bool:
        """Whether a value was seen."""
        return self.low <= self.high

    @property
    def varied(self) -> bool:
        """Whether two different values were seen."""
        return self.low < self.high


def parts_of(sets: DataSets, run: Run, seed: int) -> DataSets:
    """The sets as a run uses them: with its validation part, which may be drawn from the training samples.

    Raises:
        DataError: As `DataSets.held_out`.
    """
    if run.validate is None:
        return sets
    train, validation = sets.held_out(run.validate, seed)
    return replace(sets, train=train, validation=validation)


def require_trainable(sets: DataSets, most: int | None = LOOKED) -> None:
    """Checks that samples can be trained on.

    Args:
        sets: The data sets of a run.
        most: How many samples of a part are looked at, if they aren't all alike; None for all.

    Raises:
        DataError: Inputs aren't finite, all are one number, or all targets are; a part has no target that is known; or time
            stamps can't be right.
    """
    for problem in untrainable(sets, most):
        raise problem


def untrainable(sets: DataSets, most: int | None = None) -> Iterator[DataError]:
    """What is wrong with samples; arguments as of `require_trainable`."""
    yield from _sizes(sets)
    yield from _times(sets, most)
    yield from _Part(sets.train, "training").problems(most, learnt=True)
    for name, part in (("validation", sets.validation), ("test", sets.test)):
        if part is not None and len(part):
            yield from _Part(part, name).problems(most, learnt=False)


def constant_inputs(values: Iterable[Range]) -> str | None:
    """What is wrong with the inputs of all training samples, whose values lie so."""
    found = list(values)
    if any(each.varied for each in found) or not found or len({each.low for each in found}) > 1:
        return None
    return f"all values of this and all other training samples are {found[0].low:g}: there is nothing to learn from"


def constant_targets(values: Range, labels: Range) -> tuple[str, str] | None:
    """What is wrong with the targets of all training samples, and the fix.

    Args:
        values: Where those lie that count.
        labels: Where all lie that are whole numbers, with labels that are no class, such as 255.
    """
    if values.varied or not values.known:
        return None
    no_class, what = labels.high, "all targets of this and all other training samples are"
    if no_class <= values.high:
        return f"{what} {values.low:g}: there is nothing to learn", SHOW
    summary = f"{what} {values.low:g} or {no_class:g}, and {no_class:g} means that there is no class: there is nothing to learn"
    mask = "store a mask of two classes as 0 and 1; of one with 0 and 255 those are `mask // 255`"
    return summary, mask if no_class == 255 else SHOW


def one_class(name: str) -> str:
    """What is wrong with samples of a single class."""
    return f"this and all other training samples have the class `{name}`; a classification needs two or more"


def no_target_counts(part: str, samples: DataSet) -> DataError:
    """The error of a part, whose name is given, of which no target counts."""
    return samples.source.refused(int(samples.indexes[0]), unknown_targets(part), TARGETS)


def unknown_targets(part: str) -> str:
    """What is wrong with samples without targets."""
    return f"this and all other {part} samples have no target that is known"


def wrong_times(seconds: float, lasting: Lasting) -> tuple[str, str]:
    """What is wrong with data that last so long, and the fix, if no others last as long as they should."""
    short = seconds < lasting.least
    bound = f"{_shown(lasting.least)} or longer" if short else f"{_shown(lasting.most)} or less"
    summary = (
        f"by its time stamps it lasts {_shown(seconds)}, and no other sample lasts {bound}: they seem to be in another unit"
    )
    return summary, f"{UNIT}; if samples are so {'short' if short else 'long'}, say so with `{lasting.key}`"


def _shown(seconds: float) -> str:
    """A length of time that is easy to read."""
    for unit, length in (("h", 3600.0), ("s", 1.0), ("ms", 1e-3)):
        if seconds >= length:
            return f"{seconds / length:,.4g} {unit}"
    return f"{1e6 * seconds:,.4g} us"


def _sizes(sets: DataSets) -> Iterator[DataError]:
    """What `augment` can't do with samples whose size the spec doesn't tell."""
    declared = sets.declared
    if not declared.evaluates_whole or None not in declared.shape()[1:]:
        return
    sample = sets.train.source.sample(0)
    try:
        declared.augmented(next(iter(sample.inputs.values())).shape[sample.steps is not None :])
    except AugmentError as error:
        yield DataError(f"{error.span.start}: {error}", help=error.help)


def _times(sets: DataSets, most: int | None) -> Iterator[DataError]:
    source, lasting = sets.train.source, sets.declared.lasting()
    if lasting is None:
        return
    found: list[tuple[int, float]] = []
    for number in spread(len(source), len(source) if most is None else most):
        seconds = source.seconds(number)
        if seconds is not None and lasting.least <= seconds <= lasting.most:
            return
        found += [] if seconds is None else [(number, seconds)]
    if len({seconds < lasting.least for _, seconds in found}) == 1:
        number, seconds = found[0]
        yield source.refused(number, *wrong_times(seconds, lasting))


class _Part:
    """Looks at the samples of a part."""

    def __init__(self, part: DataSet, name: str) -> None:
        self._part, self._name = part, name
        self._inputs: dict[str, Range] = {}
        self._targets, self._labels = Range(), Range()
        self._whole = True  # the inputs seen so far are whole numbers, which are finite

    def problems(self, most: int | None, *, learnt: bool) -> Iterator[DataError]:
        """What is wrong; inputs and targets that don't vary only where they are to be learnt."""
        part, source = self._part, self._part.source
        first = spread(len(part), len(part) if most is None else most)
        rest = () if most is None else sorted(set(range(len(part))) - set(first))
        numbers = part.class_numbers()
        for looked, index in enumerate((*first, *rest)):
            alike = not self._targets.known or (learnt and not (self._varied and (self._targets.varied or numbers is not None)))
            if not alike and (looked >= len(first) or (self._whole and looked >= LOOKED)):
                break
            number = int(part.indexes[index])
            sample = source.sample(number)
            why = not_finite(sample)
            if why is not None:
                yield source.refused(number, *why)
                return
            self._whole &= all(values.dtype.kind in "iub" for values in sample.inputs.values())
            for name, values in sample.inputs.items():
                self._inputs.setdefault(name, Range()).add(values)
            self._targets.add(part.task.known(sample, part.about))
            if sample.target.dtype.kind in "iu":
                self._labels.add(sample.target)
        if not self._targets.known:
            yield no_target_counts(self._name, part)
        elif learnt and (why := self._alike(numbers)) is not None:
            yield source.refused(int(part.indexes[0]), *why)

    @property
    def _varied(self) -> bool:
        return constant_inputs(self._inputs.values()) is None and bool(self._inputs)

    def _alike(self, numbers: NDArray[np.int64] | None) -> tuple[str, str] | None:
        """What is wrong with inputs or targets that are all alike, and the fix."""
        inputs = constant_inputs(self._inputs.values())
        if numbers is None:
            return (inputs, SHOW) if inputs is not None else constant_targets(self._targets, self._labels)
        classes, number = self._part.about.classes, int(numbers[0])
        single = one_class(classes[number] if number < len(classes) else str(number)) if (numbers == number).all() else None
        why = single or inputs
        return None if why is None else (why, SHOW)
