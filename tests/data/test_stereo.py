from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from spikegraph.backends.torch.datasets.stereo_dataset import StereoDataset, StereoItem, collate
from spikegraph.backends.torch.datasets.stereo_sets import StereoSets, stereo_sets
from spikegraph.data.stereo_augment import Box, RandomCrop, draw_box
from torch.utils.data import DataLoader

from spikegraph.backends.search.halves import halves
from spikegraph.data.mvsec import disparity_from_depth, open_recording
from spikegraph.data.stacks import StackSource, dequantise, quantise
from spikegraph.data.windows import Window
from spikegraph.dsl.schema.sample_type import sample_type
from spikegraph.errors import TrainError

from .conftest import Writer, declaration

CROP = "[random_crop([96, 132])]"


def sample_sets(folder: Path, **changes: object) -> StereoSets:
    return stereo_sets(declaration(source="sample", **changes), folder, seed=3)


def test_shapes_values_and_kinds(short_sample: Path) -> None:
    sets = sample_sets(short_sample)
    item = sets.train[1]
    assert item.left.shape == item.right.shape == (8, 5, 260, 346)
    assert item.left.dtype == item.disparity.dtype == torch.float32
    assert item.disparity.shape == (6, 260, 346)
    assert set(item.left.unique().tolist()) == {-1.0, 0.0, 1.0}
    assert torch.isinf(item.disparity).any()
    assert not torch.isnan(item.disparity).any()
    assert item.labelled.all()
    assert item.name == "sample/6"
    source = sets.train.sources["sample"]
    for step in range(8):
        np.testing.assert_array_equal(item.left[step].numpy(), source.stack("left", 4 + step))
        np.testing.assert_array_equal(item.right[step].numpy(), source.stack("right", 4 + step))
    for step in range(6):
        np.testing.assert_array_equal(item.disparity[step].numpy(), source.disparity(6 + step))


def test_the_samples_have_the_type_that_the_declaration_shows(short_sample: Path) -> None:
    assert sample_sets(short_sample).sample_type == sample_type(declaration(source="sample"))


def test_parts_of_the_sample(short_sample: Path) -> None:
    sets = sample_sets(short_sample)  # 40 depth frames: 30, 2, 8
    assert [w.first for w in sets.train.windows] == [0, 6, 12, 18, 24]
    assert [(w.first, w.labelled.count(True)) for w in sets.validation.windows] == [(26, 2)]
    assert [(w.first, w.labelled.count(True)) for w in sets.test.windows] == [(32, 6), (34, 2)]
    assert [k for _, k, _ in sets.test.truths()] == list(range(32, 40))
    assert sets.test.labelled_frames == 8
    assert "real images, simulated events" in sets.source
    last = sets.test[1]
    assert last.labelled.tolist() == [False] * 4 + [True] * 2
    assert torch.isinf(last.disparity[:4]).all()
    assert torch.isfinite(last.disparity[4:]).any()


def test_burn_in_before_the_first_frame(short_sample: Path) -> None:
    item = sample_sets(short_sample, burn_in=3).train[0]
    assert item.left.shape[0] == 9
    assert not item.left[:2].any()  # before the recording starts
    assert not item.left[2].any()
    assert item.left[3].any()


def test_stride(short_sample: Path) -> None:
    assert len(sample_sets(short_sample, stride=2).train) == 13
    assert len(sample_sets(short_sample, steps=1, stride=1).train) == 30


def test_both_views_and_the_truth_are_cropped_alike(short_sample: Path) -> None:
    whole, cropped = sample_sets(short_sample).train[2], sample_sets(short_sample, augment=CROP).train
    item = cropped[2]
    box = draw_box(cropped.augment, (260, 346), seed=3, epoch=0, index=2)
    assert (box.height, box.width) == (96, 132) == tuple(item.disparity.shape[-2:])
    rows, columns = box.slices
    for part in ("left", "right", "disparity"):
        assert torch.equal(getattr(item, part), getattr(whole, part)[..., rows, columns])


def test_the_crop_depends_on_seed_epoch_and_index_alone(short_sample: Path) -> None:
    first, second = (sample_sets(short_sample, augment=CROP).train for _ in range(2))
    first.set_epoch(4)
    for k in (0, 3, 1):
        first[k]
    second.set_epoch(4)
    assert all(torch.equal(a, b) for a, b in zip(first[2][:4], second[2][:4], strict=True))  # pyright: ignore[reportArgumentType]
    second.set_epoch(5)
    assert not torch.equal(first[2].left, second[2].left)
    boxes = {
        draw_box(first.augment, (260, 346), seed=s, epoch=e, index=i) for s in range(4) for e in range(4) for i in range(4)
    }
    assert len(boxes) > 60


