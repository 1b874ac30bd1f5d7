"""Samples as tensors, and as batches."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Shaped
from numpy.typing import NDArray
from torch import Tensor

from spikegraph.backends.torch.modules.sequence import within_lengths
from spikegraph.base.errors import DataError, UntrainableError
from spikegraph.data.sample import Sample
from spikegraph.tasks.task import Task


@dataclass(frozen=True)
class Mixed:
    """The classes of the samples that those of a batch are mixed with.

    Attributes:
        target: As that of the batch; of a single sample without the axis N.
        share: The share of the batch's own target, float32 [N]; the other one has the rest.
    """

    target: Int[Tensor, " ..."]
    share: Float[Tensor, " ..."]


@dataclass(frozen=True)
class Batch:
    """N samples.

    Attributes:
        inputs: By name: [T, N, C, *size] with time steps, else [N, C, *size], the same at every time step.
        target: Of the task: classes, int64 [N]; labels, int64 [N, H, W]; numbers, float32 [N, K, ...], not finite where they
            aren't known. Of each of the last T' steps, where `counted` has this axis: [T', N, ...], such as disparities.
        counted: Mask of the targets to evaluate, bool [N] or [T', N]; the others only fill up a window.
        lengths: The number of time steps of each sample, int64 [N], if these differ: what stands behind is padding; else None.
        samples: Number of samples over all processes that train together; None if this one has all.
        present: False if this process only stands in, for a batch with fewer samples than processes.
        mixed: The second class of each sample, where samples are mixed of two.
    """

    inputs: Mapping[str, Shaped[Tensor, " ..."]]
    target: Shaped[Tensor, "*target"]
    counted: Bool[Tensor, "*steps N"]
    lengths: Int[Tensor, " N"] | None = None
    samples: int | None = None
    present: bool = True
    mixed: Mixed | None = None

    @property
    def size(self) -> int:
        """Number of samples, over all processes."""
        return self.counted.shape[-1] if self.samples is None else self.samples

    @cached_property
    def places(self) -> tuple[Int[Tensor, " M"], ...]:
        """Where `counted` is true, an index [M] for each of its axes.

        A batch brings it along to a device, which would have to be waited for.
        """
        return self.counted.nonzero(as_tuple=True)

    def compared(
        self, values: Shaped[Tensor, " ..."], *, timed: bool
    ) -> tuple[Shaped[Tensor, "M ..."], Shaped[Tensor, "M ..."]]:
        """The values of an output whose targets count, and these: [M, ...] each.

        Args:
            values: The output, [T, N, ...] if it is `timed`, else [N, ...].
            timed: Whether it has time steps; of those without targets of their own, the last one is compared.

        Raises:
            UntrainableError: Steps have targets of their own, but the output has no time steps.
        """
        if self.counted.dim() == 2:
            if not timed:
                summary = "each time step has a target, but the output has one value for all steps"
                raise UntrainableError(summary, "end the output without `mean(time)`")
            values = values[-len(self.target) :]
        elif timed:
            values = self.last(values)
        return values[self.places], self.target[self.places]

    def own(self, values: Shaped[Tensor, " ..."], *, timed: bool) -> Shaped[Tensor, "M ..."]:
        """The values [M, ...] of the samples' own time steps, of those with targets where steps have targets of their own.

        Args:
            values: [T, N, ...] if they are `timed`, else [N, ...].
            timed: Whether they have time steps.
        """
        if not timed:
            return values
        if self.counted.dim() == 2:
            return values[-len(self.target) :][self.places]
        return values.flatten(0, 1) if self.within is None else values[self.within]

    def last(self, values: Shaped[Tensor, "T N *rest"]) -> Shaped[Tensor, " N *rest"]:
        """The value of each sample's last time step, [N, ...]."""
        if self.lengths is None:
            return values[-1]
        return values[self.lengths - 1, torch.arange(len(self.lengths), device=self.lengths.device)]

    @property
    def within(self) -> Bool[Tensor, "T N"] | None:
        """Which steps are the samples' own, [T, N]; None if all are."""
        return None if self.lengths is None else within_lengths(self.lengths, len(next(iter(self.inputs.values()))))

    def to(self, device: torch.device) -> Batch:
        """Returns the batch on a device; the copies are asynchronous."""
        return self.changed(lambda x: x.to(device, non_blocking=True))

    def pin_memory(self) -> Batch:
        """Returns the batch in pinned memory; the data loader calls this if a GPU is used."""
        return self.changed(Tensor.pin_memory)

    @property
    def tensors(self) -> list[Shaped[Tensor, " ..."]]:
        """All its tensors, of any shapes [...]."""
        own = (*self.inputs.values(), self.target, self.counted, *self.places)
        mixed = () if self.mixed is None else (self.mixed.target, self.mixed.share)
        return [*own, *mixed, *(() if self.lengths is None else (self.lengths,))]

    def changed(self, change: Callable[[Shaped[Tensor, " ..."]], Shaped[Tensor, " ..."]]) -> Batch:
        """Returns the batch with other tensors, which have the values of its own, of any shapes [...]."""
        inputs = {k: change(v) for k, v in self.inputs.items()}
        mixed = None if self.mixed is None else Mixed(change(self.mixed.target), change(self.mixed.share))
        lengths = None if self.lengths is None else change(self.lengths)
        target, counted = change(self.target), change(self.counted)
        places = tuple(change(x) for x in self.places)
        return self._with(places, inputs=inputs, target=target, counted=counted, lengths=lengths, mixed=mixed)

    def part_of(self, samples: int, *, present: bool) -> Batch:
        """Returns the batch as this process's part of one of so many samples; `present` as of the attribute."""
        return self._with(self.places, samples=samples, present=present)

    def _with(self, places: tuple[Tensor, ...], **changes: Any) -> Batch:
        """The batch with other attributes, and with these places, which would be computed of `counted` again."""
        found = replace(self, **changes)
        found.__dict__["places"] = places
        return found


@dataclass(frozen=True)
class Item:
    """One sample as tensors: as `Sample`, inputs [C, *size] or [T, C, *size] in float32, targets in int64 or float32."""

    inputs: Mapping[str, Float[Tensor, " ..."]]
    target: Shaped[Tensor, "*target"]
    steps: int | None
    counted: Bool[Tensor, " steps"] | None
    mixed: Mixed | None = None


def item(sample: Sample) -> Item:
    """The tensors of a sample."""
    inputs = {name: _tensor(values, np.float32) for name, values in sample.inputs.items()}
    whole = sample.target.dtype.kind in "iub"
    counted = None if sample.counted is None else _tensor(sample.counted, np.bool_)
    target = _tensor(sample.target, np.int64 if whole else np.float32)
    mixed = None if sample.mixed is None else Mixed(_tensor(sample.mixed.target, np.int64), torch.tensor(sample.mixed.share))
    return Item(inputs, target, sample.steps, counted, mixed)


def _tensor(array: NDArray[Any], kind: type[np.generic]) -> Tensor:
    return torch.from_numpy(np.asarray(array, kind, order="C"))  # pyright: ignore[reportUnknownMemberType]


def collate(items: Sequence[Item], task: Task) -> Batch:
    """Joins samples into a batch.

    Samples that differ in length are padded behind their end. Where targets lie on the pixels of inputs that differ in size,
    samples are padded below and on the right. Both by zeros and by targets that don't count.

    Raises:
        DataError: The samples differ in size, or only some have time steps.
    """
    lengths = [each.steps for each in items if each.steps is not None]
    if 0 < len(lengths) < len(items):
        raise DataError("only some samples of a batch have time steps", help="give them to all samples, or to none")
    timed, ragged = bool(lengths), len(set(lengths)) > 1
    if ragged:
        items = [_lengthened(each, max(lengths)) for each in items]
    if task.padding is not None:
        items = _padded(items, task.padding)
    found = [each.counted for each in items if each.counted is not None]
    if 0 < len(found) < len(items):
        raise DataError("only some samples of a batch have targets of time steps", help="give them to all samples, or to none")
    _require_alike(items)
    inputs = {name: torch.stack([each.inputs[name] for each in items], dim=int(timed)) for name in items[0].inputs}
    target = torch.stack([each.target for each in items], dim=int(bool(found)))
    counted = torch.stack(found, dim=1) if found else torch.ones(len(items), dtype=torch.bool)
    others = [each.mixed for each in items if each.mixed is not None]
    mixed = None
    if others:
        mixed = Mixed(torch.stack([x.target for x in others], dim=int(bool(found))), torch.stack([x.share for x in others]))
    return Batch(inputs, target, counted, torch.tensor(lengths) if ragged else None, mixed=mixed)


def _require_alike(items: Sequence[Item]) -> None:
    for name in items[0].inputs:
        if (sizes := _differing([each.inputs[name] for each in items])) is not None:
            raise DataError(f"the images of a batch differ in size: {sizes}", help="add `random_crop` to `augment`")
    if (sizes := _differing([each.target for each in items])) is not None:
        help = "give all samples targets of one size, or write `batch = 1`"
        raise DataError(f"the targets of a batch differ in size: {sizes}", help=help)


def _differing(tensors: Sequence[Tensor]) -> str | None:
    """Two sizes of tensors, `2 x 3 and 4`; None if all have one."""
    shapes = list(dict.fromkeys(tuple(each.shape) for each in tensors))
    return None if len(shapes) < 2 else " and ".join(" x ".join(map(str, shape)) or "a single number" for shape in shapes[:2])


def _lengthened(one: Item, steps: int) -> Item:
    """A sample with so many time steps; each has a target where the sample's steps have one of their own."""
    assert one.steps is not None
    inputs = {name: _framed(values, 0, steps, 0.0) for name, values in one.inputs.items()}
    if one.counted is None:
        return replace(one, inputs=inputs)
    first = one.steps - len(one.counted)
    target = _framed(one.target, first, steps, float("nan") if one.target.is_floating_point() else 0)
    mixed = None if one.mixed is None else replace(one.mixed, target=_framed(one.mixed.target, first, steps, 0))
    return replace(one, inputs=inputs, target=target, counted=_framed(one.counted, first, steps, value=False), mixed=mixed)


def _framed(array: Tensor, first: int, steps: int, value: float) -> Tensor:
    """Values [T', ...] as the steps from the `first` one on of so many, among steps with one value."""
    found = array.new_full((steps, *array.shape[1:]), value)
    found[first : first + len(array)] = array
    return found


def _padded(items: Sequence[Item], unknown: float) -> list[Item]:
    """Samples of the same height and width."""
    sizes = [each.target.shape[-2:] for each in items]
    height, width = (max(size[axis] for size in sizes) for axis in (0, 1))
    if all(size == (height, width) for size in sizes):
        return list(items)
    return [
        replace(
            each,
            inputs={name: _pad(values, height, width, 0.0) for name, values in each.inputs.items()},
            target=_pad(each.target, height, width, unknown),
        )
        for each in items
    ]


def _pad(array: Tensor, height: int, width: int, value: float) -> Tensor:
    missing = (0, width - array.shape[-1], 0, height - array.shape[-2])
    return torch.nn.functional.pad(array, missing, value=value) if any(missing) else array


def inputs_of(batch: Batch, wanted: Sequence[str]) -> dict[str, Shaped[Tensor, " ..."]]:
    """The network's inputs, [T, N, C, H, W] or [N, C, H, W] by name. If both have exactly one input, its name may differ.

    Raises:
        TrainError: The batch lacks an input.
    """
    if len(wanted) == 1 and len(batch.inputs) == 1:
        return {wanted[0]: next(iter(batch.inputs.values()))}
    missing = [name for name in wanted if name not in batch.inputs]
    if missing:
        have = " and ".join(f"`{name}`" for name in batch.inputs)
        raise UntrainableError(
            f"the network has an input `{missing[0]}`, but the data have {have}", "rename the network's input"
        )
    return {name: batch.inputs[name] for name in wanted}
