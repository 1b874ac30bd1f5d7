"""A seeded sample of the campaign with two processes, and steps that differ."""

import pair
import processes
import pytest
import torch

from spikegraph.base.processes import ONE


def test_two_processes_compute_what_one_does():
    """Classes and disparities; batches of which the second process has a part, or none."""
    found = [processes.case(seed) for seed in (*range(7), 18, 175)]  # 175: one sample, whose gradient torch's norm mixes up
    assert [outcome.detail for outcome in found if not outcome.passed] == []
    assert {outcome.kind.partition(", ")[2] for outcome in found} >= {"4 samples", "3 samples", "2 samples", "1 samples"}


class Alone:
    """Stands for the two processes."""

    def __init__(self, **answer):
        self.answer = lambda seed: {"text": "sdhs 1", "kind": "retrain", "gradients": 3, "missing": [], **answer}


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (
            {"apart": ("gradient of a.conv.weight", 2e-9), "same bits": True},
            "`gradient of a.conv.weight` differs by 2e-09\nsdhs 1",
        ),
        ({"apart": ("loss", float("nan")), "same bits": True}, "`loss` differs by nan\nsdhs 1"),
        ({"apart": ("loss", 0.0), "same bits": False}, "the processes have different bits\nsdhs 1"),
        (
            {"apart": ("loss", 0.0), "same bits": True, "missing": ["gradient of b"]},
            "only one of both has gradient of b\nsdhs 1",
        ),
        ({"error": "ValueError: no"}, "ValueError: no\nsdhs 1"),
    ],
)
def test_what_differs_is_told(answer, detail, monkeypatch):
    monkeypatch.setattr(processes, "pair", lambda: Alone(**answer))
    found = processes.case(0)
    assert (found.passed, found.detail) == (False, detail)


def test_another_gradient_is_a_difference(monkeypatch):
    """The second of two equal steps has one number of a gradient that is 1.001 times as large."""
    right, calls = pair.stepped, []

    def wrong(*arguments):
        found = right(*arguments)
        calls.append(found)
        name = next(name for name, x in found.items() if "gradient" in name and x.any())
        return found | ({name: 1.001 * found[name]} if len(calls) == 2 else {})

    monkeypatch.setattr(pair, "stepped", wrong)
    torch.manual_seed(0)
    name, apart = pair.compared(4, ONE)["apart"]
    assert name.startswith("gradient of ")
    assert apart > 1e-6
