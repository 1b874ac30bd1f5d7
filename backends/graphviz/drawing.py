"""A diagram: DOT source that can be saved as a picture or displayed in a notebook."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, get_args

import graphviz  # pyright: ignore[reportMissingTypeStubs]

from spikegraph.backends.graphviz.engine import Format, picture
from spikegraph.backends.graphviz.theme import FONT, Theme, number
from spikegraph.base.errors import NotThereError
from spikegraph.base.files import write_whole

SUFFIXES = (".svg", ".pdf", ".png", ".dot")
"""File name endings that a diagram can be saved with."""


class Canvas(graphviz.Digraph):
    """A directed graph or subgraph: a typed interface to the `graphviz` package."""

    def put(self, name: str, **attributes: str) -> None:
        """Adds a node."""
        self.node(name, **attributes)  # pyright: ignore[reportUnknownMemberType]

    def link(self, source: str, target: str, **attributes: str) -> None:
        """Adds an edge; an end can be a port, as `node:port`."""
        self.edge(source, target, **attributes)  # pyright: ignore[reportUnknownMemberType]

    def set(self, **attributes: str) -> None:
        """Sets attributes of the graph."""
        self.attr(**attributes)  # pyright: ignore[reportUnknownMemberType]

    def part(self, name: str | None = None, **attributes: str) -> "Canvas":
        """An empty subgraph, drawn as a frame if its name starts with `cluster`; pass it to `add` when it is filled."""
        part = Canvas(name=name)
        part.set(**attributes)
        return part

    def add(self, part: "Canvas") -> None:
        """Adds a subgraph."""
        self.subgraph(part)  # pyright: ignore[reportUnknownMemberType]


class Drawing(Canvas):
    """A diagram in the colours of a theme; `.dot` is its text, `.laid_out_by` the engine of Graphviz that it is for."""

    def __init__(self, name: str, theme: Theme, **graph: str) -> None:
        """Creates an empty diagram.

        Args:
            name: Name of the DOT graph.
            theme: The colours.
            graph: More attributes of the graph.
        """
        size = number(theme.size)
        if theme.paper:
            graph = {"size": f"{theme.width / 72:g},100", "pad": "0.02", **graph}
        super().__init__(  # pyright: ignore[reportUnknownMemberType]
            name,
            graph_attr={
                "bgcolor": theme.ground,
                "fontname": FONT,
                "fontsize": size,
                "fontcolor": theme.ink,
                "pad": "0.2",
                **graph,
            },
            node_attr={
                "fontname": FONT,
                "fontsize": size,
                "fontcolor": theme.ink,
                "color": theme.muted,
                "label": "",
                "shape": "box",
                "style": "rounded,filled",
                "fillcolor": theme.ground,
            },
            edge_attr={"fontname": FONT, "fontsize": size, "fontcolor": theme.ink, "label": ""},
        )
        self.theme, self.laid_out_by = theme, graph.get("layout", "dot")

    def __repr__(self) -> str:
        return f"<Drawing {self.name}, {self.source.count(chr(10)):,} lines of DOT>"

    @property
    def dot(self) -> str:
        """The diagram as DOT."""
        return str(self.source)

    def bytes_of(self, form: Format) -> bytes:
        """The picture in a format.

        Raises:
            RenderError: Graphviz isn't installed, or rejects the diagram.
        """
        return picture(self.source, form)

    def svg(self) -> str:
        """The picture as SVG; its text can be selected and searched.

        Raises:
            RenderError: Graphviz isn't installed, or rejects the diagram.
        """
        return self.bytes_of("svg").decode()

    def pages(self) -> Sequence["Drawing"]:
        """What is written: the diagram, or the parts that it needs on paper.

        Raises:
            RenderError: Graphviz isn't installed, or rejects the diagram.
        """
        return [self]

    def write(self, path: Path) -> list[Path]:
        """Saves the diagram in the format of the file name's ending. On failure, no partial file is left.

        Several pages are `NAME-1.svg`, `NAME-2.svg` and so on; a .dot file holds all of it.

        Returns:
            The files.

        Raises:
            NotThereError: The ending is unknown.
            RenderError: Graphviz fails.
            OSError: The file can't be written.
        """
        suffix = path.suffix.lower()
        if suffix not in SUFFIXES:
            raise NotThereError(f"a diagram can't be saved as `{path.name}`", f"use a name that ends in {', '.join(SUFFIXES)}")
        form = next((f for f in get_args(Format) if suffix == f".{f}"), None)
        pages = [self.source.encode()] if form is None else [page.bytes_of(form) for page in self.pages()]
        paths = [path] if len(pages) == 1 else [path.with_stem(f"{path.stem}-{i}") for i in range(1, len(pages) + 1)]
        path.parent.mkdir(parents=True, exist_ok=True)
        for file, data in zip(paths, pages, strict=True):
            write_whole(file, data)
        return paths

    def _repr_mimebundle_(
        self, include: Iterable[str] | None = None, exclude: Iterable[str] | None = None, **_: Any
    ) -> dict[str, bytes | str]:
        """The picture for notebooks."""
        return {"image/svg+xml": self.svg()}

    def _repr_svg_(self) -> str:
        """The picture for notebooks."""
        return self.svg()
