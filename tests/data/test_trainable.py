"""What nothing can be learnt from is refused before a training, with the sample's file, else its number."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from typing_extensions import override

from spikegraph.backends.torch.main import train_program
from spikegraph.base.errors import DataError
from spikegraph.data.held_out import held_out
from spikegraph.data.sample import About, Sample
from spikegraph.data.sets import DataSets, data_sets, sets_of
from spikegraph.data.source import LOOKED, Read, Samples, spread
from spikegraph.data.trainable import require_trainable, untrainable
from spikegraph.dsl.schema.dataset import SOURCES, Dataset, Source
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings

from .checked_data import ARRAYS, EVENTS, IMAGES, LABELS, NUMBERS, PARTS, PIXELS, arrays, black_images, declared, recordings
from .conftest import BEGIN, Writer, declaration, depth

SHOW = "look at the samples with `spikegraph data show SPEC`"
OTHERS = "this and all other training samples"
NO_INPUTS = f"all values of {OTHERS} are {{}}: there is nothing to learn from"
NO_TARGETS = f"sample 0: all targets of {OTHERS} are {{}}: there is nothing to learn"
UNKNOWN = f"sample 0: {OTHERS} have no target that is known"
GIVE = "give them targets"
LASTS = "by its time stamps it lasts {}, and no other sample lasts {}: they seem to be in another unit"
UNIT = "store times as whole microseconds, or as seconds in floating-point numbers"
SHORT = f"{UNIT}; if samples are so short, say so with `duration`"
LONG = f"{UNIT}; if samples are so long, say so with `stack`"
DEPTH = "gt:davis/left/depth_image_rect"
FRAMES = (20, 260, 346)


def refused(sets: DataSets) -> tuple[Path | None, str, str | None]:
    with pytest.raises(DataError) as caught:
        require_trainable(sets)
    return caught.value.path, caught.value.summary, caught.value.help


def milliseconds(folder: Path) -> None:
    recordings(folder, 300)


@pytest.mark.parametrize(
    ("keys", "write", "file", "summary", "help"),
    [
        (IMAGES, black_images, "a/0.png", NO_INPUTS.format(0), SHOW),
        (ARRAYS, arrays(images=PIXELS * 0 + 2), None, f"sample 0: {NO_INPUTS.format(2)}", SHOW),
        (NUMBERS, arrays(labels=LABELS * 0 + 4), None, NO_TARGETS.format(4), SHOW),
        (NUMBERS, arrays(labels=LABELS * np.nan), None, UNKNOWN, GIVE),
        (f"{EVENTS}\n  size = [8, 8]", milliseconds, "a/0.bin", LASTS.format("{} us", "10 ms or longer"), SHORT),
    ],
)  # fmt: skip
def test_what_is_said(
    tmp_path: Path, keys: str, write: Callable[[Path], None], file: str | None, summary: str, help: str
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    write(folder)
    program = declared(folder, keys)
    path, found, fix = refused(data_sets(program.spec.datasets["mine"], folder, 0))
    expected = "".join(c for c in found if c.isdigit())[:3] if "{}" in summary else ""
    assert (path and path.parent.parent, found, fix) == (file and folder, summary.replace("{}", expected), help)
    with pytest.raises(DataError) as caught:  # before anything of the run is written
        train_program(program, Settings(seed=0), data=folder, out=tmp_path / "run")
    assert caught.value.summary == found
    assert not (tmp_path / "run").exists()


class Made(Samples):
    """Samples of which all are alike but one."""

    def __init__(self, count: int, other: int | None, made: Callable[[bool], Sample], classes: Sequence[str] = ()) -> None:
        self.count, self.other, self.made, self.classes = count, other, made, tuple(classes)
        self.read: list[int] = []

    @override
    def __len__(self) -> int:
        return self.count

    @property
    @override
    def about(self) -> About:
        return About(self.classes)

    @override
    def sample(self, index: int) -> Sample:
        self.read.append(index)
        return self.made(index == self.other)


def sets(train: Made, test: Made | None = None, task: str = "numbers") -> DataSets:
    made = test or Made(2, None, lambda _: Sample({"x": np.zeros(2)}, np.ones(1)))
    source = Program.read(Path(__file__).parents[2] / "specs" / "images.sdhs", profile="sample").spec.datasets["mine"]
    kind = type("Declared", (type(source),), {"task_name": property(lambda self: task)})
    return sets_of(Read(train, made, "made"), kind(**vars(source)), 0)


def numbers(other: bool) -> Sample:
    return Sample({"x": np.array([1.0, 2.0])}, np.array([5.0 if other else 4.0]))


def test_a_rare_target_is_found_among_all_samples() -> None:
    made = Made(500, 123, numbers)
    require_trainable(sets(made))
    assert LOOKED < len(made.read) <= 500
    assert 123 in made.read


def test_samples_that_differ_are_looked_at_a_few_times() -> None:
    made = Made(500, None, lambda _: Sample({"x": np.array([1.0, 2.0])}, np.array([1.0, 2.0])))
    require_trainable(sets(made))
    assert len(made.read) == LOOKED
    made.read.clear()
    assert list(untrainable(sets(made))) == []
    assert len(made.read) == 500


def test_a_single_sample_that_is_not_finite() -> None:
    made = Made(50, 7, lambda other: Sample({"x": np.array([1.0, math.inf if other else 2.0])}, np.array([1.0, 2.0])))
    (problem,) = untrainable(sets(made))
    assert problem.summary == "sample 7: the input `x` has numbers that aren't finite"


@pytest.mark.parametrize("wrong", [math.nan, 1e300])
def test_a_sample_that_was_not_looked_at_ends_the_training(
    wrong: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its file, when it is read; 1e300 is infinite as the network gets it."""

    class Files(Made):
        @override
        def place(self, index: int) -> Path:
            return tmp_path / f"{index}.dat"

    def image(other: bool) -> Sample:
        values = np.linspace(0, 1, 16).reshape(1, 4, 4)
        return Sample({"image": np.where(values == 1, wrong if other else 1, values)}, np.arange(2.0))

    made = Files(40, 17, image)
    assert 17 not in spread(40, LOOKED)
    monkeypatch.setattr(SOURCES, "_entries", {**SOURCES._entries})
    SOURCES.register(
        "lazily", Source(Dataset, lambda dataset, folder: Read(made, Files(4, None, image), "made"), task="numbers")
    )
    text = """sdhs 1
neuron lif { }
dataset mine { source = lazily }
network net { time = 2  input x : real[1, 4, 4]  output o = x -> conv(3, out = 2) -> lif -> pool -> linear(2) -> mean(time) }
retrain net on mine { epochs = 1  batch = 8  weights = adam(lr = 0.1)  loss = mse(o) }
"""
    with pytest.raises(DataError) as caught:
        train_program(Program.of_text(text, "net.sdhs"), Settings(seed=0), data=tmp_path, out=tmp_path / "run")
    assert (caught.value.path, caught.value.summary, caught.value.help) == (
        tmp_path / "17.dat", "the input `image` has numbers that aren't finite", "remove it, or replace them",
    )  # fmt: skip


