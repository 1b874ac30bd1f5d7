"""Where an imported graph is saved: never in place of what something else has, and whole or not at all."""

from pathlib import Path

import pytest

from spikegraph.backends.nir.importing import import_graph
from spikegraph.base import files
from spikegraph.foreign.errors import ForeignError

GRAPH = Path(__file__).parent / "graphs" / "lif_norse.nir"


def test_weights_of_something_else_are_kept(tmp_path):
    (tmp_path / "net.safetensors").write_bytes(b"trained")
    with pytest.raises(ForeignError, match=r"net\.safetensors: there are weights of something else"):
        import_graph(GRAPH).save(tmp_path / "net.sdhs")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"net.safetensors": b"trained"}


def test_the_spec_has_another_path_than_its_weights(tmp_path):
    with pytest.raises(ForeignError) as raised:
        import_graph(GRAPH).save(tmp_path / "both.safetensors")
    said = "the weights would have the path of the spec"
    assert (raised.value.summary, raised.value.help) == (said, "give a path that ends in .sdhs")
    assert not list(tmp_path.iterdir())


def test_what_was_there_stays_if_one_file_cant_be_written(tmp_path, monkeypatch):
    found, write = import_graph(GRAPH), files.write_whole
    spec, weights = found.save(tmp_path / "net.sdhs")
    weights.write_bytes(b"older")

    def full(path, content):
        if path.name.endswith(".sdhs"):
            raise OSError(28, "No space left on device", str(path))
        write(path, content)

    monkeypatch.setattr(files, "write_whole", full)
    for place, left in ((spec, {spec: found.spec.encode(), weights: b"older"}), (tmp_path / "new" / "net.sdhs", {})):
        place.parent.mkdir(exist_ok=True)
        with pytest.raises(OSError, match="No space left"):
            found.save(place)
        assert {path: path.read_bytes() for path in place.parent.iterdir() if path.is_file()} == left
