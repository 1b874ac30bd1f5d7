"""Checks of the project as functions: each calls what a test or a command calls, and raises an error if the code is wrong."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from both_ways import compare, compare_operation, compare_slope, drawn, inputs_of
from operation_cases import CASES, MAP, NEURONS
from read_modules import layers, over_time
from small_networks import program_of

import spikegraph
from spikegraph.backends.torch.exporting.files import safetensors_content, torch_content
from spikegraph.backends.torch.exporting.python_module import written_of
from spikegraph.backends.torch.exporting.refusals import NotExportableError
from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.modules import generated_neurons
from spikegraph.backends.torch.modules import lif as lif_module
from spikegraph.backends.torch.native import sparse
from spikegraph.backends.torch.train.checkpoint import weights_content
from spikegraph.base.errors import UserError
from spikegraph.foreign.errors import ForeignError
from spikegraph.ir.surrogates import Surrogate
from spikegraph.program.program import Program

TESTS = Path(__file__).parents[1]


@dataclass(frozen=True)
class Check:
    """A check.

    Attributes:
        run: Raises an error of `finds` if something is wrong.
        finds: The error.
        native: It says something only where kernels are compiled.
        traces: It traces code, which checks of annotated shapes would disturb.
    """

    run: Callable[[], object]
    finds: type[Exception] | tuple[type[Exception], ...] = AssertionError
    native: bool = False
    traces: bool = False


@cache
def other(path: str) -> ModuleType:
    """A module of another folder of tests, whose helpers are beside it."""
    folder = str((TESTS / path).parent)
    if folder not in sys.path:
        sys.path.append(folder)
    spec = spec_from_file_location(f"other_tests.{path.replace('/', '.')}", TESTS / path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def operation(name: str) -> None:
    """All cases of an operation in a network of its own, by the reference."""
    for case, parameters, *shapes in CASES:
        if case == name:
            compare_operation(name, parameters, shapes)


def neurons() -> None:
    """Neurons of all models, also with potentials that meet their thresholds."""
    for neuron in NEURONS:
        compare_operation("neuron", {"neuron": neuron}, [MAP])
        if "learned" not in neuron:
            compare_operation("neuron", {"neuron": {**neuron, "decay": 0.5}}, [MAP], halves=True)


def network(name: str, **how: Any) -> None:
    """A small network in all of its forms, by the reference."""
    compare(program_of(name, decided=how.get("phase") != "search"), **how)


def surrogates() -> None:
    """Derivatives of surrogates by their definition."""
    tests = other("torch/test_surrogate.py")
    for name in ("dspike", "arctan"):
        tests.test_agrees_with_the_derivative_of_the_definition(name, 3.0)


def detached_reset() -> None:
    """The gradients of a neuron, computed independently."""
    tests = other("torch/test_lif.py")
    for name in tests.GRADS:
        tests.test_vectors(name, torch.float64, 1e-9)


def compiled_gradients() -> None:
    """Compiled neurons and their norms by operations of torch."""
    tests = other("torch/test_native.py")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lif_module, "usable", lambda *_: False)
        for reset in ("hard", "detached"):
            tests.test_the_same_values_and_gradients(5, 2, "last", "triangle", reset, training=True)


def sparse_convolution() -> None:
    """Compiled convolutions of spikes by those of torch."""
    tests = other("torch/test_sparse.py")
    with pytest.MonkeyPatch.context() as patch:

        def skipping(passes: object) -> None:
            patch.setattr(sparse, "faster_passes", lambda *_: passes)

        for passes in (sparse.SparsePasses(True, False), sparse.SparsePasses(False, True)):
            tests.test_values_and_gradients_in_float64("3 x 3", passes, skipping)


def learned_thresholds() -> None:
    """The gradients of learned numbers by loops over time steps that autograd differentiates."""
    tests = other("torch/test_neuron_models.py")
    for levels in (1, 3):
        tests.test_gradients_of_learned_numbers_are_those_of_a_loop("lif", levels, "channel")


def learned_surrogates() -> None:
    """The gradient of a learned b by a loop over time steps that autograd differentiates."""
    tests = other("torch/test_neuron_models.py")
    tests.test_gradients_of_a_learned_temperature_are_those_of_a_loop("channel", {"reset": "soft", "levels": 3})


def fused_neurons() -> None:
    """A network whose norms and neurons with two currents are joined, by the plain one."""
    with pytest.MonkeyPatch.context() as patch:
        other("passes/test_fuse.py").test_neurons_of_any_model("tclif", True, patch)


def joined_neurons() -> None:
    """The neurons of the candidates of open edges as one operation, by the plain network."""
    with pytest.MonkeyPatch.context() as patch, TemporaryDirectory() as folder:
        other("passes/test_widen.py").test_neurons_of_any_model("alif", Path(folder), patch)


def generated_gradients() -> None:
    """Generated kernels by operations of torch: two states, and a learned b."""
    kernels = other("torch/generated_kernels.py")
    learned = Surrogate(name="dspike", b=2.0, learned="channel")
    neurons = (kernels.of_library("cuba"), kernels.of_library("lif").model_copy(update={"surrogate": learned}))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(generated_neurons, "FEWEST_VALUES", 0)
        for neuron in neurons:
            kernels.check(*kernels.both(patch, neuron, torch.float64), bits=True, relative=1e-12)


SIGNED = """sdhs 1
neuron lif { }
network net {
  input x : real[2, 6, 6]
  a = x -> conv(3, out = 4, sign = excitatory) -> norm(affine = false) -> lif
  output y = a -> conv(3, out = 4, bias = false) -> norm(eps = 0.01) -> lif
}
"""
COUNTS = """sdhs 1
neuron many { levels = 3  reset = soft  threshold = 0.3 }
network net {
  input x : real[2, 6, 6]
  output y = x -> conv(3, out = 4) -> norm -> many
}
"""


AS_TEXT = """sdhs 1
neuron lif { decay = 0.5 }
network net {
  input x : real[2, 3, 4]
  a = x -> conv(3, out = 4) -> norm -> lif
  b = a -> reduce(space, mean) -> time_to_channels(steps = 3) -> linear(12, autapses = false) -> erf
  output y = add(mul(a, b -> channels_to_time(steps = 3)), x -> learned(channels = 4))
}
"""


def steps() -> None:
    """Exported steps of neurons by the network that runs whole sequences."""
    texts = other("exporting/stateful_specs.py")
    for name in ("lif", "potential"):
        text = texts.NETWORK.replace("NEURON", texts.NEURONS[name])
        other("exporting/test_step.py").test_states_and_values_are_those_of_the_stream(name, text, 1)


def exported(content: Callable[..., tuple[bytes, tuple[str, ...]]], *texts: str) -> None:
    """What `export` does with trained networks before it writes a file."""
    tests = other("exporting/compared_networks.py")
    for text in texts or (tests.TEXT,):
        assert content(*tests.both(text))[1] == ()


def folded_norms() -> None:
    """Networks whose norms are folded, as `export` compares them with the trained ones."""
    tests = other("exporting/compared_networks.py")
    for text in (tests.TEXT, SIGNED):
        assert tests.compare(*tests.both(text)) == ()


def nir(name: str) -> None:
    """A graph of NIR, as `export` reads it back, and its equations in numpy."""
    cases, networks, simulated = (other(f"nir/{file}.py") for file in ("nir_cases", "nir_networks", "simulated"))
    with TemporaryDirectory() as folder:
        simulated.compare(networks.network(cases.CASES[name]), Path(folder))


def wide_weights() -> None:
    """A network with a file of weights in float64, by the reference."""
    program = program_of("sound")
    weights = drawn(spikegraph.compile(program).double(), 0)
    inputs = inputs_of(program.build("retrain").space, 0)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "net.safetensors"
        path.write_bytes(weights_content({name: torch.from_numpy(x) for name, x in weights.items()}))
        model = spikegraph.compile(program, weights=path)
        with torch.no_grad():
            found = model(torch.from_numpy(inputs["s"]).to(next(model.parameters()).dtype))
        np.testing.assert_allclose(spikegraph.reference(program, path)(inputs)["y"], found, rtol=0, atol=1e-12)


def module_as_text() -> None:
    """The text of a module, as `export` compares it with the network before it writes it."""
    program = Program.of_text(AS_TEXT, "net.sdhs").checked("retrain")
    torch.manual_seed(0)
    built = program.build("retrain")
    written_of(program, lower(built.graph, plain=built.plain), "retrain").compared()


def compared_values() -> None:
    """Losses of two values of the network, and their gradients."""
    tests = other("train/test_compared_values.py")
    tests.test_each_step_is_compared_with_what_is_the_same_at_all_steps()
    tests.test_values_without_steps()


OF_ONE = ("conv", "transposed", "norm", "resize", "pool", "cost_volume", "estimate", "attend", "vote", "mean")
OF_ONE += ("reduce", "spread", "split", "sub", "linear", "erf", "learned", "time_to_channels")
"""The operations that are checked in networks of one operation."""

CHECKS: Mapping[str, Check] = {
    **{name: Check(partial(operation, name)) for name in OF_ONE},
    "neurons": Check(neurons),
    "loops": Check(partial(network, "loops")),
    "steps as channels": Check(partial(network, "time")),
    "cells in training": Check(partial(network, "cells", phase="search", training=True), native=True),
    "trellis": Check(partial(network, "trellis", phase="search")),
    "blocks": Check(partial(network, "blocks"), native=True),
    "sparse convolution": Check(sparse_convolution, native=True),
    "surrogates": Check(surrogates),
    "detached reset": Check(detached_reset),
    "compiled gradients": Check(compiled_gradients, native=True),
    "learned thresholds": Check(learned_thresholds),
    "learned surrogates": Check(learned_surrogates),
    "fused neurons of any model": Check(fused_neurons, native=True),
    "joined neurons of any model": Check(joined_neurons, native=True),
    "generated gradients": Check(generated_gradients, native=True),
    "slope of a mean": Check(partial(compare_slope, "mean", {"over": "time"}, [MAP])),
    "slope of numbers": Check(partial(compare_slope, "learned", {}, [MAP])),
    "compared values": Check(compared_values),
    "slope of a volume": Check(partial(compare_slope, "cost_volume", {"planes": 3}, [MAP, MAP])),
    "slope of potentials": Check(partial(compare_slope, "potential", {"decay": 0.6}, [MAP])),
    "steps": Check(steps),
    "file of weights": Check(partial(exported, safetensors_content), NotExportableError),
    "program of torch": Check(partial(exported, torch_content, COUNTS), NotExportableError, traces=True),
    **{
        f"nir: {name}": Check(partial(nir, name), (UserError, AssertionError))
        for name in ("signs", "pools", "averages with padding", "maximum of spikes", "strides", "chain", "no autapses")
    },
    "folded norms": Check(folded_norms, NotExportableError),
    "module as text": Check(module_as_text, NotExportableError),
    "weights in float64": Check(wide_weights),
    "module of torch": Check(layers, ForeignError),
    "module of torch over time": Check(over_time, ForeignError),
}
"""The checks by what they check."""
