"""Simulates an event camera: events from the log intensity of rendered views."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spikegraph.data.motion import Camera, pose
from spikegraph.data.scene import View

VIEWS_PER_SECOND = 200
VIEWS_PER_DEPTH_FRAME = 10  # 20 Hz, as in MVSEC
VIEWS_PER_IMAGE = 8  # 25 Hz
THRESHOLD = 0.35
"""Change of log intensity that triggers an event."""
THRESHOLD_SPREAD = 0.03  # standard deviation over the pixels
NOISE_RATE = 0.3  # noise events per pixel and second
DARK = 0.01  # added to the luminance so that the logarithm of a dark pixel is finite
MICROSECONDS = 1_000_000


@dataclass(frozen=True)
class Simulated:
    """The recording of one camera.

    Attributes:
        x: Columns, int64 [N].
        y: Rows, int64 [N].
        t: Time stamps in whole microseconds from the start, ascending, int64 [N].
        p: Polarities -1 or +1, int64 [N].
        disparity: Disparities in pixels every 50 ms, starting at 50 ms, NaN where unknown; float32 [D, H, W].
        images: What the camera sees every 40 ms, starting at 0, in sRGB's coding of linear light; uint8 [M, H, W].
    """

    x: NDArray[np.int64]
    y: NDArray[np.int64]
    t: NDArray[np.int64]
    p: NDArray[np.int64]
    disparity: NDArray[np.float32]
    images: NDArray[np.uint8]


class Pixels:
    """Pixels of an event camera: each fires when its log intensity differs by a threshold from that of its last event."""

    def __init__(self, log_light: NDArray[np.float32], random: np.random.Generator) -> None:
        """Start from this log intensity [H, W] with random thresholds and reference levels."""
        spread = random.normal(THRESHOLD, THRESHOLD_SPREAD, log_light.size).astype(np.float32)
        self._threshold = np.maximum(spread, np.float32(THRESHOLD / 3))
        self._light = log_light.ravel()
        phase = random.uniform(-0.5, 0.5, log_light.size).astype(np.float32)
        self._reference = self._light + phase * self._threshold

    def see(self, log_light: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
        """The events between the previous view and this one, the log intensity taken as linear in time.

        Returns:
            Flat pixel numbers [N], times from 0 to 1 between the views [N], polarities [N].
        """
        light = log_light.ravel()
        pixel = np.nonzero(np.abs(light - self._reference) >= self._threshold)[0]
        before, now, step = (a[pixel].astype(np.float64) for a in (self._light, light, self._threshold))
        reference = self._reference[pixel].astype(np.float64)
        count = ((np.abs(now - reference)) / step).astype(np.int64)
        sign = np.sign(now - reference)
        self._reference[pixel] = (reference + sign * count * step).astype(np.float32)
        self._light = light
        each = np.repeat(np.arange(pixel.size), count)
        number = np.arange(each.size) - np.repeat(np.cumsum(count) - count, count) + 1
        level = reference[each] + sign[each] * number * step[each]
        travelled = now[each] - before[each]
        still = np.abs(travelled) < 1e-9
        part = np.where(still, 1.0, (level - before[each]) / np.where(still, 1.0, travelled))
        return pixel[each], np.clip(part, 0, 1), sign[each].astype(np.int64)


def noise(
    random: np.random.Generator, pixels: int, length: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The noise events of some pixels over a length in microseconds.

    Returns:
        Flat pixel numbers [N], times in whole microseconds, not sorted [N], polarities -1 or +1 [N].
    """
    count = int(random.poisson(NOISE_RATE * pixels * length / MICROSECONDS))
    pixel, time = random.integers(pixels, size=count), random.integers(length, size=count)
    return pixel, time, random.integers(2, size=count) * 2 - 1


def views_of(duration_s: float) -> int:
    """The number of views that are rendered for a duration; a rest shorter than a depth frame is dropped."""
    return round(duration_s * VIEWS_PER_SECOND) // VIEWS_PER_DEPTH_FRAME * VIEWS_PER_DEPTH_FRAME


def image(luminance: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Linear light from 0 to 1 as pixels in sRGB's coding (IEC 61966-2-1), uint8 [H, W]."""
    light = np.clip(luminance, 0, 1)
    coded = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.rint(255 * coded).astype(np.uint8)


def simulate(
    view: View, duration_s: float, size: tuple[int, int], seed: int, on_view: Callable[[], None] = lambda: None
) -> Simulated:
    """Record a view with the moving rig.

    Args:
        view: The camera's view from the resting rig.
        duration_s: Length in seconds; a rest shorter than a depth frame is dropped.
        size: Height and width of the sensor in pixels.
        seed: Random seed of thresholds and noise; use a different one for each camera.
        on_view: Called after each view.
    """
    random = np.random.default_rng(seed)
    camera = Camera(view, size)
    views = views_of(duration_s)
    depth_frames = views // VIEWS_PER_DEPTH_FRAME
    step = MICROSECONDS // VIEWS_PER_SECOND
    begin = camera.render(pose(0.0), False).luminance
    pixels, images = Pixels(np.log(begin + np.float32(DARK)), random), [image(begin)]
    disparity = np.empty((depth_frames, *size), dtype=np.float32)
    parts: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
    for number in range(1, views + 1):
        labelled = number % VIEWS_PER_DEPTH_FRAME == 0
        frame = camera.render(pose(number / VIEWS_PER_SECOND), labelled)
        if frame.disparity is not None:
            disparity[number // VIEWS_PER_DEPTH_FRAME - 1] = frame.disparity
        if number % VIEWS_PER_IMAGE == 0:
            images.append(image(frame.luminance))
        pixel, part, sign = pixels.see(np.log(frame.luminance + np.float32(DARK)))
        parts.append((pixel, (number - 1) * step + np.rint(part * step).astype(np.int64), sign))
        on_view()
    length = views * step
    parts.append(noise(random, size[0] * size[1], length))
    pixel, t, p = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.argsort(t, kind="stable")
    y, x = np.divmod(pixel[order], size[1])
    return Simulated(x, y, t[order], p[order], disparity, np.stack(images))
