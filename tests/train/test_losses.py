"""The loss of a run: its terms, their sum, and errors."""

import pytest
import torch
import torch.nn.functional as F
from tiny_run import SPAN, class_graph, stereo_graph

from spikegraph.backends.torch.datasets import Batch
from spikegraph.backends.torch.modules.subpixel import subpixel_cross_entropy
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.base.errors import TrainError
from spikegraph.base.processes import ONE
from spikegraph.dsl.spec import Loss


def classes(of: str | None, weight: float = 1.0, smoothing: float = 0.0) -> Loss:
    return Loss(weight, "cross_entropy", of, {"label_smoothing": smoothing}, SPAN)


def stereo(of: str | None = None, diversity: float = 2.0) -> Loss:
    return Loss(1.0, "subpixel_cross_entropy", of, {"diversity": diversity}, SPAN)


def test_a_stereo_loss_uses_the_planes_of_the_labelled_steps() -> None:
    losses = Losses(stereo_graph("c3"), (stereo(diversity=3.0),))
    assert losses.wanted == ("disparity.planes",)
    planes = torch.randn(3, 2, 4, 5, 6, generator=torch.Generator().manual_seed(0), requires_grad=True)
    truth = 6 * torch.rand(2, 2, 5, 6, generator=torch.Generator().manual_seed(1))
    truth[0, 0, 0, 0] = torch.inf
    total, _, parts = losses.over(ONE, {"disparity.planes": planes}, Batch({}, truth, torch.ones(2, 2, dtype=torch.bool)))
    want = subpixel_cross_entropy(planes[1:], truth, diversity=3.0, step=2)
    assert torch.equal(total, want)
    assert list(parts) == ["subpixel_cross_entropy"]
    assert not parts["subpixel_cross_entropy"].requires_grad
    total.backward()
    assert planes.grad is not None
    assert not planes.grad[0].any()  # the burn-in has no truth


def test_a_sum_of_losses_on_an_output_and_a_wire() -> None:
    losses = Losses(class_graph(), (classes("logits", smoothing=0.1), classes("aux", 0.4)))
    assert losses.wanted == ("logits", "aux")
    random = torch.Generator().manual_seed(0)
    logits, aux = torch.randn(5, 2, generator=random), torch.randn(3, 5, 2, generator=random)
    truth = torch.tensor([0, 1, 1, 0, 1])
    total, _, parts = losses.over(ONE, {"logits": logits, "aux": aux}, Batch({}, truth, torch.ones(5, dtype=torch.bool)))
    main = F.cross_entropy(logits, truth, label_smoothing=0.1)
    side = torch.stack([F.cross_entropy(step, truth) for step in aux]).mean()
    torch.testing.assert_close(total, main + 0.4 * side)
    torch.testing.assert_close(parts, {"cross_entropy(logits)": main, "cross_entropy(aux)": side})


@pytest.mark.parametrize(
    ("loss", "message"),
    [
        (
            classes(None),
            r"tiny.sdhs:7:3: `cross_entropy` needs logits \[classes\] or logits \[classes, H, W\] or "
            r"logits \[classes\] at each time step, not real",
        ),
        (stereo("similarity"), "needs an output of `subpixel`, not of `potential`"),
        (stereo("disparty"), "no output `disparty`.*did you mean `disparity`"),
        (Loss(1.0, "hinge", None, {}, SPAN), "no loss `hinge`"),
    ],
)
def test_unsuitable_outputs(loss: Loss, message: str) -> None:
    with pytest.raises(TrainError, match=message):
        Losses(stereo_graph("c3"), (loss,))


def test_several_outputs_have_to_be_named() -> None:
    graph = class_graph()
    graph.outputs["aux"] = "aux"
    with pytest.raises(TrainError, match=r"`cross_entropy` must name its output.*the outputs are `logits` and `aux`"):
        Losses(graph, (classes(None),))


def test_no_loss() -> None:
    with pytest.raises(TrainError, match="can't be trained without a loss"):
        Losses(stereo_graph("c3"), ())
