"""Write the table in `docs/deploy.md` of what `export` does with the bundled specs and the zoo.

`python tools/deploy.py` takes an hour, most of it for torch and ONNX. With names, such as `zoo/psmnet`, it makes their rows
anew; with `--texts` the columns of NIR and Python alone, which takes a minute. With
`--check` it compares the page and writes nothing.
"""

import ast
import re
import shutil
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from spikegraph.backends.nir.convert import Converted, convert
from spikegraph.backends.python.module import RefusedError, module_of
from spikegraph.backends.python.scopes import cells_of
from spikegraph.backends.python.spec_text import spec_text
from spikegraph.backends.torch.exporting.files import torch_file
from spikegraph.backends.torch.exporting.made import compared_file
from spikegraph.backends.torch.exporting.onnx_model import onnx_file
from spikegraph.backends.torch.exporting.program import traced
from spikegraph.backends.torch.exporting.python_module import RESERVED
from spikegraph.backends.torch.exporting.refusals import NotExportableError
from spikegraph.backends.torch.lowering import lower
from spikegraph.program.program import Program
from spikegraph.program.refusals import Refusal, places
from spikegraph.searches.cell_space import CellSpace

ROOT = Path(__file__).parents[1]
SPECS = ROOT / "specs"
DOCUMENT = ROOT / "docs" / "deploy.md"
BEGIN, END = "<!-- written by tools/deploy.py -->\n", "<!-- end -->\n"
HEAD = ("spec", "NIR", "Python", "torch", "ONNX")
UNTRIED = "not tried"
"""The cell of an export that hasn't been run with a spec yet."""

CLASSIFY = ("cifar10", "cifar100", "cifar10-dvs", "dvs-gesture", "events", "imagenet", "images")
"""The bundled specs that classify."""

ZOO = (
    *("resnet18", "resnet19", "resnet20", "resnet34", "resnet34_large", "sew_resnet18", "sew_resnet34", "sew_resnet50"),
    *("ms_resnet18", "ms_resnet34", "ms_resnet104", "att_ms_resnet18", "max_resnet18", "vgg16", "vgg9", "qcfs_vgg16", "vggsnn"),
    *(
        "cifarnet",
        "plif_net",
        "plif_gesture",
        "psn_net",
        "psn_cifar10",
        "dh_snn",
        "srnn_shd",
        "dcls_shd",
        "spikformer",
        "spikformer_imagenet",
        "spikformer_v2",
        "auto_spikformer",
    ),
    *("spikingformer", "spike_driven", "max_former", "qkformer", "meta_spikeformer", "spiking_resformer"),
    *("snasnet_fw", "snasnet_bw", "autosnn"),
    *("autosnn128", "autosnn64", "darts", "spikedhs_relu", "nasbench201"),
)
"""The systems of the zoo that classify."""

DENSE = ("stereo", "segment", "flow", "dsec-semantic")
"""The bundled specs whose result is a map."""

DENSE_ZOO = (
    "stereospike",
    "unet",
    "spike_yolo",
    "lif_firenet",
    "ddes",
    "ddes_snn",
    "eitnet",
    "eis",
    "psmnet",
    "leastereo",
    "autodeeplab",
)
"""The systems of the zoo whose result is a map."""

NAMES = (*CLASSIFY, *(f"zoo/{name}" for name in ZOO), *DENSE, *(f"zoo/{name}" for name in DENSE_ZOO))

LARGE = (
    *("sew_resnet50", "ms_resnet18", "ms_resnet34", "ms_resnet104", "att_ms_resnet18", "spikformer_imagenet"),
    *("spikingformer", "spike_driven", "max_former", "qkformer", "meta_spikeformer", "spiking_resformer"),
)
"""Systems of the zoo for ImageNet whose size is a param."""

SMALL = {
    "stereo": ("260, 346", "64, 64"),
    "zoo/stereospike": ("260, 346", "64, 64"),
    "zoo/ddes": ("260, 346", "64, 64"),
    "zoo/ddes_snn": ("260, 346", "64, 64"),
    "zoo/eitnet": ("260, 346", "64, 64"),
    "zoo/eis": ("260, 346", "64, 64"),
    "zoo/psmnet": ("260, 346", "64, 64"),
    "zoo/leastereo": ("260, 346", "64, 64"),
    "zoo/autodeeplab": ("321, 321", "65, 65"),
    "zoo/unet": ("256", "64"),
    "zoo/spike_yolo": ("640", "64"),
    **{f"zoo/{name}": ("224", "64") for name in LARGE},
}
"""Sizes of inputs, and smaller ones at which programs of torch and ONNX are made and compared."""

OVERRIDES = {"zoo/psmnet": ("psmnet.window=16",)}
"""Params that follow from these sizes."""

DRAWN = 8
"""Random architectures of a space without a published genotype; torch and ONNX get the first of them."""


def converted(program: Program) -> Converted:
    """The deployed network in NIR, on weights of 0."""
    return convert(program.build("deploy").plain, None, dt=1e-4)


