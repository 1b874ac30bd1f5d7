"""C++ of a time step: it holds only names and numbers that are made here, none of a model's text."""

from collections.abc import Iterable, Mapping, Sequence

from spikegraph.backends.torch.native.surrogates import GENERATED_SURROGATES, scale
from spikegraph.equations.infix import INFIX
from spikegraph.equations.operations import MASKS, Operation, needed_for
from spikegraph.equations.reverse import Reverse, reversed_step
from spikegraph.equations.step import Step

TYPES = {"f32": "float", "f64": "double"}
"""The types of numbers in C++, by the suffix of functions' names."""

_LARGE = 40
"""Operations of both ways; loops over the vectors of a block aren't unrolled for more."""

_BY_FIRING = 3
"""Constants of each firing: b and scale of its surrogate, and its levels."""

_PRINTED: Mapping[str, str] = {
    **INFIX,
    "where": "{0} ? {1} : {2}",
    "min": "{0} < {1} ? {0} : {1}",
    "max": "{0} > {1} ? {0} : {1}",
    "clamp": "{0} < {1} ? {1} : {0} > {2} ? {2} : {0}",
    "relu": "{0} < V{{}} ? V{{}} : {0}",
    "abs": "{0} < V{{}} ? -{0} : {0}",
    "sigmoid": "sigmoid_of<A>({0})",
    "tanh": "tanh_of<A>({0})",
    "erf": "erf_of<A>({0})",
    "slope of erf": "erf_slope_of<A>({0})",
    "exp": "exp_of<A>({0})",
    "log": "log_of<A>({0})",
    "sin": "sin_of<A>({0})",
    "cos": "cos_of<A>({0})",
    "sqrt": "sqrt_of<A>({0})",
    "round": "nearest<A>({0})",
    "floor": "lower<A>({0})",
    "straight round": "nearest<A>({0})",
    "straight floor": "lower<A>({0})",
    "zero": "V{{}}",
    "one": "V{{}} + A(1)",
    "current": "x[{index}].v[i]",
    "upstream": "upstream",
    "before": "s[{index}].v[i]",
    "late": "late[{index}].v[i]",
    "given": "given[{index}].v[i]",
    "constant": "filled<V>(c[{index}])",
}
"""By name: how an operation is written, with its operands in braces."""


def constants_of(step: Step) -> tuple[float, ...]:
    """The constants that the compiled functions of a step read: its own, those of its firings, and the first states."""
    firings = (number for f in step.firings for number in (f.b, scale(f.surrogate, f.b), float(f.levels)))
    return (*step.constants, *firings, *step.initial)


def source_of(step: Step, suffix: str) -> str:
    """The source of the functions `forward_SUFFIX` and `backward_SUFFIX`."""
    reverse = reversed_step(step)
    printer = _Printer(step)
    after = [f"s[{k}].v[i] = n{number};" for k, number in enumerate(step.after)]
    kept = [f"kept[{k}].v[i] = n{number};" for k, number in enumerate(reverse.kept)]
    late = [f"late[{k}].v[i] = n{number};" for k, number in enumerate(reverse.before)]
    sums = [f"sums[{k}].v[i] += n{number};" for k, number in enumerate(reverse.given)]
    currents = [f"x[{k}].v[i] = n{number};" for k, number in enumerate(reverse.currents)]
    block = "const A* c, const Block<A>* given"
    lines = [
        '#include "equations.h"',
        "",
        "namespace {",
        "",
        "struct Step {",
        f"  using A = {TYPES[suffix]};",
        "  using V = Block<A>::Vector;",
        f"  static constexpr int CONSTANTS = {len(step.constants) + _BY_FIRING * len(step.firings)};",
        f"  static constexpr int INPUTS = {step.inputs}, GIVEN = {len(step.given)};",
        f"  static constexpr int STATES = {len(step.after)}, KEPT = {len(reverse.kept)};",
        f"  static constexpr bool LARGE = {str(len(reverse.operations) > _LARGE).lower()};",
        f"  static INLINE V forward({block}, Block<A>* s, const Block<A>* x, int i) {{",
        *printer.lines(step.operations, (step.result, *step.after)),
        *_indented((*after, f"return n{step.result};")),
        "  }",
        f"  static INLINE void keep({block}, Block<A>* s, const Block<A>* x, Block<A>* kept, int i) {{",
        *printer.lines(step.operations, (*step.after, *reverse.kept)),
        *_indented((*kept, *after)),
        "  }",
        f"  static INLINE void backward({block}, const Block<A>* kept, Block<A>* late, Block<A>* sums, V upstream,",
        "                              Block<A>* x, int i) {",
        *printer.backward(reverse),
        *_indented((*currents, *late, *sums)),
        "  }",
        "};",
        "",
        "}  // namespace",
        "",
        'extern "C" {',
        f"void forward_{suffix}(const int64_t* a) {{ forward<Step>({{a}}); }}",
        f"void backward_{suffix}(const int64_t* a) {{ backward<Step>({{a}}); }}",
        "}",
        "",
    ]
    return "\n".join(lines)


def supported(step: Step) -> bool:
    """Whether all operations of a step have C++."""
    return all(firing.surrogate in GENERATED_SURROGATES for firing in step.firings)


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]


class _Printer:
    def __init__(self, step: Step) -> None:
        self.step = step

    def lines(self, operations: Sequence[Operation], roots: Iterable[int]) -> list[str]:
        return [self.line(operations, number) for number in needed_for(operations, roots)]

    def backward(self, reverse: Reverse) -> list[str]:
        kept = {number: k for k, number in enumerate(reverse.kept)}
        used = needed_for(reverse.operations, (*reverse.currents, *reverse.before, *reverse.given), stop=kept)
        return [
            f"    const V n{number} = kept[{kept[number]}].v[i];" if number in kept else self.line(reverse.operations, number)
            for number in used
        ]

    def line(self, operations: Sequence[Operation], number: int) -> str:
        operation = operations[number]
        operands = [f"n{k}" for k in operation.operands]
        kind = "auto" if operation.name in MASKS else "V"
        return f"    const {kind} n{number} = {self.expression(operation, operands)};"

    def expression(self, operation: Operation, operands: Sequence[str]) -> str:
        name, index = operation.name, operation.index
        if not operation.operands or name in _PRINTED:
            return _PRINTED[name].format(*operands, index=index)
        firing = self.step.firings[index]
        surrogate, at, first = firing.surrogate.upper(), firing.at.upper(), len(self.step.constants) + _BY_FIRING * index
        u, threshold, *width = operands
        b, factor = width or (f"filled<V>(c[{first}])", f"filled<V>(c[{first + 1}])")
        levels = f"c[{first + 2}]"
        match name:
            case "fire":
                return f"ones_where<V>({u} {'>=' if firing.at == 'reached' else '>'} {threshold})"
            case "slope":
                return f"slope<{surrogate}, A>({u} - {threshold}, {b}, {factor})"
            case "count":
                return f"counted<{at}, A>({u}, {threshold}, filled<V>({levels}))"
            case "slope by b":
                return f"by_b<{surrogate}, A>({u} - {threshold}, {b})"
            case "slopes by b":
                return f"sum_by_b<{surrogate}, {at}, A>({u}, {threshold}, {b}, {levels})"
            case _:
                function = "slopes" if name == "slopes" else "slopes_by_threshold"
                return f"{function}<{surrogate}, {at}, A>({u}, {threshold}, {b}, {factor}, {levels})"
