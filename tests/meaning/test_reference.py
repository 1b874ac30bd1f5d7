"""`spikegraph.reference`: weights and inputs in their forms, plug-ins, and errors."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from both_ways import drawn, inputs_of
from one_reference import graph_of, result
from safetensors.numpy import save_file

import spikegraph
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS
from spikegraph.elaborate.declared_neurons import default_neuron
from spikegraph.ir.opdef import OPS
from spikegraph.meaning.api import reference_of
from spikegraph.meaning.operations.neurons import equation_of
from spikegraph.meaning.references import EQUATIONS, EXPANSIONS, REFERENCES, equation, reference
from spikegraph.plugins.owners import forget, loading
from spikegraph.program.program import Program

TEXT = """sdhs 1
neuron lif { }
network net {
  input image : real[3, 6, 6]
  time = 2
  stem = image -> stem(3, out = 4)
  aux  = stem -> auxiliary(classes = 3, channels = 2, features = 2)
  output logits = stem -> conv(3, out = 4) -> norm -> lif -> pool -> linear(5) -> mean(time)
}
"""


@pytest.fixture(scope="module")
def spec():
    return Program.of_text(TEXT, "net.sdhs").checked()


@pytest.fixture(scope="module")
def given(spec):
    """Weights, inputs, and the model that has these weights."""
    model = spikegraph.compile(spec).double().eval()
    return drawn(model, 0), inputs_of(model.graph, 0), model


def test_a_spec_with_arrays_tensors_and_files(spec, given, tmp_path):
    weights, inputs, model = given
    wanted = model(torch.from_numpy(inputs["image"])).detach().numpy()
    np.savez(tmp_path / "weights.npz", **weights)
    save_file(weights, tmp_path / "weights.safetensors")
    for form in (weights, model.state_dict(), tmp_path / "weights.npz", str(tmp_path / "weights.safetensors")):
        found = spikegraph.reference(spec, form)(inputs)
        assert found.keys() == {"logits"}
        np.testing.assert_allclose(found["logits"], wanted, rtol=0, atol=1e-12)
    np.testing.assert_allclose(spikegraph.reference(model.graph, weights)(inputs)["logits"], wanted, rtol=0, atol=1e-12)


def test_the_weights_of_a_deployed_model(spec, given):
    model = spikegraph.compile(spec, phase="deploy").double().eval()
    weights, inputs = drawn(model, 0), given[1]
    found = spikegraph.reference(spec, weights, phase="deploy")(inputs)
    np.testing.assert_allclose(found["logits"], model(torch.from_numpy(inputs["image"])).detach(), rtol=0, atol=1e-12)


def test_a_trace_has_values_spikes_and_potentials(spec, given):
    weights, inputs, _ = given
    run = spikegraph.reference(spec, weights)
    more = {f"{name}.{of}": np.ones(shape) for node in run.graph for name, t in node.leaves.items() for of, shape in t.items()}
    more |= {f"aux.{i}.norm.running_{what}": np.ones(2) for i in (0, 1) for what in ("mean", "var")}
    trace = spikegraph.reference(spec, {**more, **weights}).trace(inputs, ["aux"])
    assert trace.values["stem.conv"].shape == (2, 4, 6, 6)
    assert trace.spikes.keys() == {"stem", "logits.lif", "aux.0.lif", "aux.1.lif"}
    assert trace.potentials.keys() == trace.spikes.keys()
    assert trace.spikes["stem"].shape == (2, 2, 4, 6, 6)
    assert np.array_equal(trace.spikes["stem"], trace.potentials["stem"] > 0.5)
    assert trace.values["aux"].shape == (2, 3)
    assert trace.statistics == {}


def test_what_no_output_needs_needs_no_weights(spec, given):
    weights, inputs, _ = given
    few = {name: weight for name, weight in weights.items() if not name.startswith("aux")}
    trained = spikegraph.reference(spec, few, training=True)
    assert "aux.linear" not in trained.trace(inputs).values
    assert {name.rpartition(".")[0] for name in trained.trace(inputs).statistics} == {"stem.norm", "logits.norm"}
    with pytest.raises(spikegraph.MisfitError, match=r"the weights have no `aux\.0\.conv\.weight`"):
        trained.trace(inputs, ["aux"])


def test_weights_that_do_not_fit(spec, given, tmp_path):
    weights, _, _ = given
    with pytest.raises(spikegraph.MisfitError, match=r"the weights have no `stem\.conv\.bias`"):
        spikegraph.reference(spec, {k: v for k, v in weights.items() if k != "stem.conv.bias"})
    with pytest.raises(spikegraph.MisfitError, match=r"`stem\.norm\.running_var` is \[3\], but `stem\.norm` needs \[4\]"):
        spikegraph.reference(spec, {**weights, "stem.norm.running_var": np.ones(3)})
    with pytest.raises(spikegraph.ArgumentError, match="a weight is no array of numbers"):
        spikegraph.reference(spec, {**weights, "stem.conv.bias": "none"})
    with pytest.raises(spikegraph.ArgumentError, match=r"weights are a \.safetensors or \.npz file, not w\.pt"):
        (tmp_path / "w.pt").touch()
        spikegraph.reference(spec, tmp_path / "w.pt")
    for name in ("w.npz", "w.safetensors"):
        (tmp_path / name).write_bytes(b"x" * 20)
        with pytest.raises(spikegraph.CheckpointError, match="damaged"):
            spikegraph.reference(spec, tmp_path / name)
    with pytest.raises(spikegraph.CheckpointError, match="there is no such file"):
        spikegraph.reference(spec, tmp_path / "missing.npz")
    with pytest.raises(spikegraph.ArgumentError, match="phase"):
        spikegraph.reference(spec, weights, phase="train")  # type: ignore[arg-type]


def test_architecture_parameters_that_do_not_fit():
    graph = graph_of("mix", {"cell": "c", "edge": 1}, (2,), (2,))
    with pytest.raises(spikegraph.MisfitError, match=r"the weights have no architecture parameter `c\.alpha`"):
        reference_of(graph, {})
    with pytest.raises(spikegraph.MisfitError, match=r"`c\.alpha` is \[1, 2\], but `y` needs \[2, 2\] at least"):
        reference_of(graph, {"c.alpha": np.zeros((1, 2))})


def test_inputs_that_do_not_fit(spec, given):
    weights, inputs, _ = given
    run = spikegraph.reference(spec, weights)
    with pytest.raises(spikegraph.InputError, match="the inputs are 'x', but the network takes image"):
        run({"x": inputs["image"]})
    with pytest.raises(spikegraph.InputError, match=r"the input `image` is \[2, 6, 6\], not \[N, 3, 6, 6\]"):
        run({"image": np.zeros((2, 6, 6))})
    both = reference_of(graph_of("add", {}, (2,), (2,)), {})
    with pytest.raises(spikegraph.InputError, match="different numbers of time steps or samples"):
        both({"x0": np.zeros((3, 1, 2)), "x1": np.zeros((2, 1, 2))})


def test_other_sizes_than_the_declared_ones(spec, given):
    weights, _, model = given
    image = np.random.default_rng(3).normal(size=(2, 3, 5, 9))
    found = spikegraph.reference(spec, weights)({"image": image})["logits"]
    np.testing.assert_allclose(found, model(torch.from_numpy(image)).detach(), rtol=0, atol=1e-12)


def test_dropout_in_training_is_refused():
    with pytest.raises(spikegraph.UserError, match="`y` draws random numbers in training"):
        result("dropout", {}, np.ones((1, 1, 2)), training=True)
    assert result("dropout", {"probability": 0}, np.ones((1, 1, 2)), training=True).tolist() == [[[1, 1]]]


def test_every_operation_and_neuron_model_has_a_reference():
    """Inputs and carried values are what the interpreter itself knows."""
    built_in = {name: op for name, op in OPS.items() if OPS.is_built_in(name)}
    assert len(built_in) > 50
    composite = {name for name, op in built_in.items() if op.traits.expanded_by is not None}
    given = {name for name, op in built_in.items() if op.traits.source or op.traits.carries}
    assert {name for name in EXPANSIONS if EXPANSIONS.is_built_in(name)} == composite
    assert {name for name in REFERENCES if REFERENCES.is_built_in(name)} == built_in.keys() - composite - given
    models = [model for name, model in NEURON_MODELS.items() if NEURON_MODELS.is_built_in(name)]
    assert all(equation_of(default_neuron(model)) is not None for model in models)
    assert {name for name in EQUATIONS if EQUATIONS.is_built_in(name)} == {"lif", "alif", "cuba", "relu"}


def test_a_neuron_model_of_a_plug_in_has_a_reference_if_it_gives_one():
    try:
        with loading("twin.py"):
            NEURON_MODELS.register("twin", replace(NEURON_MODELS["lif"], name="twin"))
            run = reference_of(graph_of("neuron", {"neuron": {"model": "twin"}}, (2,)), {})
            with pytest.raises(spikegraph.UserError, match=r"the neuron model `twin` of `y` has no reference .*@equation"):
                run({"x0": np.ones((1, 1, 2))})
            equation("twin")(lambda cells, current: (current, cells.fired(current, cells["threshold"])))
        assert run({"x0": [[[0.25, 1.0]]]})["y"].tolist() == [[[0, 1]]]
    finally:
        forget("twin.py")


def test_an_operation_of_a_plug_in_has_a_reference_if_it_gives_one():
    class Triple(OPS["identity"]):
        """Three times the value."""

        name = "triple"

    try:
        with loading("triple.py"):
            OPS.register("triple", Triple)
            graph = graph_of("triple", {}, (2,))
            with pytest.raises(spikegraph.UserError, match=r"the operation `triple` of `y` has no reference .*@reference"):
                reference_of(graph, {})({"x0": np.ones((1, 1, 2))})
            reference(Triple)(lambda call, x: 3 * x)
        assert reference_of(graph, {})({"x0": np.ones((1, 1, 2))})["y"].tolist() == [[[3, 3]]]
        with loading("triple.py"):
            reference(Triple, replace=True)(lambda call, x: x[:, :, :1])
        wrong = r"the reference of `triple` gives ndarray \[1, 1, 1\], but its type rule says \[T, 1, 2\]"
        with pytest.raises(ValueError, match=wrong):
            reference_of(graph, {})({"x0": np.ones((1, 1, 2))})
    finally:
        forget("triple.py")
