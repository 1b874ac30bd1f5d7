"""What a notebook shows."""

import subprocess
import sys
import xml.etree.ElementTree as ET


def test_a_graph_shows_itself(derived):
    for graph in (derived.space, derived.outline, derived.graph):
        root = ET.fromstring(graph._repr_svg_())
        assert any("restore" in (e.text or "") for e in root.iter("{http://www.w3.org/2000/svg}text"))


def test_drawing_needs_no_torch(spec):
    code = (
        "import sys\nfrom pathlib import Path\nfrom spikegraph.program import Program\n"
        f"Program.read(Path({str(spec)!r})).build('search').graph._repr_svg_()\nassert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
