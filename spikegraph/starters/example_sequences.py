"""Example sequences: waves of two speeds, of different lengths, one after the other in an array."""

from pathlib import Path

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

TURNS = {"fast": 0.12, "slow": 0.05}
"""The classes, with the turns of a wave at each time step."""

SEQUENCES = 100
"""Sequences of each class."""

LENGTHS = 20, 60
"""Time steps of the shortest sequence, and the first number that is too large."""

FEATURES = 3
"""Numbers at each time step."""


def write_sequences(folder: Path, random: Generator) -> None:
    """Writes `sequences.npz`: `inputs` float32 [sum of T, F], `targets`, texts [N], and `offsets` [N + 1]."""
    targets = np.repeat(list(TURNS), SEQUENCES)
    waves = [_wave(TURNS[name], random) for name in targets.tolist()]
    offsets = np.cumsum([0, *map(len, waves)])
    np.savez_compressed(folder / "sequences.npz", inputs=np.concatenate(waves), targets=targets, offsets=offsets)


def _wave(turns: float, random: Generator) -> NDArray[np.float32]:
    steps = np.arange(random.integers(*LENGTHS))[:, None]
    wave = np.sin(2 * np.pi * (turns * steps + random.uniform(0, 1, FEATURES)))
    return (wave + random.normal(0, 0.3, wave.shape)).astype(np.float32)
