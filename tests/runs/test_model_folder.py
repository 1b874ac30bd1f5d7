"""Folders of models: what is written is read, and nothing else is."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

import spikegraph
from spikegraph.base.errors import UserError

pytestmark = pytest.mark.in_python

SPEC = """\
sdhs 1

neuron lif { }
network net {
  input x : real[1, 4, 4]
  time = 2
  output y = x -> conv(3, out = 2) -> norm -> lif -> pool -> linear(2) -> mean(time)
}
"""


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    (tmp_path / "net.sdhs").write_text(SPEC)
    return spikegraph.compile(tmp_path / "net.sdhs").save(tmp_path / "saved")


def refusal(folder: Path) -> str:
    with pytest.raises(UserError) as told:
        spikegraph.load(folder)
    return str(told.value).replace(f"{folder}", "DIR")


def test_what_is_written(saved: Path) -> None:
    found = json.loads((saved / "model.json").read_text())
    hashes = {path.name: sha256(path.read_bytes()).hexdigest() for path in saved.iterdir() if path.name != "model.json"}
    assert hashes.keys() == {"net.sdhs", "weights.safetensors"}
    assert found["files"] == hashes
    assert (found["format_version"], found["spec"], found["version"]) == (1, "net.sdhs", spikegraph.__version__)
    assert str(saved.parent) not in (saved / "net.sdhs").read_text()


def test_a_saved_model_computes_the_same(saved: Path) -> None:
    import torch

    x = torch.rand(3, 1, 4, 4, generator=torch.manual_seed(0))
    again = spikegraph.load_run(saved, phase="retrain")
    torch.testing.assert_close(spikegraph.load(saved)(x), again(x))  # folded, and with separate norms
    before = (saved / "weights.safetensors").read_bytes()
    again.save(saved)  # in its place
    assert (saved / "weights.safetensors").read_bytes() == before


@pytest.mark.parametrize("name", ["net.sdhs", "weights.safetensors"])
def test_a_changed_file_is_refused(saved: Path, name: str) -> None:
    path = saved / name
    path.write_bytes(path.read_bytes() + b"\n")
    fix = "(help: restore the folder from a copy, or save the model again)"
    assert refusal(saved) == f"DIR/{name}: it isn't the file that was saved: its SHA-256 differs {fix}"
    path.unlink()
    assert refusal(saved) == f"DIR/{name}: it is missing; the model was saved with it {fix}"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda found: found.pop("files"), "`files` has no `net.sdhs`"),
        (lambda found: found["files"].pop("weights.safetensors"), "`files` has no `weights.safetensors`"),
        (lambda found: found.update(spec="other.sdhs"), "`files` has no `other.sdhs`"),
        (lambda found: found.update(spec=3), "`spec` should be a valid string"),
        (lambda found: found.update(format_version=2), "format version 2 is not supported; this spikegraph reads version 1"),
        (lambda found: found["files"].update({"../net.sdhs": "0"}), "`../net.sdhs` in `files` isn't the name of a file"),
        (lambda found: found.update(plugins=["evil.py"]), "the run needs the plug-in `evil.py`"),
    ],
)
def test_a_wrong_record_is_refused(saved: Path, change, why: str) -> None:
    path = saved / "model.json"
    found = json.loads(path.read_text())
    change(found)
    path.write_text(json.dumps(found))
    assert why in refusal(saved)


def test_a_link_out_of_the_folder_is_refused(saved: Path) -> None:
    outside = saved.parent / "outside.safetensors"
    (saved / "weights.safetensors").rename(outside)
    (saved / "weights.safetensors").symlink_to(outside)
    assert "is a link out of the run's folder" in refusal(saved)


def test_a_pickle_beside_it_is_not_read(saved: Path) -> None:
    (saved / "weights.pth").write_bytes(b"cos\nsystem\n(S'touch evil'\ntR.")
    spikegraph.load(saved)
    assert not Path("evil").exists()


MINE = {"mine.sdhs": "sdhs 1", "card.md": "mine"}


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"notes.txt": "mine"}, "the folder isn't empty and has no model"),
        ({"model.json": '{"layers": 3}', **MINE}, "`model.json` is no model's: `format_version` is missing"),
        ({"model.json": '{"format_version": 1, "name": "mine"}', **MINE}, "`model.json` is no model's: `spec` is missing"),
        (
            {"model.json": '{"format_version": 1, "spec": "../net.sdhs", "version": "1"}'},
            "`../net.sdhs` in `files` isn't the name",
        ),
    ],
)
def test_folders_of_others_stay_as_they_are(saved: Path, files: dict[str, str], why: str) -> None:
    model = spikegraph.load_run(saved, phase="retrain")
    other = saved.parent / "other"
    other.mkdir()
    for name, text in files.items():
        (other / name).write_text(text)
    with pytest.raises(UserError, match=why):
        model.save(other)
    assert {path.name: path.read_text() for path in other.iterdir()} == files
    assert (saved.parent / "net.sdhs").exists()


def test_a_model_replaces_another_one_and_no_other_file(saved: Path) -> None:
    (saved / "notes.sdhs").write_text("mine")
    (saved.parent / "other.sdhs").write_text(SPEC.replace("network net", "network other"))
    other = spikegraph.compile(saved.parent / "other.sdhs")
    other.save(saved)
    assert {path.name for path in saved.iterdir()} == {"model.json", "weights.safetensors", "other.sdhs", "notes.sdhs"}
    (saved / "net.sdhs").write_text("mine")
    with pytest.raises(UserError, match=r"net\.sdhs: a file of this name is there, which isn't the model's"):
        spikegraph.compile(saved.parent / "net.sdhs").save(saved)
    assert spikegraph.load(saved).graph.name == "other"
    assert (saved / "net.sdhs").read_text() == "mine"


def test_a_folder_with_a_spec_and_weights_is_enough(saved: Path) -> None:
    (saved / "model.json").unlink()
    assert spikegraph.load(saved).graph.name == "net"
    (saved / "second.sdhs").write_text(SPEC)
    with pytest.raises(spikegraph.NotARunError):
        spikegraph.load(saved)


@pytest.mark.parametrize("how", ["search", "passes", "folded"])
def test_what_can_not_be_saved(tmp_path: Path, how: str) -> None:
    (tmp_path / "net.sdhs").write_text(
        SPEC.replace("x -> conv(3, out = 2)", "x -> choose(a = conv(3, out = 2), b = conv(1, out = 2))")
    )
    (tmp_path / "plain.sdhs").write_text(SPEC)
    made = {
        "search": lambda: spikegraph.compile(tmp_path / "net.sdhs", phase="search"),
        "passes": lambda: spikegraph.compile(tmp_path / "plain.sdhs", passes="expand-layers"),
        "folded": lambda: spikegraph.compile(tmp_path / "plain.sdhs", phase="deploy"),
    }
    why = {
        "search": "is a supernet, whose choices are open",
        "passes": "was made with `passes`",
        "folded": "the norms of `net` are folded into other weights",
    }
    with pytest.raises(spikegraph.ArgumentError, match=why[how]):
        made[how]().save(tmp_path / "saved")
    assert not (tmp_path / "saved").exists()


def test_a_model_is_no_spec_to_train(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from spikegraph.cli.entry import run

    assert run(["compile", str(saved), "--train"]) == 2
    help = f"--train needs a spec, not a folder; {saved}/net.sdhs --train --weights {saved} goes on from a model"
    assert help in " ".join(capsys.readouterr().err.split())
