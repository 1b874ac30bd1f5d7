"""Splits of true frames into training, validation and test sets: those of Che et al. (NeurIPS 2022), by time, by sequence."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SCENE = "indoor_flying"
VALIDATION_FRAMES = 200
_SHUFFLE_SEED = 0

# Depth frames [first, last) of indoor_flying1 to 3.
TRAIN_RANGES = {1: (80, 1260), 2: (160, 1580), 3: (125, 1815)}
TEST_RANGES = {1: (140, 1201), 2: (120, 1421), 3: (73, 1616)}
TRAINED_ON = {1: (2, 3), 3: (1, 2)}
"""The published splits: each tests on the recording of its number and trains on the other two."""

TIME_FRACTIONS = (0.7, 0.1, 0.2)
SAMPLE_FRACTIONS = (0.75, 0.05, 0.2)


@dataclass(frozen=True)
class Part:
    """Depth frames of one recording, ascending.

    Attributes:
        recording: Name of the recording.
        frames: Numbers of the frames.
    """

    recording: str
    frames: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.frames)


@dataclass(frozen=True)
class Split:
    """Disjoint frames for training, validation and test; each attribute has one part per recording."""

    train: tuple[Part, ...]
    validation: tuple[Part, ...]
    test: tuple[Part, ...]

    def recordings(self) -> tuple[str, ...]:
        """The names of all recordings, without duplicates."""
        return tuple(dict.fromkeys(part.recording for part in (*self.train, *self.validation, *self.test)))

    def needed_frames(self, recording: str) -> int:
        """The number of depth frames that a recording must have."""
        parts = (*self.train, *self.validation, *self.test)
        return max(part.frames[-1] + 1 for part in parts if part.recording == recording and part.frames)


def indoor_flying(split: int) -> Split:
    """Split 1 or 3 of MVSEC's indoor_flying recordings.

    Validation and test frames come from one range, shuffled with seed 0; the first 200 are for validation. (The paper gives
    recordings 2 and 3 as training set of both splits. For split 3 that would include the test set; here it is 1 and 2.)

    Raises:
        ValueError: There is no such split.
    """
    if split not in TRAINED_ON:
        raise ValueError(f"{SCENE} has splits 1 and 3, not {split}")
    train = tuple(Part(f"{SCENE}{n}", tuple(range(*TRAIN_RANGES[n]))) for n in TRAINED_ON[split])
    shuffled = list(range(*TEST_RANGES[split]))
    random.Random(_SHUFFLE_SEED).shuffle(shuffled)
    name = f"{SCENE}{split}"
    validation, test = shuffled[:VALIDATION_FRAMES], shuffled[VALIDATION_FRAMES:]
    return Split(train, (Part(name, tuple(sorted(validation))),), (Part(name, tuple(sorted(test))),))


def by_time(recording: str, frames: int, fractions: tuple[float, float, float] = TIME_FRACTIONS) -> Split:
    """Split a recording by time: the first part for training, the next for validation, the last for test.

    Args:
        recording: Name of the recording.
        frames: Number of its depth frames.
        fractions: Fractions for training, validation and test, which add up to 1.
    """
    first = round(frames * fractions[0])
    second = round(frames * (fractions[0] + fractions[1]))
    ranges = (range(first), range(first, second), range(second, frames))
    train, validation, test = ((Part(recording, tuple(r)),) for r in ranges)
    return Split(train, validation, test)


def by_sequences(
    frames: Mapping[str, Sequence[int]], train: Sequence[str], validation: Sequence[str], test: Sequence[str], every: int
) -> Split:
    """Whole sequences for each part.

    Args:
        frames: The frames of each sequence that can be used, ascending.
        train: Names of the sequences for training.
        validation: Names of those for validation.
        test: Names of those for the test.
        every: Validation and test use the frames whose number is a multiple of this, without frame 0.
    """
    parts = [
        tuple(Part(name, tuple(k for k in frames[name] if k % step == 0)) for name in names)
        for names, step in ((train, 1), (validation, every), (test, every))
    ]
    return Split(*parts)
