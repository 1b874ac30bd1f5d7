"""A diagram: DOT source that can be written as a picture and that shows itself in a notebook."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any, get_args

import graphviz

from spikegraph.backends.graphviz.engine import Format, picture
from spikegraph.backends.graphviz.html import font, label
from spikegraph.backends.graphviz.theme import FONT, SIZE, Theme
from spikegraph.errors import NotThereError, RenderError
from spikegraph.files import write_whole

SUFFIXES = (".svg", ".pdf", ".png", ".dot")
"""The files that a diagram can be written to."""


class Canvas(graphviz.Digraph):
    """A digraph, or a part of one; Graphviz's Python package with types."""

    def put(self, name: str, **attributes: str) -> None:
        """Adds a node."""
        self.node(name, **attributes)  # pyright: ignore[reportUnknownMemberType]

    def link(self, source: str, target: str, **attributes: str) -> None:
        """Adds an edge; `node:port` names a port."""
        self.edge(source, target, **attributes)  # pyright: ignore[reportUnknownMemberType]

    def notice(self, **attributes: str) -> None:
        """Sets attributes of the whole."""
        self.attr(**attributes)  # pyright: ignore[reportUnknownMemberType]

    def part(self, name: str | None = None, **attributes: str) -> "Canvas":
        """An empty part, to be added with `hold` when it is done; a frame if its name begins with `cluster`."""
        part = Canvas(name=name)
        part.notice(**attributes)
        return part

    def hold(self, part: "Canvas") -> None:
        """Adds a part."""
        self.subgraph(part)  # pyright: ignore[reportUnknownMemberType]


class Drawing(Canvas):
    """A diagram in the theme; `.source` is its DOT text."""

    def __init__(self, name: str, theme: Theme, **graph: str) -> None:
        """An empty diagram.

        Args:
            name: Of the DOT graph.
            theme: Its colours.
            graph: Further attributes of the graph.
        """
        super().__init__(
            name,
            graph_attr={
                "bgcolor": theme.ground,
                "fontname": FONT,
                "fontsize": str(SIZE),
                "fontcolor": theme.ink,
                "pad": "0.2",
                **graph,
            },
            node_attr={
                "fontname": FONT,
                "fontsize": str(SIZE),
                "fontcolor": theme.ink,
                "color": theme.muted,
                "label": "",
                "shape": "box",
                "style": "rounded,filled",
                "fillcolor": theme.ground,
            },
            edge_attr={"fontname": FONT, "fontsize": str(SIZE), "fontcolor": theme.ink, "label": ""},
        )
        self.theme = theme

    @contextmanager
    def frame(self, name: str, title: str | None) -> Generator[Canvas]:
        """A part of the diagram: framed, with a title, or without either."""
        frame = {"style": "rounded", "color": self.theme.faint, "margin": "12"} if title else {"style": "invis", "margin": "0"}
        heading = label(font(title, self.theme.ink, bold=True)) if title else ""
        part = self.part(f"cluster {name}", label=heading, labelloc="t", labeljust="l", tooltip=title or " ", **frame)
        yield part
        self.hold(part)

    def bytes_of(self, form: Format) -> bytes:
        """The picture in a format.

        Raises:
            RenderError: There is no Graphviz, or it refuses the diagram.
        """
        return picture(self.source, form)

    def svg(self) -> str:
        """The picture as SVG, its text as text.

        Raises:
            RenderError: As `bytes_of`.
        """
        return self.bytes_of("svg").decode()

    def write(self, path: Path) -> None:
        """Writes the diagram in the format that the name's ending says, whole or not at all.

        Raises:
            NotThereError: The ending is unknown.
            RenderError: The picture can't be made, or the file can't be written.
        """
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES:
            raise NotThereError(f"a diagram can't be written as `{path.name}`", f"its name ends in {', '.join(SUFFIXES)}")
        form = next((f for f in get_args(Format) if suffix == f".{f}"), None)
        data = self.source.encode() if form is None else self.bytes_of(form)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, data)
        except OSError as error:
            raise RenderError(f"{path} can't be written: {error.strerror or error}") from error

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None, **_: Any
    ) -> dict[str, bytes | str]:
        """For notebooks."""
        del include, exclude
        return {"image/svg+xml": self.svg()}

    def _repr_svg_(self) -> str:
        """For notebooks."""
        return self.svg()
