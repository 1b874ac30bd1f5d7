"""Write the table in `docs/deploy.md` of what `export` does with networks that classify: `python tools/deploy.py [--check]`."""

import sys
from pathlib import Path

import numpy as np

from spikegraph.backends.nir.convert import Converted, convert
from spikegraph.program import Program
from spikegraph.refusals import places
from spikegraph.searches.cell_space import CellSpace

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "deploy.md"
BEGIN, END = "<!-- written by tools/deploy.py -->\n", "<!-- end -->\n"

NETWORKS = ("cifar10", "cifar100", "cifar10-dvs", "dvs-gesture", "events", "imagenet", "images")
"""The bundled specs that classify."""

ZOO = (
    *("resnet18", "resnet19", "resnet20", "resnet34", "resnet34_large", "sew_resnet18", "sew_resnet34", "vgg16", "cifarnet"),
    *("plif_net", "spikformer", "snasnet_fw", "snasnet_bw", "autosnn", "autosnn128", "autosnn64", "darts", "nasbench201"),
)
"""The systems of the zoo that classify."""

DRAWN = 8
"""Random architectures of a space without a published genotype."""


def converted(program: Program) -> Converted:
    """The deployed network in NIR, on weights of 0."""
    return convert(program.build("deploy").plain, None, dt=1e-4)


def reason(found: Converted) -> str:
    """The first operation that is refused, with its line, and how many other places there are."""
    (first, *_), *others = places(found.refused)
    more = f", and {len(others)} more" if others else ""
    return f"refused: {first.summary} (`{Path(first.span.file).name}:{first.span.line}`{more})"


def outcome(path: Path, genotype: Path) -> str:
    """What `export` does with a spec, with its genotype if it needs one; without one, with random architectures."""
    program = Program.read(path, genotype=genotype if genotype.exists() else None)
    if not program.check("deploy").has_errors:
        found = converted(program)
        return f"exported, {len(found.graph.nodes)} nodes" if found.graph is not None else reason(found)
    program = Program.read(path)
    space, random = CellSpace.of(program.space("search")), np.random.default_rng(0)
    results = [converted(program.bind(space.draw(random).text())) for _ in range(DRAWN)]
    refused = [found for found in results if found.refused]
    whole = f"{DRAWN - len(refused)} of {DRAWN} random architectures exported"
    return f"{whole}; {reason(refused[0])}" if refused else whole


def table() -> str:
    """The table."""
    rows = [("spec", "NIR"), ("---", "---")]
    for folder, names in (("specs", NETWORKS), ("specs/zoo", ZOO)):
        for name in names:
            path = ROOT / folder / f"{name}.sdhs"
            result = outcome(path, ROOT / folder / "genotypes" / f"{name}.sdhs")
            rows.append((f"[{name}](../{folder}/{name}.sdhs)", result))
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)


def page(text: str) -> str:
    """The page with a new table."""
    head, rest = text.split(BEGIN)
    return head + BEGIN + table() + END + rest.split(END)[1]


def main(arguments: list[str]) -> int:
    """Writes the page, or with `--check` only compares it."""
    current = DOCUMENT.read_text(encoding="utf-8")
    text = page(current)
    if arguments == ["--check"]:
        if current != text:
            print(f"{DOCUMENT} is not current; run `python tools/deploy.py`", file=sys.stderr)
        return int(current != text)
    DOCUMENT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
