"""Trellises: a path of cells through levels, or while it is open all positions (Che et al., NeurIPS 2022, section 3.2.2)."""

from spikegraph.base.errors import UserError
from spikegraph.ir.ops.cells import Cell, Trellis, TrellisEnd
from spikegraph.ir.ops.wiring import Route
from spikegraph.meaning.composites import Levels, Parts
from spikegraph.meaning.references import expansion


@expansion(Trellis)
def trellis(parts: Parts[Trellis], operands: tuple[str, ...]) -> str | Levels:
    """The cells of the path that is decided, or the values of the last layer by level."""
    op = parts.node.op
    if parts.choices.genotypes is None:
        return _searched(parts, op, operands[0])
    if op.trellis not in parts.choices.paths:
        raise UserError(f"trellis `{op.trellis}` has no path", "give one, or leave all choices open")
    return _walked(parts, op, operands[0], parts.choices.paths[op.trellis])


@expansion(TrellisEnd)
def trellis_end(parts: Parts[TrellisEnd], operands: tuple[str | Levels, ...]) -> str:
    """The result of a trellis at the level where its path is known to end."""
    op, (result,) = parts.node.op, operands
    return result if isinstance(result, str) else result[op.level]


def _cell(parts: Parts, op: Trellis, x: str, level: int, down: int, source: int | None = None) -> Cell:
    """The trellis's cell at a level, whose channels each level doubles; `source` is the level of `prev` while it is open."""
    width = (parts.value(x).channels // op.cell.parts) * 2**level
    kept = None if source is not None else parts.choices.genotype(op.cell.name)
    fields = {"cell": op.cell, "width": width, "resize": op.resize, "way_down": op.way_down}
    return Cell.model_validate({**fields, "down": down, "source": source, "genotype": kept})


def _walked(parts: Parts, op: Trellis, x: str, path: tuple[int, ...]) -> str:
    """Each cell takes the outputs of the two cells before. A level's size is that of its last output, or half of `prev`'s."""
    prev2 = prev = x
    latest, level = {0: x}, 0
    for layer, to in enumerate(path):
        like, down = (prev, 2) if to > level else (latest[to], 1)
        here = parts.add(parts.node.path.at(str(layer)), _cell(parts, op, x, to, down), prev2, prev, like)
        prev2, prev, level = prev, here, to
        latest[to] = here
    return prev


def _searched(parts: Parts, op: Trellis, x: str) -> str | Levels:
    """Each position evaluates the cell for each level that `prev` may come from, and weights the results by beta.

    `prev2` is the value of the same level two layers before, or of the coarsest one that was reached there.
    """
    before: Levels = {0: x}
    two_before: Levels = {0: x}
    for layer in range(op.layers):
        coarsest = min(layer + 1, op.levels - 1)
        here: Levels = {}
        for level in range(min(layer + 1, op.finest), coarsest + 1):
            path = parts.node.path.at(f"{layer},{level}")
            prev2 = two_before[min(level, max(two_before))]
            sources = [s for s in (level - 1, level, level + 1) if s in before]
            results: list[str] = []
            for s in sources:
                like, down = (before[s], 2) if s < level else (before[level], 1)
                results.append(parts.add(path.used(str(s)), _cell(parts, op, x, level, down, s), prev2, before[s], like))
            route = Route(
                trellis=op.trellis, layer=layer, level=level, levels=op.levels, finest=op.finest, sources=tuple(sources)
            )
            here[level] = parts.add(path, route, *results)
        two_before, before = before, here
    return before if len(before) > 1 else next(iter(before.values()))