def reason(refusals: Sequence[Refusal]) -> str:
    """The first operation that is refused, with its line, and how many other places there are."""
    (first, *_), *others = places(refusals)
    more = f", and {len(others)} more" if others else ""
    return f"refused: {first.summary} (`{Path(first.span.file).name}:{first.span.line}`{more})"


def read(path: Path, overrides: tuple[str, ...] = ()) -> tuple[Program, list[Program]]:
    """A spec, and what it can be exported as: itself with its genotype if it needs one; without one, random architectures."""
    genotype = path.parent / "genotypes" / path.name
    program = Program.read(path, genotype=genotype if genotype.exists() else None, overrides=overrides)
    if not program.check("deploy").has_errors:
        return program, [program]
    program = Program.read(path, overrides=overrides)
    space, random = CellSpace.of(program.space("search")), np.random.default_rng(0)
    return program, [program.bind(space.draw(random).text()) for _ in range(DRAWN)]


def nir(name: str) -> str:
    """What the export to NIR does with a spec."""
    program, bound = read(SPECS / f"{name}.sdhs")
    results = [converted(each) for each in bound]
    if bound == [program]:
        (found,) = results
        return f"exported, {len(found.graph.nodes)} nodes" if found.graph is not None else reason(found.refused)
    refused = [found for found in results if found.refused]
    whole = f"{DRAWN - len(refused)} of {DRAWN} random architectures exported"
    return f"{whole}; {reason(refused[0].refused)}" if refused else whole


def python(name: str) -> str:
    """What the export to Python does with a spec: of a space without a genotype with the first random architecture."""
    _, (bound, *_) = read(SPECS / f"{name}.sdhs")
    built = bound.build("retrain")
    try:
        found = module_of(built.plain, cells_of(built.outline), spec_text(bound, built.plain), RESERVED)
    except RefusedError as error:
        return reason(error.refusals)
    code = ast.parse(found.text)
    lines = found.text.count("\n") - (ast.get_docstring(code) or "").count("\n")
    return f"{lines} lines, {sum(isinstance(each, ast.ClassDef) for each in code.body)} classes"


def steps(name: str) -> tuple[str, str]:
    """What the exports to torch and to ONNX do with a spec at a small size, with fresh weights."""
    with tempfile.TemporaryDirectory() as folder:
        specs = Path(folder) / "specs"
        shutil.copytree(SPECS, specs)
        (Path(folder) / "pyproject.toml").touch()  # marks the project, whose files may import each other
        if name in SMALL:
            old, new = SMALL[name]
            for path in specs.rglob("*.sdhs"):
                path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
        _, (bound, *_) = read(specs / f"{name}.sdhs", OVERRIDES.get(name, ()))
        built = bound.build("deploy")
        torch.manual_seed(0)
        model = lower(built.graph, plain=built.plain, space=built.space).eval()
        try:
            found = traced(model, "torch")
        except NotExportableError as error:
            return refusal(error), refusal(error)
        cells = list[str]()
        for format, make in (("torch", torch_file), ("ONNX", onnx_file)):
            try:
                compared_file(model, model, format, make, found)
                cells.append("exported")
            except NotExportableError as error:
                cells.append(refusal(error))
        return cells[0], cells[1]


def refusal(error: NotExportableError) -> str:
    """The first operation that is refused, with its line, and how many others there are; or why the whole network is."""
    if not error.refusals:
        why = str(error).partition(f"can't be exported to {error.format}: ")[2]
        return f"refused: {re.sub(': neuron .*|: number .*', '', why)}"
    return reason(error.refusals)


def rows(text: str) -> dict[str, tuple[str, ...]]:
    """The cells of the table on the page by name, without the first one."""
    lines = text.split(BEGIN)[1].split(END, maxsplit=1)[0].splitlines()[2:]
    found = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    return {re.sub(r".*\.\./specs/(.*)\.sdhs\)", r"\1", first): tuple(cells) for first, *cells in found}


def page(text: str, names: list[str], *, texts: bool) -> str:
    """The page with these rows made anew."""
    cells = rows(text)
    for name in names:
        print(name, flush=True)
        before = cells.get(name, ())[-2:] or (UNTRIED, UNTRIED)
        cells[name] = (nir(name), python(name), *(before if texts else steps(name)))
    lines = [HEAD, ("---",) * len(HEAD)]
    lines += [(f"[{Path(name).name}](../specs/{name}.sdhs)", *cells[name]) for name in NAMES if name in cells]
    head, rest = text.split(BEGIN)
    return head + BEGIN + "".join(f"| {' | '.join(line)} |\n" for line in lines) + END + rest.split(END)[1]


def main(arguments: list[str]) -> int:
    """Writes the page, or with `--check` only compares it."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], metavar="NAME")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--texts", action="store_true")
    given = parser.parse_args(arguments)
    current = DOCUMENT.read_text(encoding="utf-8")
    text = page(current, given.names or list(NAMES), texts=given.texts)
    if given.check:
        if current != text:
            print(f"{DOCUMENT} is not current; run `python tools/deploy.py`", file=sys.stderr)
        return int(current != text)
    DOCUMENT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
