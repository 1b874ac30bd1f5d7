"""What the server doesn't do: run code of the folders that it opens, hide that a package is missing, miscount columns."""

import subprocess
import sys

import pytest
from lsprotocol import types as lsp

from spikegraph.dsl.source import SourceFile, Span
from spikegraph.lsp.positions import Positions
from spikegraph.service.places import Place

SPEC = "sdhs 1\n\nneuron lif {\n  decayed = 1\n}\n"
MISSING = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "pygls":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Refuse())
from spikegraph.cli import main
sys.argv = ["spikegraph", "lsp"]
main()
"""


def test_it_loads_nothing_of_a_folder_that_it_opens(session):
    """Its folder has a plug-in, a package that claims to be an installed one, and modules with names of known ones."""
    assert (session.folder / "evil-1.0.dist-info" / "entry_points.txt").exists()
    path = session.folder / "wrong.sdhs"
    assert [d.code for d in session.open(path, SPEC)] == ["SG0203"]
    document = lsp.TextDocumentIdentifier(path.as_uri())
    assert session.ask(lsp.TEXT_DOCUMENT_HOVER, lsp.HoverParams(document, lsp.Position(2, 8))) is not None
    session.close(path)
    assert not (session.folder / "loaded").exists()


def test_without_its_packages_it_says_how_to_install_them():
    done = subprocess.run([sys.executable, "-c", MISSING], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    message = 'error: the language server needs pygls, which isn\'t installed\nhelp: install it: `pip install -e ".[lsp]"`'
    assert " ".join(done.stderr.split()) == " ".join(message.split())


@pytest.mark.parametrize(
    ("column", "character"), [(1, 0), (3, 2), (4, 4), (5, 5)], ids=["start", "before", "behind two units", "end"]
)
def test_columns_of_the_protocol_are_units_of_utf_16(column, character):
    positions = Positions(SourceFile("a", "x\r\n# \U0001f600é\n"))
    assert positions.of(Place(2, column)) == lsp.Position(1, character)
    assert positions.place(lsp.Position(1, character)) == Place(2, column)


def test_places_outside_of_a_text_are_its_nearest_ones():
    positions = Positions(SourceFile("a", "ab\rc\n"))
    assert positions.place(lsp.Position(0, 99)) == Place(1, 3)
    assert positions.place(lsp.Position(1, 1)) == Place(1, 5)  # a carriage return alone ends a line of the protocol
    assert positions.place(lsp.Position(99, 0)) == Place(2, 1)
    assert positions.range(Span("a", 1, 4, 1, 5)) == lsp.Range(lsp.Position(1, 0), lsp.Position(1, 1))
