"""The gallery: the systems of the zoo, each with its picture."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path

import spikegraph
from documentation.layout import REPOSITORY, ROOT
from documentation.links import BuildError

PLACE = "more/gallery"
ZOO = ROOT / "specs" / "zoo"
INDEX = """# Gallery

The systems of [the zoo](/more/zoo.md), as `spikegraph render` draws them. A click opens the whole picture.

"""


def systems() -> list[Path]:
    """The specs of the zoo."""
    return sorted(ZOO.glob("*.sdhs"))


def page(images: Path, drawn: Collection[str] | None) -> str:
    """The page; its pictures are written into a folder.

    Args:
        images: The folder, which is `images/zoo` in the site.
        drawn: The systems that are drawn; None for all.

    Raises:
        BuildError: There is no such system.
    """
    if unknown := set(drawn or ()) - {spec.stem for spec in systems()}:
        raise BuildError(f"the zoo has no {', '.join(sorted(unknown))}; `specs/zoo` has the names")
    images.mkdir(parents=True)
    return INDEX + "\n".join(part for spec in systems() for part in _entry(spec, images, drawn))


def _entry(spec: Path, images: Path, drawn: Collection[str] | None) -> Iterator[str]:
    about = re.findall(r"^# ?(.*)$", spec.read_text(encoding="utf-8").partition("\nsdhs 1")[0], re.MULTILINE)
    yield f"## {spec.stem}\n\n{' '.join(about)} [Spec]({REPOSITORY}/blob/main/specs/zoo/{spec.name})\n"
    if drawn is None or spec.stem in drawn:
        genotype = ZOO / "genotypes" / spec.name
        drawing = spikegraph.render(str(spec), genotype=genotype if genotype.exists() else None)
        (images / f"{spec.stem}.svg").write_text(drawing.svg(), encoding="utf-8")
        yield f"[![{spec.stem}](/images/zoo/{spec.stem}.svg)](/images/zoo/{spec.stem}.svg)\n"
