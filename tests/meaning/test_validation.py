"""Validation of passes: what the project's keep, and each of the mistakes that is made on purpose."""

import pytest
from small_networks import NETWORKS, RUN, SEARCHED, program_of
from wrong_passes import FAULTS, Wrong

import spikegraph
from spikegraph import ValidationError
from spikegraph.ir.ops.elementwise import Scale
from spikegraph.validation.pipelines import validate


@pytest.mark.parametrize("phase", ["search", "retrain", "deploy"])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_passes_keep_what_a_network_computes(name, phase):
    if phase != "search" or name in SEARCHED:
        found = spikegraph.validate(program_of(name, decided=phase != "search"), phase=phase)
        assert found.numbers > 100
        assert found.fired > 0.25 * found.neurons


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what.replace(" ", "-"))
def test_a_mistake_is_found(fault):
    built = program_of(fault.network, decided=fault.phase != "search").build(fault.phase)
    passes = list(built.passes)
    at = next(i for i, p in enumerate(passes) if p.name == fault.behind)
    passes.insert(at + 1, Wrong(fault.change))
    with pytest.raises(ValidationError) as caught:
        validate(built.space, passes)
    assert caught.value.code == "SG0605"
    assert caught.value.summary.startswith("the pass `wrong` changes what the network computes: ")


def test_a_mistake_in_what_only_a_loss_takes_is_found():
    built = program_of("cells", more=RUN.format(kind="retrain", keys="")).build("retrain")
    assert built.plain.taps.keys() == {"aux"}
    assert validate(built.space, built.passes).passes

    def wrong(graph):
        made = graph.rewrite(lambda node, operands, out: out.keep(node, operands))
        made.taps["aux"] = made.add("wrong", Scale(by=7.0), (made.taps["aux"],), made.node(made.taps["aux"]).span)
        return made

    with pytest.raises(ValidationError, match="the loss's value `aux` differs"):
        validate(built.space, (*built.passes, Wrong(wrong)))
