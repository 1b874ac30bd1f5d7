"""Records many moving scenes as an event camera sees them."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.moving_scenes import Layer, render
from spikegraph.data.random_scenes import Material, draw_scene
from spikegraph.data.recorded_scenes import FRAMES, MOST_LAYERS, SIZE, STEPS, Recorded
from spikegraph.data.simulate import DARK, MICROSECONDS, Pixels, noise
from spikegraph.data.stacking import stack

STEP_S = 0.01
"""Duration of a time step in seconds."""

VIEWS_PER_STEP = 4  # rendered views: a garment moves by at most half a pixel from one to the next
TOGETHER = 50  # scenes that are simulated as one sensor


def record(material: Material, count: int, seed: int) -> Recorded:
    """Draw and record scenes; the same seed gives the same ones.

    Args:
        material: What scenes are made of.
        count: Number of scenes.
        seed: Random seed of the scenes, and of the camera's thresholds and noise.
    """
    starts = range(0, count, TOGETHER)
    done = [_some(material, min(TOGETHER, count - start), (seed, start)) for start in starts]
    return Recorded(*(np.concatenate([getattr(part, field.name) for part in done]) for field in fields(Recorded)))


def simulate_scenes(scenes: Sequence[tuple[Layer, ...]], random: np.random.Generator) -> NDArray[np.int8]:
    """The stacks of events of scenes, int8 [N, T, C, H, W]; one camera sees all of them, one below the other."""
    step = round(STEP_S * MICROSECONDS / VIEWS_PER_STEP)
    pixels = Pixels(_log_light(scenes, 0.0), random)
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
    for number in range(1, STEPS * VIEWS_PER_STEP + 1):
        pixel, part, sign = pixels.see(_log_light(scenes, number / VIEWS_PER_STEP))
        parts.append((pixel, (number - 1) * step + np.rint(part * step).astype(np.int64), sign))
    length = STEPS * VIEWS_PER_STEP * step
    parts.append(noise(random, len(scenes) * SIZE * SIZE, length))
    pixel, time, polarity = (np.concatenate(column) for column in zip(*parts, strict=True))
    y, x = np.divmod(pixel, SIZE)
    frames, height = STEPS * FRAMES, len(scenes) * SIZE
    stacks = stack(x, y, time, polarity, start=0, duration=length, frames=frames, height=height, width=SIZE)
    return stacks.reshape(STEPS, FRAMES, len(scenes), SIZE, SIZE).transpose(2, 0, 1, 3, 4)


def _some(material: Material, count: int, seed: tuple[int, int]) -> Recorded:
    random = np.random.default_rng(seed)
    scenes = [draw_scene(material, random) for _ in range(count)]
    events = simulate_scenes(scenes, random)
    front = np.stack([render(scene, STEPS, (SIZE, SIZE)).front for scene in scenes])
    labels = np.zeros((count, MOST_LAYERS), np.uint8)
    velocity = np.zeros((count, MOST_LAYERS, 2), np.float32)
    for number, scene in enumerate(scenes):
        labels[number, : len(scene)] = [layer.label for layer in scene]
        velocity[number, : len(scene)] = [layer.velocity for layer in scene]
    return Recorded(events, front, labels, velocity)


def _log_light(scenes: Sequence[tuple[Layer, ...]], time: float) -> NDArray[np.float32]:
    return np.log(np.stack([render(scene, time, (SIZE, SIZE)).light for scene in scenes]) + np.float32(DARK))
