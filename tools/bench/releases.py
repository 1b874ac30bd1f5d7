"""Draw the results of releases and write their table: `python tools/bench/releases.py [--check]`.

Reads the files in `results`, draws `docs/images/speed.svg` and writes the table between its marks in `docs/speed.md`. With
`--check` it writes nothing and fails if one of both isn't current.
"""

import argparse
import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from results import FOLDER, Results, RowResult, SideResult, read_results

from spikegraph.charts.look import COLOURS, FAINT, GROUND, INK
from spikegraph.charts.markup import Html, el
from spikegraph.charts.panels import drawn

ROOT = Path(__file__).parents[2]
PAGE, PICTURE = ROOT / "docs" / "speed.md", ROOT / "docs" / "images" / "speed.svg"
BEGIN, END = "<!-- written by tools/bench/releases.py -->\n", "<!-- end of the releases -->\n"
OURS = "spikegraph"
"""How the names of this project's sides begin."""
BUSY = 0.1
"""Cores of other programs, from which on the table mentions them."""
GREY = "#5F6368"
WIDTH, EDGE, LEFT, GAP, LANE, NAME, TOP = 800, 8, 256, 40, 16, 10, 46
"""Sizes in units of the drawing: all, at its sides, the names, between panels, a machine's line, between rows, the heads."""
PANEL = (WIDTH - LEFT - GAP - 2 * EDGE) // 2
SPANS = ((0.5, 8.0), (0.5, 16.0))
"""The ends of both scales, which are logarithmic; what is beyond them is drawn at the end."""


@dataclass(frozen=True)
class Point:
    """A side of this project in a file.

    Attributes:
        machine: The processor.
        release: The release.
        what: The measured quantity.
        row: The row.
        ours: This project's side.
        best: The name of the other libraries' best mode.
        busy: Cores that other processes used.
    """

    machine: str
    release: str
    what: str
    row: RowResult
    ours: SideResult
    best: str
    busy: float

    @property
    def peer(self) -> SideResult:
        """The other libraries' best mode."""
        return self.row.sides[self.best]


def points(files: Sequence[Results]) -> Iterator[Point]:
    """What is compared with another library, by file."""
    for found in files:
        for row in (row for rows in found.sections.values() for row in rows):
            for name, side in row.sides.items():
                if name.startswith(OURS) and not side.reference.startswith(OURS) and not _limits(row, side):
                    what = row.what + name.removeprefix(OURS)
                    limited = "".join(f", {value}" for value in dict.fromkeys(found.instructions.values()))
                    machine = f"{found.processor.name}{limited}, {found.threads} thread{'s' * (found.threads > 1)}"
                    yield Point(machine, found.release, what, row, side, side.reference, found.busy)


def _limits(row: RowResult, side: SideResult) -> bool:
    """Whether the reference of a side is what limits it, not another library."""
    return side.limit_seconds is not None and row.sides[side.reference].limit_seconds is None


def table(found: Sequence[Point]) -> str:
    """The table of all points in Markdown."""
    lines = [
        "| release, processor | what | spikegraph | best mode of others | ratio | limit | times the limit | others |",
        "|---|---|---|---|---:|---|---:|---:|",
    ]
    for p in found:
        limit = "- | - | -"
        if p.ours.limit_seconds is not None and p.ours.times_limit is not None:
            far = p.peer.times_limit
            limit = f"{_text(p.ours.limit_seconds, p.row)} | {p.ours.times_limit:.2f} | {'-' if far is None else f'{far:.2f}'}"
        left = f"; left out: {len(p.row.notices)}" if p.row.notices else ""
        theirs = f"{_spread(p.peer, p.row)}, {p.best}{left}"
        ours = _spread(p.ours, p.row)
        busy = f"; others used {p.busy:.1f} cores" if p.busy >= BUSY else ""
        lines.append(f"| {p.release}, {p.machine}{busy} | {p.what} | {ours} | {theirs} | {p.ours.ratio:.2f} | {limit} |")
    return "\n".join(lines) + "\n"


def _text(value: float, row: RowResult) -> str:
    return f"{value * 1e3:.3g} ms" if row.unit == "s" and value < 1 else f"{value:.3g} {row.unit}"


def _spread(side: SideResult, row: RowResult) -> str:
    return f"{_text(side.median, row)} ({_text(side.min, row)} to {_text(side.max, row)})"


