"""What Python prints of a value fits a screen; `str()` of a graph is its whole text."""

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
import torch

import spikegraph
from spikegraph.ir.text import print_graph
from spikegraph.ir.text_parser import parse_graph
from spikegraph.program.run_settings import Settings
from spikegraph.runs.record import read_run

ROOT = Path(__file__).parents[1]
STEREO = ROOT / "specs" / "stereo.sdhs"
GENOTYPE = ROOT / "specs" / "genotypes" / "stereo.sdhs"
RUN = ROOT / "tests" / "compat" / "0.1.0" / "runs" / "complete"

LINES, CHARACTERS = 12, 1200
"""The most that a `repr` may have."""


@pytest.fixture(scope="module")
def program():
    return spikegraph.load(STEREO, genotype=GENOTYPE, overrides=["retrain.C = 6"])


@pytest.fixture(scope="module")
def imported():
    block = [torch.nn.Conv2d(3, 3, 3, padding=1), torch.nn.BatchNorm2d(3), torch.nn.ReLU()]
    rest = (torch.nn.Conv2d(3, 3, 3) for _ in range(20))
    return spikegraph.from_torch(torch.nn.Sequential(*block, *rest), torch.zeros(2, 3, 50, 50))


def values(program, imported):
    """Everything that the functions return, and the values that their attributes give."""
    built = program.build()
    certificate, statistics = spikegraph.certify(program), imported.statistics(torch.zeros(2, 3, 50, 50))
    broken = spikegraph.certify(imported.program)
    return {
        "spec": program,
        "declarations": program.spec,
        "resolved": program.resolved,
        "source": program.source,
        "network": program.spec.networks["stereo"],
        "cell": next(iter(program.spec.cells.values())),
        "diagnostics": program.check(),
        "built": built,
        "graph": built.graph,
        "space": program.space("retrain"),
        "node": next(iter(built.graph)),
        "certificate": certificate,
        "broken certificate": broken,
        "place": broken.places[0],
        "imported": imported,
        "statistics": statistics,
        "layer": statistics.layers[0],
        "run": read_run(RUN),
        "settings": Settings(),
        "stream": imported.model().stream(),
        "neuron": next(iter(program.space("retrain").neurons.values())),
        "architecture": spikegraph.diff(program, GENOTYPE).a,
        "difference": spikegraph.diff(program, GENOTYPE),
        "agreement": spikegraph.diff(program, GENOTYPE, STEREO.parent / "genotypes" / "stereo.sdhs"),
        "drawing": spikegraph.render(program),
        "public run": spikegraph.Run(RUN),
    }


def test_a_repr_fits_a_screen(program, imported):
    shown = {name: repr(value) for name, value in values(program, imported).items()}
    too_long = {n: len(t) for n, t in shown.items() if len(t.splitlines()) > LINES or len(t) > CHARACTERS}
    assert too_long == {}


def test_a_spec(program):
    assert repr(program) == (
        f"<Program {STEREO}, genotype {GENOTYPE}, overrides retrain.C = 6\n"
        "  neurons lif; candidates conv_or_skip; cells feature, matching; trellises feature_path, matching_path; "
        "networks stereo; genotypes feature, matching; paths feature_path, matching_path\n"
        "  search stereo on mvsec; retrain stereo on mvsec>"
    )
    assert repr(spikegraph.load(STEREO, profile="sample")).splitlines()[0] == f"<Program {STEREO}, profile sample"


def test_a_wrong_spec_says_so(tmp_path):
    path = tmp_path / "wrong.sdhs"
    path.write_text("sdhs 1\ncell feature {\n  nodes = 0\n}\n")
    with pytest.raises(spikegraph.SpecError) as caught:
        spikegraph.load(path)
    assert repr(caught.value.diagnostics).splitlines()[0].startswith("<Diagnostics: 3 errors, 0 warnings")


def test_a_graph(program):
    graph = program.build().graph
    assert repr(graph) == f"<Graph stereo at lowered, {len(list(graph))} operations: left, right -> disparity>"
    assert str(graph) == print_graph(graph)
    assert print_graph(parse_graph(str(graph))) == str(graph)


def test_a_node(program):
    node = program.build().graph.node("left")
    assert repr(node) == f"<Node left = input() : events[5, 260, 346] @ {STEREO}:{node.span.line}:{node.span.column}>"


def test_a_certificate(program, imported):
    assert repr(spikegraph.certify(program)).startswith("<Certificate stereo: spiking, ")
    assert repr(spikegraph.certify(imported.program)).startswith("<Certificate sequential: not spiking, ")


def test_what_from_torch_returns(imported):
    assert repr(imported).splitlines()[0].startswith("<Imported sequential: ")


def test_a_run():
    assert repr(read_run(RUN)).startswith(f"<RunRecord {RUN}: complete, ")


def test_notebooks_show_pictures_and_tables(program, tmp_path):
    neuron = next(iter(program.space("retrain").neurons.values()))
    pictures = {
        "spec": program._repr_svg_(),
        "graph": program.build().plain._repr_svg_(),
        "neuron": neuron._repr_svg_(),
        "difference": spikegraph.diff(program, GENOTYPE)._repr_svg_(),
    }
    words = {"spec": "disparity", "graph": "volume", "neuron": "potential", "difference": "matching"}
    for name, svg in pictures.items():
        texts = "".join(ET.fromstring(svg).itertext())
        assert words[name] in texts, name
    table = spikegraph.Run(RUN)._repr_html_()
    assert f"<caption>{RUN}</caption>" in table
    assert "<th>complete</th><td>yes</td>" in table
    report = spikegraph.report(RUN, tmp_path / "report.html")
    frame = report._repr_html_()
    assert frame.startswith("<iframe ")
    assert "<" not in frame.partition('srcdoc="')[2].rpartition('" width')[0]  # the page is escaped


def test_a_wrong_spec_shows_no_picture():
    from spikegraph.program.program import Program

    assert Program.of_text("sdhs 1\nnetwork net {\n", "net.sdhs")._repr_svg_() is None
