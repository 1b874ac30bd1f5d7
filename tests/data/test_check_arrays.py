"""`data check` of a folder with files of arrays."""

import h5py
import numpy as np

from spikegraph.data.check import check


def test_arrays_are_listed_with_their_shapes(tmp_path):
    np.savez(tmp_path / "a.npz", images=np.arange(80, dtype=np.uint8).reshape(4, 4, 5), labels=np.arange(4) % 2)
    np.save(tmp_path / "b.npy", np.zeros((2, 6)))
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["set/pixels"] = np.zeros((7, 2))
    report = check(tmp_path)
    assert report.sound
    assert report.notes == ("a.npz: images [4, 4, 5]", "a.npz: labels [4]", "b.npy: [2, 6]", "c.h5: set/pixels [7, 2]")


def test_values_that_no_spec_can_train_on(tmp_path):
    """Only a spec says what `inputs` and `targets` are, but not one takes these."""
    inputs, targets = np.random.default_rng(0).normal(size=(50, 6, 3)).astype(np.float32), np.arange(50.0)
    np.savez(tmp_path / "a.npz", inputs=inputs, targets=targets)
    assert check(tmp_path).sound
    inputs[45, 2] = np.nan
    np.savez(tmp_path / "a.npz", inputs=inputs, targets=targets)
    assert check(tmp_path).problems == ("a.npz: `inputs[45]` has numbers that aren't finite",)
    for alike, said in (
        (np.full(50, 2.0), "all targets of this"),
        (np.full(50, "up"), "all other training samples have the class `up`"),
    ):
        np.savez(tmp_path / "a.npz", inputs=np.nan_to_num(inputs), targets=alike)
        (problem,) = check(tmp_path).problems
        assert said in problem


def test_damaged_files_are_named(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"no zip")
    (tmp_path / "b.h5").write_bytes(b"")
    np.save(tmp_path / "c.npy", np.array([{}], object), allow_pickle=True)
    np.savez_compressed(tmp_path / "d.npz", images=np.arange(1000))
    whole = (tmp_path / "d.npz").read_bytes()
    (tmp_path / "d.npz").write_bytes(whole[: len(whole) // 2])
    problems = check(tmp_path).problems
    assert [p.partition(":")[0] for p in problems] == ["a.npz", "b.h5", "c.npy", "d.npz"]
    assert problems[1] == "b.h5: the file is empty (copy or download it again)"
    assert all("write it again, without objects" in problems[k] for k in (0, 2, 3))
