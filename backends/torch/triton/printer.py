"""Lines of Triton for the operations of a step."""

from collections.abc import Iterable, Mapping, Sequence

from spikegraph.equations.infix import INFIX
from spikegraph.equations.operations import Operation, needed_for
from spikegraph.equations.step import Firing, Step

_PRINTED: Mapping[str, str] = {
    **INFIX,
    "where": "tl.where({0}, {1}, {2})",
    "min": "tl.where({0} < {1}, {0}, {1})",
    "max": "tl.where({0} > {1}, {0}, {1})",
    "clamp": "tl.where({0} < {1}, {1}, tl.where({0} > {2}, {2}, {0}))",
    "relu": "tl.where({0} < 0, 0.0, {0})",
    "abs": "tl.abs({0})",
    "sigmoid": "sigmoid({0})",
    "tanh": "tanh({0})",
    "erf": "tl.erf({0})",
    "slope of erf": "slope_of_erf({0})",
    "exp": "tl.exp({0})",
    "log": "tl.log({0})",
    "sin": "tl.sin({0})",
    "cos": "tl.cos({0})",
    "sqrt": "root({0})",
    "round": "nearest({0})",
    "floor": "tl.floor({0})",
    "straight round": "nearest({0})",
    "straight floor": "tl.floor({0})",
    "zero": "zero",
    "one": "one",
    "current": "x{index}",
    "upstream": "upstream",
    "before": "s{index}",
    "late": "late{index}",
    "given": "given{index}",
    "constant": "c{index}",
}
"""By name: how an operation is written, with its operands in braces."""
_QUOTIENT = "quotient({0}, {1})"
"""How a step divides: rounded to the nearest number, as torch does. Its gradients use the faster division of Triton."""


class Printer:
    """Lines of a step; those of several steps in one text have names with different suffixes."""

    def __init__(self, step: Step) -> None:
        self.step = step

    def lines(self, operations: Sequence[Operation], roots: Iterable[int], suffix: str) -> list[str]:
        """Those that the results `roots` follow from."""
        return [self._line(operations, number, suffix) for number in needed_for(operations, roots)]

    def backward(self, operations: Sequence[Operation], roots: Sequence[int], kept: Sequence[int], suffix: str) -> list[str]:
        """Those of the gradients `roots`, which begin with what is kept."""
        used = needed_for(operations, roots, stop=kept)
        return [self._line(operations, number, suffix) for number in used if number not in kept]

    def _line(self, operations: Sequence[Operation], number: int, suffix: str) -> str:
        operation = operations[number]
        operands = [f"n{k}{suffix}" for k in operation.operands]
        if operation.name == "/" and number < len(self.step.operations):
            return f"n{number}{suffix} = {_QUOTIENT.format(*operands)}"
        return f"n{number}{suffix} = {self._expression(operation, operands)}"

    def _expression(self, operation: Operation, operands: Sequence[str]) -> str:
        name, index = operation.name, operation.index
        if not operation.operands or name in _PRINTED:
            return _PRINTED[name].format(*operands, index=index)
        firing, first = self.step.firings[index], len(self.step.constants) + 3 * index
        u, threshold, *width = operands
        b, factor = width or (f"c{first}", f"c{first + 1}")
        multiples = _multiples(firing)
        match name:
            case "fire":
                return f"tl.where({u} {'>=' if firing.at == 'reached' else '>'} {threshold}, 1.0, zero)"
            case "count":
                counted = {"nearest": "nearest({})", "reached": "tl.floor({})"}.get(firing.at, "above({})")
                return f"within({counted.format(_QUOTIENT.format(u, threshold))}, c{first + 2})"
            case "slope":
                return f"slope_{firing.surrogate}({u} - {threshold}, {b}, {factor})"
            case "slope by b":
                return f"by_b_{firing.surrogate}({u} - {threshold}, {b})"
            case "slopes by b":
                return " + ".join(f"by_b_{firing.surrogate}({u} - {k!r} * {threshold}, {b})" for k in multiples)
            case _:
                each = [(k, f"slope_{firing.surrogate}({u} - {k!r} * {threshold}, {b}, {factor})") for k in multiples]
                return " + ".join(x if name == "slopes" else f"{k!r} * {x}" for k, x in each)


def _multiples(firing: Firing) -> list[float]:
    """The multiples of the threshold at which a count rises."""
    return [k - 0.5 if firing.at == "nearest" else float(k) for k in range(1, firing.levels + 1)]
