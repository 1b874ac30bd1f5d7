"""Draw the packages and who uses them, from the table of allowed imports: `python tools/package_picture.py [-o FOLDER]`.

It writes `architecture.svg` and `architecture-dark.svg`, by default into `docs/images`. The parts of a package that have rows
of their own in the table, such as `backends.torch.kernels`, are drawn as the package. What follows from other arrows has none.
"""

import argparse
import runpy
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path

import networkx as nx

from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.engine import picture
from spikegraph.backends.graphviz.legend import Entry, box_sample, legend, line_sample
from spikegraph.backends.graphviz.theme import DARK, LIGHT, Line, Theme

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "tests" / "architecture" / "allowed_imports.py"

SPEC = {*pairwise(("dsl", "elaborate", "program")), *pairwise(("ir", "passes", "program", "backends.torch"))}
"""The way of a spec: records, graph, program, network."""

SAMPLES = set(pairwise(("tasks", "data", "backends.torch")))
"""The way of samples."""

Arrow = tuple[str, str]


def allowed() -> Mapping[str, tuple[str, ...]]:
    """The table: the packages that each may import, from the bottom up."""
    return runpy.run_path(str(TABLE))["ALLOWED"]


def package(row: str) -> str:
    """The drawn package of a row: `data` of `data.sample`, `backends.torch` of `backends.torch.kernels`."""
    parts = row.split(".")
    return ".".join(parts[: 2 if parts[0] == "backends" else 1])


def arrows(table: Mapping[str, tuple[str, ...]]) -> dict[Arrow, bool]:
    """From each package to those that use it, and whether it uses them too, since both have parts."""
    uses = {(package(b), package(a)) for a, used in table.items() for b in used if package(a) != package(b)}
    order = list(table)
    upward = {(a, b) for a, b in uses if (b, a) not in uses or order.index(a) < order.index(b)}
    reduced = nx.transitive_reduction(nx.DiGraph(sorted(upward)))
    shown = {*reduced.edges, *((a, b) for a, b in SPEC | SAMPLES if (a, b) in uses)}
    return {(a, b): (b, a) in uses for a, b in sorted(shown)}


def drawn(theme: Theme) -> Drawing:
    """The picture."""
    others, spec, samples = Line(theme.faint, 1.1), Line(theme.spike, 2.6), Line(theme.real, 2.6, "dashed")
    border = Line(theme.muted, 1)
    entries = [
        Entry(line_sample(spec), "a spec: text, graph, network"),
        Entry(line_sample(samples), "samples, until they are batches"),
        Entry(line_sample(others), "from a package to those that use it"),
        Entry(box_sample(border, theme.cell), "the language, in dsl/"),
        Entry(box_sample(border, theme.ground), "in spikegraph/"),
        Entry(box_sample(border, theme.panel), "what runs or is looked at, in backends/"),
    ]
    drawing = Drawing("packages", theme, nodesep="0.22", ranksep="0.45", label=legend(entries, theme))
    fills = {"dsl": theme.cell, "backends": theme.panel}
    found = arrows(allowed())
    for name in sorted({name for pair in found for name in pair}):
        drawing.put(name, label=name.replace(".", "/"), fillcolor=fills.get(name.partition(".")[0], theme.ground), height="0.3")
    for pair, both in found.items():
        line = spec if pair in SPEC else samples if pair in SAMPLES else others
        more = {"dir": "both" if both else "forward", "weight": "1" if line is others else "3"}
        drawing.link(*pair, **line.attributes(theme.ground), **more)
    return drawing


def main() -> None:
    """Draws both pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", type=Path, default=ROOT / "docs" / "images", metavar="FOLDER")
    folder: Path = parser.parse_args().o
    for name, theme in (("architecture.svg", LIGHT), ("architecture-dark.svg", DARK)):
        (folder / name).write_bytes(picture(drawn(theme).source, "svg"))


if __name__ == "__main__":
    main()
