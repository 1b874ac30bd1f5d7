"""What can be said of Triton's kernels without a GPU: they are compiled for one, and read: bytes, widths, registers, spills."""

import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from spikegraph.backends.torch.modules.generated_neurons import step_for
from spikegraph.backends.torch.triton.form import Form, same_gradients
from spikegraph.backends.torch.triton.library import kernel
from spikegraph.backends.torch.triton.source import UNROLLED, backward_text, forward_text, moments_text
from spikegraph.backends.torch.triton.tiles import COLUMNS, WARP
from spikegraph.backends.torch.triton.widths import MOST, REGISTERS, Width, Widths, widths
from spikegraph.dsl.models.library import library, library_model
from spikegraph.dsl.models.texts import model_of
from spikegraph.equations.step import Step
from spikegraph.ir.neuron import Neuron

ARCHITECTURES = (80, 90, 100)
"""Ampere, Hopper, Blackwell."""
WARPS = 4
PASSES = {
    "training": ("moments", "forward", "sums", "gradients"),
    "frozen": ("forward", "both"),
    "no norms": ("forward", "alone"),
}
"""The kernels that run for norms with the batch's statistics, for those with running statistics, and without norms."""


BACK = ("sums", "gradients", "both")
"""Those that go back behind norms."""


@dataclass(frozen=True)
class Compiled:
    """A kernel, compiled.

    Attributes:
        bytes: What a thread reads and writes of terms, results and their gradients, and between segments of states and theirs,
            for each of its numbers and steps, with bfloat16; parameters and sums of channels come from caches.
        width: Bits of most accesses to terms, results and their gradients.
        narrowest: Bits of the narrowest of them.
        registers: Of a thread.
        spills: Bytes of registers that are kept in memory.
    """

    bytes: float
    width: int
    narrowest: int
    registers: int
    spills: int

    @property
    def full(self) -> bool:
        """Whether it spills for want of more registers; compilers also spill a few bytes so that another block fits."""
        return self.spills > 0 and self.registers == REGISTERS


