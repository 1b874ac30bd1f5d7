"""Small networks, compiled and by the reference: results to 1e-10, equal spikes, in all phases and forms of the graph."""

import numpy as np
import pytest
from both_ways import compare, compare_graph, drawn, inputs_of
from small_networks import NETWORKS, RUN, SEARCHED, program_of, text_of

from spikegraph.api.reference import choices_of
from spikegraph.ir.opdef import OPS
from spikegraph.meaning.api import reference_of
from spikegraph.plugins import targets
from spikegraph.program.program import Program
from spikegraph.validation.pipelines import validate


@pytest.mark.parametrize("training", [False, True], ids=["evaluated", "trained"])
@pytest.mark.parametrize("name", [name for name in NETWORKS if name != "layers"])
def test_a_network(name, training):
    trace = compare(program_of(name), training=training)
    assert sum(spikes.any() for spikes in trace.spikes.values()) > 0.6 * len(trace.spikes)


def test_layers():
    compare(program_of("layers"))


@pytest.mark.parametrize("name", NETWORKS)
def test_a_deployed_network(name):
    compare(program_of(name), "deploy")


@pytest.mark.parametrize("name", SEARCHED)
def test_a_supernet(name):
    compare(program_of(name, decided=False), "search", training=True)


@pytest.mark.parametrize("mix", ["spike", "membrane"])
@pytest.mark.parametrize("phase", ["search", "retrain"])
def test_what_a_run_says(phase, mix):
    """Its stems, where operations mix, and the weights of edges."""
    keys = f"mix = {mix}\n  stems = relu" + ("\n  method = darts(edges = true)" if phase == "search" else "")
    run = RUN.format(kind=phase, keys=keys)
    compare(program_of("cells", decided=phase == "retrain", more=run), phase)


def test_partial_channels():
    """The reference of the lowered graph: what the method does to a network is its pass."""
    text = text_of("cells", decided=False).replace(", back, pre]", ", back]")
    run = RUN.format(kind="search", keys="method = partial(2)")
    built = Program.of_text(text + run, "partial.sdhs").checked().build("search")
    assert any(node.op.name == "every" for node in built.plain)
    compare_graph(built, built.plain)
    found = validate(built.space, built.passes)
    assert (found.defining, "widen" in found.passes, found.numbers > 100) == (["partial"], True, True)


@pytest.mark.parametrize("phase", ["search", "retrain"])
def test_after_each_pass(phase):
    """Each pass keeps what a network computes, as the reference runs the graphs before and after it."""
    run = RUN.format(kind=phase, keys="mix = membrane\n  stems = relu")
    program = program_of("cells", decided=phase == "retrain", more=run)
    built = program.build(phase)
    model = targets.lower(built.graph, "torch", plain=built.plain, space=built.space).double()
    weights, inputs, choices = drawn(model, 1), inputs_of(built.space, 1), choices_of(built)
    wanted = reference_of(built.space, weights, choices).trace(inputs)
    seen = list[str]()

    def check(each, graph):
        seen.append(each.name)
        if each.name == "expand-cells":  # where the run's `mix` isn't applied yet
            return
        found = reference_of(graph, weights, choices).trace(inputs)
        np.testing.assert_allclose(found.outputs["logits"], wanted.outputs["logits"], rtol=0, atol=1e-10)
        assert found.spikes.keys() >= wanted.spikes.keys()
        for name, spikes in wanted.spikes.items():
            assert np.array_equal(found.spikes[name], spikes), f"{each.name}: {name}"

    program.build(phase, after=check)
    assert {"convert-stems", "expand-cells", "mix", "widen", "fuse", "sparsify"} <= set(seen)


def test_the_networks_have_every_operation():
    found = set()
    for name in NETWORKS:
        programs = [(program_of(name), "retrain"), *([(program_of(name, decided=False), "search")] if name in SEARCHED else [])]
        for program, phase in programs:
            graphs = [program.build(phase).space]
            program.build(phase, after=lambda _, graph, graphs=graphs: graphs.append(graph))
            found |= {node.op.name for graph in graphs for node in graph}
    built_in = {name for name in OPS if OPS.is_built_in(name)}
    assert built_in - found == {
        "weighted_gather",
        "every",
        "neuron_over_time",
    }  # as searches with `edges` and `partial` have them
