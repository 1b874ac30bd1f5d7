"""Weights under a name that lacks the wanted hash: damaged, or only not the file that is looked for."""

import numpy as np
import pytest
from safetensors.numpy import save

from spikegraph.runs.sealed_file import BLANK, sealed
from spikegraph.runs.weights_file import Pair


def weights(value, version="2"):
    metadata = {"format": "spikegraph-weights", "format_version": version, "sha256": BLANK}
    if version == "1":
        del metadata["sha256"]
        return save({"w": np.full(3, value, np.float32)}, metadata)
    return sealed(save({"w": np.full(3, value, np.float32)}, metadata))


def flipped(content):
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize(
    ("content", "damaged"),
    [
        (weights(1.0), False),  # another file, as after a kill
        (flipped(weights(1.0)), True),
        (weights(1.0, version="1"), False),  # had no checksum
        (b"", True),
        (b"\xff" * 64, True),
    ],
)
def test_damaged_weights(tmp_path, content, damaged):
    pair = Pair(tmp_path / "a.safetensors", tmp_path / "a.weights.safetensors")
    assert not pair.has_damaged_weights("0" * 64)  # there is no file
    pair.weights.write_bytes(content)
    assert pair.has_damaged_weights("0" * 64) is damaged


def test_a_deleted_folder_of_checkpoints_is_made_again(tmp_path):
    pair = Pair(tmp_path / "checkpoints" / "a.safetensors", tmp_path / "weights.safetensors")
    pair.write(weights(1.0), lambda digest: digest.encode())
    assert pair.weights.read_bytes() == weights(1.0)
    assert pair.take_weights(pair.checkpoint.read_text())
