"""docs/spikes.md and docs/cells.md: their code prints what they show, and their numbers are those of the program."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import pytest
import torch

import spikegraph
from spikegraph.ir.ops.cells import Trellis
from spikegraph.program.program import Program
from spikegraph.searches.cell_space import CellSpace, Paths

from .typed_pages import BLOCK, ROOT, read

NEURON = """sdhs 1

neuron lif {{ decay = 0.5  threshold = 0.5  surrogate = dspike(b = {b}) }}

network one {{
  input current : real[1]
  output spikes = current -> lif
}}
"""


@pytest.fixture(scope="module")
def session() -> dict[str, Any]:
    """The names that the code of docs/spikes.md makes; each block's output stands behind it."""
    names: dict[str, Any] = {}
    blocks = [(found[2], found[3]) for found in BLOCK.finditer(read("docs/spikes.md"))]
    shown = [k for k, (language, _) in enumerate(blocks) if language == "python"]
    assert len(shown) == 2
    for k in shown:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(blocks[k][1], "docs/spikes.md", "exec"), names)
        assert blocks[k + 1] == ("text", printed.getvalue())
    return names


@pytest.mark.parametrize("b", [1, 3, 8])
@pytest.mark.parametrize("w", [0.2, 0.5, 1.0])
def test_the_gradients_are_those_of_training(session: dict[str, Any], tmp_path: Path, w: float, b: int) -> None:
    """The page's code computes forwards in time, its equation backwards, torch by its own graph: all three agree."""
    spec = tmp_path / "one.sdhs"
    spec.write_text(NEURON.format(b=b), encoding="utf-8")
    model = spikegraph.compile(spec).double()
    weight = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    spikes = model(weight * torch.tensor(session["currents"], dtype=torch.float64).reshape(-1, 1, 1)).sum()
    spikes.backward()
    assert weight.grad is not None
    assert (spikes.item(), weight.grad.item()) == pytest.approx(session["count"](w, b), rel=1e-6)
    assert backwards(session, w, b) == pytest.approx(session["count"](w, b)[1], rel=1e-12)


def backwards(session: dict[str, Any], w: float, b: int) -> float:
    """The gradient by the page's equation, for dL/dy[t] = 1."""
    decay, threshold, v = session["decay"], session["threshold"], 0.0
    forwards: list[tuple[float, float]] = []
    for current in session["currents"]:
        u = decay * v + w * current
        y = float(u > threshold)
        forwards.append((u, y))
        v = u * (1 - y)
    by_v = gradient = 0.0
    for (u, y), current in reversed(list(zip(forwards, session["currents"], strict=True))):
        by_u = session["dspike"](u - threshold, b) * (1 - u * by_v) + (1 - y) * by_v
        gradient, by_v = gradient + by_u * current, decay * by_u
    return gradient


def test_the_surrogate_of_the_page_has_area_1(session: dict[str, Any]) -> None:
    for b in (1, 3, 8):
        middles = [(k + 0.5) / 10_000 - 0.5 for k in range(10_000)]
        assert sum(session["dspike"](x, b) for x in middles) / 10_000 == pytest.approx(1, abs=1e-6)


def test_the_space_of_the_page() -> None:
    page = read("docs/cells.md")
    graph = Program.read(ROOT / "specs" / "stereo.sdhs").checked().space("search")
    space = CellSpace.of(graph)
    (feature,) = (cell for cell in space.cells if cell.name == "feature")
    assert f" = {CellSpace((feature,)).size:,} such cells" in page
    (matching,) = (op for op in graph.of(Trellis).values() if op.trellis == "matching_path")
    assert (matching.layers, matching.levels) == (4, 4)
    assert f"there are {Paths('', 4, 4).size} paths" in page


def test_the_choices_of_the_page_are_the_published_ones() -> None:
    published = (ROOT / "specs" / "genotypes" / "stereo.sdhs").read_text(encoding="utf-8")
    (block,) = (found[3] for found in BLOCK.finditer(read("docs/cells.md")) if found[2] == "sdhs")
    assert block in published
    path = "path matching_path = [1, 2, 2, 1]"
    assert f"`{path}`" in read("docs/cells.md")
    assert path.split() == next(line.split() for line in published.splitlines() if line.startswith("path matching_path"))
