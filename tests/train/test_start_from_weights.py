"""A retraining that starts from the weights of another one: what is taken, and what is frozen."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

import spikegraph
from spikegraph.backends.torch.train.initial import initial_model
from spikegraph.base.errors import ArgumentError
from spikegraph.program.run_settings import Settings
from spikegraph.runs.record import read_run

from .fine_tuning import HEAD, THREE, program, trained, weights


def test_another_number_of_classes_keeps_the_head_fresh(work):
    lines = trained("fine", program('  freeze = [stem, cells]\n  weights_from = "first"\n'))
    first, fine = weights("first"), weights("fine")
    assert len(first) == 56
    assert lines == [
        "weights: 54 of 56 tensors are taken from first",
        "left: `logits.linear.weight` ([10, 4] there, [3, 4] here)",
        "left: `logits.linear.bias` ([10] there, [3] here)",
        "frozen: 600 of 615 parameters; 9 norms among them keep the statistics",
    ]
    assert first.keys() == fine.keys()
    assert all(torch.equal(first[name], fine[name]) for name in first if name not in HEAD)  # statistics too
    found = read_run(Path("fine")).summary.weights
    assert found is not None
    assert (set(found.taken), set(found.left)) == (fine.keys() - set(HEAD), set(HEAD))
    digest = hashlib.sha256(Path("first/weights.safetensors").read_bytes()).hexdigest()
    manifest = json.loads(Path("fine/manifest.json").read_text())
    assert (manifest["weights_from"], manifest["weights_sha256"]) == ("first", digest)


def test_a_file_of_torch_gives_the_same_weights(work):
    torch.save({"epoch": 2, "state_dict": {f"module.{name}": value for name, value in weights("first").items()}}, "first.pth")
    lines = trained("fine", program("  freeze = [stem, cells]\n"), weights=Path("first.pth"))
    assert lines[0] == "weights: 54 of 56 tensors are taken from first.pth"
    first, fine = weights("first"), weights("fine")
    assert all(torch.equal(first[name], fine[name]) for name in first if name not in HEAD)
    digest = hashlib.sha256(Path("first.pth").read_bytes()).hexdigest()
    assert json.loads(Path("fine/manifest.json").read_text())["weights_sha256"] == digest


def test_at_the_start_the_head_is_that_of_a_run_from_scratch(work):
    slow = THREE.replace("lr = 0.1, momentum = 0.9", "lr = 1e-30")  # too small to change a weight
    trained("fine", program(text=slow), weights=Path("first"))
    trained("scratch", program(text=slow))
    first, fine, scratch = weights("first"), weights("fine"), weights("scratch")
    learned = [name for name in first if "running" not in name]
    assert all(torch.equal(fine[name], first[name]) for name in learned if name not in HEAD)
    assert all(torch.equal(fine[name], scratch[name]) for name in HEAD)
    assert not torch.equal(first["stem.conv.weight"], scratch["stem.conv.weight"])


def test_only_what_is_meant_is_taken_and_frozen(work):
    lines = trained(
        "fine", program('  take = [stem, "cells[1].n0.*.weight"]\n  freeze = ["*.conv.weight"]\n'), weights=Path("first")
    )
    first, fine = weights("first"), weights("fine")
    same = {name for name in fine if fine[name].shape == first[name].shape and torch.equal(fine[name], first[name])}
    held = {name for name in fine if name.endswith("conv.weight") and name.startswith(("stem.", "cells[1].n0."))}
    assert held <= same
    assert not {"stem.norm.weight", "stem.norm.running_mean", "cells[0].n0.prev.c3.conv.weight"} & same
    assert lines[0] == "weights: 10 of 56 tensors are taken from first"
    assert lines[1].startswith("left: `cells[0].")
    assert lines[1].endswith("(`take` leaves it out)")
    frozen = sum(tensor.numel() for name, tensor in fine.items() if name.endswith("conv.weight"))
    assert lines[2] == f"frozen: {frozen} of 615 parameters"


def test_the_optimizer_holds_no_frozen_weights(work):
    trained("fine", program("  freeze = [stem, cells]\n"), weights=Path("first"))
    result = read_run(Path("fine")).summary.retrain
    assert result is not None and result.parameters == 15  # those of the head
    held = load_file("fine/checkpoints/retrain.newest.safetensors")
    assert {name: tuple(t.shape) for name, t in held.items() if name.startswith("optimiser/")} == {
        "optimiser/weights/0/momentum_buffer": (3, 4),
        "optimiser/weights/1/momentum_buffer": (3,),
    }


def untrained(freeze, text=THREE):
    """The model at the start of a training, in training mode, that fires, with statistics as if it had been trained."""
    model = initial_model(program(f"  freeze = {freeze}\n", text), "retrain", Settings(seed=2), torch.device("cpu")).train()
    for name, tensor in model.state_dict().items():
        if "running" in name:
            tensor.copy_(torch.rand(tensor.shape) + 0.5)
        elif name.endswith("norm.weight"):
            tensor.mul_(4)
    return model


@pytest.mark.parametrize(("freeze", "same"), [("[stem, cells]", True), ("[stem]", False), ('["*.weight"]', False)])
def test_frozen_parts_compute_in_training_what_they_do_in_evaluation(work, freeze, same):
    model, x = untrained(freeze), torch.rand(5, 1, 28, 28)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    with torch.no_grad():
        training, evaluation = model(x), model.eval()(x)
    assert torch.equal(training, evaluation) == same
    changed = [name for name, tensor in model.state_dict().items() if not torch.equal(tensor, before[name])]
    frozen = {"[stem, cells]": ("stem", "cells"), "[stem]": ("stem",)}.get(freeze, ("nothing",))
    assert changed == [name for name in before if "running" in name and not name.startswith(frozen)]


def test_one_of_two_norms_whose_sum_is_the_current_of_a_neuron(work):
    """Its value is computed by hand with the statistics that it keeps; the other one takes those of the batch."""
    frozen = "cells[0].n0.prev.c3"
    joined = THREE.replace("neuron = lif }", "neuron = lif  mix = membrane }")
    model, x, seen = untrained(f"[{frozen}]", joined), torch.rand(5, 1, 28, 28), {}
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    model.values({"image": x}, watch=lambda name, value: seen.update({name: value.detach()}))
    norm, name = model.graph.node(f"{frozen}.norm"), f"{frozen}.norm"
    y, names = seen[norm.operands[0]], ("weight", "bias", "running_mean", "running_var")
    own = {k: before[f"{name}.{k}"].view(-1, 1, 1) for k in names}
    by_hand = (y - own["running_mean"]) / torch.sqrt(own["running_var"] + norm.op.eps) * own["weight"] + own["bias"]
    assert torch.allclose(seen[name], by_hand, atol=1e-5)
    after = model.state_dict()
    changed = {name.rpartition(".")[0] for name in after if not torch.equal(after[name], before[name])}
    assert changed == {name.rpartition(".")[0] for name in after if "running" in name} - {f"{frozen}.norm"}


def test_another_genotype_takes_what_both_have(work):
    other = THREE.replace("n0 = c3(prev2) + c3(prev)", "n0 = skip(prev2) + c3(prev)")
    lines = trained("fine", program(text=other), weights=Path("first"))
    skip, c3 = "cells[0].n0.prev2.skip", "cells[0].n0.prev2.c3"
    here = f"`{skip}.conv.weight`, `{skip}.conv.bias`, `{skip}.norm.weight`, `{skip}.norm.bias`"
    there = f"`{c3}.conv.bias`, `{c3}.conv.weight`, `{c3}.norm.bias`, `{c3}.norm.running_mean`"
    assert lines == [
        "weights: 42 of 56 tensors are taken from first",
        f"left: {here} and 8 more (the source has none)",
        "left: `logits.linear.weight` ([10, 4] there, [3, 4] here)",
        "left: `logits.linear.bias` ([10] there, [3] here)",
        f"left: {there} and 8 more (the network has none)",
    ]


@pytest.mark.in_python
def test_python_takes_and_freezes(work):
    with np.load("three.npz") as file:
        pairs = [(torch.from_numpy(x)[None].float() / 255, int(y)) for x, y in zip(file["images"], file["labels"], strict=True)]
    of = program(text=THREE.replace('source = arrays  file = "three.npz"', "source = python"))
    run = spikegraph.fit(of, train=pairs, test=pairs, out="fine", weights="first", take=["stem*", "cells"], freeze="stem")
    first, fine = weights("first"), weights(run)
    assert all(torch.equal(fine[name], first[name]) for name in first if name.startswith("stem"))
    assert not torch.equal(fine["cells[0].n0.prev.c3.conv.weight"], first["cells[0].n0.prev.c3.conv.weight"])
    assert 'take          = ["stem*", "cells"]' in Path("fine/resolved.sdhs").read_text()
    with pytest.raises(ArgumentError, match=r"`freeze` has 3; it is a list of PATTERN"):
        spikegraph.fit(of, train=pairs, test=pairs, freeze=3)
    with pytest.raises(ArgumentError, match=r'`take` is `a"b`, which names no weights'):
        spikegraph.fit(of, train=pairs, test=pairs, take='a"b')


def test_files_of_other_programs(work):
    save_file({"stem.conv.weight": torch.ones(4, 1, 3, 3), "fc.weight": torch.ones(3, 4)}, "other.safetensors")
    Path("folder").mkdir()
    shutil.copy("other.safetensors", "folder/weights.safetensors")
    for source in ("other.safetensors", "folder"):
        lines = trained(f"of-{source}", program('  freeze = ["stem.conv.weight"]\n'), weights=Path(source))
        assert lines[0] == f"weights: 1 of 56 tensors are taken from {source}"
        assert lines[2] == "left: `fc.weight` (the network has none)"
        assert torch.equal(weights(f"of-{source}")["stem.conv.weight"], torch.ones(4, 1, 3, 3))
