"""Spikes with a surrogate gradient as a function of autograd, with a line for each surrogate."""

from spikegraph.backends.python.layout import documented
from spikegraph.backends.python.names import class_name
from spikegraph.base.record import record
from spikegraph.ir.surrogates import SURROGATES
from spikegraph.plugins.registry import Registry


@record
class Slope:
    """A surrogate in Python.

    Attributes:
        by_x: The derivative dy/dx in x = u - threshold, a tensor, and b; `{tanh}` is that function of b. Lines before the last
            one are statements.
        by_b: The derivative of the smoothed spike by b, a tensor; None if b can't be learned.
    """

    by_x: str
    by_b: str | None = None


SLOPES: Registry[Slope] = Registry(
    "surrogate in Python",
    "spikegraph.python",
    {
        "dspike": Slope(
            "rise = b / (2 * {tanh}(b / 2)) * (1 - torch.tanh(b * x) ** 2)\nrise * (x.abs() <= 0.5)",
            "half, y = torch.tanh(b / 2), torch.tanh(b * x)\n"
            "wider = x * (1 - y**2) / (2 * half) - y * (1 - half**2) / (4 * half**2)\nwider * (x.abs() <= 0.5)",
        ),
        "triangle": Slope(
            "b * (1 - x.abs()).clamp(min=0)", "inside = x.clamp(-1, 1)\ninside * (1 - inside.abs() / 2) * torch.ones_like(b)"
        ),
        "superspike": Slope("1 / (b * x.abs() + 1) ** 2", "-x * x.abs() / (b * x.abs() + 1) ** 2"),
        "arctan": Slope("b / 3 / (1 + (math.pi * x) ** 2)", "torch.atan(math.pi * x) / (3 * math.pi) * torch.ones_like(b)"),
        "rectangular": Slope("b * (b * x.abs() <= 0.5)", "x * (b * x.abs() <= 0.5)"),
        "open_rectangular": Slope("b * (b * x.abs() < 0.5)", "x * (b * x.abs() < 0.5)"),
        "exponential": Slope("b / 2 * torch.exp(-b * x.abs())", "x / 2 * torch.exp(-b * x.abs())"),
        "sigmoid": Slope(
            "b * torch.sigmoid(b * x) * torch.sigmoid(-b * x)", "x * torch.sigmoid(b * x) * torch.sigmoid(-b * x)"
        ),
        "cauchy": Slope("b / 2 / (1 + (math.pi / 2 * b * x) ** 2)", "x / 2 / (1 + (math.pi / 2 * b * x) ** 2)"),
        "softsign": Slope("b / 2 / (1 + b * x.abs()) ** 2", "x / 2 / (1 + b * x.abs()) ** 2"),
        "gaussian": Slope(
            "b / math.sqrt(math.pi) * torch.exp(-((b * x) ** 2))", "x / math.sqrt(math.pi) * torch.exp(-((b * x) ** 2))"
        ),
        "hat": Slope("b * (1 - b * x.abs()).clamp(min=0)", "x * (1 - b * x.abs()).clamp(min=0)"),
    },
    kind=Slope,
    needed=False,
)
"""How each surrogate is written; neurons with one that isn't here are refused."""


@record
class Spike:
    """A function of autograd.

    Attributes:
        surrogate: The name of its surrogate.
        reached: Whether it fires at the threshold itself.
        learned: Whether b has a gradient.
    """

    surrogate: str
    reached: bool = False
    learned: bool = False

    @property
    def name(self) -> str:
        """The name of its class."""
        return class_name(self.surrogate) + "Reached" * self.reached + "Learned" * self.learned

    @property
    def text(self) -> str:
        """Its class."""
        slope, definition = SLOPES[self.surrogate], SURROGATES[self.surrogate]
        by_x = slope.by_x.format(tanh="torch.tanh" if self.learned else "math.tanh")
        sign, at = (">=", "has reached") if self.reached else (">", "is above")
        lines = [
            f"class {self.name}(torch.autograd.Function):",
            *documented(
                f"Spikes of x = u - threshold: 1 where the potential u {at} its threshold.",
                f"The gradient is the surrogate {definition.formula} ({definition.source}): {definition.doc}.",
            ),
            "",
            "    @staticmethod",
            "    def forward(ctx, x, b):",
        ]
        if self.learned:
            lines += ["        ctx.save_for_backward(x, b)"]
        else:
            lines += ["        ctx.save_for_backward(x)", "        ctx.b = b"]
        lines += [f"        return (x {sign} 0).to(x.dtype)", "", "    @staticmethod", "    def backward(ctx, grad):"]
        if not self.learned:
            body = ["(x,), b = ctx.saved_tensors, ctx.b", *_assigned("slope", by_x), "return grad * slope, None"]
        else:
            assert slope.by_b is not None
            body = ["x, b = ctx.saved_tensors", *_assigned("by_x", by_x), *_assigned("by_b", slope.by_b)]
            body.append("return grad * by_x, (grad * by_b).sum_to_size(b.shape)")
        return "\n".join([*lines, *(f"        {line}" for line in body)])


def spike_names() -> set[str]:
    """The names of all functions of spikes, which no other class of a module has."""
    flags = (False, True)
    return {Spike(name, reached, learned).name for name in SLOPES for reached in flags for learned in flags}


def _assigned(name: str, text: str) -> list[str]:
    *before, last = text.split("\n")
    return [*before, f"{name} = {last}"]
