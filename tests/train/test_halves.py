"""The two halves of a search share no label, and those of classification are what they always were."""

from collections.abc import Sequence

import numpy as np
import pytest
from tiny_run import stereo_set, windows_of

from spikegraph.backends.search.halves import Halves, divided, halves, notices
from spikegraph.base.errors import TrainError
from spikegraph.data.held_out import connected
from spikegraph.data.images import ImageArrays
from spikegraph.data.sets import DataSet
from spikegraph.data.stereo_windows import StereoWindows
from spikegraph.data.windows import Window
from spikegraph.tasks import TASKS


def images(count: int) -> DataSet:
    """A training set of images: each has a class, which says nothing of overlaps."""
    source = ImageArrays(np.zeros((count, 1, 1, 1), np.uint8), np.arange(count) % 2, ("a", "b"))
    return DataSet(source, TASKS["class"], training=True)


OLD_10, OLD_7 = ((0, 2, 7, 8, 9), (1, 3, 4, 5, 6)), ((1, 5), (0, 2, 3, 4, 6))


def stereo(*windows: Window, names: Sequence[str] = ("noise",)) -> DataSet:
    return DataSet(windows_of(windows, names), TASKS["disparity"])


def windows(*firsts: int) -> DataSet:
    return stereo(*(Window("noise", first, (True,) * 3) for first in firsts))


def frames(samples: DataSet, half: Sequence[int]) -> set[tuple[str, int]]:
    """The labelled frames of the samples of a half, from the windows themselves."""
    source = samples.source
    assert isinstance(source, StereoWindows)
    return {
        (w.recording, w.first + k)
        for w in (source.windows[i] for i in half)
        for k, labelled in enumerate(w.labelled)
        if labelled
    }


@pytest.mark.parametrize(("count", "share", "first"), [(10, 0.5, 5), (7, 0.5, 4), (10, 0.01, 1), (10, 0.99, 9), (2, 0.5, 1)])
def test_halves_are_disjoint_and_whole(count: int, share: float, first: int) -> None:
    found = halves(images(count), share, seed=3)
    assert len(found.a) == first
    assert sorted((*found.a, *found.b)) == list(range(count))
    assert (found.left_out, found.shared) == (0, 0)


def test_samples_without_common_labels_are_split_as_in_earlier_versions() -> None:
    """Numbers of the split as it was before windows were kept together, for images and for windows that don't overlap."""
    assert halves(images(10), 0.5, 3)[:2] == OLD_10
    assert halves(stereo_set(10), 0.5, 3)[:2] == OLD_10
    assert halves(images(7), 0.25, 11)[:2] == OLD_7


def test_halves_depend_on_the_seed() -> None:
    assert halves(images(20), 0.5, 1) == halves(images(20), 0.5, 1)
    assert halves(images(20), 0.5, 1) != halves(images(20), 0.5, 2)


def test_one_sample_has_no_halves() -> None:
    with pytest.raises(TrainError, match="it has only 1 samples"):
        halves(images(1), 0.5, 0)


@pytest.mark.parametrize("seed", range(5))
def test_overlapping_windows_stay_in_one_half(seed: int) -> None:
    samples = windows(0, 1, 2, 10, 12, 20, 22, 30, 31)  # four groups of frames
    found = halves(samples, 0.5, seed)
    assert frames(samples, found.a).isdisjoint(frames(samples, found.b))
    assert found.a and found.b and found.shared == 0
    assert len(found.a) + len(found.b) + found.left_out == 9


def test_the_same_frame_of_two_recordings_is_two_labels() -> None:
    names = ("first", "second")
    found = halves(stereo(*(Window(name, 5, (True, True)) for name in names), names=names), 0.5, 0)
    assert (len(found.a), len(found.b), found.shared, found.left_out) == (1, 1, 0, 0)


def test_unlabelled_frames_are_shared_without_harm() -> None:
    made = [Window("noise", 4, (True, False)), Window("noise", 4, (False, True))]
    assert halves(stereo(*made), 0.5, 0).shared == 0


def test_a_chain_of_windows_is_cut_in_one_place() -> None:
    """Windows of three frames, one frame apart: two of them hold frames of both sides."""
    samples = windows(*range(12))
    found = halves(samples, 0.5, 0)
    assert (found.a, found.b) == ((0, 1, 2, 3, 4, 5), (8, 9, 10, 11))
    assert notices(found, 12) == [
        "note: the search leaves out 2 of 12 samples: they overlap with both halves of its training set"
    ]


def test_the_cut_moves_where_it_would_leave_nothing() -> None:
    samples = windows(0, 1, 2, 3)
    assert halves(samples, 0.75, 0) == Halves((0,), (3,), left_out=2)


@pytest.mark.parametrize(
    ("firsts", "shared", "text"), [((0, 1), 2, "2 labels are in both halves"), ((0, 2), 1, "1 label is in both halves")]
)
def test_what_cannot_be_split_is_said(firsts: tuple[int, int], shared: int, text: str) -> None:
    samples = windows(*firsts)
    found = halves(samples, 0.5, 0)
    assert (found.a, found.b) == ((0,), (1,))
    assert len(frames(samples, found.a) & frames(samples, found.b)) == found.shared == shared
    assert notices(found, 2) == [
        f"warning: {text} of the training set, so the architecture is chosen on labels that the weights have seen: all 2 "
        "samples overlap; use more recordings, or a larger `stride` of the data set"
    ]


def test_groups_are_joined_by_what_comes_later() -> None:
    assert connected([{1}, {2}, {3}, {2, 1}, {4}]) == [[0, 1, 3], [2], [4]]
    assert divided([0, 1, 3, 2, 4], [frozenset(s) for s in ({1}, {2}, {3}, {2, 1}, {4})], 2) == Halves((0, 1), (2, 4), 1)
