"""What campaigns on random networks print of a failure: what differs, and the smallest spec that fails in the same way."""

import sys
from functools import partial
from pathlib import Path

import equal
import networks
import pytest
from failures import Failure, smallest_failure
from ways import WAYS

from spikegraph.generate import Wanted, random_spec, seeded
from spikegraph.passes.fold_norm import FoldNorm

MEANING = str(Path(__file__).parents[1] / "meaning")
if MEANING not in sys.path:
    sys.path.append(MEANING)

from changed_code import changed  # noqa: E402 (a module of other tests)
from wrong_gradients import IN_GRADIENTS  # noqa: E402
from wrong_kernels import IN_KERNELS  # noqa: E402
from wrong_passes import set_  # noqa: E402

FEW = {"blocks": 0, "loops": 0, "choices": 0, "cells": 0, "trellises": 0, "params": 0, "most": 5}
WANTED = Wanted(operations=("identity",), **FEW)


def first_failure(case):
    return next(outcome.detail for outcome in map(case, range(100)) if not outcome.passed)


@pytest.mark.parametrize(("table", "of"), [(IN_KERNELS, "mean"), (IN_GRADIENTS, "slope of a mean")], ids=["kernel", "gradient"])
def test_a_wrong_line_of_code(table, of, golden, monkeypatch):
    few = Wanted(operations=("mean", "identity"), axes=(0, 1), **FEW)
    monkeypatch.setattr(equal, "WANTED", few)
    monkeypatch.setattr(equal, "LAYERS", few)
    _, *change = table[of][0]
    with changed(*change):
        golden(first_failure(partial(equal.case, ways=WAYS)), ".txt")


def test_a_wrong_pass(golden, monkeypatch):
    monkeypatch.setattr(networks, "WANTED", Wanted(operations=("conv", "norm", "pool"), axes=(1,), **FEW))
    right = FoldNorm.apply

    def wrong(self, graph):
        made = right(self, graph)
        return set_("pool", stride=1)(made) if any(node.op.name == "pool" for node in made) else made

    monkeypatch.setattr(FoldNorm, "apply", wrong)
    golden(first_failure(networks.case), ".txt")


def test_one_that_passes_when_it_is_repeated():
    draw = seeded(1)
    made = random_spec(draw, WANTED)
    text = smallest_failure(made, draw.taken, Failure("threads", "3 instead of 4"), lambda _: None, WANTED)
    assert text == f"threads: 3 instead of 4, once; the same spec passed when it was repeated\n{made.text}"


def test_the_time_is_limited():
    draw = seeded(1)
    made = random_spec(draw, WANTED)
    tried = []

    def fails(spec):
        tried.append(spec)
        return Failure("a", "b")

    assert smallest_failure(made, draw.taken, Failure("a", "b"), fails, WANTED, seconds=0) == f"a: b\n{made.text}"
    assert len(tried) == 1


def test_another_failure_of_a_smaller_spec_is_not_taken():
    draw = seeded(1)
    made = random_spec(draw, WANTED)
    text = smallest_failure(
        made, draw.taken, Failure("a", "b"), lambda spec: Failure("a" if spec == made else "other", "b"), WANTED
    )
    assert text == f"a: b\n{made.text}"
