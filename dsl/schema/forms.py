"""The forms of values that losses take, each with the task whose targets it is compared with."""

from spikegraph.base.record import record
from spikegraph.plugins.registry import Registry


@record
class Form:
    """A form of values.

    Attributes:
        words: The form in words: `an optical flow [2, H, W]`.
        task: The task that a data set must have for it, such as `labels`; None for any.
        shape: Channels and sizes, None for any number; as a whole None for any value.
        help: How to get it.
        gives: The traits of the operations that may make it, such as `disparity`; empty for any operation.
        made: By which operations it is made, for messages, where not any operation can.
        before: True if the loss is computed from that operation's operand.
        least: Least number of channels.
        numbers: True if spikes and counts are refused.
        timed: True if it must have a value for each time step.
        alone: True if the one output that has it once for all time steps is evaluated; no other output may have it then.
        classes: Where it has a channel for each class: what gives so many, with `{}` for the number.
    """

    words: str
    task: str | None
    shape: tuple[int | None, ...] | None = None
    help: str = ""
    gives: tuple[str, ...] = ()
    made: str = ""
    before: bool = False
    least: int = 1
    numbers: bool = False
    timed: bool = False
    alone: bool = False
    classes: str | None = None

    def fits(self, shape: tuple[int, ...], *, real: bool, gives: str | None, timed: bool) -> bool:
        """True for a value of this shape, real or not, made by an operation that gives this, with time steps or not."""
        if self.gives and gives not in self.gives:
            return False
        if self.shape is None:
            return True
        same = len(shape) == len(self.shape) and all(w in (None, n) for w, n in zip(self.shape, shape, strict=True))
        return same and shape[0] >= self.least and (real or not self.numbers) and (timed or not self.timed)


FORMS: Registry[Form] = Registry(
    "form of values",
    "spikegraph.tasks",
    {
        "logits": Form(
            "logits [classes]", "class", (None,), "put `pool -> linear(...)` before it", alone=True, classes="linear({})"
        ),
        "class_map": Form(
            "logits [classes, H, W]",
            "labels",
            (None, None, None),
            "end the output with `conv(1, out = CLASSES)`",
            least=2,
            numbers=True,
            classes="conv(1, out = {})",
        ),
        "disparity": Form(
            "a disparity",
            "disparity",
            help="end it with `subpixel(...)`",
            gives=("disparity",),
            made="an output of `subpixel`",
            before=True,
            timed=True,
        ),
        "disparity_map": Form(
            "a disparity",
            "disparity",
            help="end it with `subpixel(...)` or `disparity`",
            gives=("disparity", "disparity_map"),
            made="an output of `subpixel` or `disparity`",
            timed=True,
        ),
        "step_logits": Form(
            "logits [classes] at each time step",
            "step_class",
            (None,),
            "end the output with `linear(CLASSES)`, without `mean(time)`",
            classes="linear({})",
            timed=True,
        ),
        "numbers": Form("numbers [K]", "numbers", (None,), "end the output with `linear(K)`", numbers=True),
        "map": Form("numbers [K, H, W]", "map", (None, None, None), "end the output with `conv(1, out = K)`", numbers=True),
        "depth": Form("a depth [1, H, W]", "depth", (1, None, None), "end the output with `conv(1, out = 1)`", numbers=True),
        "flow": Form(
            "an optical flow [2, H, W]", "flow", (2, None, None), "end the output with `conv(1, out = 2)`", numbers=True
        ),
        "any": Form("any value", None),
    },
    kind=Form,
)
"""All forms by the name with which a loss declares what it takes. `disparity` is the planes of similarity of a disparity.

A task of a plug-in brings its own, `Task.forms`.
"""
