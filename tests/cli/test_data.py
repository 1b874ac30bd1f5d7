import h5py
import pytest

from ..data.dsec_files import write_sequence
from ..data.events.published_files import made, write_bin


@pytest.fixture
def short(monkeypatch):
    """Shortens the sample; other tests check its contents."""
    from spikegraph.data import built_in_recording as sample

    whole = sample.write_sample
    monkeypatch.setattr(sample, "write_sample", lambda folder, *_, on_progress=None: whole(folder, 0.3, on_progress))


def test_the_sample_is_sound(spikegraph, short, tmp_path):
    folder = tmp_path / "sample"
    made = spikegraph("data", "sample", "-o", folder)
    assert made.status == 0
    assert made.out.splitlines() == [str(folder / f"sample_{kind}.hdf5") for kind in ("data", "gt")]
    assert "simulated events" in made.err
    checked = spikegraph("data", "check", folder)
    assert checked.status == 0
    assert checked.out.splitlines()[-1] == "sound"
    found = spikegraph("data", "check", folder, "--json").json
    assert (found["format_version"], found["sound"]) == (1, True)


def test_the_sample_in_the_cache(spikegraph, short, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    found = spikegraph("data", "sample", "--json").json
    assert found["folder"].startswith(str(tmp_path))
    with h5py.File(found["files"][0]) as file:
        assert file.attrs["origin"] == found["origin"]


def test_what_is_unsound(spikegraph, tmp_path):
    (tmp_path / "flying_data.hdf5").write_bytes(b"no hdf5")
    done = spikegraph("data", "check", tmp_path)
    assert done.status == 1
    assert "flying_gt.hdf5 is missing" in done.out
    assert spikegraph("data", "check", tmp_path, "--json").json["sound"] is False


EVENTS = """\
sdhs 1
neuron lif { }
network net {
  input film : real[2, 34, 34]
  output logits = film -> conv(3, out = 4) -> norm -> lif -> pool -> linear(2) -> mean(time)
}
dataset mine {
  source = events
}
retrain net on mine {
  epochs = 1  batch = 2
  weights = adam(lr = 0.02)
  loss    = cross_entropy(logits)
}
"""


def test_a_spec_that_reads_the_folder(spikegraph, tmp_path):
    for label in "ab":
        for k in range(2):
            write_bin(tmp_path / "data" / label / f"{k}.bin", *made(k, 50, 34, 34))
    spec = tmp_path / "net.sdhs"
    spec.write_text(EVENTS)
    alone = spikegraph("data", "check", tmp_path / "data")
    assert (alone.status, alone.out.splitlines()[-1]) == (0, "sound for a spec that says what is named above")
    refused = spikegraph("data", "check", tmp_path / "data", "--spec", spec)
    assert refused.status == 1
    assert refused.out.count("it doesn't tell the size of its sensor") == 4
    spec.write_text(EVENTS.replace("source = events", "source = events  sensor = [34, 34]"))
    sound = spikegraph("data", "check", tmp_path / "data", "--spec", spec)
    assert (sound.status, sound.out.splitlines()[-1]) == (0, "sound")
    spec.write_text(spec.read_text().replace("linear(2)", "linear(3)"))
    misfit = spikegraph("data", "check", tmp_path / "data", "--spec", spec)
    assert misfit.status == 1
    assert "`logits` has the logits of 3 classes, but `mine` has 2" in misfit.out
    spec.write_text(EVENTS[: EVENTS.index("retrain")])
    none = spikegraph("data", "check", tmp_path / "data", "--spec", spec)
    error = [f"error: {spec} trains on no data set", "help: add a `dataset` and `retrain NETWORK on DATASET`"]
    assert (none.status, none.err.splitlines()) == (1, error)


def test_no_folder(spikegraph, tmp_path):
    done = spikegraph("data", "check", tmp_path / "nowhere")
    assert (done.status, done.out) == (2, "")
    assert f"Directory '{tmp_path / 'nowhere'}' does not exist" in done.err


def test_progress_while_the_sample_is_made(spikegraph, short, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "built-in recording  120/120 views" in spikegraph("data", "sample").err
    again = spikegraph("data", "sample")
    assert (again.status, "views" in again.err) == (0, False)


def test_progress_of_a_check_of_images(spikegraph, tmp_path):
    from PIL import Image

    for part in ("train", "val"):
        (tmp_path / part / "a").mkdir(parents=True)
        Image.new("L", (30, 20)).save(tmp_path / part / "a" / "1.png")
    done = spikegraph("data", "check", tmp_path)
    assert (done.status, done.out.splitlines()[-1]) == (0, "sound")
    assert "check  2/2 files" in done.err
    assert spikegraph("data", "check", tmp_path, "--json").json["images"][0]["source"] == "imagenet"


def test_check_of_dsec(tmp_path, spikegraph):
    write_sequence(tmp_path, "a", disparities=2, count=100)
    done = spikegraph("data", "check", tmp_path)
    assert done.status == 0
    assert "train/a\n  left events: 100 from 51648.506 s" in done.out
    assert spikegraph("data", "check", tmp_path, "--json").json["sequences"][0]["name"] == "train/a"
