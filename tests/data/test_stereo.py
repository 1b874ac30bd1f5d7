from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from typing_extensions import override

from spikegraph.backends.search.halves import halves
from spikegraph.backends.torch.datasets import Item, collate, item
from spikegraph.backends.torch.train.loader import batches
from spikegraph.backends.torch.train.sampling import Draw
from spikegraph.base.errors import DataError
from spikegraph.data.sample import Sample
from spikegraph.data.sets import DataSet, DataSets, data_sets
from spikegraph.data.source import Samples
from spikegraph.data.stacks import StackSource
from spikegraph.data.steps import steps_of
from spikegraph.data.stereo_windows import StereoWindows
from spikegraph.data.windows import Window
from spikegraph.tasks import TASKS

from .conftest import declaration, labelled_frames, recorded, truths

CROP = "[random_crop([96, 132])]"


def sample_sets(folder: Path, **changes: object) -> DataSets:
    return data_sets(declaration(source="sample", **changes), folder, seed=3)


def validation(sets: DataSets) -> DataSet:
    assert sets.validation is not None
    return sets.validation


def arrays(sample: Sample) -> list[np.ndarray]:
    """Both views and the truth."""
    return [sample.inputs["left"], sample.inputs["right"], sample.target]


def test_shapes_values_and_kinds(short_sample: Path) -> None:
    sets = sample_sets(short_sample)
    sample = sets.train.sample(1)
    left, right, disparity = arrays(sample)
    assert left.shape == right.shape == (8, 5, 260, 346)
    assert disparity.shape == (6, 260, 346)
    assert set(np.unique(left).tolist()) == {-1, 0, 1}
    assert np.isinf(disparity).any()
    assert not np.isnan(disparity).any()
    assert sample.counted is not None
    assert sample.counted.all()
    assert (sample.name, sample.steps) == ("sample/6", 8)
    source = recorded(sets.train).recordings["sample"]
    for step in range(8):
        np.testing.assert_array_equal(left[step], source.stack("left", 4 + step))
        np.testing.assert_array_equal(right[step], source.stack("right", 4 + step))
    for step in range(6):
        np.testing.assert_array_equal(disparity[step], source.disparity(6 + step))
    made = item(sample)
    assert {x.dtype for x in (*made.inputs.values(), made.target)} == {torch.float32}


def test_the_samples_have_the_type_that_the_declaration_shows(short_sample: Path) -> None:
    assert sample_sets(short_sample).sample_type == declaration(source="sample").given()


def test_parts_of_the_sample(short_sample: Path) -> None:
    sets = sample_sets(short_sample)  # 40 depth frames: 30, 2, 8
    assert [w.first for w in recorded(sets.train).windows] == [0, 6, 12, 18, 24]
    assert [(w.first, w.labelled.count(True)) for w in recorded(validation(sets)).windows] == [(26, 2)]
    assert [(w.first, w.labelled.count(True)) for w in recorded(sets.test).windows] == [(32, 6), (34, 2)]
    assert [k for _, k, _ in truths(sets.test)] == list(range(32, 40))
    assert labelled_frames(sets.test) == 8
    assert "real images, simulated events" in sets.source
    last = sets.test.sample(1)
    assert last.counted is not None
    assert last.counted.tolist() == [False] * 4 + [True] * 2
    assert np.isinf(last.target[:4]).all()
    assert np.isfinite(last.target[4:]).any()


def test_burn_in_before_the_first_frame(short_sample: Path) -> None:
    left = sample_sets(short_sample, burn_in=3).train.sample(0).inputs["left"]
    assert left.shape[0] == 9
    assert not left[:2].any()  # before the recording starts
    assert not left[2].any()
    assert left[3].any()


def test_stride(short_sample: Path) -> None:
    assert len(sample_sets(short_sample, stride=2).train) == 13
    assert len(sample_sets(short_sample, steps=1, stride=1).train) == 30


def placed(cropped: DataSet, whole: Sample, index: int) -> tuple[int, int, Sample]:
    """The row and the column at which the first crop of a sample lies, found by its truth, and the crop."""
    sample = cropped.sample(index)
    height, width = sample.target.shape[-2:]
    found = [
        (top, left)
        for top in range(260 - height + 1)
        for left in range(346 - width + 1)
        if np.array_equal(whole.target[0, top, left : left + width], sample.target[0, 0])
        and np.array_equal(whole.target[:, top : top + height, left : left + width], sample.target)
    ]
    ((top, left),) = found
    return top, left, sample


