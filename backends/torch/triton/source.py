"""Triton's text of a time step over a sequence: it holds only names and numbers that are made here, none of a model's text.

Constants are arguments: neurons that differ in them alone, such as the candidates of a search for surrogates, share kernels.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from spikegraph.backends.torch.triton.form import Form
from spikegraph.backends.torch.triton.paired import Pairs
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
    lines = [*_constants(form), *_given(step), *_affine(form, _NORM), *_first(form)]
    body = [
        *_loaded(form, "t", ""),
        *_currents(form, ""),
        *Printer(step).lines(step.operations, (step.result, *step.after), ""),
    ]
    body += [f"tl.store(out + t * STEP + at, {_block(f'n{step.result}')}.to(out.dtype.element_ty), mask=m)"]
    body += [f"s{k} = {_block(f'n{number}')}" for k, number in enumerate(step.after)]
    loop = "tl.static_range" if steps <= UNROLLED else "range"
    save = [f"    tl.store(saved{k} + (t // EVERY) * STEP + at, s{k}, mask=m)" for k in states] if saved else []
    lines += [f"for t in {loop}(T):", *_indented(["if t % EVERY == 0:", *save] if save else []), *_indented(body)]
    lines += [f"tl.store(after{k} + at, s{k}, mask=m)" for k in states]
    return _kernel("forward", [*_inputs(form), *names], ["T: tl.constexpr", "EVERY: tl.constexpr"], form.last, lines)


@lru_cache(1024)
def backward_text(
    form: Form,
    steps: int,
    part: int,
    *,
    writes: bool,
    sums: bool,
    continued: bool,
    saved: bool,
    passed: bool,
    paired: bool = False,
) -> str:
    """The kernel `backward` of a segment of steps: gradients of terms, and sums for each channel, both or one of them.

    Args:
        form: The form.
        steps: How many steps the segment has; the potentials are computed again.
        part: Of how many steps results are kept at once: with several parts, only states before each of them are kept at first.
        writes: Whether it writes the gradients of terms; without `sums` those of normed ones follow from the means of sums too.
        sums: Whether it writes sums.
        continued: Whether the gradients of the states after the segment are given.
        saved: Whether the states before the segment are those that the forward pass saved.
        passed: Whether it writes the gradients of these states.
        paired: Whether it reads and writes two steps at once; only where channels are the last axis.
    """
    states, pairs = range(len(form.step.after)), Pairs(steps) if paired else None
    names = ["grad", *(f"last{k}" for k in states if continued), *(f"early{k}" for k in states if passed)]
    names += [f"saved{k}" for k in states if saved]
    names += [f"dy{k}" for k in form.written] * writes + ["totals"] * sums
    lines = [
        *(pairs.index() if pairs else ()),
        *_constants(form),
        *_given(form.step),
        *_affine(form, (*_NORM, "constant", "slope") if writes and not sums else (*_NORM, "mean")),
    ]
    lines += [f"s{k} = tl.load(saved{k} + at, mask=m, other=0.0).to(A)" for k in states] if saved else _first(form)
    # Zero, which compilers don't see: else they would keep terms in float32, for this and for the way forward.
    lines += ["nought = tl.where(P > -1, 0.0, 1.0)"] if writes and not sums else []
    kept, parts = form.back(sums=sums).kept, [range(at, min(at + part, steps)) for at in range(0, steps, part)]
    for each in parts[:-1]:
        lines += [f"first{k}_{each.start} = s{k}" for k in states]
        for t in each:
            lines += [*_read(form, t, pairs), *_ahead(form, t)]
    lines += [f"late{k} = " + (f"tl.load(last{k} + at, mask=m, other=0.0).to(A)" if continued else "zero") for k in states]
    lines += [f"total{k} = zero" for k in range(form.sums) if sums]
    lines += [f"dy{k}_next = zero.to(dy{k}.dtype.element_ty)" for k in form.written if pairs and writes]
    for each in reversed(parts):
        lines += [] if each is parts[-1] else _again(form, each)
        for t in each:
            lines += [*(_read(form, t, pairs) if each is parts[-1] else ()), *_ahead(form, t, kept)]
        for t in reversed(each):
            lines += [pairs.loaded("upstream", "grad", t)] if pairs and pairs.starts(t) else []
            # Always true: in one block the compiler would compute slopes of many steps first, which registers can't hold.
            lines += [f"if t0 > {-1 - t}:", *_indented(_back(form, t, pairs, writes=writes, sums=sums))]
    lines += [f"tl.store(early{k} + at, late{k}, mask=m)" for k in states if passed]
    lines += [_stored_sum(f"tl.where(m, total{k}, 0.0)", k, form.last) for k in range(form.sums) if sums]
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
    """A kernel. EACH numbers follow each other in memory at an address that they divide, all within the tensor or none.

    With WIDE a number's place in a step has 64 bits.
    """
    index_type = "tl.int64 if WIDE else tl.int32"
    sizes = [
        "P",
        "C",
        *([] if last else ["L"]),
        "STEP",
        *(["COLS: tl.constexpr"] if last else []),
        "EACH: tl.constexpr",
        "WIDE: tl.constexpr",
    ]
    arguments = ", ".join([*pointers, *more, *sizes, "ROWS: tl.constexpr", "A: tl.constexpr"])
    if last:
        index = [
            "across = tl.cdiv(C, COLS)",
            f"part = (tl.program_id(0) // across).to({index_type})",
            "r = part * ROWS + tl.arange(0, ROWS)[:, None]",
            "c = tl.program_id(0) % across * COLS + tl.arange(0, COLS)[None, :]",
            "C = tl.multiple_of(C, EACH)",
            "inside = tl.max_constancy(c < C, [1, EACH])",
            "m = tl.max_constancy((r < P) & inside, [1, EACH])",
            "at = tl.max_contiguous(tl.multiple_of(r * C + c, [1, EACH]), [1, EACH])",
            "zero = tl.zeros((ROWS, COLS), A)",
            "sum_at = part * C + c",
            "sum_mask = inside",
        ]
    else:
        index = [
            f"i = tl.program_id(0).to({index_type}) * ROWS + tl.arange(0, ROWS)",
            f"c = tl.program_id(1).to({index_type})",
            "inside = c < C",
            "m = tl.max_constancy(i < P, EACH)",
            f"at = tl.max_contiguous(tl.multiple_of((i // L) * (tl.cast(C, {index_type}) * L) + c * L + i % L, EACH), EACH)",
            "zero = tl.zeros((ROWS,), A)",
            "sum_at = tl.program_id(0) * C + c",
        ]
    head = [*index, "one = zero + 1.0", "STEP = tl.multiple_of(tl.cast(STEP, tl.int64), EACH)"]
    sizes = [each for each in ("P", "C", "L", "STEP", "SUMS", "T", "t0") if re.search(rf"\b{each}[,)]", arguments + ")")]
    return "\n".join([f"@triton.jit(do_not_specialize={sizes})", f"def {name}({arguments}):", *_indented([*head, *body]), ""])


def _stored_sum(block: str, row: int, last: bool) -> str:
    """Stores the sum of a block for each of its channels."""
    total = f"tl.sum({block}, 0, keep_dims=True), mask=sum_mask" if last else f"tl.sum({block}, 0)"
    return f"tl.store(totals + {row} * SUMS + sum_at, {total})"


def _inputs(form: Form) -> list[str]:
    terms = range(len(form.normed))
    found = [f"y{k}" for k in terms] + [f"norm{k}" for k in terms if form.normed[k]]
    found += ["constants"] * bool(form.constants) + ["numbers"] * bool(form.step.given)
    return found + [f"begin{k}" for k in range(len(form.step.after)) if form.started]


def _block(number: str) -> str:
    """A number as a block: what follows from numbers of channels or constants alone is smaller."""
    return f"tl.broadcast_to({number}, zero.shape)"


def _constants(form: Form) -> list[str]:
    return [f"c{k} = tl.load(constants + {k})" for k in range(len(form.constants))]


def _given(step: Step) -> list[str]:
    return [f"given{k} = {_channel('numbers', k)}" for k in range(len(step.given))]


def _channel(pointer: str, row: int) -> str:
    """The number of each channel in a row of [rows, C]."""
    return f"tl.load({pointer} + {row} * C + c, mask=inside, other=0.0).to(A)"


_NORM = ("scale", "shift")
"""What a kernel reads of a norm, [rows, C]; then the mean, or what the means add to the gradient, constant + slope * y."""


def _affine(form: Form, rows: Sequence[str]) -> list[str]:
    normed = [k for k, has in enumerate(form.normed) if has]
    return [f"{name}{k} = {_channel(f'norm{k}', row)}" for k in normed for row, name in enumerate(rows)]


def _first(form: Form) -> list[str]:
    if form.started:
        return [f"s{k} = tl.load(begin{k} + at, mask=m, other=0.0).to(A)" for k in range(len(form.step.after))]
    return [f"s{k} = zero + {x!r}" for k, x in enumerate(form.step.initial)]


def _loaded(form: Form, t: str, suffix: str) -> Iterator[str]:
    return (f"y_{k}{suffix} = tl.load(y{k} + {t} * STEP + at, mask=m, other=0.0)" for k in range(len(form.normed)))


def _read(form: Form, t: int, pairs: Pairs | None) -> Iterable[str]:
    """Terms of a step on the way forward: they are there already if it is the second of a pair."""
    if pairs is None:
        return _loaded(form, f"(t0 + {t})", f"_{t}")
    return [pairs.loaded(f"y_{k}", f"y{k}", t) for k in range(len(form.normed)) if t % 2 == 0]


def _currents(form: Form, suffix: str) -> Iterator[str]:
    for current, terms in enumerate(form.terms_of):
        each = [f"(y_{k}{suffix}.to(A) * scale{k} + shift{k})" if form.normed[k] else f"y_{k}{suffix}.to(A)" for k in terms]
        yield f"x{current} = {' + '.join(each)}"


def _ahead(form: Form, t: int, kept: Sequence[int] = ()) -> Iterator[str]:
    """A step of the way forward: the states after it, and what is kept."""
    step = form.step
    yield from _currents(form, f"_{t}")
    yield from Printer(step).lines(step.operations, (*step.after, *kept), f"_{t}")
    yield from (f"s{k} = {_block(f'n{number}_{t}')}" for k, number in enumerate(step.after))


def _again(form: Form, part: range) -> Iterator[str]:
    """What the steps of a part follow from, in a form that compilers don't see through, as conditions are always true.

    Else they would see that the same is computed twice, and keep all that was found at first; of terms in float32.
    """
    for k in range(len(form.step.after)):
        yield f"s{k} = tl.where(P > {-1 - part.start}, first{k}_{part.start}, first{k}_{part.start} + 1.0)"
    for t in part:
        yield from (f"y_{k}_{t} = tl.where(P > {-1 - t}, y_{k}_{t}, 0.0)" for k in range(len(form.normed)))


def _back(form: Form, t: int, pairs: Pairs | None, *, writes: bool, sums: bool) -> Iterator[str]:
    """A step of the way back."""
    reverse, back = form.reverse, form.back(sums=sums)
    upstream = f"upstream_{t}" if pairs else f"tl.load(grad + (t0 + {t}) * STEP + at, mask=m, other=0.0)"
    yield f"upstream = {upstream}.to(A)"
    yield from Printer(form.step).backward(reverse.operations, back.roots, back.kept, f"_{t}")
    yield from (f"g{k}_{t} = {_block(f'n{number}_{t}')}" for k, number in enumerate(reverse.currents))
    yield from _totals(form, t) if sums else ()
    yield from _written(form, t, not sums, pairs) if writes else ()
    yield from (f"early_{k} = {_block(f'n{number}_{t}')}" for k, number in enumerate(reverse.before))
    yield from (f"late{k} = early_{k}" for k in range(len(form.step.after)))


def _totals(form: Form, t: int) -> Iterator[str]:
    """Sums of the gradients of given numbers, of each current's with norms, and of that times y - mean of each normed term."""
    added = [f"n{number}_{t}" for number in form.reverse.given]
    for current, normed in enumerate(form.normed_of):
        added += [f"g{current}_{t}"] * bool(normed)
        added += [f"g{current}_{t} * (y_{term}_{t}.to(A) - mean{term})" for term in normed]
    return (f"total{k} += {each}" for k, each in enumerate(added))


def _written(form: Form, t: int, means: bool, pairs: Pairs | None) -> Iterator[str]:
    for current, terms in enumerate(form.terms_of):
        for k in (each for each in terms if form.same[each] == each):
            grad = f"g{current}_{t}"
            if form.normed[k]:
                grad = f"scale{k} * {grad}"
                grad += f" + (constant{k} + slope{k} * (y_{k}_{t}.to(A) - nought))" if means else ""
            alone = f"tl.store(dy{k} + (t0 + {t}) * STEP + at, ({grad}).to(dy{k}.dtype.element_ty), mask=m)"
            yield pairs.stored(f"dy{k}", t, grad) if pairs else alone


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" for line in lines]
