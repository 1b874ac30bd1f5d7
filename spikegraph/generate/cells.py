"""Random candidates, cells and trellises, with genotypes and paths if they are decided."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spikegraph.elaborate.build import declarations
from spikegraph.generate.expressions import literal
from spikegraph.generate.neurons import Declared, changed
from spikegraph.generate.values import block
from spikegraph.generate.wanted import Wanted
from spikegraph.ir.cellspec import CellSpec
from spikegraph.ir.opdef import OPS, Op
from spikegraph.ir.samples import Draw
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Kind, Value
from spikegraph.program.program import Program

WIDTH = 3
SIZES = (4, 5)
"""Channels and lengths of axes for which a candidate's operations must keep the shape."""

TRIES = 4


@dataclass(frozen=True)
class DeclaredCell:
    """A declared cell."""

    name: str
    stride: int
    spec: CellSpec


@dataclass(frozen=True)
class DeclaredTrellis:
    """A declared trellis; `path` has the level of each layer if it is decided."""

    name: str
    cell: CellSpec
    layers: int
    levels: int
    keys: Mapping[str, str]
    path: tuple[int, ...] | None


@dataclass(frozen=True)
class Cells:
    """The cells and trellises of a spec, and the text that declares them."""

    text: str = ""
    cells: tuple[DeclaredCell, ...] = ()
    trellises: tuple[DeclaredTrellis, ...] = ()
    decided: str = ""


def declared_cells(draw: Draw, neurons: Sequence[Declared], axes: int, wanted: Wanted, *, decided: bool) -> Cells:
    """Random declarations for networks with so many spatial axes."""
    made = _Declarations(draw, neurons, axes, wanted)
    parts = [made.candidates("ops")]
    strides: dict[str, int] = {}
    for name in ("small", "wide")[: draw.integer(1, 2)]:
        strides[name] = draw.choice((1, 2))
        parts.append(made.cell(name, "ops", strides[name]))
    text = "\n\n".join(part for part in (*made.blocks, *parts) if part)
    head = "\n\n".join(("sdhs 1", *(n.text for n in neurons), text))
    program = Program.of_text(head, "generated.sdhs")
    context = declarations(program.spec, program.resolved.diagnostics)
    if program.resolved.diagnostics.has_errors:
        raise AssertionError(f"generated cells are wrong: {[d.summary for d in program.resolved.diagnostics]}\n{head}")
    cells = tuple(DeclaredCell(name, stride, context.cells[name]) for name, stride in strides.items())
    grids = [c for c in cells if c.stride == 1]
    trellises = (_trellis(draw, grids[0], decided=decided),) if grids and wanted.trellises else ()
    declared = [block(f"trellis {t.name}", dict(t.keys)) for t in trellises]
    genotypes = [_genotype(draw, c.spec) for c in cells] if decided else []
    paths = [f"path {t.name} = [{', '.join(map(str, t.path))}]" for t in trellises if t.path is not None]
    return Cells("\n\n".join((text, *declared)), cells, trellises, "\n\n".join((*genotypes, *paths)))


