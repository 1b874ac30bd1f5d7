"""The certificate of random networks against a judge that reads the graph's JSON by a table of its own."""

from spikegraph.analysis.certificate import certify
from spikegraph.ir.json import to_json
from spikegraph.program.program import Program

from .plain_judge import verdict
from .random_networks import network

SEEDS = 250


def compared(seed):
    """The certificate's verdict and the judge's, and what the certificate names."""
    graph = Program.of_text(network(seed), "random.sdhs").build("deploy").plain
    certificate = certify(graph)
    products = {p.node for p in certificate.places if p.code == "SG1004"}
    return (certificate.holds, products), verdict(to_json(graph)), certificate.places


def test_random_networks():
    verdicts = []
    for seed in range(SEEDS):
        ours, its, places = compared(seed)
        lines = {p.span.line for p in places if p.code == "SG1004"}
        assert ours[0] == its[0], f"seed {seed}\n{network(seed)}\n{places}"
        assert ours[1] <= its[1], f"seed {seed}\n{network(seed)}"  # two products of one line are one place
        assert len(its[1]) == 0 or lines, f"seed {seed}"
        verdicts.append((ours[0], bool(ours[1])))
    assert min(verdicts.count((True, False)), verdicts.count((False, True)), verdicts.count((False, False))) > SEEDS / 20
