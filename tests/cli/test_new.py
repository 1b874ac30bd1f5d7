"""`spikegraph new`: the files of each kind, its README typed as it stands there, and names that are refused."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from spikegraph.cli.new import KINDS
from spikegraph.starters.kinds import STARTERS

FILES = {
    "images": {"README.md": 1, "images": 180, "mine.sdhs": 1},
    "events": {"README.md": 1, "mine.sdhs": 1, "recordings": 120},
    "arrays": {"README.md": 1, "images.npz": 1, "mine.sdhs": 1},
    "sequences": {"README.md": 1, "mine.sdhs": 1, "sequences.npz": 1},
    "torch": {"README.md": 1, "images.npz": 1, "mine.sdhs": 1, "model.py": 1, "network": 2},
}
"""By kind, how many files there are at and below each name in the folder."""


@pytest.fixture
def make(spikegraph, tmp_path, monkeypatch):
    """Runs `spikegraph new` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: spikegraph("new", *arguments)


def test_kinds_are_those_of_the_starters():
    assert tuple(STARTERS) == KINDS
    assert list(FILES) == list(KINDS)


@pytest.mark.slow
@pytest.mark.parametrize("kind", [pytest.param(k, marks=[pytest.mark.long] * (k == "arrays")) for k in KINDS])
def test_the_readme_is_typed_as_it_stands(make, spikegraph, kind, monkeypatch):
    """The network is better than every baseline, and predicts the class of a file of the example.

    The data of `torch` are those of `arrays`, which is long.
    """
    done = make("mine", "--from", kind)
    assert (done.status, *done.out.splitlines()[-2:]) == (0, "next: train it:", "  spikegraph compile mine/mine.sdhs --train")
    assert listed(Path("mine")) == FILES[kind]
    (block,) = re.findall(r"```sh\n(.*?)```", Path("mine/README.md").read_text(encoding="utf-8"), re.DOTALL)
    commands = [shlex.split(line, comments=True)[1:] for line in block.splitlines()]
    assert [words[0] for words in commands if words[0] != "import"][:3] == ["check", "data", "compile"]
    for words in commands:
        monkeypatch.delitem(sys.modules, "model", raising=False)  # of the command before, in this process
        out = ["--out", "other", "--set", "retrain.epochs=1"] if "--profile" in words else ["--out", "run"]
        device = ["--device", "cpu"] if words[0] in ("compile", "predict") else []
        found = spikegraph(*("run" if w == "RUN" else w for w in words), *(out if "--train" in words else []), *device)
        assert found.status == 0, found.err
        assert "warning" not in found.err
    methods = spikegraph("show", "run", "--json").json["methods"]
    network = methods.pop("network")["accuracy_percent"]
    assert methods
    assert all(network > 20 + of["accuracy_percent"] for of in methods.values())
    predicted = Path("predictions/predictions.csv").read_text(encoding="utf-8").splitlines()
    of_files = {"images": "circle", "events": "left"}
    assert of_files.get(kind, "") in predicted[1].split(",")[1]
    assert len(predicted) == {"images": 2, "events": 2, "sequences": 201}.get(kind, 181)


def test_images_are_the_default_and_the_same_each_time(make):
    assert make("mine").status == make("below/other").status == 0
    assert listed(Path("mine")) == FILES["images"]
    pairs = [(path, Path("below/other", path.relative_to("mine"))) for path in Path("mine/images").rglob("*.png")]
    assert len(pairs) == 180
    assert all(one.read_bytes() == other.read_bytes() for one, other in pairs)
    assert "spikegraph check other/other.sdhs" in Path("below/other/README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "mine.sdhs",
            "`mine.sdhs` can't be the folder of a project\nhelp: name it with letters, digits, `-` and `_`, such as `mine`",
        ),
        (
            "my net!",
            "`my net!` can't be the folder of a project\nhelp: name it with letters, digits, `-` and `_`, such as `my_net`",
        ),
        ("a/..", "`a/..` can't be the folder of a project\nhelp: name it with letters, digits, `-` and `_`, such as `a/mine`"),
        ("_", "`_` can't be the folder of a project\nhelp: name it with letters, digits, `-` and `_`, such as `mine`"),
        ("there", "there: it exists already\nhelp: choose another name, or delete it"),
        ("file/mine", "file/mine: Not a directory"),
    ],
)
def test_names_that_are_refused(make, name, message):
    Path("there").mkdir()
    Path("file").touch()
    done = make(name)
    assert (done.status, done.out, done.err) == (2, "", f"error: {message}\n")
    assert sorted(str(path) for path in Path().rglob("*")) == ["file", "there"]


def test_an_unknown_kind(make):
    done = make("mine", "--from", "picture")
    assert done.status == 2
    assert "'picture' is not one of 'images', 'events', 'arrays', 'sequences', 'torch'" in done.err


def test_nothing_stays_of_a_folder_that_cannot_be_filled(make, monkeypatch):
    def fails(*_):
        raise OSError(28, "No space left on device", "mine/images/circle/01.png")

    monkeypatch.setattr("PIL.Image.Image.save", fails)
    done = make("mine")
    assert done.status == 3
    assert "mine/images/circle/01.png: No space left on device" in done.err
    assert list(Path().iterdir()) == []


def listed(folder):
    """How many files there are at and below each name in a folder."""
    return {path.name: sum(each.is_file() for each in (path, *path.rglob("*"))) for path in sorted(folder.iterdir())}