def test_held_out_sets_are_not_augmented(short_sample: Path) -> None:
    sets = sample_sets(short_sample, augment=CROP)
    assert sets.test[0].disparity.shape == sets.validation[0].disparity.shape == (6, 260, 346)


def test_crops_cover_the_frame_with_the_given_probability() -> None:
    crop = RandomCrop((200, 280), 0.5)
    boxes = [draw_box([crop], (260, 346), seed=0, epoch=0, index=i) for i in range(3000)]
    cropped = [b for b in boxes if b != Box(0, 0, 260, 346)]
    assert len(cropped) / len(boxes) == pytest.approx(0.5, abs=0.03)
    assert {b.top for b in cropped} == set(range(61))
    assert {b.left for b in cropped} == set(range(67))


@pytest.mark.parametrize("augment", ["[horizontal_flip]", "[random_crop([3, 3], padding = 1)]"])
def test_augmentations_that_separate_the_views_are_refused(augment: str, short_sample: Path) -> None:
    with pytest.raises(TrainError, match=r"made.sdhs:4:14: a stereo data set can't be augmented by"):
        sample_sets(short_sample, augment=augment)


def test_a_crop_larger_than_the_frame_is_refused_at_once(short_sample: Path) -> None:
    with pytest.raises(ValueError, match="300 x 20 doesn't fit into 260 x 346"):
        sample_sets(short_sample, augment="[random_crop([300, 20])]")


def test_collate_puts_time_first(short_sample: Path) -> None:
    train = sample_sets(short_sample, augment=CROP).train
    batch = collate([train[0], train[3]])
    assert batch.left.shape == batch.right.shape == (8, 2, 5, 96, 132)
    assert batch.disparity.shape == (6, 2, 96, 132)
    assert batch.labelled.shape == (6, 2)
    assert batch.names == ("sample/0", "sample/18")
    assert torch.equal(batch.left[:, 1], train[3].left)


def test_collate_extends_with_no_events_and_no_truth() -> None:
    def item(height: int, width: int) -> StereoItem:
        view = torch.ones(2, 1, height, width)
        return StereoItem(view, view, torch.ones(1, height, width), torch.ones(1, dtype=torch.bool), "a")

    batch = collate([item(2, 5), item(3, 4)])
    assert batch.left.shape == (2, 2, 1, 3, 5)
    assert batch.left[:, 0].sum() == 2 * 2 * 5
    assert batch.left[:, 1].sum() == 2 * 3 * 4
    assert torch.isfinite(batch.disparity[0]).sum(dim=(1, 2)).tolist() == [10, 12]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # Python 3.12 and later
def test_the_torch_loader_gives_the_same_in_workers(short_sample: Path) -> None:
    train = sample_sets(short_sample, augment=CROP).train
    alone = list(DataLoader(train, batch_size=2, collate_fn=collate))
    workers = list(DataLoader(train, batch_size=2, collate_fn=collate, num_workers=1))
    assert [b.names for b in alone] == [b.names for b in workers]
    assert all(torch.equal(a.left, b.left) for a, b in zip(alone, workers, strict=True))


def test_stream(short_sample: Path) -> None:
    sets = sample_sets(short_sample)
    steps = list(sets.test.stream())
    assert [s.name for s in steps] == [f"sample/{k}" for k in range(30, 40)]
    assert [s.first for s in steps] == [True] + [False] * 9
    assert [s.labelled for s in steps] == [False] * 2 + [True] * 8
    assert steps[0].left.shape == (1, 5, 260, 346)
    assert torch.isinf(steps[1].disparity).all()
    item = sets.test[0]
    for number, step in enumerate(steps[:8]):
        assert torch.equal(step.left[0], item.left[number])
        assert torch.equal(step.right[0], item.right[number])
        if number >= 2:
            assert torch.equal(step.disparity[0], item.disparity[number - 2])


def test_stream_begins_anew_after_a_gap(short_sample: Path) -> None:
    source = sample_sets(short_sample).train.sources
    windows = [Window("sample", 4, (True, True)), Window("sample", 6, (True, True)), Window("sample", 20, (True, True))]
    steps = list(StereoDataset(source, windows, burn_in=1).stream())
    assert [s.name.split("/")[1] for s in steps] == ["3", "4", "5", "6", "7", "19", "20", "21"]
    assert [s.name for s in steps if s.first] == ["sample/3", "sample/19"]
    assert [s.labelled for s in steps] == [False, True, True, True, True, False, True, True]


