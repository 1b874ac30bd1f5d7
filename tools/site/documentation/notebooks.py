"""Notebooks as pages: their cells and what is stored of their results; nothing is run."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from documentation.layout import ROOT
from documentation.links import BuildError
from documentation.markdown import fenced

FOLDER = ROOT / "docs" / "tutorials"
PICTURES = {"image/svg+xml": "svg", "image/png": "png"}


def placed() -> dict[str, str]:
    """The place of each tutorial, by its path in the checkout."""
    return {f"docs/tutorials/{path.name}": f"tutorials/{path.stem}" for path in sorted(FOLDER.glob("*.ipynb"))}


def pages(images: Path) -> Iterator[tuple[str, str]]:
    """The source and the text of each tutorial; its pictures are written into a folder, `images/tutorials` in the site.

    Raises:
        BuildError: A notebook has no title.
    """
    for source in placed():
        path = FOLDER / Path(source).name
        notebook = json.loads(path.read_text(encoding="utf-8"))
        parts = (part for number, cell in enumerate(notebook["cells"]) for part in _cell(cell, images, f"{path.stem}-{number}"))
        text = "\n".join(parts)
        if not text.startswith("# "):
            raise BuildError(f"{source} doesn't begin with a title")
        yield source, text


def _cell(cell: dict[str, Any], images: Path, name: str) -> Iterator[str]:
    source = "".join(cell["source"])
    if cell["cell_type"] == "markdown":
        yield source + "\n"
    elif source.strip():
        yield _code(source)
        for number, output in enumerate(cell.get("outputs", ())):
            yield _output(output, images, f"{name}-{number}")


def _code(source: str) -> str:
    """A cell of code: a command, a file with its name above it, or Python."""
    if not source.startswith("%%writefile "):
        return fenced(source, "sh" if source.startswith("!") else "python")
    name, _, text = source.removeprefix("%%writefile ").partition("\n")
    return fenced(f":caption: {name}\n\n{text}", "{code-block} " + ("sdhs" if name.endswith(".sdhs") else "python"))


def _output(output: dict[str, Any], images: Path, name: str) -> str:
    if output["output_type"] == "stream":
        return fenced("".join(output["text"]), "text")
    data = output.get("data", {})
    for kind, suffix in PICTURES.items():
        if kind in data:
            content = "".join(data[kind])
            images.mkdir(parents=True, exist_ok=True)
            found = content.encode() if suffix == "svg" else base64.b64decode(content)
            (images / f"{name}.{suffix}").write_bytes(found)
            return f"![The result of the code above](/images/tutorials/{name}.{suffix})\n"
    return fenced("".join(data["text/plain"]), "text") if "text/plain" in data else ""
