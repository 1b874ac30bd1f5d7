"""Triton compiles kernels for GPUs that aren't there: bytes are the least, accesses are wide, no register is spilled."""

import importlib
import sys
from pathlib import Path

import pytest

from spikegraph.backends.torch.modules.generated_neurons import step_for
from spikegraph.backends.torch.triton.form import Form
from spikegraph.backends.torch.triton.launch import widths
from spikegraph.backends.torch.triton.library import installed
from spikegraph.backends.torch.triton.source import backward_text, forward_text, moments_text

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
offline = importlib.import_module("gpu_check.offline")
sys.path.pop(0)


@pytest.mark.slow
@pytest.mark.skipif(not installed(), reason="Triton isn't installed")
def test_triton_for_hopper() -> None:
    found = {each.kernel: each for each in offline.compiled("lif", 1, 4, 90)}
    assert {each.spills for each in found.values()} == {0}
    assert {each.width for each in found.values()} == {128}
    assert max(each.registers for each in found.values()) <= 168
    assert sum(found[kernel].bytes for kernel in ("moments", "forward", "sums", "gradients")) == 16


@pytest.mark.parametrize(("terms", "training", "frozen"), [(1, 16, 10), (2, 26, 16)])
def test_a_step_of_training_moves_the_least_that_is_possible(terms: int, training: int, frozen: int) -> None:
    """In bytes for each neuron and time step with bfloat16, where each term y and its gradient are counted, in both passes.

    Statistics read y; forward reads y and writes spikes; backward reads gradients of spikes and y, twice in training, and gives
    gradients of y: 2 k + (2 k + 2) + (2 + 2 k) + (2 + 4 k), and (2 k + 2) + (2 + 4 k) with running statistics.
    """
    step = step_for(offline.neuron("lif"))
    assert step is not None
    form = Form(step, (terms,), (True,) * terms, started=False, last=False)
    both = {"continued": False, "saved": False}
    back = [backward_text(form, 4, writes=w, sums=s, **both) for w, s in ((False, True), (True, False), (True, True))]
    sums, gradients, at_once = map(offline.moved, back)
    forward, statistics = offline.moved(forward_text(form, 4, 4)), terms * offline.moved(moments_text(last=False))
    assert statistics + forward + sums + gradients == training
    assert forward + at_once == frozen


@pytest.mark.parametrize(("model", "terms", "steps", "expected"), [
    ("lif", 1, 4, (8, 4)), ("lif", 1, 16, (4, 16)), ("lif", 2, 8, (4, 8)), ("clif", 1, 4, (8, 4)), ("clif", 2, 16, (2, 13)),
])  # fmt: skip
def test_how_many_numbers_a_thread_has_and_how_many_steps_a_segment(
    model: str, terms: int, steps: int, expected: tuple[int, int]
) -> None:
    """By what the kernels of these sizes spilled when they were compiled with other widths."""
    step = step_for(offline.neuron(model))
    assert step is not None
    assert widths(Form(step, (terms,), (True,) * terms, started=False, last=False), steps) == expected
