"""Terms of a neuron's lines in Python."""

from collections.abc import Callable
from dataclasses import dataclass, field

from spikegraph.equations.terms import Apply, Before, Constant, Current, Fire, Mixed, Number, Term, Value

SUM, PRODUCT, SIGN, WHOLE = range(4)
"""How tightly the outermost operator binds."""

ORDER = {"+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT}
COMPARED = (">", ">=", "<", "<=")


def number(value: float) -> str:
    """A number as people write it: `1` and not `1.0`, except as a float64."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def one_of(value: float) -> float | int:
    """A number as people write it."""
    return int(value) if value == int(value) else value


def full(size: str, value: float) -> str:
    """A tensor of a size in Python, filled with a number."""
    return f"torch.zeros({size})" if value == 0 else f"torch.full(({size}{',' if ',' not in size else ''}), {float(value)!r})"


@dataclass
class Written:
    """A term in Python.

    Attributes:
        text: Its text.
        binds: How tightly its outermost operator binds.
        tensor: Whether it is a tensor and no number.
    """

    text: str
    binds: int = WHOLE
    tensor: bool = True

    def within(self, binds: int) -> str:
        """The text as an operand of an operator that binds so tightly."""
        return self.text if self.binds >= binds else f"({self.text})"

    def is_number(self, value: float) -> bool:
        """Whether it is this number."""
        return not self.tensor and self.text == number(value)


@dataclass
class Terms:
    """Writes the terms of a neuron.

    Attributes:
        known: What numbers, currents, states and lines above are.
        fire: Writes spikes.
        zeros: A tensor whose shape and type a step has.
        k: The variable that counts levels, which no line has.
        math: Whether the module `math` is needed.
    """

    known: dict[Term, Written]
    fire: Callable[[str, Written, Fire], str]
    zeros: str
    k: str = "k"
    math: bool = field(default=False)

    def of(self, term: Term, *, straight: bool = False) -> Written:
        """A term."""
        match term:
            case Constant(value):
                return Written(number(value), WHOLE if value >= 0 else SIGN, tensor=False)
            case Number() | Current() | Before() | Value():
                return self.known[term]
            case Mixed(weights, value):
                return Written(f"torch.tensordot({self.known[Number(weights)].text}, {self.of(value).text}, dims=1)")
            case Fire(potential, threshold):
                return self._spikes(self.of(potential), self.of(threshold), term)
            case Apply(function, operands):
                return self._applied(function, operands, straight)
            case _:
                raise TypeError(f"{type(term).__name__} isn't expanded")

    def _spikes(self, u: Written, threshold: Written, fire: Fire) -> Written:
        levels = fire.levels or 1
        u = u if u.tensor or threshold.tensor else self._tensor(u)
        if levels == 1 and fire.at != "nearest":
            x = u.text if threshold.is_number(0) else f"{u.within(SUM)} - {threshold.within(PRODUCT)}"
            return Written(self.fire(x, threshold, fire))
        half = " - 0.5" if fire.at == "nearest" else ""
        k = f"({self.k}{half})" if half else self.k
        x = f"{u.within(SUM)} - {k}" + ("" if threshold.is_number(1) else f" * {threshold.within(PRODUCT)}")
        return Written(f"sum({self.fire(x, threshold, fire)} for {self.k} in range(1, {levels + 1}))")

    def _tensor(self, x: Written) -> Written:
        """A number as a tensor, for what has no meaning for a number."""
        return x if x.tensor else Written(f"{self.zeros}.new_tensor({x.text})")

    def _applied(self, function: str, operands: tuple[Term, ...], straight: bool) -> Written:
        if function == "*" and Constant(0.0) in operands:
            return Written("0", tensor=False)
        if function == "straight":
            return self.of(operands[0], straight=True)
        xs = [self.of(each, straight=straight) for each in operands]
        tensor = any(x.tensor for x in xs)
        if function in ORDER:
            return self._operator(function, xs[0], xs[1])
        if function in COMPARED:
            xs[0] = xs[0] if tensor else self._tensor(xs[0])
            return Written(f"{xs[0].within(SUM)} {function} {xs[1].within(SUM)}", -1)
        match function:
            case "neg":
                return Written(f"-{xs[0].within(SIGN)}", SIGN, tensor)
            case "and" | "or":
                return Written(f"{xs[0].within(SUM)} {'&' if function == 'and' else '|'} {xs[1].within(SUM)}", -1)
            case "not":
                return Written(f"~{xs[0].within(WHOLE)}", SIGN)
            case "where":
                return self._chosen(*xs)
            case "min" | "max":
                if not tensor:
                    return Written(f"{function}({xs[0].text}, {xs[1].text})", tensor=False)
                if not xs[1].tensor:
                    bound = "max" if function == "min" else "min"
                    return Written(f"{xs[0].within(WHOLE)}.clamp({bound}={xs[1].text})")
                sign = "<" if function == "min" else ">"
                x, y = xs
                return Written(f"torch.where({x.within(SUM)} {sign} {y.within(SUM)}, {x.text}, {y.text})")
            case "clamp":
                return Written(f"F.hardtanh({', '.join(x.text for x in xs)})")
            case "round" | "floor":
                return self._whole(function, xs[0], straight)
            case "detach":
                return Written(f"{xs[0].within(WHOLE)}.detach()") if tensor else xs[0]
            case _:
                if not tensor:
                    self.math = True
                    if function == "sigmoid":
                        return Written(f"1 / (1 + math.exp(-{xs[0].within(SIGN)}))", PRODUCT, tensor=False)
                    return Written(f"math.{function}({xs[0].text})", tensor=False)
                return Written(f"torch.{function}({xs[0].text})")

    def _operator(self, function: str, x: Written, y: Written) -> Written:
        """A sum or product, without what changes nothing."""
        tensor = x.tensor or y.tensor
        match function:
            case "+" if x.is_number(0):
                return y
            case "+" | "-" if y.is_number(0):
                return x
            case "*" if x.is_number(1):
                return y
            case "*" | "/" if y.is_number(1):
                return x
            case "*" if x.is_number(0) or y.is_number(0):
                return Written("0", tensor=False)
            case "+" if y.binds == SIGN and y.text.startswith("-"):
                return Written(f"{x.within(SUM)} - {y.text[1:]}", SUM, tensor)
            case _:
                binds = ORDER[function]
                right = binds + (function in "-/") if function != "*" else PRODUCT
                # a * (b * c) isn't (a * b) * c in floating point.
                right = PRODUCT + 1 if function == "*" and y.binds == PRODUCT else right
                right = SUM + 1 if function == "+" and y.binds == SUM else right
                return Written(f"{x.within(binds)} {function} {y.within(right)}", binds, tensor)

    def _chosen(self, condition: Written, x: Written, y: Written) -> Written:
        if not x.tensor and not y.tensor:
            if x.is_number(1) and y.is_number(0):
                return Written(f"{condition.within(WHOLE)}.to({self.zeros}.dtype)")
            made = ", ".join(self._tensor(each).text for each in (x, y))
            return Written(f"torch.where({condition.text}, {made})")
        return Written(f"torch.where({condition.text}, {x.text}, {y.text})")

    def _whole(self, function: str, x: Written, straight: bool) -> Written:
        if not x.tensor:
            self.math = True
            return Written(f"{'round' if function == 'round' else 'math.floor'}({x.text})", tensor=False)
        if not straight:
            return Written(f"torch.{function}({x.text})")
        return Written(f"torch.{function}({x.within(WHOLE)}.detach()) + ({x.within(SUM)} - {x.within(WHOLE)}.detach())", SUM)
