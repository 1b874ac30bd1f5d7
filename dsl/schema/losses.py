"""Losses: sums of `weight * name(output, options)`."""

from collections.abc import Callable
from dataclasses import KW_ONLY
from typing import Any

from spikegraph.base.nearest import listed
from spikegraph.base.record import record
from spikegraph.dsl.schema.calls import Signature
from spikegraph.dsl.schema.class_weights import CLASS_WEIGHTS
from spikegraph.dsl.schema.forms import FORMS, Form
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.names import FreeName
from spikegraph.dsl.schema.penalties import PENALTIES, Penalty
from spikegraph.dsl.schema.scalars import Optional, Real, Whole
from spikegraph.plugins.later import later
from spikegraph.plugins.registry import Registry
from spikegraph.plugins.returned import returned_by

TO = Key(
    "to",
    Optional(FreeName()),
    "none",
    "an input, output or wire of the same shape in place of the data's targets; `none` means the targets",
)
"""Of losses that can also compare two values of the network."""

OF = Key("of", Optional(FreeName()), "none", "the output or wire that the loss takes; `none` means the only output")


@record
class LossSignature(Signature):
    """How a loss is written, and what it is computed from.

    Attributes:
        parameters: `OF`, then options, which are numbers, and `CLASS_WEIGHTS` and `TO`.
        takes: The forms of values that the loss can be computed from, by name; one is written without a tuple.
        compute: The loss, a scalar: called with a `LossCall` (`spikegraph.backends.torch.train.losses`) and the value of
            the output, a tensor.
        count: The number of items of a batch over which the loss is the mean, or the sum of their weights, called with the
            `LossCall`; None if it is one over the samples.
        mixed: It can be computed where a target is a mix of two classes, `Batch.mixed`.
        own_steps: Of an output with time steps it takes each sample's own (`LossCall.compared`, `LossCall.last`), so that the
            samples of a batch may differ in length.
    """

    _: KW_ONLY
    takes: str | tuple[str, ...] = "logits"
    compute: Callable[..., Any]
    count: Callable[..., Any] | None = None
    mixed: bool = False
    own_steps: bool = False

    @property
    def forms(self) -> tuple[Form, ...]:
        """The forms that it takes.

        Raises:
            ValueError: There is no such form; the error is one of the plug-in whose loss it is.
        """
        names = (self.takes,) if isinstance(self.takes, str) else self.takes
        if (unknown := next((name for name in names if name not in FORMS), None)) is not None:
            known = f"the forms are {listed(FORMS, last='and')}, and a task brings its own (`Task.forms`)"
            raise returned_by(
                self.compute, ValueError(f"the loss `{self.name}` takes the form `{unknown}`, which nobody registered; {known}")
            )
        return tuple(FORMS[name] for name in names)

    def __post_init__(self) -> None:
        """Check the parameters.

        Raises:
            ValueError: The first parameter is not `OF`.
        """
        if self.parameters[:1] != (OF,):
            raise ValueError(f"the first parameter of the loss `{self.name}` must be `OF`")


_DELTA = Key("delta", Real(0, open_low=True), "1", "error up to which it is squared")

_TORCH = "spikegraph.backends.torch.train.losses"
_LABELS = "spikegraph.backends.torch.train.label_losses"

LOSSES: Registry[LossSignature | Penalty] = Registry(
    "loss",
    "spikegraph.losses",
    {
        signature.name: signature
        for signature in (
            LossSignature(
                "cross_entropy",
                (
                    OF,
                    Key("label_smoothing", Real(0, 1, open_high=True), "0", "share of the target spread over all classes"),
                    Key("ignore", Optional(Whole(0, 65_535)), "none", "the label of pixels and samples that don't count"),
                    CLASS_WEIGHTS,
                ),
                "cross entropy of logits and class labels; of logits of each pixel and label maps, the mean over the pixels",
                takes=("logits", "class_map", "step_logits"),
                compute=later(f"{_LABELS}:cross_entropy"),
                count=later(f"{_LABELS}:counted_labels"),
                mixed=True,
                own_steps=True,
            ),
            LossSignature(
                "subpixel_cross_entropy",
                (OF, Key("diversity", Real(0, open_low=True), "2", "scale of the Laplace distribution, in pixels")),
                "Eq. 6: cross entropy of the planes' similarity and a Laplace distribution around the true disparity",
                takes="disparity",
                compute=later(f"{_TORCH}:planes_cross_entropy"),
                count=later(f"{_TORCH}:known_numbers"),
                own_steps=True,
            ),
            LossSignature(
                "smooth_l1",
                (OF, Key("beta", Real(0, open_low=True), "1", "error in pixels up to which it is squared")),
                "error of a disparity, the mean over pixels with a truth: e^2 / (2 beta) where e < beta, else e - beta / 2",
                takes="disparity_map",
                compute=later(f"{_TORCH}:smooth_l1"),
                count=later(f"{_TORCH}:known_numbers"),
                own_steps=True,
            ),
            *(
                LossSignature(
                    name,
                    (OF, *options, TO),
                    f"{words}, the mean over all numbers that are known",
                    takes=("numbers", "map", "depth"),
                    compute=later(f"{_TORCH}:{name}"),
                    count=later(f"{_TORCH}:known_numbers"),
                    own_steps=True,
                )
                for name, options, words in (
                    ("mse", (), "squared error"),
                    ("l1", (), "absolute error"),
                    ("huber", (_DELTA,), "squared error / 2 up to `delta`, then `delta * (error - delta / 2)`"),
                )
            ),
            LossSignature(
                "end_point_error",
                (OF,),
                "distance of an optical flow from the true one, in pixels, the mean over pixels with a truth",
                takes="flow",
                compute=later(f"{_TORCH}:end_point_error"),
                count=later(f"{_TORCH}:known_vectors"),
                own_steps=True,
            ),
            *PENALTIES,
        )
    },
    kind=(LossSignature, Penalty),
)
"""All losses and penalties by name."""
