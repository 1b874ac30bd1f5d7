"""Pictures of a text's network."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from spikegraph.backends.graphviz.draw_file import Drawn
from spikegraph.backends.graphviz.engine import picture
from spikegraph.backends.graphviz.render import Level
from spikegraph.program.program import Program


def diagram(
    path: Path,
    texts: Mapping[Path, str],
    level: Level = "network",
    *,
    expand: Sequence[str] = (),
    only: Sequence[str] = (),
    dark: bool = False,
) -> str:
    """The picture of a spec as DOT; `texts` are those of open files by their real path.

    `expand` and `only` are those of `spikegraph render`.

    Raises:
        SpecError: The spec is wrong.
        NotThereError: It has no cells or trellises to draw, or a name is unknown.
        PassError: The phase needs a genotype, and there is none.
    """
    drawn = Drawn(path.stem, Program.read(path, texts=texts), {}, {})
    return drawn.drawing(level, expand=expand, only=only, dark=dark).dot


def as_svg(source: str) -> str:
    """A picture as SVG; raises RenderError where there is no Graphviz."""
    return picture(source, "svg").decode("utf-8")
