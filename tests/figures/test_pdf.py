"""Figures as PDF: the page's size, texts as text, and the same bytes each time."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest

from spikegraph.api.figures import figure
from spikegraph.backends.report.paper.pdf import pdf_of
from spikegraph.base.errors import RenderError

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 252 20" width="252pt" height="20.00pt">'
    '<title>not drawn</title><a><text x="2" y="9" font-size="8">{}</text></a></svg>'
)


def texts(pdf: bytes) -> list[str]:
    """The texts that the streams of a PDF show, in Helvetica's encoding."""
    streams = re.findall(rb"FlateDecode.*?stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    shown = b"\n".join(zlib.decompress(stream) for stream in streams)
    found = re.findall(rb"\(((?:[^()\\]|\\.)*)\) Tj", shown)
    return [re.sub(rb"\\(.)", rb"\1", text).decode("windows-1252").strip() for text in found]


def test_a_figure_has_its_size_and_its_texts(runs: Path, tmp_path: Path) -> None:
    pytest.importorskip("fpdf")
    found = figure("8", [runs / "stereo"])
    (file,) = found.write(tmp_path / "shapes.pdf")
    data = file.read_bytes()
    height = re.search(r'height="([\d.]+)pt"', found.svg())
    assert height is not None
    (box,) = re.findall(rb"/MediaBox \[([\d. ]+)\]", data)
    assert [float(side) for side in box.split()] == pytest.approx([0, 0, 252, float(height[1])], abs=0.01)
    assert {"dspike", "triangle", "superspike", "arctan", "b = 3", "membrane potential u"} <= set(texts(data))
    assert found.write(tmp_path / "again.pdf")[0].read_bytes() == data


def test_characters_of_helvetica_and_those_like_them() -> None:
    pytest.importorskip("fpdf")
    assert texts(pdf_of(SVG.format("e[0] … e[3], −1 × 2"))) == ["e[0] ... e[3], –1 × 2"]


def test_a_character_that_helvetica_lacks() -> None:
    pytest.importorskip("fpdf")
    with pytest.raises(RenderError) as error:
        pdf_of(SVG.format("→"))
    assert str(error.value) == "PDF's Helvetica has no `→` (help: write an .svg file)"


def test_without_fpdf2(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spikegraph.backends.report.paper.pdf.find_spec", lambda name: None)
    with pytest.raises(RenderError) as error:
        pdf_of(SVG.format("a"))
    assert str(error.value) == (
        'fpdf2 is not installed, which writes PDF (help: run `pip install "spikegraph[pdf]"`, or write an .svg file)'
    )
