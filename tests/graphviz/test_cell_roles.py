"""Diagrams of cells whose output is their last node and whose nodes don't fire."""

from pathlib import Path

from spikegraph.backends.graphviz.draw_file import draw

SPECS = Path(__file__).parents[2] / "specs"
GENOTYPE = "sdhs 1\ngenotype cell { n0 = c3(prev)  n1 = skip(prev) + c1(n0)  n2 = avg(prev) + c3(n0) + skip(n1) }\n"


def test_only_the_last_node_leads_to_the_output(tmp_path: Path):
    (tmp_path / "genotype.sdhs").write_text(GENOTYPE)
    for genotype in (None, tmp_path / "genotype.sdhs"):
        dot = draw(SPECS / "zoo" / "nasbench201.sdhs", "cell", genotype=genotype).source
        assert '"cell/n2" -> "cell//concat"' in dot
        assert '"cell/n0" -> "cell//concat"' not in dot and '"cell/n1" -> "cell//concat"' not in dot
        assert "input, output" in dot and "then fires" not in dot and "then spikes" not in dot
    assert "then fires" in draw(SPECS / "cifar10.sdhs", "cell").source
