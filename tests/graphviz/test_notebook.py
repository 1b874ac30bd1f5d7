"""Graphs displayed in a notebook."""

import xml.etree.ElementTree as ET


def test_a_graph_shows_itself(derived):
    for graph in (derived.space, derived.outline, derived.plain):
        root = ET.fromstring(graph._repr_svg_())
        assert any("restore" in (e.text or "") for e in root.iter("{http://www.w3.org/2000/svg}text"))
