"""A figure on paper: its parts with letters, on as many pages as they need, as SVG or PDF."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from spikegraph.backends.graphviz.theme import COLUMN, FONT, HEIGHT, PAGE
from spikegraph.backends.report.paper.pdf import pdf_of
from spikegraph.backends.report.paper.piece import LETTER, Piece
from spikegraph.base.errors import NotThereError
from spikegraph.base.files import write_whole
from spikegraph.charts.look import GROUND, INK
from spikegraph.charts.markup import Html, el

SUFFIXES = (".svg", ".pdf")
"""File name endings of figures."""

TITLE = 8
"""Size of a letter with its title, in points."""

SLACK = 1e-6
"""What rounding may add to a width."""


@dataclass
class _Sheet:
    """A page while it is filled: where each piece is, and where its columns end."""

    placed: list[tuple[Piece, float, float]] = field(default_factory=list[tuple[Piece, float, float]])
    ends: list[float] = field(default_factory=lambda: [0.0, 0.0])

    def fits(self, piece: Piece) -> bool:
        """Adds a piece if there is room: to the column that ends first, or below both if it is wider than a column."""
        wide = piece.width > COLUMN + SLACK
        column = 0 if wide or self.ends[0] <= self.ends[1] else 1
        top = max(self.ends) if wide else self.ends[column]
        height = piece.height + (LETTER if piece.title else 0)
        if self.placed and top + height > HEIGHT:
            return False
        self.placed.append((piece, column * (PAGE - COLUMN), top))
        for k in range(2) if wide else (column,):
            self.ends[k] = top + height + GAP
        return True


GAP = 6
"""Room between pieces that are one below the other, in points."""


@dataclass(frozen=True)
class Figure:
    """A figure.

    Attributes:
        name: Its number in the paper, such as `4a`.
        title: What it shows.
        pieces: Its parts, in order.
    """

    name: str
    title: str
    pieces: tuple[Piece, ...]

    def __repr__(self) -> str:
        return f"<Figure {self.name}: {self.title}>"

    def svgs(self) -> list[str]:
        """The pages as SVG; a figure that fits a column is as wide as one, 252 points."""
        pieces = _lettered(self.pieces)
        heights = [piece.height + (LETTER if piece.title else 0) + GAP for piece in pieces]
        if sum(heights) - GAP <= HEIGHT and all(piece.width <= COLUMN + SLACK for piece in pieces):
            tops = [sum(heights[:k]) for k in range(len(pieces))]
            return [self._page([(piece, 0.0, top) for piece, top in zip(pieces, tops, strict=True)], COLUMN)]
        sheets = [_Sheet()]
        for piece in pieces:
            if not sheets[-1].fits(piece):
                sheets.append(_Sheet())
                sheets[-1].fits(piece)
        return [self._page(sheet.placed, PAGE) for sheet in sheets]

    def svg(self) -> str:
        """The first page as SVG."""
        return self.svgs()[0]

    def write(self, path: Path) -> list[Path]:
        """Writes the figure, of several pages as `NAME-1.svg`, `NAME-2.svg` and so on. On failure, no partial file is left.

        Returns:
            The files.

        Raises:
            NotThereError: The ending is unknown.
            RenderError: A PDF is asked for, and what makes it is missing or lacks a character.
            OSError: The file can't be written.
        """
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES:
            raise NotThereError(f"a figure can't be saved as `{path.name}`", f"use a name that ends in {' or '.join(SUFFIXES)}")
        pages = self.svgs()
        data = [pdf_of(page) if suffix == ".pdf" else page.encode() for page in pages]
        files = [path] if len(pages) == 1 else [path.with_stem(f"{path.stem}-{k}") for k in range(1, len(pages) + 1)]
        path.parent.mkdir(parents=True, exist_ok=True)
        for file, content in zip(files, data, strict=True):
            write_whole(file, content)
        return files

    def _repr_svg_(self) -> str:
        """The picture for notebooks."""
        return self.svg()

    def _page(self, placed: Sequence[tuple[Piece, float, float]], width: float) -> str:
        height = max(y + piece.height + (LETTER if piece.title else 0) for piece, _, y in placed)
        return (
            el(
                "svg",
                el("title", f"Figure {self.name}: {self.title}"),
                el("rect", width=width, height=f"{height:.2f}", fill=GROUND),
                *(_placed(*each) for each in placed),
                xmlns="http://www.w3.org/2000/svg",
                xmlns_xlink="http://www.w3.org/1999/xlink",
                viewBox=f"0 0 {width} {height:.2f}",
                width=f"{width}pt",
                height=f"{height:.2f}pt",
                role="img",
                font_family=FONT,
                fill=INK,
            ).replace("xmlns-xlink", "xmlns:xlink", 1)
            + "\n"
        )


def _lettered(pieces: Sequence[Piece]) -> list[Piece]:
    """Pieces whose titles begin with (a), (b) and so on, if several have one."""
    titled = [k for k, piece in enumerate(pieces) if piece.title]
    if len(titled) < 2:
        return list(pieces)
    return [
        replace(piece, title=f"({_letter(titled.index(k))}) {piece.title}") if piece.title else piece
        for k, piece in enumerate(pieces)
    ]


def _letter(number: int) -> str:
    """Letters from a to z, then aa, ab and so on."""
    return (_letter(number // 26 - 1) if number >= 26 else "") + chr(ord("a") + number % 26)


def _placed(piece: Piece, x: float, y: float) -> Html:
    title = el("text", piece.title, x=2, y=TITLE + 1, font_size=TITLE, font_weight="bold") if piece.title else None
    inner = el("g", piece.content, transform=f"translate(0 {LETTER})") if piece.title else piece.content
    return el("g", title, inner, transform=f"translate({x:.2f} {y:.2f})")
