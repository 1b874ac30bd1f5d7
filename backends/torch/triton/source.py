"""Triton's text of a time step over a sequence: it holds only names and numbers that are made here, none of a model's text."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from spikegraph.backends.torch.triton.form import Form, constants_of
from spikegraph.backends.torch.triton.printer import Printer
from spikegraph.equations.step import Step

UNROLLED = 16
"""The most time steps whose loop is unrolled."""


@lru_cache(256)
def forward_text(form: Form, steps: int, every: int) -> str:
    """The kernel `forward`: results, states after the last step, and the states before each `every` steps if there are more."""
    step, saved = form.step, steps > every
    states = range(len(step.after))
    names = ["out", *(f"after{k}" for k in states), *(f"saved{k}" for k in states if saved)]
    lines = [*_constants(step), *_given(step), *_affine(form, 2), *_first(form)]
    body = [*_current_lines(form, "t", ""), *Printer(step).lines(step.operations, (step.result, *step.after), "")]
    body += [f"tl.store(out + t * STEP + at, (zero + n{step.result}).to(out.dtype.element_ty), mask=m)"]
    body += [f"s{k} = zero + n{number}" for k, number in enumerate(step.after)]
    loop = "tl.static_range" if steps <= UNROLLED else "range"
    save = [f"    tl.store(saved{k} + (t // EVERY) * STEP + at, s{k}, mask=m)" for k in states] if saved else []
    lines += [f"for t in {loop}(T):", *_indented(["if t % EVERY == 0:", *save] if saved else []), *_indented(body)]
    lines += [f"tl.store(after{k} + at, s{k}, mask=m)" for k in states]
    return _kernel("forward", [*_inputs(form), *names], ["T: tl.constexpr", "EVERY: tl.constexpr"], form.last, lines)


@lru_cache(1024)
def backward_text(form: Form, steps: int, *, writes: bool, sums: bool, continued: bool, saved: bool) -> str:
    """The kernel `backward` of a segment of steps: gradients of terms, and sums for each channel, both or one of them.

    Args:
        form: The form.
        steps: How many steps the segment has; the potentials are computed again.
        writes: Whether it writes the gradients of terms, with the means of the sums that are given; and of the first states.
        sums: Whether it writes sums.
        continued: Whether the gradients of the states after the segment are given.
        saved: Whether the states before the segment are those that the forward pass saved.
    """
    step, reverse = form.step, form.reverse
    states, terms = range(len(step.after)), range(len(form.normed))
    names = ["grad", *(f"last{k}" for k in states if continued), *(f"early{k}" for k in states)]
    names += [f"saved{k}" for k in states if saved]
    names += [f"dy{k}" for k in terms] * writes + ["totals"] * sums
    rows = 6 if writes and any(form.normed) else 4
    lines = [*_constants(step), *_given(step), *_affine(form, rows)]
    lines += [f"s{k} = tl.load(saved{k} + at, mask=m, other=0.0).to(A)" for k in states] if saved else _first(form)
    printer = Printer(step)
    for t in range(steps):
        lines += _current_lines(form, f"(t0 + {t})", f"_{t}")
        lines += printer.lines(step.operations, (*step.after, *reverse.kept), f"_{t}")
        lines += [f"s{k} = zero + n{number}_{t}" for k, number in enumerate(step.after)]
    lines += [f"late{k} = " + (f"tl.load(last{k} + at, mask=m, other=0.0).to(A)" if continued else "zero") for k in states]
    if sums:
        lines += [f"total{k} = zero" for k in range(form.sums)]
    for t in reversed(range(steps)):
        lines += [f"upstream = tl.load(grad + (t0 + {t}) * STEP + at, mask=m, other=0.0).to(A)"]
        lines += printer.backward(reverse, f"_{t}")
        lines += [f"g{k}_{t} = zero + n{number}_{t}" for k, number in enumerate(reverse.currents)]
        if sums:
            lines += _totals(form, t)
        if writes:
            lines += _written(form, t)
        lines += [f"early_{k} = zero + n{number}_{t}" for k, number in enumerate(reverse.before)]
        lines += [f"late{k} = early_{k}" for k in states]
    lines += [f"tl.store(early{k} + at, late{k}, mask=m)" for k in states]
    if sums:
        lines += [_stored_sum(f"tl.where(m, total{k}, 0.0)", k, form.last) for k in range(form.sums)]
    return _kernel("backward", [*_inputs(form), *names, "t0"], ["SUMS"] * sums, form.last, lines)


@lru_cache(2)
def moments_text(last: bool) -> str:
    """The kernel `moments` of a norm: the sums over all steps of y - shift and of its square, for each channel."""
    lines = [
        f"shift = {_channel('at_shift', 0)}",
        "first = zero",
        "second = zero",
        "for t in range(T):",
        "    d = tl.where(m, tl.load(y + t * STEP + at, mask=m, other=0.0).to(A) - shift, 0.0)",
        "    first += d",
        "    second += d * d",
    ]
    lines += [_stored_sum(name, k, last) for k, name in enumerate(("first", "second"))]
    return _kernel("moments", ["y", "at_shift", "totals"], ["SUMS", "T"], last, lines)


def _kernel(name: str, pointers: Sequence[str], more: Sequence[str], last: bool, body: Iterable[str]) -> str:
    sizes = ["P", "C", "STEP", "COLS: tl.constexpr"] if last else ["P", "C", "L", "STEP", "EACH: tl.constexpr"]
    arguments = ", ".join([*pointers, *more, *sizes, "ROWS: tl.constexpr", "A: tl.constexpr"])
    if last:
        index = [
            "r = tl.program_id(0) * ROWS + tl.arange(0, ROWS)[:, None]",
            "c = tl.program_id(1) * COLS + tl.arange(0, COLS)[None, :]",
            "m = (r < P) & (c < C)",
            "at = r * C + c",
            "zero = tl.zeros((ROWS, COLS), A)",
            "sum_at = tl.program_id(0) * C + c",
            "sum_mask = c < C",
        ]
    else:
        index = [
            "i = tl.program_id(0) * ROWS + tl.arange(0, ROWS)",
            "c = tl.program_id(1)",
            "m = i < P",
            "at = tl.max_contiguous(tl.multiple_of((i // L) * (C * L) + c * L + i % L, EACH), EACH)",
            "zero = tl.zeros((ROWS,), A)",
            "sum_at = tl.program_id(0) * C + c",
        ]
    head = [*index, "one = zero + 1.0", "STEP = STEP * tl.full((), 1, tl.int64)"]
    return "\n".join(["@triton.jit", f"def {name}({arguments}):", *_indented([*head, *body]), ""])


def _stored_sum(block: str, row: int, last: bool) -> str:
    """Stores the sum of a block for each of its channels."""
    total = f"tl.sum({block}, 0, keep_dims=True), mask=sum_mask" if last else f"tl.sum({block}, 0)"
    return f"tl.store(totals + {row} * SUMS + sum_at, {total})"


def _inputs(form: Form) -> list[str]:
    terms = range(len(form.normed))
    found = [f"y{k}" for k in terms] + [f"norm{k}" for k in terms if form.normed[k]]
    found += ["numbers"] * bool(form.step.given)
    return found + [f"begin{k}" for k in range(len(form.step.after)) if form.started]


def _constants(step: Step) -> list[str]:
    return [f"c{k} = zero + {x!r}" for k, x in enumerate(constants_of(step))]


def _given(step: Step) -> list[str]:
    return [f"given{k} = zero + {_channel('numbers', k)}" for k in range(len(step.given))]


def _channel(pointer: str, row: int) -> str:
    """The number of each channel in a row of [rows, C]."""
    return f"tl.load({pointer} + {row} * C + c, mask=c < C, other=0.0).to(A)"


_ROWS = ("scale", "shift", "mean", "inverse", "first", "second")
"""What a kernel reads of a norm: [6, C]; the last two are the means of the gradient, alone and times the normed value."""


def _affine(form: Form, rows: int) -> list[str]:
    normed = [k for k, has in enumerate(form.normed) if has]
    return [f"{name}{k} = {_channel(f'norm{k}', row)}" for k in normed for row, name in enumerate(_ROWS[:rows])]


def _first(form: Form) -> list[str]:
    if form.started:
        return [f"s{k} = tl.load(begin{k} + at, mask=m, other=0.0).to(A)" for k in range(len(form.step.after))]
    return [f"s{k} = zero + {x!r}" for k, x in enumerate(form.step.initial)]


def _current_lines(form: Form, t: str, suffix: str) -> Iterator[str]:
    for current, terms in enumerate(form.terms_of):
        for k in terms:
            yield f"y_{k}{suffix} = tl.load(y{k} + {t} * STEP + at, mask=m, other=0.0)"
        each = [f"(y_{k}{suffix}.to(A) * scale{k} + shift{k})" if form.normed[k] else f"y_{k}{suffix}.to(A)" for k in terms]
        yield f"x{current} = {' + '.join(each)}"


def _totals(form: Form, t: int) -> Iterator[str]:
    k = 0
    for k, number in enumerate(form.reverse.given):
        yield f"total{k} += n{number}_{t}"
    k = len(form.reverse.given)
    for current, terms in enumerate(form.terms_of):
        yield f"total{k} += g{current}_{t}"
        k += 1
        for term in (each for each in terms if form.normed[each]):
            yield f"total{k} += g{current}_{t} * ((y_{term}_{t}.to(A) - mean{term}) * inverse{term})"
            k += 1


def _written(form: Form, t: int) -> Iterator[str]:
    for current, terms in enumerate(form.terms_of):
        for k in terms:
            grad = f"g{current}_{t}"
            if form.normed[k]:
                normed = f"((y_{k}_{t}.to(A) - mean{k}) * inverse{k})"
                grad = f"scale{k} * ({grad} - first{k} - {normed} * second{k})"
            yield f"tl.store(dy{k} + (t0 + {t}) * STEP + at, ({grad}).to(dy{k}.dtype.element_ty), mask=m)"


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]
