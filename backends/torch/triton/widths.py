"""How much of a sequence a kernel that goes back has at once, by how many registers that needs."""

from typing import NamedTuple

from spikegraph.backends.torch.triton.form import Form
from spikegraph.backends.torch.triton.source import UNROLLED

MOST = 8
"""The most numbers of a step that a thread has: 128 bits of bfloat16."""
REGISTERS = 255
"""How many registers a thread has; of more, some are spilled."""
ADDRESSES = 7
"""How many of them a thread needs for addresses, however many numbers it has.

This and the next four are measured: more of them for numbers spilled where kernels were compiled for sm_80 and sm_100.
"""
FURTHER = 21
"""How many more for each norm but the first."""
PARTED = 20
"""How many more with several parts, since compilers begin with one before the other has ended."""
LONG = 24
"""How many more where a segment has more than 8 steps."""
COUNTED = 13
"""How many more where the way back counts spikes again, for which it divides."""
LEAST = 3
"""The fewest steps of a part, or half of the segment: of less, compilers keep more."""


class Width(NamedTuple):
    """How much a thread has.

    Attributes:
        elements: Numbers of a step.
        part: Steps whose results it keeps at once.
        paired: Whether it reads and writes two steps at once, so that 4 numbers of a step are accessed with 128 bits.
    """

    elements: int
    part: int
    paired: bool = False

    @property
    def access(self) -> int:
        """Numbers of an access to memory."""
        return self.elements * (1 + self.paired)


class Widths(NamedTuple):
    """How kernels go back.

    Attributes:
        segment: Of how many steps a kernel goes back at once.
        gradients: Of one that gives no sums.
        sums: Of one that gives sums.
    """

    segment: int
    gradients: Width
    sums: Width

    def of(self, *, sums: bool) -> Width:
        """That of a kernel."""
        return self.sums if sums else self.gradients


def widths(form: Form, steps: int) -> Widths:
    """The longest segments that registers hold, equally long as far as they can be.

    In these a thread has the most numbers of an access, then of a step, then the longest parts.
    """
    found = None
    for count in range(-(-steps // UNROLLED), steps + 1):
        segment = -(-steps // count)
        each = [_width(form, segment, sums=sums, continued=count > 1) for sums in (False, True)]
        found = Widths(segment, *(w or Width(2, 1) for w in each))
        if all(each):
            break
    assert found is not None
    return found


def _width(form: Form, segment: int, *, sums: bool, continued: bool) -> Width | None:
    half = -(-segment // 2)
    parts = sorted(
        {segment, *(-(-segment // count) for count in range(2, half + 1))} - set(range(min(LEAST, half))), reverse=True
    )
    # Not between segments, whose states and gradients of states would be exchanged too: compiled, such kernels spilled.
    sizes = ((MOST, False), *[(4, True)] * (form.last and not continued), (4, False), (2, False))
    tried = (Width(elements, part, paired) for elements, paired in sizes for part in parts)
    return next((w for w in tried if registers(form, segment, w, sums=sums, continued=continued) <= REGISTERS), None)


def registers(form: Form, segment: int, width: Width, *, sums: bool, continued: bool) -> float:
    """How many registers a kernel needs.

    For each number a thread keeps, of each step of a part, results of the way forward, and half a register for each term with
    a norm, or without norms for each term, for the gradient, and for each result more that is kept if slopes are computed
    before gradients, as compilers do in part; of other steps half a register for each term; the states before other parts;
    the gradients of states, and of those behind the segment unless it is the whole sequence; sums; the parameters of norms
    and given numbers, unless all its numbers are of one channel. Where two steps are accessed at once, they are of one channel,
    whose parameters a thread has once; half a register of each number is for each gradient that waits for the other step.
    """
    back, states, terms = form.back(sums=sums), len(form.step.after), len(form.normed)
    norms = sum(form.normed) if form.last else 0
    others = -(-segment // width.part) - 1
    each = len(back.kept) + (back.ahead + (sum(form.normed) or terms) + 1) / 2
    channel = (3 if sums else 5) * norms + (len(form.step.given) if form.last else 0)
    fixed = (form.sums if sums else 0) + states * (1 + continued + others) + terms / 2 * (segment - width.part)
    shared = ADDRESSES + FURTHER * max(0, sum(form.normed) - 1) + PARTED * (others > 0) + LONG * (segment > 8)
    shared += COUNTED * any(operation.name == "count" for operation in form.step.operations)
    if width.paired:
        fixed += (1 + len(form.written)) / 2
    return shared + width.elements * (each * width.part + fixed) + channel * (1 if width.paired else width.elements)
