"""Comparisons of architectures as readable text."""

from collections.abc import Iterable, Sequence

from spikegraph.dsl.genotype_text import format_genotypes
from spikegraph.genotype.agreement import Agreement, LevelVotes, Votes
from spikegraph.genotype.architecture import Architecture
from spikegraph.genotype.decisions import margin_text
from spikegraph.genotype.diff import CandidateChange, Difference, EdgeChange, Kept


def difference_text(difference: Difference) -> str:
    """The differences of two architectures, by cell and path."""
    a, b = difference.a, difference.b
    parts: list[str] = []
    for cell in dict.fromkeys(e.cell for e in difference.edges):
        rows = [_edge(e, difference) for e in difference.edges if e.cell == cell]
        parts.append("\n".join([f"cell {cell}", *_columns(rows)]))
    for trellis in dict.fromkeys(c.trellis for c in difference.levels):
        rows = [
            (f"layer {c.layer}", _level(c.before), "->", _level(c.after), _moves(difference, trellis, c.layer))
            for c in difference.levels
            if c.trellis == trellis
        ]
        parts.append("\n".join([f"path {trellis}", *_columns(rows)]))
    for cell in dict.fromkeys(c.cell for c in difference.candidates):
        lines = [_candidate(c) for c in difference.candidates if c.cell == cell]
        parts.append("\n".join([f"candidates of {cell}", *lines]))
    for guess in difference.guesses:
        names = ", ".join(f"{x} is {y}" for x, y in guess.names.items())
        parts.append(
            f"cell {guess.cell}: everywhere, {names}. If only the names differ, the cells are equal; to find out, compare\n"
            f"runs or specs with genotypes, which have the definitions."
        )
    if difference.alike:
        rows = [(e.cell, e.node, str(e.before), "is", str(e.after)) for e in difference.alike]
        parts.append("\n".join(["the same operation once retrained", *_columns(rows)]))
    head = f"{a.name} -> {b.name}"
    if not difference.different:
        what = "network: only names differ" if difference.edges or difference.levels else "architecture"
        head = f"{a.name} and {b.name} are the same {what}"
    return "\n\n".join([head, *parts]) + "\n"


def agreement_text(agreement: Agreement, width: int | None = None) -> str:
    """The agreement of several architectures: edges and levels of each, the consensus, the distances.

    The tables leave out the last architectures, and say so, if they are wider than `width` columns.
    """
    names = [a.name for a in agreement.architectures]
    numbers, count = range(len(names)), len(names)
    edges = [
        (v.cell, v.node, str(v.kept), f"{len(v.of)}/{count}", *(_has_edge(agreement, i, v) for i in numbers))
        for v in agreement.votes
    ]
    levels = [
        (v.trellis, f"layer {v.layer}", f"level {v.level}", f"{len(v.of)}/{count}", *_cross(v.of, count))
        for v in agreement.levels
    ]
    parts = ["\n".join(_fitting([("cell", "node", "edge", "share", *names), *edges], 4, width, 0))] if edges else []
    if levels:
        parts.append("\n".join(_fitting([("trellis", "layer", "level", "share", *names), *levels], 4, width, 0)))
    parts.append("consensus\n" + "\n".join(f"  {line}".rstrip() for line in consensus_text(agreement).splitlines()))
    open_ = [f"{v.cell} {v.node}: {v.kept} {_votes(v)}" for v in _undecided(agreement)]
    open_ += [f"{v.trellis} layer {v.layer}: level {v.level} {_votes(v)}" for v in _undecided_levels(agreement)]
    if open_:
        parts.append("\n".join(["without a majority: in the consensus, but not in more than half", *(f"  {x}" for x in open_)]))
    rows = [("", *names), *((n, *map(str, row)) for n, row in zip(names, agreement.distances, strict=True))]
    parts.append("\n".join([f"different choices, of {agreement.choices}", *_fitting(rows, 1, width)]))
    return "\n\n".join(parts) + "\n"


def _votes(votes: Votes | LevelVotes) -> str:
    """How many have a choice, and whether as many have another one: `2/4, a tie`."""
    return f"{len(votes.of)}/{votes.count}{', a tie' if votes.tied else ''}"


