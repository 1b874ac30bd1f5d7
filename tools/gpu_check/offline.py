"""What can be said of Triton's kernels without a GPU: they are compiled for one, and read: bytes, widths, registers, spills."""

import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from spikegraph.backends.torch.modules.generated_neurons import step_for
from spikegraph.backends.torch.triton.form import Form
from spikegraph.backends.torch.triton.launch import widths
from spikegraph.backends.torch.triton.library import kernel
from spikegraph.backends.torch.triton.source import backward_text, forward_text, moments_text
from spikegraph.dsl.models.library import library_model
from spikegraph.dsl.models.texts import model_of
from spikegraph.ir.neuron import Neuron

MODELS = ("lif", "plif", "klif", "alif", "cuba", "clif")
"""Models of the table, those that are used most."""
ARCHITECTURES = (80, 90, 100)
"""Ampere, Hopper, Blackwell."""
PASSES = {
    "moments": "statistics of a term",
    "forward": "forward",
    "sums": "backward, sums for the norms",
    "gradients": "backward, gradients",
    "frozen": "backward with running statistics",
}


@dataclass(frozen=True)
class Compiled:
    """A kernel of a model for an architecture.

    Attributes:
        model: The model's name.
        terms: How many normed terms its current has.
        steps: Time steps.
        kernel: A key of `PASSES`.
        sm: The architecture.
        elements: Numbers of a step that a thread has.
        bytes: What it reads and writes for each neuron and step, in bfloat16; parameters of norms come from caches.
        width: Bits of most accesses.
        registers: Of a thread.
        spills: Bytes of registers that are kept in memory.
    """

    model: str
    terms: int
    steps: int
    kernel: str
    sm: int
    elements: int
    bytes: int
    width: int
    registers: int
    spills: int


def neuron(model: str) -> Neuron:
    """A neuron of a model of the library with the numbers of its text."""
    numbers = model_of(library_model(model).text).numbers
    return Neuron.model_validate(
        {
            "model": model,
            "constants": [{"name": n.name, "value": n.value} for n in numbers if n.name not in ("decay", "threshold")],
            "learned": [{"name": n.name, "per": n.learned} for n in numbers if n.learned is not None],
        }
    )


def compiled(model: str, terms: int, steps: int, sm: int) -> Iterator[Compiled]:
    """All kernels of training with normed terms in bfloat16, channels first, at the widths that a run chooses."""
    step = step_for(neuron(model))
    assert step is not None
    form = Form(
        step, (terms, *(1 for _ in range(step.inputs - 1))), (True,) * terms + (False,) * (step.inputs - 1), False, False
    )
    elements, segment = widths(form, steps)
    assert segment == steps, "segments save states too"
    both = {"continued": False, "saved": False}
    texts = {
        "moments": moments_text(last=False),
        "forward": forward_text(form, steps, steps),
        "sums": backward_text(form, steps, writes=False, sums=True, **both),
        "gradients": backward_text(form, steps, writes=True, sums=False, **both),
        "frozen": backward_text(form, steps, writes=True, sums=True, **both),
    }
    for name, text in texts.items():
        function = re.search(r"def (\w+)\(", text)
        assert function is not None
        width, registers, spills = _read(text, function[1], elements, steps, sm)
        yield Compiled(model, terms, steps, name, sm, elements, moved(text), width, registers, spills)


def moved(text: str) -> int:
    """Bytes that a kernel moves for each neuron and step, if terms, results and gradients of both are bfloat16."""
    each = re.findall(r"tl\.(?:load|store)\(\w+ \+ (?:t|\(t0 \+ 0\)) \* STEP \+ at", text)
    return 2 * len(each)


def _read(text: str, name: str, elements: int, steps: int, sm: int) -> tuple[int, int, int]:
    """Bits of most accesses, registers, and bytes that are spilled, of a kernel."""
    import triton
    import triton.language as tl
    from triton.backends.compiler import GPUTarget
    from triton.compiler import ASTSource

    made = kernel(text, name)
    constants = {"A": tl.float32, "ROWS": 128 * elements, "EACH": elements, "T": steps, "EVERY": steps}
    signature, values, attributes = dict[str, str](), dict[tuple[int, ...], object](), dict[tuple[int, ...], object]()
    for k, argument in enumerate(made.arg_names):
        if argument in constants:
            signature[argument], values[k,] = "constexpr", constants[argument]
        elif argument in ("P", "C", "L", "STEP", "SUMS", "t0"):
            signature[argument] = "i32"
        else:
            low = re.fullmatch(r"y\d*|dy\d+|out|grad", argument) is not None
            signature[argument] = "*bf16" if low else "*fp32"
        if argument not in ("C", "t0") and signature[argument] != "constexpr":
            attributes[k,] = [["tt.divisibility", 16]]
    source = ASTSource(fn=made, signature=signature, constexprs=values, attrs=attributes)
    options = {"num_warps": 4, "enable_fp_fusion": False}
    ptx = triton.compile(source, target=GPUTarget("cuda", sm, 32), options=options).asm["ptx"]
    accesses = Counter(
        int(vector[2:] or 1) * int(bits) if vector else int(bits)
        for vector, bits in re.findall(r"(?:ld|st)\.global(?:\.[a-z_0-9]+)*?(\.v\d)?\.[bfu](\d+)", ptx)
    )
    with tempfile.NamedTemporaryFile("w", suffix=".ptx") as file:
        file.write(ptx)
        file.flush()
        program = Path(triton.__path__[0]) / "backends" / "nvidia" / "bin" / "ptxas-blackwell"
        target = f"--gpu-name=sm_{sm}{'a' if sm >= 90 else ''}"
        told = subprocess.run([program, "-v", target, file.name, "-o", "/dev/null"], capture_output=True, text=True, check=True)
    registers, spills = re.search(r"Used (\d+) registers", told.stderr), re.search(r"(\d+) bytes spill stores", told.stderr)
    assert registers is not None
    assert spills is not None
    return accesses.most_common(1)[0][0], int(registers[1]), int(spills[1])


def table(rows: list[Compiled]) -> str:
    """The rows in Markdown."""
    head = ("model", "terms", "steps", "kernel", "GPU", "numbers a thread", "bytes", "accesses", "registers", "spilled")
    lines = [head, ("---",) * len(head)]
    for row in rows:
        cells = asdict(row) | {"kernel": PASSES[row.kernel], "sm": f"sm_{row.sm}", "width": f"{row.width} bits"}
        lines.append(tuple(map(str, cells.values())))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
