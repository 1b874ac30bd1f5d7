"""Weights from which no retraining can start."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from spikegraph.base.errors import DataError, NotFoundError, UntrainableError
from spikegraph.base.surface import command_line
from spikegraph.program.weight_source import with_patterns

from .fine_tuning import program, trained

PICKLE = (
    "model.pth: it isn't a sound file of `torch.save`: it begins otherwise "
    "(help: save the weights again with `torch.save(model.state_dict(), FILE)`, or as safetensors)"
)
NOTHING = """\
three.sdhs:20:1: nothing of strange.safetensors fits the network
  left: `stem.conv.weight` ([1] there, [4, 1, 3, 3] here)
  left: `stem.conv.bias`, `stem.norm.weight`, `stem.norm.bias`, `stem.norm.running_mean` and 51 more (the source has none)
  left: `fc.weight` (the network has none)
(help: weights are taken by name and shape; give another source with --weights RUN, or another spec)"""


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("model.pth", DataError, PICKLE),
        (
            "nowhere",
            NotFoundError,
            "nowhere: there are no weights of this name (help: give a run, a folder or a file of safetensors)",
        ),
        (
            "three.npz",
            DataError,
            "three.npz: weights are read from files that end with .safetensors, or as those of `torch.save` do, and from "
            "folders (help: give the run)",
        ),
        (
            "empty",
            DataError,
            "empty: it has no weights.safetensors "
            "(help: give a run, a folder with weights.safetensors, or a file of safetensors)",
        ),
        (
            "deployed.safetensors",
            DataError,
            "deployed.safetensors: it is a deployed network, whose norms are folded into other weights "
            "(help: give the run, or its weights.safetensors)",
        ),
        ("sweep", DataError, "sweep: it has several runs (help: give the folder of one of them)"),
        ("strange.safetensors", UntrainableError, NOTHING),
        (
            "first/checkpoints/retrain.newest.safetensors",
            DataError,
            "first/checkpoints/retrain.newest.safetensors: it is a checkpoint, which has no weights "
            "(help: give the folder of its run)",
        ),
        (
            "changed.safetensors",
            DataError,
            "changed.safetensors: it isn't a sound file of safetensors: its content doesn't match its checksum "
            "(help: restore it, or give other weights)",
        ),
        (
            "text.safetensors",
            DataError,
            "text.safetensors: it isn't a sound file of safetensors: Error while deserializing: header too small "
            "(help: restore it, or give other weights)",
        ),
    ],
)
def test_what_can_not_be_taken(work, source, kind, message):
    Path("empty").mkdir()
    Path("sweep").mkdir()
    Path("sweep/sweep.json").write_text("{}")
    save_file({"a": torch.ones(1)}, "deployed.safetensors", {"format": "spikegraph-deployed"})
    Path("text.safetensors").write_text("text")
    Path("model.pth").write_bytes(b"I3\n.")
    save_file({"fc.weight": torch.ones(1), "stem.conv.weight": torch.ones(1)}, "strange.safetensors")
    content = bytearray(Path("first/weights.safetensors").read_bytes())
    content[-1] ^= 1
    Path("changed.safetensors").write_bytes(content)
    with pytest.raises(kind) as caught:
        trained("fine", program(), weights=Path(source))
    assert (str(caught.value), caught.value.status) == (message, 2 if kind is NotFoundError else 1)
    assert not Path("fine").exists()


def test_what_a_spec_can_not_take(work):
    with pytest.raises(UntrainableError) as caught:
        trained("fine", program('  weights_from = "runs/none"\n'))
    assert str(caught.value) == (
        "three.sdhs:20:1: `weights_from`: there is no `runs/none` "
        "(help: write the path of a run below the spec's folder, or give --weights RUN)"
    )
    with pytest.raises(UntrainableError) as caught:
        trained("fine", program("  take = [stem]\n"))
    assert str(caught.value) == (
        "three.sdhs:25:11: `take` needs weights to take from "
        "(help: give them with --weights RUN, or write `weights_from` in `retrain`)"
    )
    with command_line(), pytest.raises(UntrainableError) as caught:  # of `--take stem`
        trained("fine", with_patterns(program(), "stem", (), ()))
    assert str(caught.value) == (
        "`take` needs weights to take from (help: give them with --weights RUN, or write `weights_from` in `retrain`)"
    )