def test_quantised_truth() -> None:
    disparity = np.array([[np.inf, 0.05, 1.0, 3.1, 36.42, 36.5]], dtype=np.float32)
    published = quantise(disparity)
    assert published.dtype == np.uint8
    assert published.tolist() == [[255, 0, 7, 22, 255, 255]]
    np.testing.assert_allclose(dequantise(published), [[np.inf, np.inf, 1, 22 / 7, np.inf, np.inf]], rtol=1e-6)
    assert dequantise(quantise(np.array([[36.28]], dtype=np.float32)))[0, 0] == pytest.approx(254 / 7)


def test_disparity_from_depth() -> None:
    depth = np.array([[2.0, np.nan, 0.0, -1.0, np.inf]], dtype=np.float32)
    np.testing.assert_array_equal(disparity_from_depth(depth, 19.0), [[9.5, np.inf, np.inf, np.inf, np.inf]])


def test_truth_options(short_sample: Path) -> None:
    raw, quantised = sample_sets(short_sample), sample_sets(short_sample, truth="quantised")
    masked = sample_sets(short_sample, truth_mask="last_15000_events")
    a, b, c = (s.test[0].disparity[0] for s in (raw, quantised, masked))
    both = torch.isfinite(a) & torch.isfinite(b)
    assert (a[both] - b[both]).abs().max() <= 1 / 14 + 1e-5
    assert torch.allclose(b[both] * 7, (b[both] * 7).round(), atol=1e-4)
    assert 2000 < torch.isfinite(c).sum() <= 15_000
    kept = torch.isfinite(c)
    assert torch.equal(a[kept], c[kept])
    assert (raw.notes, quantised.notes) == ((), ("the ground truth is quantised to 1/7 px, as published",))
    assert masked.notes == ("the ground truth is restricted to the pixels of the last 15,000 events",)
    with open_recording(short_sample, "sample") as recording:
        last = recording.last_events("left", recording.depth_times[32], 15_000)
    seen = np.zeros((260, 346), bool)
    seen[last.y, last.x] = True
    np.testing.assert_array_equal(kept.numpy(), seen & np.isfinite(a.numpy()))


def test_focal_baseline_can_be_another(write_recording: Writer) -> None:
    folder = write_recording("walk", frames=20)
    made = [stereo_sets(declaration(sequence="walk", focal_baseline=fb), folder, 0).train[0] for fb in (10.0, 20.0)]
    finite = torch.isfinite(made[0].disparity)
    assert torch.allclose(made[0].disparity[finite] * 2, made[1].disparity[finite])


def test_only_the_sample_is_kept_in_memory(short_sample: Path, write_recording: Writer) -> None:
    kept = sample_sets(short_sample).train.sources["sample"]
    assert kept.stack("left", 5) is kept.stack("left", 5)
    with open_recording(write_recording("walk", frames=2), "walk") as recording:
        read = StackSource(recording, 0.05, 5)
        assert read.stack("left", 0) is not read.stack("left", 0)


def test_wrong_windows(short_sample: Path) -> None:
    sources = sample_sets(short_sample).train.sources
    with pytest.raises(ValueError, match="the same length"):
        StereoDataset(sources, [Window("sample", 0, (True,)), Window("sample", 1, (True, True))], burn_in=0)
    with pytest.raises(ValueError, match="burn_in must not be negative"):
        StereoDataset(sources, [], burn_in=-1)
    with pytest.raises(IndexError, match="sample 1 of 1"):
        StereoDataset(sources, [Window("sample", 0, (True,))], burn_in=0)[1]


@pytest.mark.parametrize(("steps", "burn_in"), [(1, 1), (2, 1), (6, 2)])
def test_the_halves_of_a_search_share_no_label(short_sample: Path, steps: int, burn_in: int) -> None:
    """Windows one frame apart, as in the profile `sample` and longer ones: both halves have frames, and none is in both."""
    samples = sample_sets(short_sample, steps=steps, burn_in=burn_in, stride=1).train
    held = [{w.first + k for k in range(len(w.labelled))} for w in samples.windows]
    assert set.union(*held) == set(range(30))
    for seed in range(3):
        found = halves(samples, 0.5, seed)
        a, b = (set.union(*(held[k] for k in half)) for half in (found.a, found.b))
        assert a and b and a.isdisjoint(b)
        assert (found.shared, found.left_out) == (0, steps - 1)
        assert abs(len(a) - len(b)) <= steps