def test_one_class() -> None:
    made = Made(5, None, lambda _: Sample({"x": np.array([1.0, 2.0])}, np.asarray(1)), ["cat", "dog"])
    made.class_numbers = lambda: np.ones(5, np.int64)  # type: ignore[method-assign]
    test = Made(2, None, made.made, ["cat", "dog"])
    assert refused(sets(made, test, "class")) == (
        None, "sample 0: this and all other training samples have the class `dog`; a classification needs two or more", SHOW,
    )  # fmt: skip


def test_labels_that_are_none_of_the_classes_are_not_known() -> None:
    values = np.array([[1.0, 2.0]])
    made = Made(3, 1, lambda other: Sample({"x": values}, np.array([[255, 1 if other else 0]])), ["road", "car"])
    test = Made(3, None, lambda _: Sample({"x": values}, np.array([[255, 255]])), ["road", "car"])
    assert refused(sets(made, test, "labels")) == (
        None, "sample 0: this and all other test samples have no target that is known", "give them targets",
    )  # fmt: skip


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape, np.float32)


@pytest.mark.parametrize(
    ("task", "target"),
    [
        ("class", np.asarray(2)),
        ("step_class", np.array([2, 2])),
        ("depth", ones(1, 2, 2) * 0),
        ("flow", np.stack([ones(2, 2), ones(2, 2) * np.nan])),
    ],
)
def test_targets_that_no_score_counts_are_not_known(task: str, target: np.ndarray) -> None:
    """Ignored classes, depths of 0, and flows of which one component is known."""

    def sample(target: np.ndarray) -> Sample:
        return Sample({"x": np.array([[1.0, 2.0]])}, target, counted=np.ones(2, np.bool_) if task == "step_class" else None)

    other = target % 2 if task.endswith("class") else np.nan_to_num(target) + np.arange(1, 3)
    made = Made(2, 1, lambda second: sample(other + (1 if second else 0)))
    found = sets(made, Made(2, None, lambda _: sample(target)), task)
    found.train.ignored = found.test.ignored = (2,)
    assert refused(found) == (None, "sample 0: this and all other test samples have no target that is known", GIVE)


