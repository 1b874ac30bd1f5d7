"""The sources of the site, put together in a folder: pages of the checkout in their places, and those made from the program."""

import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from documentation import commands, energies, errors, gallery, language, layout, markdown, names, neurons, notebooks, operations
from documentation.layout import PAGES, ROOT, SECTIONS
from documentation.links import BuildError, Places

ITEMS = ("language", "declarations", "operations", "neurons", "commands", "errors", "python", "energies")
"""The folders of the reference, in the menu's order."""

PLAYED = '<a href="playground/index.html">Type a spec in the playground</a>: it runs in the browser, and nothing is sent.'
NOT_PLAYED = "[The playground](/how-to/playground.md) checks and draws specs in a browser."


def put_together(folder: Path, drawn: Collection[str] | None = None, playground: bool = False) -> None:
    """Writes all sources.

    Args:
        folder: The folder, which is empty.
        drawn: The systems that the gallery draws; None for all.
        playground: Whether the site has the playground.

    Raises:
        BuildError: A page has no place, a link leads nowhere, or a part of the reference is missing.
    """
    if unplaced := layout.missing():
        raise BuildError(f"no place in tools/site/documentation/layout.py: {', '.join(unplaced)}")
    places = Places(layout.placed() | notebooks.placed(), dict([*language.anchors(), *errors.anchors()]))
    places.sections["README.md#run-it"] = "start"
    places.pages |= {"README.md": "index", language.SOURCE: language.INDEX, errors.SOURCE: f"{errors.FOLDER}/index"}
    shutil.copytree(ROOT / "docs" / "images", folder / "images")
    pages = dict(_of_the_checkout(places)) | dict(_of_the_program())
    for source, text in notebooks.pages(folder / "images" / "tutorials"):
        pages[places.pages[source]] = places.moved(text, source)
    pages[gallery.PLACE] = gallery.page(folder / "images" / "zoo", drawn)
    pages["declarations/index"] = _declarations(pages)
    pages |= dict(_indices(pages))
    pages["index"] = _first(pages, playground)
    for place, text in pages.items():
        path = folder / f"{place}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _of_the_checkout(places: Places) -> Iterator[tuple[str, str]]:
    """The pages that are files, with their links moved."""
    for source, place in layout.placed().items():
        text = (ROOT / source).read_text(encoding="utf-8")
        moved = places.moved(markdown.with_pictures(text), source)
        yield place, _readable(moved) if source.startswith("docs/") else markdown.without_paragraphs(moved)
    for place, text in language.divided():
        yield place, _readable(places.moved(text, language.SOURCE))
    for place, text in errors.pages():
        yield place, places.moved(text, errors.SOURCE)


def _readable(text: str) -> str:
    return markdown.without_paragraphs(language.coloured(text))


def _of_the_program() -> Iterator[tuple[str, str]]:
    prose = dict(language.divided())
    for place, text in operations.pages():
        own = prose.get(place)  # `choose` and `previous`, which the language's page describes too
        yield place, text if own is None else text + own.partition("\n")[2]
    for source in (neurons, commands, energies, names):
        yield from source.pages()


def _indices(pages: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The lists of the sections, and the menu's entries on the lists of the reference."""
    for folder, (heading, about, known) in SECTIONS.items():
        below = _below(folder, known, pages)
        rows = (f"- [{markdown.title(pages[place])}](/{place}.md)\n" for place in below)
        yield f"{folder}/index", f"# {heading}\n\n{about}\n\n" + "".join(rows) + markdown.toctree(f"/{p}" for p in below)
    for item in ITEMS:
        place = f"{item}/index"
        if place in pages:
            yield place, pages[place] + markdown.toctree(f"/{below}" for below in _inside(item, pages))


def _below(folder: str, known: tuple[str, ...], pages: dict[str, str]) -> list[str]:
    items = [f"{item}/index" for item in ITEMS] if folder == "reference" else []
    ordered = [f"{folder}/{name.lower()}" for name in known if f"{folder}/{name.lower()}" in pages]
    return items + ordered + [place for place in _inside(folder, pages) if place not in ordered]


def _inside(folder: str, pages: dict[str, str]) -> list[str]:
    """The pages of a folder, without those of folders in it."""
    return [p for p in pages if p.startswith(f"{folder}/") and "/" not in p[len(folder) + 1 :] and not p.endswith("/index")]


def _declarations(pages: dict[str, str]) -> str:
    inside = sorted(_inside("declarations", pages))
    rows = (f"- [`{place.rpartition('/')[2]}`](/{place}.md)\n" for place in inside)
    return "# Declarations\n\n" + "".join(rows)


def _first(pages: dict[str, str], playground: bool) -> str:
    text = (PAGES / "index.md").read_text(encoding="utf-8").replace("{{playground}}", PLAYED if playground else NOT_PLAYED)
    entries = [*(["/start"] if "start" in pages else []), *(f"/{folder}/index" for folder in SECTIONS)]
    return text + markdown.toctree(entries)
