"""A sweep whose points have data of their own, and weights of their own to start from: each run uses those of its point."""

import pytest

from spikegraph.runs.folder import RunFolder
from spikegraph.sweep.folder import SweepFolder

from ..data.image_files import write_folders
from .small_spec import DECLARED, NETWORK

SAMPLE = """profile sample {
  images.source = fashion_mnist_small  images.augment = [random_crop([8, 8]), repeat(3)]
}
"""
GENOTYPE = "sdhs 1\ngenotype plain { n0 = skip(prev2) + skip(prev) }\n"
RETRAIN = """retrain net on images {
  epochs = 1  batch = 16  weights = sgd(lr = 0.05)  loss = cross_entropy(logits)
}
"""


@pytest.fixture
def refused(spikegraph, tmp_path, monkeypatch):
    """Plans a sweep that is refused, of a spec with a profile `sample` whose own folder isn't there; returns what it says."""
    monkeypatch.chdir(tmp_path)
    for name in ("rec", "rec2"):
        (tmp_path / name).mkdir()
    spec = (
        NETWORK.replace("source = imagenet", 'source = imagenet  folder = "nope"').replace("linear(2)", "linear(10)")
        + RETRAIN
        + SAMPLE
    )
    (tmp_path / "net.sdhs").write_text(f"sdhs 1\n{DECLARED}{spec}")

    def call(*given):
        done = spikegraph("slurm", "net.sdhs", *given, "--device", "cpu", "--out", "out", "-o", "out.sh")
        assert done.status != 0 and not (tmp_path / "out").exists()
        return done.err

    return call


@pytest.fixture
def point(spikegraph, tmp_path, monkeypatch):
    """Plans a sweep of a spec in a folder of its own, and runs some of its points; returns their manifests."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "specs").mkdir()
    (tmp_path / "genotype.sdhs").write_text(GENOTYPE)

    def call(spec, values, out, *names):
        (tmp_path / "specs" / "net.sdhs").write_text(f"sdhs 1\n{DECLARED}{spec}")
        plan = ("slurm", "specs/net.sdhs", "--genotype", "genotype.sdhs", "--device", "cpu", "--set", values, "--out", out)
        assert spikegraph(*plan, "-o", f"{out}.sh").status == 0
        for name in names:
            done = spikegraph("compile", "--train", "--out", f"{out}/{name}", "--resume")
            assert done.status == 0, done.err
        return [RunFolder(tmp_path / out / name).read_manifest() for name in names]

    return call


def test_each_point_has_its_own_data_and_its_own_weights(point, tmp_path):
    for name, size in (("a", (8, 8)), ("b", (9, 9))):
        write_folders(tmp_path / "specs" / name, [size] * 4)
    spec = NETWORK.replace("source = imagenet", 'source = imagenet  folder = "a"') + RETRAIN
    first, second = point(spec, 'images.folder="a","b"', "specs/data", "folder=a", "folder=b")
    assert [first.data_folder, second.data_folder] == ["specs/a", "specs/b"]
    assert first.data_sha256 != second.data_sha256
    spec = spec.replace("epochs = 1", 'epochs = 1  weights_from = "data/folder=a"')
    weights = 'retrain.weights_from="data/folder=a","data/folder=b"'
    (other,) = point(spec, weights, "weights", "weights_from=data_folder_b")
    assert other.weights_from == "specs/data/folder=b"
    assert "--weights" in other.command


def test_the_sample_is_for_points_without_data(spikegraph, refused, tmp_path):
    given = ("slurm", "net.sdhs", "--device", "cpu")
    done = spikegraph(*given, "--set", 'images.folder="rec","rec2"', "--out", "own", "-o", "own.sh")
    assert done.status == 0, done.err
    plan = SweepFolder(tmp_path / "own").read_plan()
    assert (plan.profile, plan.data_folders) == (None, {"folder=rec": "rec", "folder=rec2": "rec2"})
    done = spikegraph(*given, "--seeds", "0-1", "--out", "sample", "-o", "sample.sh")
    assert done.err.startswith("the data set `images`, the folder nope, is missing; using the profile `sample`"), done.err
    assert SweepFolder(tmp_path / "sample").read_plan().profile == "sample"
    told = 'the data set `images`, the folder nope, is missing with --set images.folder="nope"; '
    assert told in refused("--set", 'images.folder="rec","nope"')
    assert 'the folder no, is missing with --set images.folder="no"; ' in refused("--set", 'images.folder="no","nope"')


def test_an_option_does_not_replace_what_varies(refused):
    folders, weights = 'images.folder="rec","rec2"', 'retrain.weights_from="rec","rec2"'
    said = refused("--set", folders, "--data", "rec")
    assert "the `folder` of the data set varies, and --data would take its place in all runs; leave one of them out" in said
    said = refused("--set", weights, "--weights", "rec", "--data", "rec")
    assert "`weights_from` varies, and --weights would take its place in all runs; leave one of them out" in said


def test_a_folder_missing_in_one_point_starts_nothing(refused, tmp_path):
    spec = (tmp_path / "net.sdhs").read_text()
    (tmp_path / "net.sdhs").write_text(spec.partition("profile")[0] + "profile long { retrain.epochs = 2 }\n")
    said = refused("--profile", "long", "--set", 'images.folder="rec","no"')
    assert said == (
        'error: the data are missing: there is no folder no, with --set images.folder="no"\nhelp: give a folder that is there\n'
    )


def test_a_job_array_starts_from_weights(spikegraph, point, tmp_path):
    (tmp_path / "specs" / "a").mkdir()
    (tmp_path / "tuned").mkdir()
    point(NETWORK.replace("source = imagenet", 'source = imagenet  folder = "a"') + RETRAIN, "retrain.batch=2,4", "planned")
    given = ("--genotype", "genotype.sdhs", "--weights", "tuned", "--freeze", "stem", "--rate", "logits=0.1")
    done = spikegraph("slurm", "specs/net.sdhs", *given, "--seeds", "0-1", "--out", "tuning", "-o", "tuning.sh")
    assert done.status == 0, done.err
    plan = SweepFolder(tmp_path / "tuning").read_plan()
    assert (plan.weights, plan.overrides) == ("tuned", ('retrain.freeze=["stem"]', 'retrain.rates=[0.1 * "logits"]'))
