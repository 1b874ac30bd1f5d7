"""Pictures of a text's network."""

from collections.abc import Mapping
from pathlib import Path

from spikegraph.backends.graphviz.draw_file import Drawn
from spikegraph.backends.graphviz.engine import picture
from spikegraph.backends.graphviz.render import Level
from spikegraph.program.program import Program


def diagram(path: Path, texts: Mapping[Path, str], level: Level = "network", *, dark: bool = False) -> str:
    """The picture of a spec as DOT; `texts` are those of open files by their real path.

    Raises:
        SpecError: The spec is wrong.
        NotThereError: It has no cells or trellises to draw.
    """
    program = Program.read(path, texts=texts)
    return str(Drawn(path.stem, program, {}, {}).drawing(level, dark=dark).source)  # pyright: ignore[reportUnknownMemberType]


def as_svg(source: str) -> str:
    """A picture as SVG."""
    return picture(source, "svg").decode("utf-8")