@dataclass(frozen=True)
class Case:
    """Kernels of a neuron whose first current is a sum of terms.

    Attributes:
        model: A model of the library, with the numbers of its text.
        terms: How many terms the first current has; the others have one.
        steps: Time steps.
        normed: Whether the terms of the first current have norms.
        last: Whether channels are the last axis of the memory.
    """

    model: str
    terms: int = 1
    steps: int = 4
    normed: bool = True
    last: bool = True

    @cached_property
    def form(self) -> Form:
        """What the text depends on."""
        step = _step(self.model)
        assert step is not None
        counts = (self.terms, *(1,) * (step.inputs - 1))
        normed = (self.normed,) * self.terms + (False,) * (step.inputs - 1)
        same = same_gradients(counts, normed, normed)
        return Form(step, counts, normed, same, started=False, last=self.last)

    @cached_property
    def widths(self) -> Widths:
        """How kernels go back."""
        return widths(self.form, self.steps)

    def width(self, name: str) -> Width:
        """How much a thread of a kernel has."""
        return Width(MOST, self.steps) if name in ("moments", "forward") else self.widths.of(sums=self._ways(name)[1])

    @property
    def kernels(self) -> tuple[str, ...]:
        """All that run in training or evaluation."""
        ways = ("training", "frozen") if self.normed else ("no norms",)
        return tuple(dict.fromkeys(name for way in ways for name in PASSES[way]))

    def text(self, name: str) -> str:
        """Of a kernel; going back, of the last segment but one if there are several."""
        segment = self.widths.segment
        several = segment < self.steps
        if name == "moments":
            return moments_text(self.last)
        if name == "forward":
            return forward_text(self.form, self.steps, segment)
        writes, sums = self._ways(name)
        ends = {"continued": several, "saved": several, "passed": several}
        width = self.widths.of(sums=sums)
        return backward_text(self.form, segment, width.part, writes=writes, sums=sums, paired=width.paired, **ends)

    def _ways(self, name: str) -> tuple[bool, bool]:
        """Whether a kernel that goes back writes gradients, and whether it gives sums."""
        given = bool(self.form.step.given)
        return {"sums": (False, True), "gradients": (True, False), "both": (True, True), "alone": (True, given)}[name]

    def compiled(self, name: str, sm: int) -> Compiled:
        """A kernel for an architecture, at the widths that a run chooses."""
        segment = self.widths.segment
        made = kernel(text := self.text(name), _named(text))
        steps = {"forward": self.steps, "moments": 1}.get(name, segment)  # the loop of moments isn't unrolled
        looped = steps > UNROLLED  # nor is that of forward then
        values = self._arguments(name, steps)
        ptx, registers, spills = _compiled(made, values, sm)
        passed = [n for n in made.arg_names if n not in values]
        found = [(passed[pointer], bits) for pointer, bits in accessed(ptx)]
        widths = [bits for pointer, bits in found if re.fullmatch(r"y\d*|dy\d+|out|grad", pointer)]
        states = [bits for pointer, bits in found if re.fullmatch(r"saved\d+|last\d+|early\d+", pointer)]
        total = sum(widths) / (1 if looped else steps)
        if segment < self.steps:
            total += sum(states) / (segment if looped else steps)
        each, most = total / 8 / self.width(name).elements, Counter(widths).most_common(1)[0][0]
        return Compiled(each, most, min(widths), registers, spills)

    def bytes(self, way: str, found: Mapping[str, Compiled]) -> float:
        """Of all kernels of a key of `PASSES`, for each neuron and step."""
        return sum(found[kernel].bytes * (self.terms if kernel == "moments" else 1) for kernel in PASSES[way])

    def _arguments(self, name: str, steps: int) -> dict[str, object]:
        import triton.language as tl

        width, segment = self.width(name), self.widths.segment
        most = WARPS * WARP * width.elements
        sizes = {"ROWS": most // COLUMNS, "COLS": COLUMNS} if self.last else {"ROWS": most}
        return {"A": tl.float32, "EACH": width.access, "WIDE": False, "T": steps, "EVERY": segment, **sizes}


def models() -> tuple[str, ...]:
    """The models of the library that have kernels."""
    return tuple(name for name in library() if _step(name) is not None)


def _step(model: str) -> Step | None:
    own = model_of(library_model(model).text)
    fields = {
        "model": model,
        "constants": [{"name": n.name, "value": n.value} for n in own.numbers if n.name not in ("decay", "threshold")],
        "learned": [{"name": n.name, "per": n.learned} for n in own.numbers if n.learned is not None],
        "options": [{"name": o.name, "word": o.value} for o in own.options if o.name != "decay_input"],
        **{n.name: n.value for n in own.numbers if n.name in ("decay", "threshold")},
    }
    return step_for(Neuron.model_validate(fields))


def _named(text: str) -> str:
    found = re.search(r"def (\w+)\(", text)
    assert found is not None
    return found[1]


def _compiled(made: object, values: dict[str, object], sm: int) -> tuple[str, int, int]:
    """The PTX of a kernel with bfloat16 terms, whose sizes nothing is known of but EACH; its registers, and spilled bytes."""
    import triton
    from triton import knobs
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    signature, constants, attributes = dict[str, str](), dict[tuple[int, ...], object](), dict[tuple[int, ...], object]()
    for k, argument in enumerate(made.arg_names):  # pyright: ignore[reportAttributeAccessIssue]
        if argument in values:
            signature[argument], constants[k,] = "constexpr", values[argument]
        elif argument in ("P", "C", "L", "STEP", "SUMS", "t0"):
            signature[argument] = "i32"
        else:
            signature[argument] = "*bf16" if re.fullmatch(r"y\d*|dy\d+|out|grad", argument) else "*fp32"
            attributes[k,] = [["tt.divisibility", 16]]
    source = ASTSource(fn=made, signature=signature, constexprs=constants, attrs=attributes)
    options = {"num_warps": WARPS, "enable_fp_fusion": False}
    told = io.StringIO()
    with knobs.nvidia.scope(), knobs.compilation.scope(), redirect_stdout(told):
        knobs.nvidia.dump_ptxas_log = knobs.compilation.always_compile = True
        ptx = triton.compile(source, target=GPUTarget("cuda", sm, 32), options=options).asm["ptx"]
    registers, spills = (
        re.search(r"Used (\d+) registers", told.getvalue()),
        re.search(r"(\d+) bytes spill stores", told.getvalue()),
    )
    assert registers is not None
    assert spills is not None
    return ptx, int(registers[1]), int(spills[1])


def accessed(ptx: str) -> Iterator[tuple[int, int]]:
    """Each access to memory in PTX: the number of the pointer, among the arguments, and its bits.

    The pointer is the one that the address was computed from.
    """
    pointer = dict[str, int]()
    for line in ptx.splitlines():
        if loaded := re.search(r"ld\.param\.\w+\s+(%rd\d+), \[\w+_param_(\d+)\]", line):
            pointer[loaded[1]] = int(loaded[2])
        elif access := re.search(r"(?:ld|st)\.global(?:\.[a-z_0-9:]+)*?(\.v\d)?\.[bfu](\d+)\s.*\[ ?(%rd\d+)", line):
            yield pointer[access[3]], int((access[1] or ".v1")[2:]) * int(access[2])
        elif computed := re.match(r"\s*(?:add|mad|mov|cvta|selp)\.\S+\s+(%rd\d+), (.*);", line):
            found = [pointer[each] for each in re.findall(r"%rd\d+", computed[2]) if each in pointer]
            if found:
                pointer[computed[1]] = found[0]


USUAL = ("lif", "plif", "klif", "alif", "cuba", "clif")
"""Models of the table that documentation has, those that are used most."""
TWICE = ("lif", "alif")
"""Models whose kernels of two terms are in that table too."""
STEPS = (4, 8, 16, 32)
"""Time steps of the table of all models."""
HEAD = (
    "model",
    "steps",
    "terms",
    "numbers a thread",
    "steps kept",
    "bytes in training",
    "with running statistics",
    "accesses",
    "registers",
    "spilled",
)


def usual() -> Iterator[Case]:
    """The cases of the table that documentation has: four time steps, with one term also eight, channels as the last axis."""
    return (
        Case(model, terms, steps) for model in USUAL for terms, steps in ((1, 4), (1, 8), (2, 4))[: 3 if model in TWICE else 2]
    )


def every() -> Iterator[Case]:
    """All models with one and two terms, for several numbers of time steps."""
    return (Case(model, terms, steps) for model in models() for terms in (1, 2) for steps in STEPS)


def row(case: Case, compiled: Callable[[Case, str, int], Compiled] = Case.compiled) -> tuple[str, ...]:
    """What the table says of a case; registers by architecture."""
    back = [[compiled(case, kernel, sm) for kernel in BACK] for sm in ARCHITECTURES]
    found = dict(zip(BACK, back[0], strict=True))
    found |= {kernel: compiled(case, kernel, ARCHITECTURES[0]) for kernel in ("moments", "forward")}
    widths = sorted({f.width for f in found.values()})
    narrowest = min(f.narrowest for each in (*back, found.values()) for f in each)
    accesses = f"{' and '.join(map(str, widths))} bits" + f", some {narrowest}" * (narrowest < widths[0])
    most = ", ".join(str(max(f.registers for f in each)) for each in back)
    spilled = max(f.spills for each in back for f in each)
    kept = ((width.elements, width.part) for width in (case.widths.gradients, case.widths.sums))
    each = (" and ".join(map(str, sorted(set(k)))) for k in zip(*kept, strict=True))
    numbers = (case.steps, case.terms, *each, *(f"{case.bytes(way, found):g}" for way in ("training", "frozen")))
    return (case.model, *map(str, numbers), accesses, most, str(spilled))


def table(cases: Iterable[Case], compiled: Callable[[Case, str, int], Compiled] = Case.compiled) -> Iterator[str]:
    """Lines of Markdown."""
    for cells in chain((HEAD, ("---",) * len(HEAD)), (row(case, compiled) for case in cases)):
        yield f"| {' | '.join(cells)} |\n"
