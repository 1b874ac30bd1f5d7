"""The records of data sets with a target for each pixel."""

from typing import ClassVar

from typing_extensions import override

from spikegraph.dsl.schema.arrays import ArrayFiles
from spikegraph.dsl.schema.augmentations import Shape
from spikegraph.dsl.schema.dataset import SOURCES, Dataset
from spikegraph.dsl.schema.dsec_splits import SEMANTIC_TEST, SEMANTIC_TRAIN, listed
from spikegraph.dsl.schema.encodings import ValueKind
from spikegraph.dsl.schema.record import key, record
from spikegraph.dsl.schema.sample_type import EventInput
from spikegraph.dsl.schema.scalars import Duration, Flag, Whole
from spikegraph.dsl.schema.stereo_datasets import SEQUENCES, stacked
from spikegraph.dsl.schema.task_names import TaskNames


class MapDataset(Dataset):
    """Samples with a truth for each pixel, such as label maps or optical flow; plug-ins add sources."""

    usual_task: ClassVar[str] = "labels"


@record
class OwnMaps(ArrayFiles, MapDataset):
    """Arrays with a truth for each pixel, or what a plug-in's task takes."""

    tasks: ClassVar[TaskNames] = TaskNames("labels", "flow", "depth", "map")

    truth: str = key(
        tasks.choice,
        "labels",
        "kind of truth: labels [N, H, W], optical flow [N, 2, H, W] to the right and down, depth [N, H, W] in metres, a map "
        "of numbers [N, H, W] or [N, K, H, W], or what a plug-in's task takes [N, ...]",
    )
    time_steps: bool = key(Flag(), "false", "whether the inputs have time steps: [N, T, C, H, W] instead of [N, C, H, W]")

    @property
    @override
    def task_name(self) -> str:
        return self.truth

    @property
    @override
    def pixels(self) -> str:
        return "" if self.time_steps else "first"

    @property
    @override
    def for_steps(self) -> str:
        return "" if self.time_steps else "time_steps = true"

    @property
    @override
    def own_values(self) -> bool:
        return self.time_steps

    @override
    def form(self) -> tuple[ValueKind, bool]:
        return "real", self.time_steps


@record
class DsecSemanticDataset(MapDataset):
    """Sequences of DSEC-Semantic: events of the left camera before each label map."""

    stack: float = key(Duration(), "50ms", "duration of one time step, whose events form one stack")
    frames: int = key(Whole(1, 256), "5", "channels of one stack")
    steps: int = key(Whole(1, 4096), "4", "time steps of a sample; the last one ends at the time of its label map")
    train: tuple[str, ...] = key(SEQUENCES, listed(SEMANTIC_TRAIN), "sequences with label maps for training")
    test: tuple[str, ...] = key(SEQUENCES, listed(SEMANTIC_TEST), "sequences with label maps for the test")
    every: int = key(Whole(1, 4096), "2", "every how many of the label maps one is a sample")

    @override
    def shape(self) -> Shape:
        return self.frames, *self.origin.shape[1:]

    @override
    def result_steps(self) -> int | None:
        return self.steps

    @override
    def events(self) -> EventInput:
        sensor = SOURCES["dsec"].shape  # of which the labels have the upper rows
        return stacked(sensor, 1, self.frames, self.steps, self.stack, rows=self.origin.shape[1])