def picture(found: Sequence[Point]) -> str:
    """The SVG: for each measure a line for each machine, on which releases follow one another."""
    machines = list(dict.fromkeys(p.machine for p in found))
    parts, y = list[Html](), TOP
    for what in dict.fromkeys(p.what for p in found):
        lanes = [lane for m in machines if (lane := [p for p in found if (p.what, p.machine) == (what, m)])]
        parts.append(el("text", what, x=EDGE, y=y + (len(lanes) * LANE) / 2 + 4))
        for lane in lanes:
            parts += _lane(lane, COLOURS[machines.index(lane[0].machine) % len(COLOURS)], y + LANE / 2)
            y += LANE
        y += NAME
    heads = ("times as fast or small as others' best mode", "times the limit")
    grids = [part for k, head in enumerate(heads) for part in _grid(k, head, y - NAME / 2)]
    several = len({p.release for p in found}) > 1
    limited = any(p.peer.times_limit is not None for p in found)
    legend, height = _legend(machines, y + 12, earlier=several, limited=limited)
    title = "Speed of releases: ratio to the best mode of other libraries, and distance to the limit"
    return drawn([*grids, *parts, *legend], title, WIDTH, height)


def _at(panel: int, value: float) -> float:
    low, high = SPANS[panel]
    share = math.log(min(max(value, low), high) / low) / math.log(high / low)
    return round(LEFT + panel * (PANEL + GAP) + share * PANEL, 1)


def _grid(panel: int, head: str, bottom: float) -> Iterator[Html]:
    low, high = SPANS[panel]
    yield el("text", head, x=_at(panel, low), y=14, font_weight="bold")
    for power in range(round(math.log2(low)), round(math.log2(high)) + 1):
        x = _at(panel, 2.0**power)
        stroke = INK if power == 0 else FAINT
        yield el("line", x1=x, y1=TOP - 10, x2=x, y2=bottom, stroke=stroke)
        yield el("text", f"{2.0**power:g}", x=x, y=TOP - 14, text_anchor="middle", fill=GREY)


def _lane(lane: Sequence[Point], colour: str, y: float) -> Iterator[Html]:
    """A machine's releases in order, the last one filled, and in grey the others' best mode at that one."""
    last = lane[-1]
    if last.peer.times_limit is not None:
        yield _square(_at(1, last.peer.times_limit), y)
    for panel, values in enumerate(([p.ours.ratio for p in lane], [p.ours.times_limit for p in lane])):
        known = [value for value in values if value is not None]
        places = [_at(panel, value) for value in known]
        for one, other in pairwise(places):
            yield el("line", x1=one, y1=y, x2=other, y2=y, stroke=colour, stroke_width=2)
        for k, x in enumerate(places):
            yield _dot(x, y, colour, filled=k == len(places) - 1, title=f"{known[k]:.2f}")


def _legend(machines: Sequence[str], y: float, *, earlier: bool, limited: bool) -> tuple[list[Html], float]:
    """The marks that are there and what they mean, and the height of the drawing."""
    found: list[Html] = []
    for k, machine in enumerate(machines):
        found.append(_dot(EDGE + 6, y, COLOURS[k % len(COLOURS)], filled=True))
        found.append(el("text", f"spikegraph, {machine}", x=28, y=y + 4))
        y += LANE
    if earlier:
        found += [_dot(EDGE + 6, y, INK, filled=False), el("text", "an earlier release", x=28, y=y + 4)]
        y += LANE
    if limited:
        found += [_square(EDGE + 6, y), el("text", "others' best mode, on the same machine", x=28, y=y + 4)]
        y += LANE
    return found, y


def _dot(x: float, y: float, colour: str, *, filled: bool, title: str = "") -> Html:
    inside = colour if filled else GROUND
    named = el("title", title) if title else None
    return el("circle", named, cx=x, cy=y, r=4, fill=inside, stroke=colour, stroke_width=1.5)


def _square(x: float, y: float) -> Html:
    return el("rect", x=x - 4, y=y - 4, width=8, height=8, fill=GROUND, stroke=GREY, stroke_width=1.5)


def main() -> int:
    """Writes the table and the picture, or compares them."""
    parser = argparse.ArgumentParser(prog="tools/bench/releases.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if the page or the picture isn't current")
    options = parser.parse_args()
    files = sorted((read_results(path) for path in FOLDER.glob("*.json")), key=lambda f: (f.measured, f.release))
    found = list(points(files))
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    written = {PAGE: before + BEGIN + table(found) + END + rest.split(END, maxsplit=1)[1], PICTURE: picture(found)}
    stale = [path for path, text in written.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if options.check:
        for path in stale:
            print(f"{path.relative_to(ROOT)} isn't current: run python tools/bench/releases.py", file=sys.stderr)
        return int(bool(stale))
    for path in stale:
        path.write_text(written[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