def test_both_views_and_the_truth_are_cropped_alike(short_sample: Path) -> None:
    whole = sample_sets(short_sample).train.sample(2)
    top, left, cropped = placed(sample_sets(short_sample, augment=CROP).train, whole, 2)
    assert cropped.target.shape == (6, 96, 132)
    for have, held in zip(arrays(cropped), arrays(whole), strict=True):
        np.testing.assert_array_equal(have, held[..., top : top + 96, left : left + 132])
    # Chance, row and column are drawn in this order, from the numbers of seed, epoch and sample.
    _, row, column = np.random.default_rng([3, 0, 2]).random(3)
    assert (top, left) == (int(row * 165), int(column * 215))


def test_the_crop_depends_on_seed_epoch_and_index_alone(short_sample: Path) -> None:
    first, second = (sample_sets(short_sample, augment=CROP).train for _ in range(2))
    first.set_epoch(4)
    for k in (0, 3, 1):
        first.sample(k)
    second.set_epoch(4)
    for a, b in zip(arrays(first.sample(2)), arrays(second.sample(2)), strict=True):
        np.testing.assert_array_equal(a, b)
    second.set_epoch(5)
    assert not np.array_equal(first.sample(2).inputs["left"], second.sample(2).inputs["left"])


def test_held_out_sets_are_not_augmented(short_sample: Path) -> None:
    sets = sample_sets(short_sample, augment=CROP)
    assert sets.test.sample(0).target.shape == validation(sets).sample(0).target.shape == (6, 260, 346)


PIXELS = np.arange(260 * 346, dtype=np.float32).reshape(1, 260, 346)


@dataclass(frozen=True)
class Numbered(Samples):
    """Frames whose pixels are numbered, each as often as is asked for."""

    count: int

    @override
    def __len__(self) -> int:
        return self.count

    @override
    def sample(self, index: int) -> Sample:
        return Sample(dict.fromkeys(("left", "right"), PIXELS[None]), PIXELS, "numbered/0", 1, np.ones(1, bool))