class _Declarations:
    def __init__(self, draw: Draw, neurons: Sequence[Declared], axes: int, wanted: Wanted) -> None:
        self.draw, self.neurons, self.axes, self.wanted = draw, neurons, axes, wanted
        self.blocks: list[str] = []
        self.names: list[str] = []

    def neuron(self) -> str:
        return changed(self.draw, self.draw.choice(self.neurons), self.wanted)[0]

    def candidates(self, of: str) -> str:
        """`candidates NAME { ... }`."""
        found: dict[str, str] = {}
        for number in range(self.draw.integer(1, 3)):
            stages = self.pipeline()
            if self.draw.boolean(0.2):
                name = f"edge{number}"
                self.blocks.append(f"block {name}(v) {{\n  weights = own\n  return v -> {stages}\n}}")
                stages = f"repeat({name}, 2)" if self.draw.boolean(0.3) else name
            found[f"c{number}"] = stages
        found |= {"skip": "identity"} if self.draw.boolean(0.5) else {}
        found |= {"none0": "zero"} if self.draw.boolean(0.15) else {}
        self.names = list(found)
        return block(f"candidates {of}", found)

    def pipeline(self) -> str:
        """A convolution that an edge can stride, among other stages."""
        known = [n for n, op in OPS.items() if self._on_edge(n, op)]
        layers = [n for n in known if "stride" in OPS[n].traits.set_by_edge and "out" in OPS[n].traits.set_by_edge]
        stages = [self.stage(known)] if self.draw.boolean(0.2) else []
        stages += [self.stage(layers)] if layers else []
        stages += [self.stage(known)] if self.draw.boolean(0.5) else []
        stages += [self.neuron()] if self.draw.boolean(0.6) else []
        return " -> ".join(stage for stage in stages if stage) or self.neuron()

    def _on_edge(self, name: str, op: type[Op]) -> bool:
        allowed = self.wanted.operations is None or name in self.wanted.operations
        alone = op.traits.forwards or op.traits.silent
        return (
            allowed and op.written and op.traits.on_edge and op.operands == ("x",) and not op.traits.expanded_by and not alone
        )

    def stage(self, names: Sequence[str]) -> str:
        """A stage that keeps the shape; empty if several tries find none."""
        for _ in range(TRIES if names else 0):
            op = OPS[self.draw.choice(names)]
            values = [Value(Kind.REAL, WIDTH, (size,) * self.axes) for size in SIZES]
            sample = op.sample(self.draw, values[0], ())
            if sample is None or sample.before or "per" in sample.arguments:
                continue
            given = {k: v for k, v in sample.arguments.items() if k not in op.traits.set_by_edge}
            by_edge = {k: v for k, v in (("out", WIDTH), ("stride", 1)) if k in op.traits.set_by_edge}
            try:
                made = op.model_validate({**given, **by_edge})
                if self.wanted.operation(made) and all(made.infer(v).shape == v.shape for v in values):
                    inside = ", ".join(f"{k} = {literal(v).text}" for k, v in given.items())
                    return f"{op.name}({inside})" if inside else op.name
            except (TypeRuleError, ValueError):
                continue
        return ""

    def cell(self, name: str, candidates: str, stride: int) -> str:
        """`cell NAME { ... }`."""
        draw, nodes = self.draw, self.draw.integer(1, 3)
        found = {"nodes": str(nodes), "candidates": candidates, "neuron": self.neuron()}
        sums = draw.boolean(0.12)
        loops = bool(self.wanted.loops)
        found |= {"neuron": "none"} if sums else {}
        inputs = draw.choice((("prev2", "prev"), ("prev",), ("prev", "prev2")))
        found |= {"inputs": f"[{', '.join(inputs)}]"} if inputs != ("prev2", "prev") else {}
        found |= {"stride": str(stride)} if stride > 1 else {}
        found |= draw_texts(
            draw,
            0.25,
            {
                "mix": ("spike",) if sums else ("membrane", "spike"),
                "keep": ("1", "3", "all"),
                "output": ("last",),
                "edges": (self._edges(nodes, inputs, loops=loops),),
            },
        )
        if len(self.names) > 1:
            found |= draw_texts(draw, 0.2, {"rank_without": [f"[{name}]" for name in self.names]})
        learning = [n for n in self.names if n != "skip"]
        found |= draw_texts(draw, 0.15, {"max_skips": ("1", "0")} if learning else {})
        found |= draw_texts(draw, 0.15, {"preprocess": ("conv(kernel = 1) -> norm", "relu -> conv(kernel = 1)")})
        return block(f"cell {name}", found)

    def _edges(self, nodes: int, inputs: Sequence[str], *, loops: bool) -> str:
        found: list[str] = []
        for node in range(nodes):
            sources = (*inputs, *(f"n{i}" for i in range(node)))
            kept = [*self.draw.subset(sources, 1)]
            if loops and self.draw.boolean(0.3):
                kept.append(f"previous(n{self.draw.integer(0, nodes - 1)})")
            found.append(f"n{node}({', '.join(kept)})")
        return f"[{', '.join(found)}]"


def draw_texts(draw: Draw, chance: float, texts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Some of the keys, each with one of its texts."""
    return {name: draw.choice(known) for name, known in texts.items() if draw.boolean(chance)}


def _trellis(draw: Draw, cell: DeclaredCell, *, decided: bool) -> DeclaredTrellis:
    layers, levels = draw.integer(1, 3), draw.integer(1, 3)
    keys = {"cell": cell.name, "layers": str(layers), "levels": str(levels)}
    keys |= draw_texts(draw, 0.3, {"resize": ("bilinear",), "down": ("resize",)})
    keys |= {"finest": "1"} if levels > 1 and not decided and draw.boolean(0.2) else {}
    path: list[int] = []
    for _ in range(layers if decided else 0):
        last = path[-1] if path else 0
        path.append(draw.integer(max(last - 1, 0), min(last + 1, levels - 1)))
    return DeclaredTrellis("grid", cell.spec, layers, levels, keys, tuple(path) if decided else None)


def _genotype(draw: Draw, cell: CellSpec) -> str:
    """A genotype that keeps as many edges of each node as the cell says."""
    limit = cell.max_skips
    found: dict[str, str] = {}
    for node, sources in cell.edges:
        kept = draw.subset(sources, min(cell.keep, len(sources)))[: cell.keep]
        terms: list[str] = []
        for source in kept:
            names = [c.name for c in cell.candidates if not c.skip or limit is None or limit > 0]
            chosen = draw.choice(names)
            if limit is not None and cell.candidate(chosen).skip:
                limit -= 1
            terms.append(f"{chosen}({source})")
        found[node] = " + ".join(terms)
    return block(f"genotype {cell.name}", found)