def _undecided(agreement: Agreement) -> list[Votes]:
    """The edges of the consensus that at most half of the architectures have."""
    chosen = agreement.consensus.cells
    kept = [v for v in agreement.votes if chosen.get(v.cell, {}).get(v.node, {}).get(v.kept.source) == v.kept.operation]
    return [v for v in kept if not v.majority]


def _undecided_levels(agreement: Agreement) -> list[LevelVotes]:
    """The levels of the consensus at which at most half of the architectures are."""
    paths = agreement.consensus.paths
    kept = [v for v in agreement.levels if paths.get(v.trellis, ())[v.layer : v.layer + 1] == (v.level,)]
    return [v for v in kept if not v.majority]


def consensus_text(agreement: Agreement, comment: str | None = None) -> str:
    """The consensus as a genotype file."""
    return format_genotypes(agreement.consensus.genotypes(), agreement.consensus.trellis_paths(), comment)


def _columns(rows: Iterable[Sequence[str]], indent: int = 2) -> list[str]:
    """Formats rows with aligned columns."""
    rows = list(rows)
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [(" " * indent + "  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True))).rstrip() for row in rows]


def _fitting(rows: Sequence[Sequence[str]], fixed: int, width: int | None, indent: int = 2) -> list[str]:
    """As `_columns`, without the last columns behind the `fixed` first ones if all don't fit a width."""
    count = len(rows[0])
    while count > fixed and width is not None and max(map(len, _columns([r[:count] for r in rows], indent))) > width:
        count -= 1
    left_out = [f"left out to fit {width} columns: {', '.join(rows[0][count:])}"] if count < len(rows[0]) else []
    return _columns([r[:count] for r in rows], indent) + left_out


def _edge(change: EdgeChange, difference: Difference) -> tuple[str, ...]:
    before, after = (
        _kept(architecture, change.cell, change.node, kept)
        for architecture, kept in ((difference.a, change.before), (difference.b, change.after))
    )
    return change.node, before, "->", after, change.kind


def _kept(architecture: Architecture, cell: str, node: str, kept: Kept | None) -> str:
    """A kept edge with its margins, if they are known."""
    if kept is None:
        return "nothing"
    margin = architecture.margins.candidates.get((cell, node, kept.source))
    edge = architecture.margins.edges.get((cell, node, kept.source))
    margins = [f"operation {margin_text(margin)}"] if margin is not None else []
    margins += [f"edge {margin_text(edge)}"] if edge is not None else []
    return f"{kept} (margins: {', '.join(margins)})" if margins else str(kept)


def _level(level: int | None) -> str:
    return "nothing" if level is None else f"level {level}"


def _moves(difference: Difference, trellis: str, layer: int) -> str:
    """The margins of a move, if they are known."""
    known = [
        f"{a.name} {margin_text(a.margins.moves[trellis][layer])}"
        for a in (difference.a, difference.b)
        if layer < len(a.margins.moves.get(trellis, ()))
    ]
    return f"(margins: {', '.join(known)})" if known else ""


def _candidate(change: CandidateChange) -> str:
    before, after = change.definitions
    match change.kind:
        case "renamed":
            return f"  {change.before} is renamed to {change.after}; both are {before}"
        case "redefined":
            if str(before) == str(after):
                return f"  {change.before} is {before}\n    in both, but the text of the model differs"
            return f"  {change.before} is {before}\n    changed to {after}"
        case "removed":
            return f"  {change.before} is removed: {before}"
        case "added":
            own = "" if change.own is None else f", there called {change.own}"
            return f"  {change.after} is added{own}: {after}"


def _cross(of: Sequence[int], count: int) -> list[str]:
    """A cross for each architecture in `of`."""
    return ["x" if i in of else "-" for i in range(count)]


def _has_edge(agreement: Agreement, number: int, votes: Votes) -> str:
    """The margin of an edge's operation, or a cross if it is not known; `-` if the architecture lacks the edge."""
    if number not in votes.of:
        return "-"
    margin = agreement.architectures[number].margins.candidates.get((votes.cell, votes.node, votes.kept.source))
    return "x" if margin is None else f"{margin:.3f}"
