from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spikegraph.base.errors import DataError
from spikegraph.data.built_in_recording import sample_folder
from spikegraph.data.sets import data_sets

from .conftest import Writer, declaration, labelled_frames, recorded, truths


def test_any_recording_is_split_by_time(write_recording: Writer) -> None:
    sets = data_sets(declaration(sequence="hall", steps=2), write_recording("hall", frames=20), seed=0)
    assert [w.first for w in recorded(sets.train).windows] == [0, 2, 4, 6, 8, 10, 12]
    assert [k for _, k, _ in truths(sets.validation)] == [14, 15]
    assert [k for _, k, _ in truths(sets.test)] == [16, 17, 18, 19]
    assert sets.notes == (
        "hall: no rectification maps found; assuming that the events are rectified",
        "hall has no published split: training uses the first 70 %, validation the next 10 %, test the rest",
    )
    assert sets.source.startswith("hall in MVSEC's layout (")
    assert np.isfinite(sets.train.sample(0).target).mean() == pytest.approx(0.7, abs=0.01)


def test_indoor_flying(write_recording: Writer) -> None:
    for number, frames in ((1, 1398), (2, 1580), (3, 1815)):
        folder = write_recording(f"indoor_flying{number}", frames=frames, count=5000)
    sets = data_sets(declaration(split=1), folder, seed=0)
    assert len(sets.train) == 517
    assert {w.recording for w in recorded(sets.train).windows} == {"indoor_flying2", "indoor_flying3"}
    assert (labelled_frames(sets.validation), labelled_frames(sets.test)) == (200, 861)
    assert len(sets.test) == -(-1061 // 6)
    assert len(sets.notes) == 3  # each recording lacks its maps
    third = data_sets(declaration(split=3), folder, seed=0)
    assert (labelled_frames(third.validation), labelled_frames(third.test)) == (200, 1343)
    assert len(third.train) == 1180 // 6 + 1420 // 6
    sample = sets.test.sample(0)
    assert sample.name == "indoor_flying1/140"
    assert sample.inputs["left"].shape == (8, 5, 260, 346)


def test_indoor_flying_that_is_too_short(write_recording: Writer) -> None:
    for number in (1, 2, 3):
        folder = write_recording(f"indoor_flying{number}", frames=12)
    with pytest.raises(DataError, match=r"there are 12 depth frames, but split 1 of indoor_flying needs 1580"):
        data_sets(declaration(split=1), folder, seed=0)


def test_indoor_flying_that_is_not_there(write_recording: Writer) -> None:
    folder = write_recording("indoor_flying1")
    with pytest.raises(DataError, match="of the recording `indoor_flying2`"):
        data_sets(declaration(split=1), folder, seed=0)


def test_a_recording_shorter_than_a_sample(write_recording: Writer) -> None:
    with pytest.raises(DataError, match="the training part has 4 labelled frames, but a sample needs 6"):
        data_sets(declaration(sequence="hall"), write_recording("hall", frames=6), seed=0)


def test_mvsec_needs_a_folder() -> None:
    with pytest.raises(DataError, match=r"needs a folder of recordings in MVSEC's layout \(help: give it with --data DIR\)"):
        data_sets(declaration(), None, seed=0)


def test_the_sample_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "spikegraph.data.stereo_parts.sample_folder", lambda cache, **how: sample_folder(tmp_path, duration_s=0.5, **how)
    )
    sets = data_sets(declaration(source="sample", steps=2), None, seed=0)
    assert len(sets.train) == 4
    assert list(tmp_path.glob("sample/*/sample_data.hdf5"))


def test_a_folder_without_the_sample(write_recording: Writer) -> None:
    folder = write_recording("hall")
    with pytest.raises(DataError, match="this folder contains hall instead of the built-in sample") as caught:
        data_sets(declaration(source="sample"), folder, seed=0)
    name = declaration(source="sample").name
    assert caught.value.help == (
        f"to read this recording with the same profile, add --set {name}.source=mvsec --set {name}.sequence=hall"
    )
    (folder / "none").mkdir()
    with pytest.raises(DataError, match="this folder contains no recording instead of the built-in sample") as caught:
        data_sets(declaration(source="sample"), folder / "none", seed=0)
    assert caught.value.help == f"generate it with `spikegraph data sample -o {folder / 'none'}`"


def test_unknown_split(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="splits 1 and 3, not 2"):
        data_sets(declaration(split=2), tmp_path, seed=0)


def test_data_needs_no_torch() -> None:
    """Data are read, checked and written without torch."""
    package = "spikegraph.data"
    folder = Path(__file__).parents[2] / "spikegraph" / "data"
    modules = [p.stem for p in sorted(folder.glob("*.py"))]
    assert {"sample", "mvsec", "check", "built_in_recording"} <= set(modules)
    code = (
        f"import sys, importlib\nimportlib.import_module({package!r})\n"
        "assert not {'torch', 'h5py', 'scipy', 'skimage'} & set(sys.modules)\n"
        f"for name in {modules!r}: importlib.import_module({package!r} + '.' + name)\n"
        "assert 'torch' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=folder.parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