def test_crops_cover_the_frame_with_the_given_probability() -> None:
    steps = steps_of(declaration(augment="[random_crop([200, 280], probability = 0.5)]").augment)
    samples = DataSet(Numbered(3000), TASKS["disparity"], steps, training=True)
    found = [sample.target for sample in samples.samples()]
    cropped = [int(target[0, 0, 0]) for target in found if target.shape == (1, 200, 280)]
    assert all(target.shape[1:] in ((200, 280), (260, 346)) for target in found)
    assert len(cropped) / len(found) == pytest.approx(0.5, abs=0.03)
    assert {corner // 346 for corner in cropped} == set(range(61))
    assert {corner % 346 for corner in cropped} == set(range(67))


@pytest.mark.parametrize(
    ("augment", "why"),
    [
        ("[horizontal_flip]", "horizontal_flip: what it does to true disparities isn't known"),
        ("[random_crop([3, 3], padding = 1)]", "random_crop: there is no target in the padding; remove `padding`"),
        ("[resize(130)]", "resize: between two pixels there is no target"),
        ("[pad([300, 400])]", "pad: there is no target in the padding"),
    ],
)
def test_augmentations_that_separate_the_views_are_refused(augment: str, why: str, short_sample: Path) -> None:
    sets = sample_sets(short_sample, augment=augment)
    for part in (sets.train, validation(sets), sets.test):
        with pytest.raises(DataError) as caught:
            part.sample(0)
        assert (caught.value.summary, caught.value.help) == (f"sample 0: {why}", "change the data set's `augment`")


def test_a_crop_larger_than_the_frame_is_refused(short_sample: Path) -> None:
    with pytest.raises(DataError, match="sample 0: random_crop: 300 x 20 doesn't fit into 260 x 346"):
        sample_sets(short_sample, augment="[random_crop([300, 20])]").train.sample(0)


def test_collate_puts_time_first(short_sample: Path) -> None:
    train = sample_sets(short_sample, augment=CROP).train
    batch = collate([item(train.sample(k)) for k in (0, 3)], train.task)
    assert batch.inputs["left"].shape == batch.inputs["right"].shape == (8, 2, 5, 96, 132)
    assert batch.target.shape == (6, 2, 96, 132)
    assert batch.counted.shape == (6, 2)
    np.testing.assert_array_equal(batch.inputs["left"][:, 1].numpy(), train.sample(3).inputs["left"])


def test_collate_extends_with_no_events_and_no_truth() -> None:
    def made(height: int, width: int) -> Item:
        view = torch.ones(2, 1, height, width)
        return Item({"left": view, "right": view}, torch.ones(1, height, width), 2, torch.ones(1, dtype=torch.bool))

    batch = collate([made(2, 5), made(3, 4)], TASKS["disparity"])
    left = batch.inputs["left"]
    assert left.shape == (2, 2, 1, 3, 5)
    assert left[:, 0].sum() == 2 * 2 * 5
    assert left[:, 1].sum() == 2 * 3 * 4
    assert torch.isfinite(batch.target[0]).sum(dim=(1, 2)).tolist() == [10, 12]


def test_the_loader_gives_the_same_in_workers(short_sample: Path) -> None:
    train = sample_sets(short_sample, augment=CROP).train
    order = [[Draw(1, 0), Draw(1, 3)], [Draw(2, 1), Draw(2, 0)], [Draw(2, 4)]]
    alone, workers = (list(batches(train, order, torch.device("cpu"), workers=n, seed=0)) for n in (0, 1))
    assert [b.target.shape[1] for b in alone] == [2, 2, 1]
    for a, b in zip(alone, workers, strict=True):
        assert torch.equal(a.inputs["left"], b.inputs["left"])
        assert torch.equal(a.target, b.target)
    assert not torch.equal(alone[0].inputs["left"][:, 0], alone[1].inputs["left"][:, 1])  # another pass, another crop


def test_stream(short_sample: Path) -> None:
    sets = sample_sets(short_sample)
    steps = list(recorded(sets.test).stream())
    assert [s.first for s in steps] == [True] + [False] * 9
    assert [s.counted for s in steps] == [False] * 2 + [True] * 8
    # The two windows have 6 and 2 truths that count: of 8 in all, 4 are half of the samples.
    assert [s.done for s in steps] == [0, 0, 0, 0, 0, 1, 1, 1, 1, 2]
    assert steps[0].inputs["left"].shape == (5, 260, 346)
    assert np.isinf(steps[1].target).all()
    source = recorded(sets.test).recordings["sample"]
    for k, step in enumerate(steps, 30):
        for side in ("left", "right"):
            np.testing.assert_array_equal(step.inputs[side], source.stack(side, k))
    sample = sets.test.sample(0)
    for number, step in enumerate(steps[:8]):
        np.testing.assert_array_equal(step.inputs["left"], sample.inputs["left"][number])
        if number >= 2:
            np.testing.assert_array_equal(step.target, sample.target[number - 2])


GAP = (Window("sample", 4, (True, True)), Window("sample", 6, (True, True)), Window("sample", 11, (False, True)))


def test_a_stream_goes_through_what_lies_between_windows(short_sample: Path) -> None:
    source = recorded(sample_sets(short_sample).train).recordings
    steps = list(StereoWindows(source, GAP, 1).stream())
    for step, k in zip(steps, range(3, 13), strict=True):
        np.testing.assert_array_equal(step.inputs["left"], source["sample"].stack("left", k))
    assert [step.first for step in steps] == [True] + [False] * 9
    assert [k for k, step in enumerate(steps, 3) if step.counted] == [4, 5, 6, 7, 12]


def test_a_stream_begins_anew_where_inputs_are_missing(short_sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = recorded(sample_sets(short_sample).train).recordings
    monkeypatch.setattr(StackSource, "has_inputs", lambda _, k: k != 9)
    steps = list(StereoWindows(source, GAP, 1).stream())
    frames = [3, 4, 5, 6, 7, 10, 11, 12]
    for step, k in zip(steps, frames, strict=True):
        np.testing.assert_array_equal(step.inputs["left"], source["sample"].stack("left", k))
    assert [k for step, k in zip(steps, frames, strict=True) if step.first] == [3, 10]


def test_wrong_windows(short_sample: Path) -> None:
    sources = recorded(sample_sets(short_sample).train).recordings
    with pytest.raises(ValueError, match="the same length"):
        StereoWindows(sources, (Window("sample", 0, (True,)), Window("sample", 1, (True, True))), 0)
    with pytest.raises(ValueError, match="burn_in must not be negative"):
        StereoWindows(sources, (), -1)
    one = DataSet(StereoWindows(sources, (Window("sample", 0, (True,)),), 0), TASKS["disparity"])
    with pytest.raises(IndexError, match="sample 1 of 1"):
        one.sample(1)


@pytest.mark.parametrize(("steps", "burn_in"), [(1, 1), (2, 1), (6, 2)])
def test_the_halves_of_a_search_share_no_label(short_sample: Path, steps: int, burn_in: int) -> None:
    """Windows one frame apart, as in the profile `sample` and longer ones: both halves have frames, and none is in both."""
    samples = sample_sets(short_sample, steps=steps, burn_in=burn_in, stride=1).train
    held = [{w.first + k for k in range(len(w.labelled))} for w in recorded(samples).windows]
    assert set.union(*held) == set(range(30))
    for seed in range(3):
        found = halves(samples, 0.5, seed)
        a, b = (set.union(*(held[k] for k in half)) for half in (found.a, found.b))
        assert a and b and a.isdisjoint(b)
        assert (found.shared, found.left_out) == (0, steps - 1)
        assert abs(len(a) - len(b)) <= steps
