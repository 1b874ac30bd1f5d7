"""What a task is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from spikegraph.ir.outputs import output_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from spikegraph.data.sample import About, Move, Sample
    from spikegraph.dsl.schema.forms import Form
    from spikegraph.ir.graph import Graph, Node
    from spikegraph.runs.examples import Example
    from spikegraph.tasks.scores import Scores

Look = Literal["labels", "directions", "numbers", "colours"]
"""How targets are drawn: in a colour for each label, by direction and length, from dark to bright, or as the task itself draws
them: its `planes` are then colours from 0 to 255, [3, H, W]."""


class SampleSet(Protocol):
    """Samples in order, such as the training or the test set; they can be read several times."""

    def __len__(self) -> int:
        """Their number."""
        ...

    def samples(self, every: int = 1) -> Iterator[Sample]:
        """All samples, or each whose place is a multiple of `every`."""
        ...

    def class_numbers(self) -> NDArray[Any] | None:
        """The class of each, int64 [N]; None where samples have no single class."""
        ...


class Task(ABC):
    """What the targets of samples are, and what follows from it.

    Attributes:
        name: Its name in `spikegraph.tasks.TASKS`, and in the forms of losses.
        forms: Forms of values that losses take and no other task has, by the name with which a loss declares them
            (`LossSignature.takes`); those of built-in tasks are in `spikegraph.dsl.schema.forms`.
        kinds: Kinds of examples that no other task has; those of built-in tasks are in `spikegraph.runs.examples`.
        words: What the targets are, as in `has label maps`.
        help: Which loss suits.
        pixels: The target lies on the inputs' pixels, so that geometry changes both alike.
        whole: It is evaluated on whole images: `random_crop` is for training alone.
        padding: The value of the target where images of different sizes are padded, which doesn't count; None if the images of
            a batch must have one size.
        classifies: The output has a logit for each class.
        look: How targets are drawn; None if they aren't.
        examples: The number of samples whose predictions a run stores for its report.
        one_class: Each sample has one class, so that an epoch can have as many samples of each.
        mixes: Two samples can be mixed.
        score: The first metric: an accuracy in percent, of which more is better, or an error; None where it isn't known.
    """

    name: ClassVar[str]
    forms: ClassVar[Mapping[str, Form]] = {}
    kinds: ClassVar[Sequence[type[Example]]] = ()
    words: ClassVar[str]
    help: ClassVar[str]
    pixels: ClassVar[bool] = False
    whole: bool = False
    padding: ClassVar[float | None] = None
    classifies: ClassVar[bool] = False
    look: ClassVar[Look | None] = None
    examples: ClassVar[int] = 0
    one_class: ClassVar[bool] = False
    mixes: ClassVar[bool] = False
    score: ClassVar[Literal["accuracy", "error"] | None] = None

    def node(self, graph: Graph) -> Node:
        """The node of the output that is compared with the targets: by default the one that fits a form of the task.

        Raises:
            OutputError: No output fits, or several do.
        """
        return output_of(graph, self.name)

    @abstractmethod
    def scores(self, about: About) -> Scores:
        """What measures predictions, without any yet."""

    def prediction(self, value: NDArray[Any]) -> NDArray[Any]:
        """What is compared with targets, of values of the output [N, C, *size]."""
        return value

    def baselines(self, train: SampleSet, test: SampleSet, about: About) -> Mapping[str, Mapping[str, float]]:
        """Metrics of simple methods on the test set, by the method's name.

        Raises:
            DataError: A sample can't be read.
        """
        return {}

    def example(self, sample: Sample, predicted: NDArray[Any], picture: NDArray[Any] | None) -> Example:
        """What a run stores of a prediction, for its report.

        Args:
            sample: The sample.
            predicted: The output, [C, *size]; with targets of several steps that of the last one which counts.
            picture: The sample as the data have it, uint8 [H, W, C]; None to draw the network's inputs.
        """
        from spikegraph.tasks.example import map_example  # noqa: PLC0415 (numpy is slow to import)

        return map_example(self, sample, predicted, picture)

    def rows(self, predicted: NDArray[Any], classes: Sequence[str]) -> Sequence[Mapping[str, object]]:
        """A prediction as rows of a table, one for each of its values that stands for itself; none if it is a map.

        Args:
            predicted: The output, [C, *size], or [T, C, *size] with time steps.
            classes: Names of the classes.
        """
        if self.pixels:
            return ()
        if predicted.ndim > 1:
            return [{"step": k, **row} for k, values in enumerate(predicted) for row in self.rows(values, classes)]
        names = [f"prediction_{k}" for k in range(predicted.shape[-1])] if predicted.shape[-1] > 1 else ["prediction"]
        return [dict(zip(names, map(float, predicted), strict=True))]

    def planes(self, values: NDArray[Any], sample: Sample) -> NDArray[Any]:
        """A target of the sample, or a prediction of it, as planes [K, H, W] to be drawn."""
        return values

    def checked(self, target: Any) -> NDArray[Any]:
        """A target that is given in Python, or in an array of one's own, as an array.

        Raises:
            ValueError: It isn't one; the message says what to give.
        """
        from spikegraph.tasks.given import numbers  # noqa: PLC0415 (numpy is slow to import)

        return numbers(target)

    def each_step(self, target: NDArray[Any]) -> bool:
        """Whether a target that `checked` has returned has a value for each of the last time steps, [T', ...].

        Args:
            target: The target, as `checked` returned it.
        """
        return False

    def labels(self, sample: Sample) -> NDArray[Any]:
        """The classes of a sample's targets that count, int64 [M]; none if its targets aren't classes."""
        import numpy as np  # noqa: PLC0415 (slow to import)

        return np.zeros(0, np.int64)

    def mixed(self, sample: Sample, other: Sample, share: float) -> Sample:
        """A sample with another one's target mixed into its own; the inputs stay.

        Args:
            sample: The sample.
            other: The other one.
            share: What the sample has of the mix; the other one has the rest.

        Raises:
            ValueError: Targets of this task can't be mixed.
        """
        raise ValueError(f"{self.words} can't be mixed")

    def known(self, sample: Sample, about: About) -> NDArray[Any]:
        """The values of a sample's target that count; of floating-point numbers those that are finite are known.

        A part of a data set where no sample has one is refused before a training, so a task whose scores leave out others too
        leaves them out here.
        """
        return sample.target if sample.counted is None else sample.target[sample.counted]

    def title(self, sample: Sample, about: About) -> str:
        """What a sample is called in tables and pictures."""
        return sample.name

    def moved(self, sample: Sample, move: Move) -> Sample:
        """The sample whose pixels have moved."""
        return replace(sample.with_inputs(move.arrays), target=self.placed(sample.target, move))

    def placed(self, target: NDArray[Any], move: Move) -> NDArray[Any]:
        """The target where pixels have moved: one on pixels moves with them, another stays what it is.

        A task of points moves them: `move.points(target)` for rows and columns [..., 2].
        """
        return move.arrays(target) if self.pixels else target

    @property
    def mirrors(self) -> bool:
        """Whether `mirrored` is known."""
        return not self.pixels or type(self).mirrored is not Task.mirrored

    def mirrored(self, sample: Sample) -> Sample:
        """The sample with left and right exchanged.

        Raises:
            ValueError: What that does to the target isn't known.
        """
        if not self.mirrors:
            raise ValueError(f"horizontal_flip: what it does to {self.words} isn't known")
        return mirrored(self, sample)


def mirrored(task: Task, sample: Sample) -> Sample:
    """The sample with left and right exchanged, where the target's values stay what they are."""
    from spikegraph.data.sample import Move  # noqa: PLC0415 (numpy is slow to import)

    width = next(iter(sample.inputs.values())).shape[-1]
    return task.moved(sample, Move(lambda x: x[..., ::-1], scale=(1, -1), shift=(0, width - 1)))
