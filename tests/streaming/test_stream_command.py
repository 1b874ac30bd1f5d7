"""`spikegraph stream`: a trained network says of a stream what it says of the same events as a test sample."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest
from PIL import Image

from spikegraph.cli.entry import run as command

from ..data.events.recording_files import write_dat, write_faery
from .stream_helpers import last_of_each, lines, repeated

CLASSES = ["T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"]


def test_a_recording_has_the_results_of_its_samples(run, samples, tmp_path, capsys) -> None:
    events, logits = samples
    for name, write in (("a.dat", write_dat), ("a.aedat4", write_faery), ("a.raw", write_faery)):
        path = write(tmp_path / name, events)
        assert command(["stream", str(run), str(path), "-o", "-", "--sensor", "34x34"]) == 0
        found = lines(capsys.readouterr().out)
        assert [(step["step"], step["sequence"], step["index"]) for step in found[:4]] == [
            (0, 0, 0),
            (1, 0, 1),
            (2, 0, 2),
            (3, 1, 0),
        ]
        np.testing.assert_allclose(last_of_each(found), logits, rtol=1e-5, atol=1e-6)
        assert sum(step["events"] for step in found) == len(events.t)


def test_the_files_of_a_folder(run, samples, tmp_path, capsys) -> None:
    path, out = write_dat(tmp_path / "a.dat", samples[0]), tmp_path / "results"
    options = ["--sensor", "34x34", "--to", "hdf5", "--to", "png", "--to", "mp4"]
    assert command(["stream", str(run), str(path), "-o", str(out), "--json", *options]) == 0
    assert sorted(p.name for p in out.iterdir()) == ["frames", "results.h5", "results.mp4", "steps.jsonl", "summary.json"]
    found = lines((out / "steps.jsonl").read_text())
    said = [(step["outputs"]["logits"][key] for key in ("class", "class_name", "values")) for step in found]
    assert all(name == CLASSES[number] == CLASSES[np.argmax(values)] for number, name, values in said)
    summary = json.loads((out / "summary.json").read_text())
    assert summary == json.loads(capsys.readouterr().out)
    assert (summary["steps"], summary["sequences"], summary["events"]) == (12, 4, len(samples[0].t))
    assert (summary["ended"], summary["late"], summary["live"]) == ("end", 0, False)
    assert 0 < summary["latency_ms"]["median"] <= summary["latency_ms"]["99"] <= summary["latency_ms"]["largest"]
    with h5py.File(out / "results.h5") as file:
        about = json.loads(file.attrs["spikegraph"])
        assert (about["kinds"], about["classes"]) == ({"logits": "class"}, CLASSES)
        for key in ("step", "sequence", "index", "start_us", "stop_us", "events", "late"):
            assert file[key][:].tolist() == [step[key] for step in found]
        values = [step["outputs"]["logits"]["values"] for step in found]
        np.testing.assert_allclose(file["outputs/logits"][:], values, rtol=1e-6)
    import av

    pictures = sorted((out / "frames").iterdir())
    assert [p.name for p in pictures] == [f"{k:07d}.png" for k in range(12)]
    with av.open(str(out / "results.mp4")) as video:
        frames = [frame.to_ndarray(format="rgb24") for frame in video.decode(video=0)]
        assert float(video.streams.video[0].average_rate) == pytest.approx(30, rel=1e-3)
    assert len(frames) == 12
    for picture, frame in zip(pictures, frames, strict=True):
        expected = np.asarray(Image.open(picture).convert("RGB")).astype(int)
        assert np.abs(frame[: expected.shape[0], : expected.shape[1]] - expected).mean() < 4
    assert np.abs(np.diff(np.stack(frames).astype(int), axis=0)).mean() > 0.1


def test_a_truncated_recording_keeps_its_results(run, samples, tmp_path, capsys) -> None:
    for name, write in (("a.dat", write_dat), ("a.aedat4", write_faery), ("a.raw", write_faery)):
        path = write(tmp_path / name, repeated(samples[0], 5))
        data = path.read_bytes()
        cut = len(data) * 2 // 3
        path.write_bytes(data[: cut - (len(data) - cut + 1) % 2])  # an odd number of bytes less: a word of EVT 3 has 2
        out = tmp_path / f"{name} results"
        assert command(["stream", str(run), str(path), "-o", str(out), "--sensor", "34x34"]) == 1
        err = capsys.readouterr().err
        assert "it ends within" in err or "ends before its list of packets" in err
        assert err.splitlines()[-1] == "help: the file is truncated: copy or download it again"
        summary = json.loads((out / "summary.json").read_text())
        assert str(path) in summary["ended"]
        assert 20 <= summary["steps"] < 60
        assert len((out / "steps.jsonl").read_text().splitlines()) == summary["steps"]


WRONG = [
    (["--step", "0ms"], 2, "Error: Invalid value for '--step': `0ms` is too short; the shortest is 1us"),
    (
        ["--sensor", "34"],
        2,
        "Error: Invalid value for '--sensor': `34` isn't a size; write height x width in pixels, such as 260x346",
    ),
    (["--to", "pngs"], 2, "Error: --to: no format is called `pngs`; did you mean `png`?"),
    (["--format", "csv"], 2, "Error: --format is for events from standard input; the format of a file follows from its name"),
    (["--unit", "s"], 2, "Error: --unit is for events from standard input; a file says in which unit its time stamps are"),
    (["--step", "50ms", "--gap", "20ms"], 1, "error: a gap of 20,000 microseconds is shorter than a step of 50,000"),
    (["--right", "{path}"], 1, "error: {path}: the network has one camera, so it takes no recording of a right one"),
    (
        ["--sensor", "33x34"],
        1,
        "error: {path}: the sensor's 33 x 34 pixels give values of 2 x 33 x 34, but the network's input `film` has 2 x 34 x 34",
    ),
    (
        ["--sensor", "16x16"],
        1,
        "error: {path}: the sensor's 16 x 16 pixels give values of 2 x 16 x 16, but the network's input `film` has 2 x 34 x 34",
    ),
]


@pytest.mark.parametrize(("options", "status", "message"), WRONG, ids=lambda value: str(value)[:20])
def test_what_is_refused_writes_nothing(run, samples, tmp_path, capsys, options, status, message) -> None:
    path, out = write_dat(tmp_path / "a.dat", samples[0]), tmp_path / "results"
    given = [option.format(path=path) for option in options]
    assert command(["stream", str(run), str(path), "-o", str(out), *given]) == status
    err = " ".join(capsys.readouterr().err.split())
    assert message.format(path=path) in err
    assert not out.exists()


def test_too_few_events_for_a_step(run, samples, tmp_path, capsys) -> None:
    path = write_dat(tmp_path / "a.dat", samples[0].where(slice(7)))
    words = ["stream", str(run), str(path), "-o", "-", "--sensor", "34x34", "--step", "9"]
    assert command(words) == 1
    assert capsys.readouterr().err == f"device: cpu\nerror: {path}: its 7 events are too few for a step\n"
    words[4] = str(tmp_path / "results")
    assert (command(words), (tmp_path / "results").exists()) == (1, False)
    assert capsys.readouterr().err.endswith("its 7 events are too few for a step\n")
    words[4] = "-"
    path.write_bytes(path.read_bytes()[: -7 * 8])
    assert command(words) == 1
    assert capsys.readouterr().err == f"device: cpu\nerror: {path}: there is no event\n"


def test_a_folder_with_something_in_it_is_left_alone(run, samples, tmp_path, capsys) -> None:
    path, out = write_dat(tmp_path / "a.dat", samples[0]), tmp_path / "results"
    out.mkdir()
    (out / "mine").write_text("kept")
    assert command(["stream", str(run), str(path), "-o", str(out)]) == 3
    assert f"error: {out}: it isn't an empty folder" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["mine"]
