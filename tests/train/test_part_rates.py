"""`rates` of a retraining: factors of the learning rate of some weights."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

import spikegraph
from spikegraph.backends.torch.train.initial import initial_model
from spikegraph.backends.torch.train.optim import learning_rate, rates_line, set_learning_rate, weights_optimizer
from spikegraph.base.errors import ArgumentError
from spikegraph.cli.entry import run as spikegraph_main
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.program.run_settings import Settings

from .fine_tuning import THREE, Killed, program, trained, weights
from .same_run import assert_same_run

OPTIMIZERS = {
    "sgd(lr = 0.1, momentum = 0.9, weight_decay = 0.01)": lambda groups: torch.optim.SGD(
        groups, lr=0.1, momentum=0.9, weight_decay=0.01, fused=True
    ),
    "adamw(lr = 0.01, weight_decay = 0.1)": lambda groups: torch.optim.AdamW(groups, lr=0.01, weight_decay=0.1, fused=True),
}


@pytest.mark.parametrize("call", OPTIMIZERS)
def test_the_steps_are_those_of_two_groups_of_torch(work, one_thread, call):
    """Stem and norms are a tenth as fast; written by hand, with names as they are in the network."""
    text = THREE.replace("sgd(lr = 0.1, momentum = 0.9)", call)
    spec = program('  rates = [0.1 * stem, 0.1 * "*.norm"]\n', text)
    ours, theirs = (initial_model(spec, "retrain", Settings(seed=2), torch.device("cpu")).train() for _ in range(2))
    slow = [weight for name, weight in theirs.named_parameters() if name.startswith("stem.") or ".norm." in name]
    fast = [weight for name, weight in theirs.named_parameters() if not (name.startswith("stem.") or ".norm." in name)]
    assert (len(slow), len(fast)) == (20, 18)
    by_hand = OPTIMIZERS[call]([{"params": slow}, {"params": fast}])
    optimizer = weights_optimizer(spec.spec.retrain, ours)
    random = torch.Generator().manual_seed(0)
    for rate in (0.1, 0.1, 0.025, 0.3):
        image, label = torch.rand(8, 1, 28, 28, generator=random), torch.randint(3, (8,), generator=random)
        set_learning_rate(optimizer, rate)
        assert learning_rate(optimizer) == pytest.approx(rate)
        by_hand.param_groups[0]["lr"], by_hand.param_groups[1]["lr"] = rate * 0.1, rate
        for model, each in ((ours, optimizer), (theirs, by_hand)):
            each.zero_grad()
            torch.nn.functional.cross_entropy(model(image), label).backward()
            each.step()
    other = dict(theirs.named_parameters())
    assert all(torch.equal(weight, other[name]) for name, weight in ours.named_parameters())
    tenth = sum(weight.numel() for weight in slow)
    assert rates_line(optimizer) == f"rates: 0.1 for {tenth} parameters"


def test_the_last_one_that_means_a_weight_counts(work):
    spec = program('  rates = [0.1 * "*", 0.5 * cells, 3 * "logits.*.bias"]\n  freeze = [cells[1]]\n')
    model = initial_model(spec, "retrain", Settings(seed=2), torch.device("cpu"))
    optimizer = weights_optimizer(spec.spec.retrain, model)
    names = {id(weight): name for name, weight in model.named_parameters()}
    found = {names[id(w)]: group["factor"] for group in optimizer.param_groups for w in group["params"]}
    assert list(found) == [name for name, _ in model.named_parameters() if not name.startswith("cells[1].")]
    assert {name: factor for name, factor in found.items() if not name.startswith("cells[0].")} == {
        **dict.fromkeys(("stem.conv.weight", "stem.conv.bias", "stem.norm.weight", "stem.norm.bias"), 0.1),
        "logits.linear.weight": 0.1,
        "logits.linear.bias": 3,
    }
    assert {factor for name, factor in found.items() if name.startswith("cells[0].")} == {0.5}


def test_runs_have_them(work):
    """A factor of 1 changes no bit, others do; the run says so, and a killed one goes on to the same bits."""
    assert trained("plain", program()) == []
    assert trained("same", program('  rates = [1 * "*"]\n')) == []
    plain, same = weights("plain"), weights("same")
    assert all(torch.equal(plain[name], same[name]) for name in plain)
    slow = program("  rates = [0.1 * logits, 0.5 * cells]\n")
    lines = trained("slow", slow)
    cells = sum(w.numel() for name, w in plain.items() if name.startswith("cells") and "running" not in name)
    assert lines == [f"rates: 0.5 for {cells} parameters, 0.1 for 15 parameters"]
    assert not torch.equal(weights("slow")["logits.linear.weight"], plain["logits.linear.weight"])
    with pytest.raises(Killed):
        trained("killed", slow, kill_at=8, save_every=60.0)
    trained("killed", slow, resume=True)
    assert_same_run(Path("slow"), Path("killed"))


def test_options_take_the_place_of_the_spec_s_and_are_repeated(work, capsys):
    program("  rates = [0.2 * stem]\n")
    given = ("compile", "three.sdhs", "--train", "--device", "cpu", "--seed", "2", "--out", "fine")
    assert spikegraph_main([*given, "--rate", "cells*=0.5", "--rate", "logits=1e-3"]) == 0
    resolved = Path("fine/resolved.sdhs").read_text()
    assert '  rates         = [0.5 * "cells*", 0.001 * "logits"]\n' in resolved
    capsys.readouterr()
    assert spikegraph_main(["rerun", "fine", "-o", "again"]) == 0
    assert capsys.readouterr().out.count("identical") == 4
    held = json.loads(Path("fine/manifest.json").read_text())
    assert held["overrides"] == ['retrain.rates=[0.5 * "cells*", 0.001 * "logits"]']
    assert spikegraph_main([*given[:-1], "other", "--rate", "logits"]) == 2
    assert "Error: Invalid value for '--rate': `logits` isn't a pattern and a factor" in capsys.readouterr().err
    assert spikegraph_main([*given[:-1], "other", "--rate", "logit=2"]) == 1
    assert "`rates`: the network has no weights `logit`" in capsys.readouterr().err


@pytest.mark.in_python
def test_in_python(work):
    spec = program()
    with np.load("three.npz") as file:
        pairs = zip(file["images"], map(int, file["labels"]), strict=True)
        samples = [(torch.from_numpy(image)[None], label) for image, label in pairs]
    python = Path("python.sdhs")
    python.write_text(Path("three.sdhs").read_text().replace('source = arrays  file = "three.npz"', "source = python"))
    options = {"train": samples, "test": samples[:20], "seed": 2}
    spikegraph.fit(python, **options, rates={"*": 0.5, "logits": 1}, out="mine")
    assert '  rates         = [0.5 * "*", 1.0 * "logits"]\n' in Path("mine/resolved.sdhs").read_text()
    with pytest.raises(SpecError, match="`rates`: the network has no weights `stm`"):
        spikegraph.fit(python, **options, rates={"stm": 0.5}, out="other")
    for wrong, message in ((0, "`freeze` keeps weights as they are"), (float("nan"), None), ("1", None), (True, None)):
        with pytest.raises(ArgumentError) as caught:
            spikegraph.fit(spec, **options, rates={"stem": wrong}, out="other")
        assert caught.value.summary == f"`rates` has {wrong!r} for `stem`; a factor is a number above 0"
        assert caught.value.help == message
