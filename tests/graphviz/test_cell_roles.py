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


def test_nodes_have_the_wires_of_their_neurons_kind(tmp_path: Path):
    text = "sdhs 1\nneuron one { MODEL }\ncandidates ops { c3 = conv(3) -> norm -> one  skip = identity }\n"
    text += "cell small { nodes = 1  candidates = ops  neuron = one }\nnetwork net {\n  input x : real[2, 8, 8]\n"
    text += "  output y = x -> chain([small], width = 2)\n}\n"
    (tmp_path / "net.sdhs").write_text(text)
    found = {}
    for model in ("levels = 4", "model = relu", "decay = learn(0.5)"):
        (tmp_path / "net.sdhs").write_text(text.replace("MODEL", model))
        found[model] = draw(tmp_path / "net.sdhs", "cell").source
    assert "node: sums its edges, then relu without spikes" in found["model = relu"]
    assert "n0: sum of its edges, then relu without spikes" in found["model = relu"]
    assert all("then fires" in found[model] for model in ("levels = 4", "decay = learn(0.5)"))
    lines = {model: next(line for line in dot.splitlines() if '-> "small//concat"' in line) for model, dot in found.items()}
    assert len(set(lines.values())) == 3  # spikes, counts and real numbers
