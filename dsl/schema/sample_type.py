"""What a data set gives the network: the type of its samples, as far as the spec shows it."""

from dataclasses import dataclass

from spikegraph.dsl.schema.augmentations import Shape, reshaped
from spikegraph.dsl.schema.dataset import SOURCES, Dataset, DsecSemanticDataset, ImageDataset, MapDataset, StereoDataset
from spikegraph.dsl.source import Span


class AugmentError(ValueError):
    """An augmentation doesn't suit the images before it; `span` is its place."""

    def __init__(self, summary: str, span: Span) -> None:
        super().__init__(summary)
        self.span = span


@dataclass(frozen=True)
class SampleType:
    """The type of a data set's samples.

    Attributes:
        views: The names of the inputs that it has values for; a single one suits an input of any name.
        events: True for the polarity of events, false for pixels.
        shape: Channels, height and width of a value at one time step; None where only the files show it.
        classes: Number of classes; None if only the files show it, 0 if the truth has none.
        truth: The kind of truth, as the forms of losses name it.
    """

    views: tuple[str, ...]
    events: bool
    shape: Shape
    classes: int | None
    truth: str = "class"

    def __str__(self) -> str:
        """`pixels [3, 32, 32]`; `?` where only the files show it."""
        return f"{'events' if self.events else 'pixels'} [{', '.join('?' if n is None else str(n) for n in self.shape)}]"


def truth_of(dataset: Dataset) -> str | None:
    """The kind of truth of a declaration's samples; None if its source doesn't tell."""
    if isinstance(dataset, MapDataset):
        return SOURCES[dataset.source].truth
    return "disparity" if isinstance(dataset, StereoDataset) else "class" if isinstance(dataset, ImageDataset) else None


def sample_type(dataset: Dataset) -> SampleType | None:
    """The type of the samples of a declaration; None if its source doesn't tell.

    Raises:
        AugmentError: An augmentation doesn't suit the images before it.
    """
    source = SOURCES[dataset.source]
    if isinstance(dataset, StereoDataset):
        return SampleType(("left", "right"), True, (dataset.frames, *source.shape[1:]), 0, "disparity")
    if not isinstance(dataset, ImageDataset | MapDataset):
        return None
    shape = (dataset.frames, *source.shape[1:]) if isinstance(dataset, DsecSemanticDataset) else source.shape
    for call in dataset.augment:
        try:
            shape = reshaped(shape, call.name, call.named)
        except ValueError as error:
            raise AugmentError(str(error), call.span) from error
    if source.sizes_differ and None in shape[1:]:
        raise AugmentError(f"the images of `{dataset.source}` differ in size, but those of a batch must not", dataset.span)
    if isinstance(dataset, MapDataset):
        return SampleType(source.views, source.events, shape, source.classes if source.truth == "labels" else 0, source.truth)
    return SampleType(("image",), False, shape, source.classes)
