"""Where an imported module is saved: never in place of weights that something else has."""

import pytest
import torch
from torch import nn

import spikegraph
from spikegraph.base.errors import NotFoundError
from spikegraph.foreign.errors import ForeignError


@pytest.fixture(scope="module")
def imported():
    return spikegraph.from_torch(nn.Sequential(nn.Linear(3, 2)), torch.rand(1, 3), name="small")


@pytest.mark.parametrize("names", [("manifest.json", "resolved.sdhs"), ("model.json", "small.sdhs")], ids=["run", "model"])
def test_weights_of_a_run_or_a_model_are_kept(imported, tmp_path, names):
    for name in names:
        (tmp_path / name).write_text(imported.spec)
    (tmp_path / "weights.safetensors").write_bytes(b"trained")
    with pytest.raises(NotFoundError) as raised:
        imported.save(tmp_path)
    path = tmp_path / "weights.safetensors"
    assert (raised.value.message, raised.value.help) == (f"{path} is a file of {tmp_path}", "give another name")
    assert path.read_bytes() == b"trained"
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted((*names, "weights.safetensors"))


def test_weights_without_the_spec_are_kept(imported, tmp_path):
    (tmp_path / "other.sdhs").write_text("sdhs 1\n")
    (tmp_path / "weights.safetensors").write_bytes(b"trained")
    with pytest.raises(ForeignError) as raised:
        imported.save(tmp_path)
    help = "choose another folder, or delete this file"
    assert (raised.value.summary, raised.value.path) == (
        "there are weights of something else",
        tmp_path / "weights.safetensors",
    )
    assert raised.value.help == help
    assert (tmp_path / "weights.safetensors").read_bytes() == b"trained"


def test_the_same_spec_is_saved_again(imported, tmp_path):
    first = imported.save(tmp_path)
    before = first[1].read_bytes()
    first[1].write_bytes(b"older")
    assert imported.save(tmp_path) == first
    assert first[1].read_bytes() == before
