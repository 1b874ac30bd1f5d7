"""SVG as PDF, by fpdf2, which needs no library of the system. Text stays text, in Helvetica, which every reader of PDF has."""

import logging
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from importlib.util import find_spec

from spikegraph.base.errors import RenderError

SVG = "{http://www.w3.org/2000/svg}"
HELVETICA = "windows-1252"
"""The characters that PDF's Helvetica has."""

LIKE = str.maketrans(
    {"\N{MINUS SIGN}": "\N{EN DASH}", "\N{HORIZONTAL ELLIPSIS}": "...", "\N{EM SPACE}": "\N{NO-BREAK SPACE}" * 2}
)
"""What stands for characters that Helvetica lacks, or that fpdf2 takes for spaces."""

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""The date in every file, so that the same figure is the same file."""


def pdf_of(svg: str) -> bytes:
    """The PDF of an SVG whose size is in points.

    Raises:
        RenderError: fpdf2 isn't installed, or a text has a character that Helvetica lacks.
    """
    if find_spec("fpdf") is None:
        raise RenderError(
            "fpdf2 is not installed, which writes PDF", 'run `pip install "spikegraph[pdf]"`, or write an .svg file'
        )
    from fpdf import FPDF  # noqa: PLC0415 (an extra)
    from fpdf.svg import SVGObject  # noqa: PLC0415

    logging.getLogger("fpdf").setLevel(logging.ERROR)
    root = ET.fromstring(svg)
    width, height = (float(root.attrib[side].removesuffix("pt")) for side in ("width", "height"))
    _plain(root)
    pdf = FPDF(unit="pt", format=(width, height))
    pdf.creation_date = EPOCH
    pdf.set_auto_page_break(False)
    pdf.add_page()
    pdf.set_font("helvetica")
    SVGObject(ET.tostring(root, encoding="unicode")).draw_to_page(pdf)
    return bytes(pdf.output())


def _plain(element: ET.Element) -> None:
    """Takes off titles, which PDF has not, puts what links hold in their place, and writes texts as Helvetica's characters."""
    for child in list(element):
        _plain(child)
        place = list(element).index(child)
        if child.tag == f"{SVG}title":
            element.remove(child)
        elif child.tag == f"{SVG}a":
            element[place : place + 1] = list(child)
    if element.text and element.text.strip():
        element.text = _encoded(element.text)


def _encoded(text: str) -> str:
    """The bytes of a text in Helvetica's encoding, each as a character: fpdf2 measures and writes them as they are.

    Raises:
        RenderError: Helvetica lacks a character.
    """
    try:
        return text.translate(LIKE).encode(HELVETICA).decode("latin-1")
    except UnicodeEncodeError as error:
        raise RenderError(f"PDF's Helvetica has no `{error.object[error.start]}`", "write an .svg file") from None
