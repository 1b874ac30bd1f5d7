"""Lines, percentiles, and formats of other packages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from spikegraph.base.errors import UserError
from spikegraph.streaming.arrivals import Arrived
from spikegraph.streaming.cutting import StepEvents
from spikegraph.streaming.folder import result_folder
from spikegraph.streaming.latencies import Latencies
from spikegraph.streaming.pipes import PIPES, Lines, PipeFormat
from spikegraph.streaming.results import WRITERS, Result, Streamed, line
from spikegraph.streaming.running import Counted

from .stream_helpers import events


def result(**outputs: np.ndarray) -> Result:
    arrived = Arrived(events([5, 7]), np.zeros(2, np.uint8), 0.0)
    step = StepEvents(3, 1, 2, 5, 10, arrived, np.array([0, 2]), 5, 4, 10, 0.0)
    return Result(step, {}, {name: value.astype(np.float32) for name, value in outputs.items()}, 1.25)


def test_pictures_show_sums_over_channels_in_different_colours() -> None:
    """Pixels of one row with 1 to 5 of five channels; full colour is the 99 % quantile of these sums, 4.96."""
    from spikegraph.backends.report.stream_pictures import Frames

    film = np.triu(np.ones((5, 5), np.float32))[None, :, None]
    pixels = np.asarray(Frames(Streamed("net", {}, {})).draw(replace(result(), inputs={"film": film})))
    expected = [255 * (1 - min(1, k / 4.96)) for k in range(1, 6)]
    assert pixels[10 + 18 + 18 + 9, 10 + 9 : 10 + 5 * 22 : 22, 0] == pytest.approx(expected, abs=1)


def test_a_line_has_classes_in_full_and_the_range_of_maps() -> None:
    streamed = Streamed("net", {}, {"logits": "class", "steps": "step_class"}, classes=("cat", "dog"))
    found = result(
        logits=np.array([0.5, np.inf, 2]),
        depth=np.array([[[1, 3, np.nan]]]),
        none=np.full((1, 1, 1), np.nan),
        more=np.array([1]),
        steps=np.array([1, 4, 0]),
    )
    assert json.loads(line(found, streamed)) == {
        "step": 3,
        "sequence": 1,
        "index": 2,
        "start_us": 5,
        "stop_us": 10,
        "events": 2,
        "late": 4,
        "latency_ms": 1.25,
        "outputs": {
            "logits": {"class": 1, "class_name": "dog", "values": [0.5, None, 2.0]},
            "depth": {"least": 1.0, "mean": 2.0, "largest": 3.0},
            "none": {"least": None, "mean": None, "largest": None},
            "more": {"values": [1.0]},
            "steps": {"class": 1, "class_name": "dog", "values": [1.0, 4.0, 0.0]},
        },
    }


def test_percentiles_are_those_of_all_durations() -> None:
    durations, found = np.random.default_rng(0).lognormal(1, 2, 4999), Latencies()
    assert found.percentile(50) == 0
    for duration in durations:
        found.add(float(duration))
    for percent in (1, 50, 90, 99, 99.9):
        assert found.percentile(percent) == pytest.approx(np.percentile(durations, percent, method="inverted_cdf"), rel=0.01)
    assert (found.percentile(100), found.count) == (pytest.approx(durations.max(), rel=0.01), 4999)
    found.add(0.0)
    found.add(1e12)
    assert found.percentile(0.001) <= 1e-3
    assert found.largest == 1e12


def test_other_packages_add_formats(registrations, tmp_path: Path) -> None:
    class Names:
        def __init__(self, folder: Path, streamed: Streamed) -> None:
            self.file = (folder / "names.txt").open("w")

        def add(self, result: Result) -> None:
            self.file.write(f"{sorted(result.outputs)}\n")

        def close(self) -> None:
            self.file.close()

    WRITERS.register("names", Names)
    PIPES.register("words", PipeFormat("lines with blanks", Lines))
    with result_folder(tmp_path / "out", ["names"], Streamed("net", {}, {}), Counted()) as write:
        for one in write:
            one(result(b=np.ones(1), a=np.ones(1)))
    assert (tmp_path / "out" / "names.txt").read_text() == "['a', 'b']\n"
    assert PIPES["words"].parser().feed(b"1,2,3,0\n")[0].t.tolist() == [1]


def test_a_format_that_refuses_leaves_nothing(registrations, tmp_path: Path) -> None:
    def refuses(folder: Path, streamed: Streamed) -> None:
        raise UserError("it needs a map")

    WRITERS.register("maps", refuses)
    path, formats = tmp_path / "a" / "b", ["hdf5", "png", "maps"]
    with pytest.raises(UserError, match="it needs a map"), result_folder(path, formats, Streamed("n", {}, {}), Counted()):
        pass
    assert not path.exists()
    path.mkdir()
    with pytest.raises(UserError, match="it needs a map"), result_folder(path, formats, Streamed("n", {}, {}), Counted()):
        pass
    assert list(path.iterdir()) == []
