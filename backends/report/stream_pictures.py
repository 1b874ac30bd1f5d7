"""Streamed results as pictures: what the network saw at each step and what it made of it, as PNG files or as a video."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from spikegraph.backends.report.tiles import (
    Ends,
    Legend,
    Picture,
    enlarged,
    labels_legend,
    look_of,
    page,
    plane_of,
    sign_legend,
    task_legend,
    tile,
    truth_picture,
)
from spikegraph.base.errors import UserError
from spikegraph.data.signed_picture import full_scale
from spikegraph.streaming.results import VECTOR, Result, Streamed
from spikegraph.tasks.task import Look

FRAMES, VIDEO = "frames", "results.mp4"
"""The folder of the PNG files, and the name of the video."""

FRAMES_PER_SECOND = 20
"""Of steps that don't last equally long."""

MOST_PER_SECOND = 240
"""Of shorter steps: screens show no more."""


class Frames:
    """Draws results, all in the same size. Colours grow with the values: what was drawn in full colour may be paler later."""

    def __init__(self, streamed: Streamed) -> None:
        self._streamed = streamed
        self._scales: dict[str, float] = {}
        self._negative: set[str] = set()
        self._begun: int | None = None
        tasks = {streamed.kinds.get(name, "") for name, shape in streamed.shapes.items() if len(shape) != VECTOR}
        labels = range(len(streamed.classes)) if any(look_of(task) == "labels" for task in tasks) else ()
        entries: list[Legend] = [sign_legend(streamed.signed), *(task_legend(task) for task in sorted(tasks))]
        self._legend: Legend = [*(entry for of in entries for entry in of), *labels_legend(labels, streamed.classes)]

    def draw(self, result: Result) -> Image.Image:
        """The picture of a result."""
        signed = self._streamed.signed
        tiles: list[tuple[str, Picture]] = []
        for name, value in result.inputs.items():
            tiles.append((name, tile(value[0], self._scale(name, plane_of(value[0], signed, True)), signed, True)))
        said: list[str] = []
        for name, value in result.outputs.items():
            task = self._streamed.kinds.get(name, name)
            if value.ndim == VECTOR:
                found = self._streamed.class_of(name, value)
                said.append(f"{name}: {found.get('class_name') or 'class {class}'.format(**found)}" if found else name)
                continue
            look = look_of(task)
            look = "numbers" if look == "colours" else look  # the task draws targets, not what a network gives
            shown = value.argmax(0)[None] if look == "labels" else value
            ends = None if look == "labels" else self._ends(name, value, look)
            tiles.append((name, enlarged(truth_picture(shown, look, ends))))
        self._begun = result.step.start if self._begun is None else self._begun
        title = "   ".join([f"{(result.step.stop - self._begun) / 1e6:.3f} s", f"step {result.step.number}", *said])
        return page([tiles], [title], self._legend)

    def _ends(self, name: str, value: NDArray[Any], look: Look) -> Ends:
        """The ends of the colours: of numbers from below 0, as soon as one was negative."""
        scale = self._scale(name, value)
        self._negative |= {name} if look == "numbers" and (value < 0).any() else set()
        return (-scale if name in self._negative else 0.0), scale

    def _scale(self, name: str, value: NDArray[Any]) -> float:
        """The value in full colour: the largest one that any picture so far would have."""
        found = full_scale(value) if np.any(value) else 0.0
        self._scales[name] = max(self._scales.get(name, 0.0), found)
        return self._scales[name] or 1.0


class PngSequence:
    """A PNG file for each step, `frames/0000000.png` and so on."""

    def __init__(self, folder: Path, streamed: Streamed) -> None:
        """Makes the folder.

        Raises:
            OSError: It can't be written.
        """
        self._folder, self._frames = folder / FRAMES, Frames(streamed)
        self._folder.mkdir()

    def add(self, result: Result) -> None:
        """As `Writer`."""
        self._frames.draw(result).save(self._folder / f"{result.step.number:07d}.png", compress_level=3)

    def close(self) -> None:
        """As `Writer`."""


class Video:
    """A video `results.mp4` in H.264 with a picture for each step. It can be played also after the writer was killed.

    It is as fast as the steps are long from 1/240 s to 1 s; shorter ones are shown at `MOST_PER_SECOND`, longer ones at one
    picture a second.
    """

    def __init__(self, folder: Path, streamed: Streamed) -> None:
        """Makes the file.

        Raises:
            UserError: The package av is missing.
            OSError: The file can't be written.
        """
        try:
            import av  # noqa: PLC0415 (optional)
        except ImportError as error:
            raise UserError("videos need the package av", 'install it with: pip install "spikegraph[video]"') from error
        self._av: Any = av
        self._frames = Frames(streamed)
        rate = FRAMES_PER_SECOND if streamed.step_s is None else 1 / streamed.step_s
        self._rate = Fraction(min(max(rate, 1), MOST_PER_SECOND)).limit_denominator(1001)
        # Fragments: the file is whole after each second, and needs no index that is written at the end.
        self._file: Any = av.open(str(folder / VIDEO), "w", options={"movflags": "frag_keyframe+empty_moov+default_base_moof"})
        self._stream: Any = None

    def add(self, result: Result) -> None:
        """As `Writer`."""
        picture = np.asarray(self._frames.draw(result).convert("RGB"))
        if self._stream is None:
            self._stream = self._started(*picture.shape[:2])
        # The format needs even sizes; captions may make a picture wider than the first one.
        height, width = self._stream.height, self._stream.width
        fitting = np.full((height, width, 3), 255, np.uint8)
        part = picture[:height, :width]
        fitting[: part.shape[0], : part.shape[1]] = part
        self._mux(self._av.VideoFrame.from_ndarray(fitting, format="rgb24"))

    def close(self) -> None:
        """As `Writer`."""
        if self._stream is not None:
            self._mux(None)
        self._file.close()

    def _started(self, height: int, width: int) -> Any:
        stream = self._file.add_stream("libx264", rate=self._rate)
        stream.height, stream.width, stream.pix_fmt = height + height % 2, width + width % 2, "yuv420p"
        stream.options = {"tune": "zerolatency", "crf": "18"}
        stream.gop_size = max(1, round(self._rate))
        return stream

    def _mux(self, frame: object) -> None:
        for packet in self._stream.encode(frame):
            self._file.mux(packet)