def test_a_validation_part_that_is_drawn_has_a_target(tmp_path: Path) -> None:
    """Two of ten sequences are held out; without these two, whose targets are all that is known, the training has none."""
    folder = tmp_path / "data"
    folder.mkdir()
    drawn = held_out(10, 0.2, 0, source="", noun="")[1]
    names = {True: "validation", False: "training"}
    for known in (False, True):
        labels = np.where(np.isin(np.arange(10), drawn) == known, np.arange(10.0), np.nan)
        arrays(labels=labels, x=PIXELS, y=np.arange(10.0))(folder)
        declared(folder, f"{NUMBERS}{PARTS}")
        text = (tmp_path / "net.sdhs").read_text().replace("epochs  = 1", "epochs = 1 validate = 0.2")
        with pytest.raises(DataError) as caught:
            train_program(Program.of_text(text, "net.sdhs"), Settings(seed=0), data=folder, out=tmp_path / "run")
        first = min(set(range(10)) - set(drawn)) if known else min(drawn)
        summary = f"sample {first}: this and all other {names[not known]} samples have no target that is known"
        assert (caught.value.summary, caught.value.help) == (summary, GIVE)
        assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("changed", "summary", "help"),
    [
        ({DEPTH: np.full(FRAMES, np.nan, np.float32)}, UNKNOWN, GIVE),
        ({DEPTH: np.full(FRAMES, 2, np.float32)}, NO_TARGETS.format(9.97089), SHOW),
        ({f"{DEPTH}_ts": BEGIN + 100 + 0.05 * np.arange(20)}, f"sample 0: {NO_INPUTS.format(0)}", SHOW),
        ({f"{DEPTH}_ts": BEGIN * 1000 + 50.0 * np.arange(20)}, f"sample 0: {LASTS.format('50 s', '5 s or less')}", LONG),
    ],
    ids=["no depth", "one depth", "truths after the events", "milliseconds"],
)  # fmt: skip
def test_recordings(write_recording: Writer, changed: dict[str, Any], summary: str, help: str) -> None:
    folder = write_recording("corridor2", frames=20, count=2000, contents=changed)
    found = data_sets(declaration(source="mvsec", sequence="corridor2", steps=2, burn_in=0), folder, 0)
    assert refused(found) == (None, summary, help)


def test_sound_recordings(write_recording: Writer) -> None:
    folder = write_recording("corridor2", frames=20, count=2000, contents={DEPTH: depth(20, 0)})
    require_trainable(data_sets(declaration(source="mvsec", sequence="corridor2", steps=2, burn_in=0), folder, 0))


def test_a_crop_of_a_frame_whose_size_only_the_recording_tells(write_recording: Writer) -> None:
    folder = write_recording("corridor2", frames=20, count=2000, contents={DEPTH: depth(20, 0)})
    keys = {"source": "mvsec", "sequence": "corridor2", "steps": 2, "burn_in": 0}
    help = "change the data set's `augment`, for example with `random_crop([height, width])`"
    found = data_sets(declaration(**keys, augment="[random_crop([261, 300])]"), folder, 0)
    summary = "made.sdhs:7:14: `random_crop` can't cut 261 x 300 out of images of 260 x 346"
    assert refused(found) == (None, summary, help)
    require_trainable(data_sets(declaration(**keys, augment="[random_crop([260, 300])]"), folder, 0))


def test_arrays_name_the_sample_that_is_not_finite(tmp_path: Path) -> None:
    """In rows of .npz files, also by column, and of HDF5."""
    wrong = PIXELS.copy()
    wrong[6, 3, 2] = np.nan
    for name, file in (("a", wrong), ("f", np.asfortranarray(wrong))):
        np.savez(tmp_path / f"{name}.npz", images=file, labels=LABELS)
    with h5py.File(tmp_path / "h.h5", "w") as file:
        file["images"], file["labels"] = wrong, LABELS
    for name in ("a.npz", "f.npz", "h.h5"):
        (tmp_path / "d").mkdir(exist_ok=True)
        program = declared(tmp_path / "d", f'source = arrays\n  file = "{name}"')
        with pytest.raises(DataError) as caught:
            data_sets(program.spec.datasets["mine"], tmp_path, 0)
        assert caught.value.summary == "`images[6]` has numbers that aren't finite"
